"""Settings are declared once, and every wrong value is refused with the setting's name and what is allowed."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import ClassVar

import pytest

from vae_explorer.config import Config, from_dict, setting, settings_of, to_dict, with_text
from vae_explorer.errors import SettingError
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.sections import DataConfig, ModelConfig, TrainingConfig
from vae_explorer.values import Value

HUGE = 10**400


def short_id(value: object) -> str:
    return repr(value)[:20]


CONFIG_TYPES: list[type[Config]] = [
    DataConfig,
    ModelConfig,
    TrainingConfig,
    *(entry.config_type for entry in OBJECTIVES),
]


@dataclass(frozen=True, slots=True)
class Oven(Config):
    section: ClassVar[str] = "oven"

    on: bool = setting(False, label="On", help="Whether it heats.")
    degrees: float = setting(180.0, label="Heat", help="How hot.", unit="°C", minimum=20, maximum=300)
    minutes: int = setting(40, label="Time", help="How long.", minimum=1)
    trays: tuple[int, ...] = setting((1, 3), label="Trays", help="Which.", minimum=1, maximum=4)
    mode: str = setting("fan", label="Mode", help="How.", choices={"fan": "Fan", "grill": "Grill"})
    note: str = setting("", label="Note", help="Anything.", when=("on", (True,)))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("degrees", 301, "oven.degrees is 301, but it must be between 20 and 300"),
        ("degrees", 19.99, "between 20 and 300"),
        ("degrees", float("nan"), "must be a finite number"),
        ("degrees", float("inf"), "must be a finite number"),
        ("degrees", HUGE, "oven.degrees"),
        ("degrees", "200", "must be a finite number"),
        ("degrees", True, "must be a finite number"),
        ("degrees", None, "must be a finite number"),
        ("minutes", 0, "must be at least 1"),
        ("minutes", -HUGE, "must be at least 1"),
        ("minutes", 2.5, "must be a whole number"),
        ("minutes", True, "must be a whole number"),
        ("minutes", float("inf"), "must be a whole number"),
        ("on", 1, "must be yes or no"),
        ("on", "yes", "must be yes or no"),
        ("trays", (1, 5), "must be between 1 and 4"),
        ("trays", (1, HUGE), "must be between 1 and 4"),
        ("trays", (1, 2.0), "whole numbers separated by commas"),
        ("trays", (True,), "whole numbers separated by commas"),
        ("trays", "12", "whole numbers separated by commas"),
        ("mode", "steam", "no choice for oven.mode 'steam': known are fan, grill"),
        ("mode", "gril", "did you mean 'grill'"),
        ("mode", 3, "must be a text"),
        ("note", ["a"], "must be a text"),
    ],
    ids=short_id,
)
def test_that_a_wrong_value_is_refused_with_its_setting_and_what_is_allowed(
    name: str, value: object, said: str
) -> None:
    with pytest.raises(SettingError) as caught:
        from_dict(Oven, {name: value})
    assert said in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300
    with pytest.raises(SettingError):
        dataclasses.replace(Oven(), **{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("on", "yes", True),
        ("on", " OFF ", False),
        ("on", "1", True),
        ("degrees", "2e2", 200.0),
        ("minutes", " 7 ", 7),
        ("trays", "1, 2,3", (1, 2, 3)),
        ("trays", "", ()),
        ("mode", "grill", "grill"),
        ("note", "a b", "a b"),
    ],
)
def test_that_a_text_becomes_the_value_it_stands_for(name: str, text: str, value: Value) -> None:
    changed = with_text(Oven(), name, text)
    assert getattr(changed, name) == value
    assert type(getattr(changed, name)) is type(value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("on", "maybe"),
        ("degrees", "hot"),
        ("degrees", "nan"),
        ("degrees", "1e999"),
        ("minutes", "3.0"),
        ("minutes", "-" + "9" * 300),
        ("minutes", "9" * 5000),
        ("trays", "1;2"),
        ("trays", "1," + "9" * 400),
        ("trays", "1," + "9" * 5000),
        ("mode", ""),
        ("mode", "x\ny"),
        ("heat", "1"),
    ],
    ids=short_id,
)
def test_that_a_text_that_stands_for_no_value_is_refused_on_one_line(name: str, text: str) -> None:
    with pytest.raises(SettingError) as caught:
        with_text(Oven(), name, text)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300
    assert f"oven.{name}" in str(caught.value)


def test_that_numbers_take_the_type_of_the_setting() -> None:
    oven = from_dict(Oven, {"degrees": 200, "minutes": 3.0, "trays": [2, 4]})
    assert (type(oven.degrees), type(oven.minutes), oven.trays) == (float, int, (2, 4))


def test_that_an_unknown_setting_is_answered_with_the_closest() -> None:
    with pytest.raises(SettingError, match=r"no setting 'oven\.degree': did you mean 'oven\.degrees'\?"):
        from_dict(Oven, {"degree": 1})


def test_that_a_setting_says_whether_it_has_an_effect() -> None:
    note = next(item for item in settings_of(Oven) if item.name == "note")
    assert note.applies(Oven(on=True))
    assert not note.applies(Oven(on=False))
    assert all(item.applies(Oven()) for item in settings_of(Oven) if item.name != "note")


def test_that_a_field_that_is_not_declared_or_has_no_default_is_a_mistake_in_the_program() -> None:
    @dataclass(frozen=True)
    class Bare(Config):
        width: int = 3

    with pytest.raises(KeyError):
        settings_of(Bare)


@pytest.mark.parametrize("config_type", CONFIG_TYPES)
def test_that_defaults_survive_json(config_type: type[Config]) -> None:
    config = config_type()
    assert from_dict(config_type, json.loads(json.dumps(to_dict(config)))) == config


@pytest.mark.parametrize("config_type", CONFIG_TYPES)
def test_that_every_setting_is_described_for_people(config_type: type[Config]) -> None:
    names = {item.name for item in settings_of(config_type)}
    for item in settings_of(config_type):
        declared = item.declaration
        assert declared.label
        assert declared.help.endswith(".")
        assert {each[0] for each in (declared.when, declared.or_when) if each is not None} <= names
        assert not (item.type in (int, float) and declared.minimum is None), f"{item.name} has no range"


@pytest.mark.parametrize("config_type", CONFIG_TYPES)
def test_that_the_ends_of_every_range_are_allowed_and_one_step_further_is_not(config_type: type[Config]) -> None:
    for item in settings_of(config_type):
        for end, outward in ((item.declaration.minimum, -1), (item.declaration.maximum, 1)):
            if end is None:
                continue
            inside: object = (int(end),) if item.type is tuple else item.type(end)
            outside: object = (int(end) + outward,) if item.type is tuple else item.type(end + outward)
            item.check(inside)
            with pytest.raises(SettingError):
                item.check(outside)


def test_that_a_special_value_is_typed_as_its_number_or_its_word() -> None:
    assert with_text(DataConfig(resize=9), "resize", " Keep ") == DataConfig()
    assert with_text(DataConfig(resize=9), "resize", "0") == DataConfig()
    item = next(item for item in settings_of(DataConfig) if item.name == "resize")
    assert [item.word(value) for value in (0, 1)] == ["keep", ""]
    with pytest.raises(SettingError, match=r"data\.resize is 'middle', but it must be a whole number"):
        with_text(DataConfig(), "resize", "middle")
