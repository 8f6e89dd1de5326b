"""Tables of latents, for spreadsheets and for numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from vae_explorer.errors import ExportError
from vae_explorer.export.columns import Column, Columns, csv_chunks, save_columns
from vae_explorer.language import tr

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path

    from vae_explorer.export.progress import IsCancelled, ReportProgress
    from vae_explorer.export.provenance import Provenance

COLUMNS = ("row", "split", "label", "class", "z1", "z2", "sigma1", "sigma2", "correlation")


@dataclass(frozen=True, slots=True)
class LatentTable:
    """Encodings of images, one a row.

    Attributes
    ----------
    mean, log_var
        Mean and log variance of q(z|x) [N, 2]; `log_var` is None for an encoder without noise.
    rows
        Row of each image in its source [N].
    splits
        ``train`` or ``test`` for each image.
    labels
        Class of each image [N], or None.
    class_names
        Name of each class; () where classes have none.
    correlation
        Correlation of the two dimensions under q(z|x) [N]; None where they are independent.
    """

    mean: npt.NDArray[np.float32]
    log_var: npt.NDArray[np.float32] | None
    rows: npt.NDArray[np.int64]
    splits: Sequence[str]
    labels: npt.NDArray[np.int64] | None = None
    class_names: Sequence[str] = ()
    correlation: npt.NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        count = len(self.mean)
        others = (self.rows, self.splits, self.labels, self.log_var, self.correlation)
        if any(column is not None and len(column) != count for column in others):
            raise ExportError(
                tr(
                    "A table of {count} encodings needs as many rows, splits, labels, variances and correlations.",
                    count=count,
                )
            )

    @property
    def sigma(self) -> npt.NDArray[np.float32]:
        """Standard deviations exp(log_var / 2) [N, 2]; not a number for an encoder without noise."""
        if self.log_var is None:
            return np.full_like(self.mean, np.nan)
        with np.errstate(over="ignore"):
            return np.exp(np.asarray(self.log_var) / 2)

    @property
    def rho(self) -> npt.NDArray[np.float32]:
        """Correlations [N]: 0 where the dimensions are independent, not a number for an encoder without noise."""
        known = np.zeros(len(self.mean), np.float32) if self.correlation is None else np.asarray(self.correlation)
        return np.where(np.isfinite(self.sigma).all(axis=1), known, np.float32(np.nan))

    @property
    def columns(self) -> Columns:
        """The table as it is written: one column for each of `COLUMNS`."""
        names = None if self.labels is None else [self.class_name(int(label)) for label in self.labels]
        values: tuple[Column, ...] = (
            np.asarray(self.rows),
            np.asarray(self.splits, dtype=np.str_),
            None if self.labels is None else np.asarray(self.labels),
            None if names is None else np.asarray(names, dtype=np.str_),
            *np.asarray(self.mean, dtype=np.float32).T,
            *np.asarray(self.sigma, dtype=np.float32).T,
            np.asarray(self.rho, dtype=np.float32),
        )
        return dict(zip(COLUMNS, values, strict=True))

    def class_name(self, label: int) -> str:
        """Return the name of a class, or the class itself in figures where it has no name."""
        return self.class_names[label] if 0 <= label < len(self.class_names) else str(label)


def save_latents(
    path: str | os.PathLike[str],
    table: LatentTable,
    provenance: Provenance | None = None,
    *,
    progress: ReportProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> Path:
    """Write encodings as a CSV table with the columns `COLUMNS`, or as NumPy arrays, and return where the file is.

    Raises
    ------
    ExportError
        If the suffix is neither, or the file can't be written; an older file then stays whole.
    """
    return save_columns(path, table.columns, provenance, progress=progress, cancelled=cancelled)


def csv_text(table: LatentTable, *, cancelled: IsCancelled | None = None) -> str:
    """Return the text that `save_latents` writes to a ``.csv`` file."""
    return b"".join(csv_chunks(table.columns, None, cancelled)).decode("utf-8")
