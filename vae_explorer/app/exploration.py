"""What a person points at and chooses on the plane, each with a signal that tells of a change.

Everything chosen lives in one frozen value, `PlaneChoices` (``app/choices.py``), and each change by a method below is a
step that Edit > Undo takes back:

- points: `pin`, `pin_point`; the path: `set_start`, `set_end`, `add_way_point`, `move_way_point`, `remove_way_point`,
  `clear_path`, `reverse_path`, `draw_path`, `set_path_method`, `set_path_metric`, `set_path_equal_speed`,
  `set_path_frames`, `set_path_position`, `set_path`; the class: `set_label`;
- samples: `select(rows)`, `hide(rows)`, `hide_classes(classes)`, `show_all()`,
  `set_colour(name)`;
- what is looked at: `set_layers(names)`, `set_view(view)`, `set_grid(grid)`, `set_appearance(look)`,
  `set_comparison(choice)`.

Several changes in one go are one step within ``with session.one_step("Choose sample"):``. Changes during one press of a
mouse button are one step by themselves (the window tells the stack of presses), and so are turns of the wheel and held
keys. What isn't a person's doing is changed within ``with session.unrecorded():`` or by methods that say so, such as
`play_path_position`. Hovering is no step.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QObject, Signal

from vae_explorer.app.choices import Appearance, GridChoices, PlaneView, Rows
from vae_explorer.app.path_choosing import PathChoosing
from vae_explorer.app.state import LatentPoint, Point
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.app.comparison_choice import ComparisonChoice

_SAME_VIEW = 1e-6


class Exploration(PathChoosing):
    """Choices on the plane, shared by all panels; every change goes through a method and is told by a signal."""

    pin_changed = Signal(object)
    """`LatentPoint` or None."""

    hover_changed = Signal(object)
    """`LatentPoint` or None."""

    path_changed = Signal(object)
    """`LatentPath`."""

    label_changed = Signal(int)
    """Class with which a label-conditioned model decodes."""

    selection_changed = Signal(object)
    """`Rows` that are selected."""

    hidden_changed = Signal(object)
    """`Rows` that aren't drawn."""

    hidden_classes_changed = Signal(object)
    """Frozen set of the classes that aren't drawn."""

    column_file_changed = Signal(str)
    """Path of the table whose columns colour points too, "" for none."""

    completed_changed = Signal(object)
    """Row of the picture that was chosen to be completed, or None."""

    colour_changed = Signal(str)
    """Name of what colours the points, "" for the best that there is."""

    layers_changed = Signal(object)
    """Frozen set of the names of the layers that are shown, or None for those that a newcomer sees."""

    view_changed = Signal(object)
    """`PlaneView`, or None for the whole prior."""

    grid_changed = Signal(object)
    """`GridChoices`, or None for the grid that a newcomer sees."""

    comparison_changed = Signal(object)
    """`ComparisonChoice`."""

    appearance_changed = Signal(object)
    """`Appearance`, or None as a newcomer sees it."""

    SIGNALS: ClassVar[Mapping[str, str]] = {
        "label": "label_changed",
        "pin": "pin_changed",
        "path": "path_changed",
        "selected": "selection_changed",
        "hidden": "hidden_changed",
        "hidden_classes": "hidden_classes_changed",
        "column_file": "column_file_changed",
        "completed": "completed_changed",
        "colour": "colour_changed",
        "layers": "layers_changed",
        "view": "view_changed",
        "grid": "grid_changed",
        "appearance": "appearance_changed",
        "comparison": "comparison_changed",
    }

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hover: LatentPoint | None = None

    @property
    def pinned(self) -> LatentPoint | None:
        """The pinned point."""
        return self._choices.pin

    @property
    def hovered(self) -> LatentPoint | None:
        """The point under the pointer."""
        return self._hover

    @property
    def label(self) -> int:
        """Class with which a label-conditioned model decodes."""
        return self._choices.label

    # -- Points and samples --------------------------------------------------------------------------------------------

    def pin(self, z: Point | None, sample: int | None = None, label: int | None = None) -> None:
        """Pin a point of the plane, or the encoding of a sample; None takes the pin away."""
        self.pin_point(None if z is None else LatentPoint((float(z[0]), float(z[1])), sample, label))

    def pin_point(self, point: LatentPoint | None) -> None:
        """Pin a point that was already chosen elsewhere."""
        if point is None:
            self._change(tr("Remove pin"), pin=None)
        elif point.sample is not None:
            self._change(tr("Pin sample"), pin=point)
        else:
            self._change(tr("Pin point") if self.pinned is None else tr("Move pin"), "pin", pin=point)

    def hover(self, z: Point | None, sample: int | None = None) -> None:
        """Preview a point while the pointer rests on it; None ends the preview."""
        point = None if z is None else LatentPoint((float(z[0]), float(z[1])), sample)
        if point != self._hover:
            self._hover = point
            self.hover_changed.emit(point)

    def forget_samples(self) -> None:
        """Keep all places on the plane but not which samples they were: the data have changed."""
        self.hover(None)
        super().forget_samples()

    def set_label(self, label: int) -> None:
        """Choose the class with which a label-conditioned model decodes."""
        self._change(tr("Choose class"), label=label)

    def select(self, rows: Iterable[int] | NDArray[np.integer], text: str = "") -> None:
        """Select these rows of the data and no others."""
        chosen = Rows.of(rows)
        self._change(text or tr("Select points") if len(chosen) else tr("Select nothing"), selected=chosen)

    def hide(self, rows: Iterable[int] | NDArray[np.integer]) -> None:
        """Draw the points of these rows no more, nor of those that were hidden before; hidden rows aren't selected."""
        chosen, before = Rows.of(rows), self._choices
        hidden, selected = before.hidden.union(chosen), before.selected.without(chosen)
        self._change(tr("Hide points"), hidden=hidden, selected=selected)

    def hide_classes(self, classes: Iterable[int]) -> None:
        """Draw the points of these classes not, and those of all others."""
        self._change(tr("Show classes"), hidden_classes=frozenset(classes))

    def set_column_file(self, path: str) -> None:
        """Offer the columns of a table to colour points by."""
        self._change(tr("Open table"), column_file=path)

    def set_colour(self, name: str) -> None:
        """Choose what colours the points."""
        self._change(tr("Colour points"), colour=name)

    def show_all(self) -> None:
        """Draw all points again."""
        self._change(tr("Show all points"), hidden=Rows(), hidden_classes=frozenset())

    # -- What is looked at ---------------------------------------------------------------------------------------------

    def set_layers(self, names: Iterable[str] | None, text: str = "") -> None:
        """Show these layers and no others; None shows those that a newcomer sees."""
        self._change(text or tr("Show layers"), layers=None if names is None else frozenset(names))

    def set_view(self, view: PlaneView | None) -> None:
        """Show another part of the plane; None shows the whole prior."""
        if not _is_same(view, self._choices.view):
            self._change(tr("Move view"), "view", view=view)

    def set_appearance(self, appearance: Appearance | None) -> None:
        """Choose how the plane is drawn."""
        self._change(tr("Change look"), "appearance", appearance=appearance)

    def set_grid(self, grid: GridChoices | None) -> None:
        """Choose how the grid of pictures is made."""
        self._change(tr("Change grid"), "grid", grid=grid)

    def set_comparison(self, choice: ComparisonChoice, text: str = "", key: str = "") -> None:
        """Choose the model to compare with, and how its plane is laid beside the one at hand."""
        self._change(text or tr("Change comparison"), key, comparison=choice)


def _is_same(view: PlaneView | None, other: PlaneView | None) -> bool:
    """Whether two views differ by rounding at most."""
    if view is None or other is None:
        return view is other
    near = _SAME_VIEW * view.reach
    return (
        math.isclose(view.reach, other.reach, rel_tol=_SAME_VIEW)
        and math.isclose(view.centre[0], other.centre[0], rel_tol=0.0, abs_tol=near)
        and math.isclose(view.centre[1], other.centre[1], rel_tol=0.0, abs_tol=near)
    )
