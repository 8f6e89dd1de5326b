"""What is kept of a session: written whole, read back the same, and never trusted."""

from __future__ import annotations

import json
import random
from dataclasses import fields, replace
from typing import TYPE_CHECKING

import pytest

from vae_explorer.app.choices import Appearance, GridChoices, PlaneChoices, PlaneView, Rows
from vae_explorer.app.comparison_choice import ComparisonChoice
from vae_explorer.app.frozen_json import from_json, to_json
from vae_explorer.app.saved_session import SavedSession, SessionError, SessionFile
from vae_explorer.app.state import LatentPath, LatentPoint
from vae_explorer.data.limits import Limits
from vae_explorer.errors import StorageError
from vae_explorer.training.experiment import Experiment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FULL = PlaneChoices(
    pin=LatentPoint((0.1, -2.5), sample=3, label=1),
    path=LatentPath(
        start=LatentPoint((0.0, 1.0)),
        way_points=(LatentPoint((1.0, 1.0)), LatentPoint((2.0, 1.0), sample=7)),
        end=LatentPoint((1e-7, 3.0)),
        method="linear",
        position=0.375,
        frames=9,
    ),
    label=2,
    selected=Rows.of([5, 2, 40_000]),
    hidden=Rows.of([1]),
    hidden_classes=frozenset({3, 1}),
    completed=9,
    colour="factor.1",
    column_file="/a folder/columns.csv",
    layers=frozenset({"tiles", "points"}),
    view=PlaneView((0.25, -0.125), 0.001),
    grid=GridChoices(12, "uniform", 2.5),
    appearance=Appearance("ALL", 40, 7, 90),
    comparison=ComparisonChoice("/a folder/a run", 300, aligned=True, divider=0.25, label=2),
)


@pytest.fixture
def file(tmp_path: Path) -> SessionFile:
    return SessionFile(tmp_path / "config")


def test_that_a_session_is_read_back_as_it_was_written(file: SessionFile, tmp_path: Path) -> None:
    experiment = Experiment().with_objective("iwae").with_setting("training.epochs", "7")
    saved = SavedSession(experiment, tmp_path / "a run, “quoted” \udcff", 60_000, FULL, 1200, "samples")
    file.write(saved)
    assert file.read() == saved


def test_that_every_choice_is_kept() -> None:
    usual = PlaneChoices()
    forgotten = [item.name for item in fields(usual) if getattr(FULL, item.name) == getattr(usual, item.name)]
    assert forgotten == [], "give FULL another value than the usual one, so that it is read back in these tests"
    assert from_json(PlaneChoices, json.loads(json.dumps(to_json(FULL)))) == FULL


def test_that_nothing_is_read_where_nothing_was_kept(file: SessionFile) -> None:
    assert file.read() is None


def test_that_choices_of_an_older_program_take_their_defaults() -> None:
    assert from_json(PlaneChoices, {"label": 2}) == PlaneChoices(label=2)


def test_that_choices_of_a_newer_program_are_read_as_far_as_they_are_known() -> None:
    values = to_json(FULL)
    assert isinstance(values, dict)
    values["unheard_of"] = [1, {"deep": None}]
    assert from_json(PlaneChoices, values) == FULL


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pin", {"z": [1.0]}),
        ("pin", {"z": [1.0, 1e300]}),
        ("pin", {"z": [1.0, True]}),
        ("pin", {}),
        ("pin", [1.0, 2.0]),
        ("label", 1.5),
        ("label", True),
        ("layers", "tiles"),
        ("layers", ["tiles"] * 10_001),
        ("layers", [["tiles"]]),
        ("colour", "x" * 5000),
        ("selected", "AAAA"),
        ("selected", "AgAAAAEAAAA="),
        ("selected", "/////w=="),
        ("selected", "no base64"),
        ("path", {"way_points": [None]}),
    ],
)
def test_that_a_choice_of_the_wrong_kind_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=name):
        from_json(PlaneChoices, {name: value})


def broken(change: Callable[[dict[str, object]], object]) -> Callable[[bytes], bytes]:
    def apply(content: bytes) -> bytes:
        values = json.loads(content)
        changed = change(values)
        return json.dumps(values if changed is None else changed).encode()

    return apply


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda _content: b"",
        lambda _content: b"\xff\xfe",
        lambda _content: b"[" * 200_000,
        lambda content: content.replace(b'"images": 0', b'"images": NaN'),
        broken(lambda _values: []),
        broken(lambda values: values.update(schema_version=99)),
        broken(lambda values: values.pop("experiment")),
        broken(lambda values: values.update(experiment={"training": {"epochs": "many"}})),
        broken(lambda values: values.update(run=7)),
        broken(lambda values: values.update(run="a\0b")),
        broken(lambda values: values.update(images=-1)),
        broken(lambda values: values.update(tab=["plane"])),
        broken(lambda values: values.update(choices={"pin": 3})),
    ],
)
def test_that_a_damaged_session_is_set_aside_and_told(file: SessionFile, damage: Callable[[bytes], bytes]) -> None:
    file.write(SavedSession())
    content = damage(file.path.read_bytes())
    file.path.write_bytes(content)
    with pytest.raises(SessionError, match=r"can't be reopened.*session\.aside\.json"):
        file.read()
    assert not file.path.exists()
    assert file.path.with_suffix(".aside.json").read_bytes() == content
    assert file.read() is None


NASTY: tuple[object, ...] = (
    None,
    True,
    -1,
    0,
    1e308,
    10**30,
    "",
    "x",
    "\0",
    [],
    [[]],
    {},
    {"z": [0, 0]},
    ["a"] * 3,
    "A" * 9,
)


def places_in(value: object, way: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """Return the ways to every value inside a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(deeper for key, part in inside for deeper in places_in(part, (*way, key)))]


def test_that_any_value_anywhere_is_read_or_refused_and_nothing_else(file: SessionFile, tmp_path: Path) -> None:
    file.write(SavedSession(Experiment(), tmp_path, 60, FULL, 7, "plane"))
    content = file.path.read_bytes()
    ways = [way for way in places_in(json.loads(content)) if way]
    assert len(ways) > 60
    generator = random.Random(0)
    refused = 0
    for way in ways:
        for value in generator.sample(NASTY, 4):
            values = json.loads(content)
            inner = values
            for key in way[:-1]:
                inner = inner[key]
            inner[way[-1]] = value
            file.path.write_text(json.dumps(values))
            try:
                file.read()
            except SessionError:
                refused += 1
    assert refused > len(ways)


def test_that_a_session_too_large_is_not_even_read(file: SessionFile) -> None:
    file.write(SavedSession())
    with file.path.open("r+b") as content:
        content.truncate(Limits().session_bytes + 1)
    with pytest.raises(SessionError, match=r"more than the 64\.0 MiB allowed \(limits\.session\)"):
        file.read()


def test_that_names_that_no_list_knows_are_as_at_first(file: SessionFile) -> None:
    path = replace(FULL.path, method="teleport", metric="inches", position=7.0, frames=-3)
    file.write(SavedSession(choices=replace(FULL, path=path, view=PlaneView((0.0, 0.0), -1.0), label=-5)))
    read = file.read()
    assert read is not None
    usual = LatentPath()
    assert (read.choices.path.method, read.choices.path.metric) == (usual.method, usual.metric)
    assert (read.choices.path.position, read.choices.path.frames) == (1.0, 2)
    assert (read.choices.view, read.choices.label) == (None, 0)


def test_that_a_write_that_fails_leaves_the_session_before(file: SessionFile, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write(SavedSession(tab="plane"))

    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(StorageError, match="disk is full"):
        file.write(SavedSession(tab="samples"))
    monkeypatch.undo()
    read = file.read()
    assert read is not None
    assert read.tab == "plane"


def test_that_attempts_are_counted_until_one_ends_well(file: SessionFile) -> None:
    file.write(SavedSession())
    assert file.attempts == 0
    file.mark()
    file.mark()
    assert file.attempts == 2
    file.unmark()
    assert file.attempts == 0
