"""Settings: frozen dataclasses whose fields carry all that a form, the command line and the docs need.

A setting is declared once, with its label, unit, range and help. The form in the window, the ``--set`` option,
the header of a run folder and the list printed by ``vae-explorer settings`` are all derived from that declaration.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar, TypeVar, get_type_hints

from vae_explorer.errors import SettingError, printable
from vae_explorer.language import tr
from vae_explorer.registry import unknown_name
from vae_explorer.values import Value, as_type, parse_value, short_number

_METADATA_KEY = "vae_explorer.setting"


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a field says of itself beside its name, type and default.

    Attributes
    ----------
    label
        Words for a form, in sentence case.
    help
        One or two sentences: what it does and what to expect of a change.
    unit
        Unit of the value, or "".
    minimum, maximum
        Inclusive range; for a tuple, of each of its items.
    choices
        Allowed values with their labels, in order; empty when any value in range is allowed.
    logarithmic
        Whether equal ratios, rather than equal differences, feel like equal steps.
    advanced
        Whether a newcomer can leave it alone.
    when
        Name of another setting of the same config and the values of it for which this one has an effect.
    or_when
        Another such condition, of which one is enough.
    special
        A value of a number that means something of its own, and the word that stands for it wherever it is shown or
        typed, such as ``(-1, "middle")``.
    adjustable
        Whether a number can be turned while a run trains.
    """

    label: str
    help: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    logarithmic: bool = False
    advanced: bool = False
    when: tuple[str, tuple[Value, ...]] | None = None
    or_when: tuple[str, tuple[Value, ...]] | None = None
    special: tuple[int, str] | None = None
    adjustable: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a config type: its declaration with name, type and default."""

    name: str
    type: type
    default: Value
    declaration: Declaration

    def check(self, value: object, *, section: str = "") -> Value:
        """Return `value` as this setting's type.

        Raises
        ------
        SettingError
            If its type, range or choice is wrong; the message names setting, value and what is allowed.
        """
        where = f"{section}.{self.name}" if section else self.name
        typed = as_type(where, self.type, value)
        self._check_choice(where, typed)
        for number in typed if isinstance(typed, tuple) else (typed,):
            self._check_range(where, number)
        return typed

    def parse(self, text: str, *, section: str = "") -> Value:
        """Return the value that a text such as ``512,512``, ``yes`` or the word of a special value stands for.

        Raises
        ------
        SettingError
            If the text isn't a value of this setting.
        """
        where = f"{section}.{self.name}" if section else self.name
        special = self.declaration.special
        if special is not None and self.is_special(text):
            return self.check(special[0], section=section)
        return self.check(parse_value(where, self.type, text.strip()), section=section)

    def word(self, value: object) -> str:
        """Return the word for a special value, "" for all others."""
        special = self.declaration.special
        return special[1] if special is not None and value == special[0] else ""

    def is_special(self, text: str) -> bool:
        """Whether a text is the word of the special value, in English or as it is shown."""
        special = self.declaration.special
        return special is not None and text.strip().lower() in {special[1].lower(), tr(special[1]).lower()}

    def applies(self, config: Config) -> bool:
        """Whether this setting has an effect beside the other values of `config`."""
        conditions = [each for each in (self.declaration.when, self.declaration.or_when) if each is not None]
        return not conditions or any(getattr(config, name) in values for name, values in conditions)

    def _check_choice(self, where: str, value: Value) -> None:
        choices = self.declaration.choices
        if choices and value not in choices:
            raise SettingError(unknown_name(tr("choice for {where}", where=where), str(value), choices))

    def _check_range(self, where: str, value: object) -> None:
        if isinstance(value, (bool, str)) or not isinstance(value, (int, float)):
            return
        low, high = self.declaration.minimum, self.declaration.maximum
        if (low is not None and value < low) or (high is not None and value > high):
            allowed = tr("at least {low:g}", low=low) if high is None else tr("at most {high:g}", high=high)
            if low is not None and high is not None:
                allowed = tr("between {low:g} and {high:g}", low=low, high=high)
            raise SettingError(
                tr(
                    "The setting {where} is {value}, but it must be {allowed}.",
                    where=where,
                    value=short_number(value),
                    allowed=allowed,
                )
            )


def setting(
    default: Value,
    *,
    label: str,
    help: str,
    unit: str = "",
    minimum: float | None = None,
    maximum: float | None = None,
    choices: Mapping[str, str] | None = None,
    logarithmic: bool = False,
    advanced: bool = False,
    when: tuple[str, tuple[Value, ...]] | None = None,
    or_when: tuple[str, tuple[Value, ...]] | None = None,
    special: tuple[int, str] | None = None,
    adjustable: bool = False,
) -> Any:
    """Declare one field of a config; see `Declaration` for the meaning of the parameters."""
    declaration = Declaration(
        label, help, unit, minimum, maximum, choices or {}, logarithmic, advanced, when, or_when, special, adjustable
    )
    return field(default=default, metadata={_METADATA_KEY: declaration})


class Config:
    """Base of all settings dataclasses: every field is declared by `setting` and checked on construction.

    Raises
    ------
    SettingError
        On construction, if a value has the wrong type or is out of range.
    """

    __slots__ = ()
    section: ClassVar[str] = ""

    def __post_init__(self) -> None:
        for item in settings_of(type(self)):
            checked = item.check(getattr(self, item.name), section=self.section)
            object.__setattr__(self, item.name, checked)


ConfigT = TypeVar("ConfigT", bound=Config)


def settings_of(config_type: type[Config]) -> tuple[Setting, ...]:
    """Return the settings of a config type in the order of their declaration."""
    asked: object = config_type
    return _settings_of(asked)


@cache
def _settings_of(config_type: object) -> tuple[Setting, ...]:
    """Return the settings of a type, found once: a form asks for them at every move of a slider."""
    return tuple(_iterate_settings(config_type)) if isinstance(config_type, type) else ()


def to_dict(config: Config) -> dict[str, Value]:
    """Return the values by name, ready for JSON (tuples become lists there)."""
    return {item.name: getattr(config, item.name) for item in settings_of(type(config))}


def from_dict(config_type: type[ConfigT], values: Mapping[str, object]) -> ConfigT:
    """Build a config from values by name; names that are left out take their defaults.

    Raises
    ------
    SettingError
        If a name is unknown or a value is wrong.
    """
    known = {item.name: item for item in settings_of(config_type)}
    for name in values:
        if name not in known:
            raise SettingError(_unknown_setting(config_type, name))
    checked = {name: known[name].check(value, section=config_type.section) for name, value in values.items()}
    return config_type(**checked)


def with_text(config: ConfigT, name: str, text: str) -> ConfigT:
    """Return `config` with one setting replaced by the value that `text` stands for.

    Raises
    ------
    SettingError
        If there is no such setting or the text is no value of it.
    """
    for item in settings_of(type(config)):
        if item.name == name:
            return dataclasses.replace(config, **{name: item.parse(text, section=config.section)})  # type: ignore[type-var]
    raise SettingError(_unknown_setting(type(config), name))


def _unknown_setting(config_type: type[Config], name: str) -> str:
    prefix = f"{config_type.section}." if config_type.section else ""
    if not settings_of(config_type):
        return tr(
            "There is no setting {name!r}: what was chosen here has none of its own.", name=printable(prefix + name, 80)
        )
    return unknown_name(tr("setting"), prefix + name, (prefix + item.name for item in settings_of(config_type)))


def _iterate_settings(config_type: type[Config]) -> Iterator[Setting]:
    hints = get_type_hints(config_type)
    for item in dataclasses.fields(config_type):  # type: ignore[arg-type]
        declaration = item.metadata[_METADATA_KEY]
        kind = hints[item.name]
        if item.default is dataclasses.MISSING:
            raise TypeError(f"{config_type.__name__}.{item.name} has no default")
        yield Setting(item.name, kind if isinstance(kind, type) else tuple, item.default, declaration)
