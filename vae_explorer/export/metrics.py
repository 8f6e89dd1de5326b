"""The curves of a run as a table: one row a record, one column a term."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.errors import ExportError
from vae_explorer.export.columns import Column, save_columns
from vae_explorer.language import tr

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path

    from vae_explorer.export.columns import Columns
    from vae_explorer.export.progress import IsCancelled, ReportProgress
    from vae_explorer.export.provenance import Provenance
    from vae_explorer.training.events import MetricRecord


def metric_columns(records: Sequence[MetricRecord]) -> Columns:
    """Return the records of a run as columns; a term that a record doesn't have is not a number there.

    Raises
    ------
    ExportError
        If there are none.
    """
    if not records:
        raise ExportError(tr("There are no curves yet: train for a moment first, or open a run that was trained."))
    names = dict.fromkeys(name for record in records for name in record.values)
    columns: dict[str, Column] = {
        "step": np.array([record.step for record in records]),
        "epoch": np.array([record.epoch for record in records], dtype=np.float64),
        "split": np.array([record.split for record in records], dtype=np.str_),
        "seconds": np.array([record.seconds for record in records], dtype=np.float64),
    }
    for name in names:
        columns[name] = np.array([record.values.get(name, np.nan) for record in records], dtype=np.float64)
    return columns


def save_metrics(
    path: str | os.PathLike[str],
    records: Sequence[MetricRecord],
    provenance: Provenance | None = None,
    *,
    progress: ReportProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> Path:
    """Write the records of a run as CSV or NumPy arrays, and return where the file is.

    Raises
    ------
    ExportError
        If there are none, or the file can't be written; an older file then stays whole.
    """
    return save_columns(path, metric_columns(records), provenance, progress=progress, cancelled=cancelled)
