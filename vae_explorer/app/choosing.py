"""The choices on the plane and the steps that led to them: one value, changed in one place, told by signals."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import fields, replace
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QObject, Slot

from vae_explorer.app.choices import PlaneChoices, carried
from vae_explorer.app.undo import UndoStack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vae_explorer.app.state import LatentPoint, PointCloud


class Choosing(QObject):
    """Holds `PlaneChoices` and remembers each change by a person as a step.

    What a signal's receiver changes in turn belongs to the step that the signal tells of. What isn't a person's doing
    (training that moves samples, a film that plays) is changed within `unrecorded`.
    """

    SIGNALS: ClassVar[Mapping[str, str]] = {}
    """Which signal tells of each field, in the order in which they are emitted."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.steps: UndoStack[PlaneChoices] = UndoStack(carried, lambda choices: choices.weight, parent=self)
        self._choices = PlaneChoices()
        self._cloud: PointCloud | None = None
        self._in_step = False

    @property
    def choices(self) -> PlaneChoices:
        """Everything that is chosen on the plane."""
        return self._choices

    @contextmanager
    def one_step(self, text: str, key: str = "") -> Iterator[None]:
        """Make all changes within it one step.

        Parameters
        ----------
        text
            What it is, as the menu says it: "Choose sample".
        key
            What kind of change may merge with it; "" for none.
        """
        if self._in_step:
            yield
            return
        before = self._choices
        self._in_step = True
        try:
            yield
        finally:
            self._in_step = False
            self.steps.push(text, before, self._choices, key)

    @contextmanager
    def unrecorded(self) -> Iterator[None]:
        """Make no step of what changes within it."""
        outer, self._in_step = self._in_step, True
        try:
            yield
        finally:
            self._in_step = outer

    @Slot()
    def undo(self) -> None:
        """Take the last step back."""
        self._travel(self.steps.undo(self._choices))

    @Slot()
    def redo(self) -> None:
        """Do the step again that was taken back last."""
        self._travel(self.steps.redo(self._choices))

    def restore_choices(self, choices: PlaneChoices) -> None:
        """Show other choices, such as those of the last session; the steps until now are forgotten."""
        self._travel(choices)
        self.steps.clear()

    def change_choices(self, choices: PlaneChoices, text: str) -> None:
        """Show other choices as one step, which can be taken back."""
        self._change(text, **{item.name: getattr(choices, item.name) for item in fields(choices)})

    def forget_samples(self) -> None:
        """Keep all places, in the steps too, but not which samples they were: the data have changed."""
        self._cloud = None
        self.steps.revise(PlaneChoices.without_samples)
        with self.unrecorded():
            self._show(self._choices.without_samples())

    def carry_samples(self, points: PointCloud) -> None:
        """Move the pin and the points of the path that are samples to where their pictures are encoded now."""
        self._cloud = points
        with self.unrecorded():
            self._show(self._fitted(self._choices))

    def _change(self, text: str, key: str = "", **changed: object) -> None:
        """Change some fields as one step; nothing where they are so already."""
        after = replace(self._choices, **changed)  # type: ignore[arg-type]
        if after != self._choices:
            with self.one_step(text, key):
                self._show(after)

    def _fitted(self, choices: PlaneChoices) -> PlaneChoices:
        """Return choices as they can be shown now: samples where their pictures are encoded now."""
        cloud = self._cloud
        if cloud is None:
            return choices
        places = {point.sample: cloud.place_of(point.sample) for point in _points(choices) if point.sample is not None}

        def moved(point: LatentPoint) -> LatentPoint:
            place = None if point.sample is None else places[point.sample]
            return point if place is None else replace(point, z=place)

        return choices.with_points(moved) if places else choices

    def _travel(self, choices: PlaneChoices | None) -> None:
        if choices is not None:
            with self.unrecorded():
                self._show(self._fitted(choices))

    def _show(self, choices: PlaneChoices) -> None:
        before, self._choices = self._choices, choices
        for name in self.SIGNALS:
            if getattr(before, name) != getattr(choices, name):
                # Another receiver may have changed it again.
                getattr(self, self.SIGNALS[name]).emit(getattr(self._choices, name))


def _points(choices: PlaneChoices) -> tuple[LatentPoint, ...]:
    return (*((choices.pin,) if choices.pin is not None else ()), *choices.path.points)
