"""What can be done with a selection, from buttons, menus and keys alike.

The window opens without numpy, so it is imported where it is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from vae_explorer.language import tr

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.app.session import Session


class SelectionActs(QObject):
    """Hides, shows, inverts and chooses what is selected.

    Parameters
    ----------
    session
        Keeps the selection.
    parent
        Owner.
    """

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session

    @Slot()
    def hide_selected(self) -> None:
        """Draw the selected points no more."""
        self._session.hide(self._session.choices.selected.array())

    @Slot()
    def show_only_selected(self) -> None:
        """Hide all points but the selected ones."""
        import numpy as np

        dataset, selected = self._session.dataset, self._session.choices.selected
        if dataset is not None and len(selected):
            points = self._session.points
            # Of images on a disk some stand for all; millions of others would only fill what Undo remembers.
            some = points.rows if dataset.is_on_disk and points is not None else np.arange(len(dataset.images))
            self._session.hide(np.setdiff1d(some, selected.array()))

    @Slot()
    def show_all(self) -> None:
        """Draw all hidden points and classes again."""
        self._session.show_all()

    @Slot()
    def clear(self) -> None:
        """Select nothing."""
        self._session.select(())

    @Slot()
    def select_all(self) -> None:
        """Select all points that are shown."""
        self._session.select(self.shown_rows(), tr("Select all points"))

    @Slot()
    def invert(self) -> None:
        """Select the points that are shown and aren't selected."""
        import numpy as np

        shown = self._shown_mask()
        selected = self._session.choices.selected.array()
        shown[selected[selected < len(shown)]] = False
        self._session.select(np.flatnonzero(shown), tr("Invert selection"))

    def select_class(self, label: int) -> None:
        """Select all points of a class that are shown."""
        dataset = self._session.dataset
        if dataset is not None and dataset.labels is not None:
            rows = self.shown_rows()
            self._session.select(rows[dataset.labels[rows] == label], tr("Select class"))

    def shown_rows(self) -> NDArray[np.int64]:
        """Return the rows that are encoded and not hidden, of the part of the data that is looked at, int64 [N]."""
        import numpy as np

        return np.flatnonzero(self._shown_mask())

    def _shown_mask(self) -> NDArray[np.bool_]:
        """Return which rows of the data are shown, bool [N]; masks take a tenth of the time of sorted sets."""
        import numpy as np

        from vae_explorer.gui.plotting.point_colours import COLUMN_PREFIX
        from vae_explorer.gui.plotting.point_parts import Part

        cloud, dataset, choices = self._session.points, self._session.dataset, self._session.choices
        if cloud is None or dataset is None:
            return np.zeros(0, dtype=np.bool_)
        part = Part.TEST if choices.appearance is None else Part[choices.appearance.part]
        shown = np.zeros(len(dataset.images), dtype=np.bool_)
        shown[cloud.rows[part.members(cloud, dataset)]] = True
        hidden = choices.hidden.array()
        shown[hidden[hidden < len(shown)]] = False
        # A column of words that gives the colours has classes of its own, which say nothing of those of the data.
        if dataset.labels is not None and choices.hidden_classes and not choices.colour.startswith(COLUMN_PREFIX):
            rows = np.flatnonzero(shown)
            shown[rows] = ~np.isin(dataset.labels[rows], list(choices.hidden_classes))
        return shown
