"""The measures of a model as a table of words: value, unit and error, and why a value is undefined."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextLayout
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from vae_explorer.gui.plotting.bound_chain import samples_of
from vae_explorer.gui.plotting.viewport import format_number
from vae_explorer.gui.theme import SMALL_SPACING, SPACING
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from vae_explorer.latent.measures import Evaluation, Measure

UNDEFINED = marked("undefined")
_SIDE = Qt.AlignmentFlag.AlignTop


class MeasureTable(QWidget):
    """A row for each measure; what one must know to read it is its tool tip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[QLabel, QLabel]] = []
        self._labels: list[QLabel] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(SPACING)
        self._grid.setVerticalSpacing(SMALL_SPACING)
        self._grid.setColumnStretch(0, 1)
        self.setAccessibleName(tr("Measures"))

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """Words and values as they are shown."""
        return tuple((title.text(), value.text()) for title, value in self._rows)

    def show_evaluation(self, evaluation: Evaluation | None) -> None:
        """Show all measures; a reason that several share is said once, under the last of them."""
        for label in self._labels:
            self._grid.removeWidget(label)
            label.hide()
            label.deleteLater()
        self._rows, self._labels = [], []
        measures = () if evaluation is None else evaluation.measures
        for number, measure in enumerate(measures):
            following = measures[number + 1] if number + 1 < len(measures) else None
            self._add(measure)
            reason_follows = following is not None and following.value is None and following.note == measure.note
            if measure.value is None and measure.note and not reason_follows:
                self._add_reason(tr(measure.note))
        self._share_baselines()
        self._grid.activate()
        self.updateGeometry()

    def _share_baselines(self) -> None:
        """Give all texts first lines of one height: one with Chinese letters is higher than one of digits."""
        extents = {label: first_line(label) for row in self._rows for label in row}
        above = max((ascent for ascent, _ in extents.values()), default=0)
        below = max((descent for _, descent in extents.values()), default=0)
        for label, (ascent, descent) in extents.items():
            label.setContentsMargins(0, above - ascent, 0, below - descent)

    def _add(self, measure: Measure) -> None:
        title, value = self._label(_unbroken(tr(measure.title))), self._label(value_text(measure))
        title.setWordWrap(True)
        title.setAlignment(_SIDE | Qt.AlignmentFlag.AlignLeft)
        value.setAlignment(_SIDE | Qt.AlignmentFlag.AlignRight)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        value.setAccessibleName(tr("{name}: {text}", name=title.text(), text=value.text()))
        if measure.value is None:
            value.setProperty("role", "muted")
        for label in (title, value):
            label.setToolTip(f"<p>{escape(tr(measure.note))}</p>" if measure.note else "")
        row = self._grid.rowCount()
        self._grid.addWidget(title, row, 0)
        self._grid.addWidget(value, row, 1)
        self._rows.append((title, value))

    def _add_reason(self, note: str) -> None:
        words = note.removeprefix(tr(UNDEFINED)).lstrip(" :\N{FULLWIDTH COLON}")
        reason = self._label(words[:1].upper() + words[1:])
        reason.setProperty("role", "muted")
        reason.setWordWrap(True)
        reason.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._grid.addWidget(reason, self._grid.rowCount(), 0, 1, 2)

    def _label(self, text: str) -> QLabel:
        label = QLabel(text, self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        self._labels.append(label)
        return label


def first_line(label: QLabel) -> tuple[int, int]:
    """Return how far the text of a label reaches above and below its baseline, in the fonts that its letters come from.

    All of its letters are laid out in one line, as high as the highest of them, where it breaks none.
    """
    layout = QTextLayout(label.text(), label.font())
    layout.beginLayout()
    line = layout.createLine()
    layout.endLayout()
    return math.ceil(line.ascent()), math.ceil(line.descent())


def _unbroken(title: str) -> str:
    """Return a title whose log p(x) stays in one line."""
    return title.replace("log p", "log\N{NO-BREAK SPACE}p")


def value_text(measure: Measure) -> str:
    """Return the value with its error and unit, with as many decimals as the error leaves sense in."""
    if measure.value is None:
        return tr(UNDEFINED)
    decimals = decimals_of(measure)
    unit = measure.unit if measure.unit in {"", "%"} else f" {tr(measure.unit)}"
    error = ""
    if measure.error is not None and measure.error > 0:
        shown = format_number(measure.error, decimals)
        least = format_number(10.0**-decimals, decimals)
        error = f" \N{PLUS-MINUS SIGN} {shown}" if float(shown) else f" \N{PLUS-MINUS SIGN} <{least}"
    return f"{format_number(measure.value, decimals)}{error}{unit}"


def decimals_of(measure: Measure) -> int:
    """Return how many decimals of a value are worth reading."""
    value = abs(measure.value or 0.0)
    if not measure.unit and value == int(value) and not measure.error:
        return 0
    if measure.unit == "%":
        return 1
    if measure.error:
        return min(3, max(2, -math.floor(math.log10(measure.error))))
    return 2 if value >= 10 else 3


def table_text(evaluation: Evaluation) -> str:
    """Return all measures as lines of text with tabs, for a clipboard: measure, value, error, unit, note."""
    lines = [about_text(evaluation)]
    for measure in evaluation.measures:
        value = tr(UNDEFINED) if measure.value is None else f"{measure.value:.6g}"
        error = "" if measure.error is None else f"{measure.error:.2g}"
        note = " ".join(tr(measure.note).split())
        lines.append("\t".join((tr(measure.title), value, error, tr(measure.unit), note)))
    return "\n".join((*lines, *map(tr, evaluation.notes))) + "\n"


def about_text(evaluation: Evaluation) -> str:
    """Return one line on what was measured: likelihood, images where there were some, seed, training step."""
    likelihood = tr(evaluation.likelihood) or tr("No likelihood")
    if not evaluation.images:
        return tr(
            "{likelihood} · seed {seed} · step {step:,}",
            likelihood=likelihood,
            seed=evaluation.seed,
            step=evaluation.step,
        )
    count = evaluation.images
    images = tr("{count:,} test image", count=count) if count == 1 else tr("{count:,} test images", count=count)
    samples = max((samples_of(measure.name) or 0 for measure in evaluation.measures), default=0)
    if samples:
        images = tr("{images} · up to {samples:,} samples each", images=images, samples=samples)
    return tr(
        "{likelihood} · {images} · seed {seed} · step {step:,}",
        likelihood=likelihood,
        images=images,
        seed=evaluation.seed,
        step=evaluation.step,
    )
