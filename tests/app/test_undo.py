"""Steps on the plane: taken back one by one, merged where they are one movement, and left alone by training."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from vae_explorer.app.choices import PlaneChoices, PlaneView, Rows
from vae_explorer.app.comparison_choice import ComparisonChoice
from vae_explorer.app.exploration import Exploration
from vae_explorer.app.state import LatentPoint, PointCloud
from vae_explorer.app.undo import UndoStack

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def cloud(places: dict[int, tuple[float, float]]) -> PointCloud:
    z = np.array(list(places.values()), dtype=np.float32)
    return PointCloud(z, np.zeros_like(z), np.array(list(places)), None, step=1)


@pytest.fixture
def exploration(qtbot: QtBot) -> Exploration:
    del qtbot
    return Exploration()


def apart(change: Callable[[], None], exploration: Exploration) -> None:
    """Make a change that merges with nothing."""
    exploration.steps.end_gesture()
    change()


ACTIONS: dict[str, Callable[[Exploration], None]] = {
    "pin": lambda it: it.pin((1.0, 1.0)),
    "unpin": lambda it: it.pin(None),
    "sample": lambda it: it.pin((0.5, 0.0), sample=3),
    "start": lambda it: it.set_start(LatentPoint((2.0, 0.0))),
    "end": lambda it: it.set_end(LatentPoint((0.0, 2.0))),
    "add waypoint": lambda it: it.add_way_point(LatentPoint((1.0, 2.0))),
    "move waypoint": lambda it: it.move_way_point(0, LatentPoint((9.0, 2.0))),
    "remove waypoint": lambda it: it.remove_way_point(0),
    "reverse": lambda it: it.reverse_path(),
    "clear": lambda it: it.clear_path(),
    "method": lambda it: it.set_path_method("linear"),
    "position": lambda it: it.set_path_position(0.25),
    "frames": lambda it: it.set_path_frames(7),
    "label": lambda it: it.set_label(2),
    "select": lambda it: it.select([5, 3, 5]),
    "hide": lambda it: it.hide([3, 4]),
    "hide classes": lambda it: it.hide_classes([1]),
    "layers": lambda it: it.set_layers(["tiles"]),
    "view": lambda it: it.set_view(PlaneView((1.0, 0.0), 0.5)),
    "comparison": lambda it: it.set_comparison(ComparisonChoice("another run", aligned=True)),
}


@pytest.mark.parametrize("name", ACTIONS)
def test_that_each_choice_is_one_step_that_goes_back_and_forth(exploration: Exploration, name: str) -> None:
    for prepare in (
        lambda: exploration.pin((0.0, 0.0)),
        lambda: exploration.set_start(LatentPoint((-1.0, 0.0))),
        lambda: exploration.add_way_point(LatentPoint((0.0, 1.0))),
    ):
        apart(prepare, exploration)
    exploration.steps.clear()
    before = exploration.choices
    ACTIONS[name](exploration)
    after = exploration.choices
    assert after != before
    assert len(exploration.steps) == 1
    assert exploration.steps.undo_text
    exploration.undo()
    assert exploration.choices == before
    assert not exploration.steps.can_undo
    exploration.redo()
    assert exploration.choices == after
    assert not exploration.steps.can_redo


def test_that_undo_tells_of_each_change_and_of_nothing_else(exploration: Exploration) -> None:
    told: list[str] = []
    for name in ("pin_changed", "path_changed", "selection_changed"):
        getattr(exploration, name).connect(lambda _value, name=name: told.append(name))
    with exploration.one_step("Both"):
        exploration.pin((1.0, 0.0))
        exploration.select([1])
    told.clear()
    exploration.undo()
    assert told == ["pin_changed", "selection_changed"]


def test_that_a_change_forgets_what_was_taken_back(exploration: Exploration) -> None:
    exploration.pin((1.0, 0.0))
    exploration.undo()
    exploration.set_label(1)
    assert not exploration.steps.can_redo
    exploration.redo()
    assert exploration.pinned is None


def test_that_a_drag_is_one_step_however_long_it_takes(qtbot: QtBot) -> None:
    del qtbot
    clock = Clock()
    steps: UndoStack[int] = UndoStack(clock=clock)
    steps.begin_gesture()
    for value in range(5):
        clock.now += 10.0
        steps.push("Move pin", value, value + 1, "pin")
    steps.end_gesture()
    steps.push("Move pin", 5, 6, "pin")
    assert len(steps) == 2
    assert steps.undo(6) == 5
    assert steps.undo(5) == 0


def test_that_a_drag_back_to_where_it_began_is_no_step(qtbot: QtBot) -> None:
    del qtbot
    steps: UndoStack[int] = UndoStack()
    steps.begin_gesture()
    steps.push("Move pin", 0, 1, "pin")
    steps.push("Move pin", 1, 0, "pin")
    assert not steps.can_undo


def test_that_held_keys_merge_while_they_are_quick_and_alike(qtbot: QtBot) -> None:
    del qtbot
    clock = Clock()
    steps: UndoStack[int] = UndoStack(clock=clock)
    steps.push("Move pin", 0, 1, "pin")
    clock.now += 0.5
    steps.push("Move pin", 1, 2, "pin")
    clock.now += 0.5
    steps.push("Move view", 2, 3, "view")
    clock.now += 5.0
    steps.push("Move view", 3, 4, "view")
    assert len(steps) == 3


def test_that_the_second_click_of_two_belongs_to_the_first(qtbot: QtBot) -> None:
    del qtbot
    steps: UndoStack[int] = UndoStack()
    steps.begin_gesture()
    steps.push("Pin point", 0, 1)
    steps.end_gesture()
    steps.resume_gesture()
    steps.push("Pin sample", 1, 2)
    steps.end_gesture()
    assert len(steps) == 1
    assert steps.undo_text == "Pin sample"


def test_that_all_that_one_key_brings_about_is_one_step_and_held_keys_still_merge(qtbot: QtBot) -> None:
    del qtbot
    clock = Clock()
    steps: UndoStack[tuple[int, int]] = UndoStack(clock=clock)
    for place in range(3):
        steps.begin_keystroke()
        steps.push("Move pin", (place, place), (place + 1, place), "pin")
        steps.push("Move view", (place + 1, place), (place + 1, place + 1), "view")
        clock.now += 0.1
    assert len(steps) == 1
    assert steps.undo_text == "Move pin"
    steps.begin_keystroke()
    steps.push("Pin sample", (3, 3), (4, 3))
    assert len(steps) == 2


def test_that_the_oldest_steps_are_forgotten_by_number_and_by_weight(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    del qtbot
    few: UndoStack[int] = UndoStack(limit=3)
    for value in range(10):
        few.push("Count", value, value + 1)
    assert len(few) == 3
    assert [few.undo(0), few.undo(0), few.undo(0), few.undo(0)] == [9, 8, 7, None]
    monkeypatch.setattr("vae_explorer.app.undo.MOST_BYTES", 25)
    heavy: UndoStack[int] = UndoStack(weigh=lambda _value: 5)
    for value in range(10):
        heavy.push("Count", value, value + 1)
    assert len(heavy) == 2


def test_that_what_a_signal_brings_about_belongs_to_its_step(exploration: Exploration) -> None:
    exploration.label_changed.connect(lambda label: exploration.pin((float(label), 0.0)))
    exploration.set_label(2)
    assert len(exploration.steps) == 1
    exploration.undo()
    assert exploration.label == 0
    assert not exploration.steps.can_undo


def test_that_playing_makes_no_step_and_undo_leaves_its_place_alone(exploration: Exploration) -> None:
    exploration.pin((1.0, 0.0))
    exploration.play_path_position(0.7)
    exploration.undo()
    assert exploration.pinned is None
    assert exploration.path.position == 0.7


def test_that_training_makes_no_step_and_undo_finds_samples_where_they_are_now(exploration: Exploration) -> None:
    exploration.carry_samples(cloud({3: (0.0, 0.0), 4: (1.0, 1.0)}))
    exploration.pin((0.0, 0.0), sample=3)
    exploration.pin((1.0, 1.0), sample=4)
    exploration.set_start(LatentPoint((0.0, 0.0), sample=3))
    exploration.carry_samples(cloud({3: (-2.0, 0.0), 4: (2.0, 2.0)}))
    assert len(exploration.steps) == 3
    exploration.undo()
    exploration.undo()
    assert exploration.pinned == LatentPoint((-2.0, 0.0), sample=3)
    exploration.redo()
    assert exploration.pinned == LatentPoint((2.0, 2.0), sample=4)
    exploration.redo()
    assert exploration.path.start == LatentPoint((-2.0, 0.0), sample=3)


def test_that_other_data_leave_places_in_the_steps_but_no_samples(exploration: Exploration) -> None:
    exploration.pin((1.0, 1.0), sample=4)
    exploration.select([1, 2])
    exploration.pin((2.0, 2.0))
    exploration.forget_samples()
    assert len(exploration.steps) == 2
    exploration.undo()
    assert exploration.pinned == LatentPoint((1.0, 1.0))
    assert len(exploration.choices.selected) == 0


def test_that_views_that_differ_by_rounding_are_no_step(exploration: Exploration) -> None:
    exploration.set_view(PlaneView((1.0, 0.0), 0.5))
    exploration.set_view(PlaneView((1.0 + 1e-9, 0.0), 0.5 + 1e-9))
    assert len(exploration.steps) == 1


def test_that_hidden_rows_are_no_longer_selected_and_come_back_together(exploration: Exploration) -> None:
    exploration.select([1, 2, 3])
    exploration.hide([2])
    exploration.hide([7])
    assert exploration.choices.selected == Rows.of([1, 3])
    assert exploration.choices.hidden == Rows.of([2, 7])
    exploration.show_all()
    assert exploration.choices.hidden == Rows()


def test_that_a_set_of_rows_knows_its_rows() -> None:
    rows = Rows.of(np.array([9, 2, 9, 0]))
    assert rows.array().tolist() == [0, 2, 9]
    assert len(rows) == 3
    assert 2 in rows
    assert 3 not in rows
    assert 10 not in rows
    assert rows.union(Rows.of([3, 2])) == Rows.of([0, 2, 3, 9])
    assert rows.without(Rows.of([10, 2])) == Rows.of([0, 9])
    assert rows.without(Rows()) == rows
    assert rows.below(9) == Rows.of([0, 2])
    assert rows.below(10) == rows
    assert rows.below(0) == Rows()
    assert Rows().without(rows) == Rows()
    with pytest.raises(ValueError, match="from 0 on"):
        Rows.of([-1])


def test_that_every_choice_has_its_signal(exploration: Exploration) -> None:
    assert list(PlaneChoices.__dataclass_fields__) == sorted(
        Exploration.SIGNALS, key=list(PlaneChoices.__dataclass_fields__).index
    )
    for signal in Exploration.SIGNALS.values():
        assert hasattr(exploration, signal)


def test_that_restored_choices_begin_a_history_of_their_own(exploration: Exploration) -> None:
    exploration.pin((1.0, 0.0))
    exploration.restore_choices(replace(PlaneChoices(), label=3))
    assert exploration.label == 3
    assert not exploration.steps.can_undo
