"""Tables of what was measured of a model: its measures, and the values of each image."""

from __future__ import annotations

import csv
import math
from io import StringIO
from typing import TYPE_CHECKING

from vae_explorer.errors import ExportError
from vae_explorer.export.tables import safe_cell
from vae_explorer.storage import write_atomically

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from vae_explorer.latent.measures import Evaluation

MEASURE_COLUMNS = ("measure", "title", "value", "unit", "error", "note")
IMAGE_COLUMNS = ("row", "elbo", "log_likelihood", "gap", "loss")


def save_measures(path: str | os.PathLike[str], evaluation: Evaluation) -> Path:
    """Write the measures as a CSV table in UTF-8, one a row, and return where the file is.

    The first rows tell what was measured: likelihood, images, seed and training step. An undefined value is empty,
    with its reason in the note.

    Raises
    ------
    ExportError
        If the file can't be written; an older file then stays whole.
    """
    return write_atomically(path, [_lines([MEASURE_COLUMNS, *_about(evaluation), *_measures(evaluation)])])


def save_image_values(
    path: str | os.PathLike[str], evaluation: Evaluation, source_rows: npt.NDArray[np.int64] | None = None
) -> Path:
    """Write ELBO, log-likelihood, gap and loss of each image in nats as a CSV table, and return where the file is.

    Parameters
    ----------
    source_rows
        Row in the source of each row of the data set [N], as tables of latents name them; the data set's own without.

    Raises
    ------
    ExportError
        If the model explains no images, or the file can't be written; an older file then stays whole.
    """
    per_image = evaluation.per_image
    if per_image is None:
        raise ExportError("This model explains no images, so there are no values of each image to save.")
    rows = per_image.rows if source_rows is None else source_rows[per_image.rows]
    columns = (per_image.elbo, per_image.log_likelihood, per_image.gap, per_image.loss)
    values = ((str(int(row)), *(_number(column[index]) for column in columns)) for index, row in enumerate(rows))
    return write_atomically(path, [_lines([IMAGE_COLUMNS]), _lines(values)])


def _about(evaluation: Evaluation) -> Iterable[Sequence[str]]:
    yield "likelihood", "Likelihood", safe_cell(evaluation.likelihood), "", "", evaluation.kind
    for name, value in (("images", evaluation.images), ("seed", evaluation.seed), ("step", evaluation.step)):
        yield name, name.capitalize(), str(value), "", "", ""


def _measures(evaluation: Evaluation) -> Iterable[Sequence[str]]:
    for measure in evaluation.measures:
        value, error = _number(measure.value), _number(measure.error)
        yield measure.name, safe_cell(measure.title), value, measure.unit, error, safe_cell(measure.note)


def _number(value: float | None) -> str:
    return "" if value is None or math.isnan(value) else f"{value:.9g}"


def _lines(rows: Iterable[Sequence[str]]) -> bytes:
    text = StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8", "backslashreplace")
