"""Tables of what was measured of a model: its measures, and the values of each image."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.errors import ExportError
from vae_explorer.export.columns import Column, Columns, csv_lines, safe_cell, save_columns
from vae_explorer.export.formats import TABLES, suffix_of
from vae_explorer.language import tr
from vae_explorer.storage import write_atomically

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from vae_explorer.export.provenance import Provenance
    from vae_explorer.latent.measures import Evaluation

MEASURE_COLUMNS = ("measure", "title", "value", "unit", "error", "note")
IMAGE_COLUMNS = ("row", "elbo", "log_likelihood", "gap", "loss")


def save_measures(path: str | os.PathLike[str], evaluation: Evaluation, provenance: Provenance | None = None) -> Path:
    """Write the measures as a CSV table in UTF-8 or as NumPy arrays, one a row, and return where the file is.

    The first rows tell what was measured: likelihood, images, seed and training step. An undefined value is empty,
    with its reason in the note.

    Raises
    ------
    ExportError
        If the suffix is neither, or the file can't be written; an older file then stays whole.
    """
    if suffix_of(path, TABLES) == ".npz":
        return save_columns(path, _arrays(evaluation), provenance)
    return write_atomically(path, [measures_text(evaluation)])


def measures_text(evaluation: Evaluation) -> bytes:
    """Return what `save_measures` writes to a ``.csv`` file."""
    return csv_lines([MEASURE_COLUMNS, *_about(evaluation), *_measures(evaluation)])


def save_image_values(
    path: str | os.PathLike[str],
    evaluation: Evaluation,
    source_rows: npt.NDArray[np.int64] | None = None,
    provenance: Provenance | None = None,
) -> Path:
    """Write ELBO, log-likelihood, gap and loss of each image in nats as a table, and return where the file is.

    Parameters
    ----------
    source_rows
        Row in the source of each row of the data set [N], as tables of latents name them; the data set's own without.

    Raises
    ------
    ExportError
        If the model explains no images, or the file can't be written; an older file then stays whole.
    """
    return save_columns(path, image_columns(evaluation, source_rows), provenance)


def image_columns(evaluation: Evaluation, source_rows: npt.NDArray[np.int64] | None = None) -> Columns:
    """Return the columns that `save_image_values` writes, each ``[N]``.

    Raises
    ------
    ExportError
        If the model explains no images.
    """
    per_image = evaluation.per_image
    if per_image is None:
        raise ExportError(tr("This model explains no images, so there are no values of each image to save."))
    rows = per_image.rows if source_rows is None else source_rows[per_image.rows]
    columns: tuple[Column, ...] = (rows, per_image.elbo, per_image.log_likelihood, per_image.gap, per_image.loss)
    return dict(zip(IMAGE_COLUMNS, columns, strict=True))


def _arrays(evaluation: Evaluation) -> Columns:
    measures = evaluation.measures
    values = [math.nan if measure.value is None else measure.value for measure in measures]
    errors = [math.nan if measure.error is None else measure.error for measure in measures]
    texts = {
        name: np.asarray([getattr(measure, name) for measure in measures], dtype=np.str_)
        for name in ("name", "title", "unit", "note")
    }
    columns: tuple[Column, ...] = (
        texts["name"],
        texts["title"],
        np.asarray(values, dtype=np.float64),
        texts["unit"],
        np.asarray(errors, dtype=np.float64),
        texts["note"],
    )
    return dict(zip(MEASURE_COLUMNS, columns, strict=True))


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
