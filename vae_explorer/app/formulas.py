"""Outlines of formulas, each made once: the library that knows how takes long to load, so a worker does it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from vae_explorer.errors import ExportError
from vae_explorer.language import tr
from vae_explorer.logbook import LOGGER

if TYPE_CHECKING:
    from vae_explorer.app.background import Background
    from vae_explorer.app.jobs import JobContext
    from vae_explorer.export.formula import FormulaOutline


class FormulaBook(QObject):
    """Keeps the outlines of all formulas that were asked for.

    Parameters
    ----------
    background
        Whose workers draw, and owner of this.
    """

    drawn = Signal()
    """There are more outlines, or it is known that some can't be drawn."""

    def __init__(self, background: Background) -> None:
        super().__init__(background)
        self._outlines: dict[str, FormulaOutline | None] = {}
        self._asked: tuple[str, ...] = ()
        self._work = background.latest_work(tr("draw the formulas"))
        self._work.finished.connect(self._take)
        self._work.failed.connect(self._give_up)

    def outline(self, source: str) -> FormulaOutline | None:
        """Return the outline of a formula in LaTeX; None where it isn't there yet, or can't be drawn."""
        return self._outlines.get(source)

    def waits_for(self, source: str) -> bool:
        """Whether it isn't known yet how a formula looks, or that it can't be drawn."""
        return source not in self._outlines

    def ask(self, sources: tuple[str, ...]) -> None:
        """Draw formulas that aren't here yet; `drawn` follows. Those of an earlier wish may be given up."""
        missing = tuple(dict.fromkeys(source for source in sources if source not in self._outlines))
        if missing:
            self._asked = missing
            self._work.ask(lambda context: _outlines(missing, context))

    @Slot(object)
    def _take(self, outlines: dict[str, FormulaOutline | None]) -> None:
        self._outlines.update(outlines)
        self.drawn.emit()

    @Slot(str, str)
    def _give_up(self, message: str, _details: str) -> None:
        """Wait no longer for formulas when drawing as a whole has failed: whoever shows them has their sources."""
        logging.getLogger(LOGGER).warning("%s", message)
        self._take(dict.fromkeys(self._asked))


def _outlines(sources: tuple[str, ...], context: JobContext) -> dict[str, FormulaOutline | None]:
    """Draw formulas in a worker; one that can't be drawn stays None, and the log says why."""
    from vae_explorer.export.formula import formula_outline

    outlines: dict[str, FormulaOutline | None] = {}
    for source in sources:
        context.check()
        try:
            outlines[source] = formula_outline(source)
        except ExportError as error:
            logging.getLogger(LOGGER).warning("%s", error)
            outlines[source] = None
    return outlines
