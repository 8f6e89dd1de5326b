"""The export of a table of encodings, as a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vae_explorer.app.export_plans import ROWS_SHOWN, IsCancelled, Preview, Report
from vae_explorer.app.export_source import Source
from vae_explorer.language import tr

if TYPE_CHECKING:
    from pathlib import Path

    from vae_explorer.app.model import Model
    from vae_explorer.data.dataset import ImageDataset


@dataclass(frozen=True, slots=True)
class LatentsPlan:
    """A table of where each image lies on the plane."""

    dataset: ImageDataset
    source: Source

    def preview(self, model: Model, report: Report, cancelled: IsCancelled) -> Preview:
        """Encode the first images and show their rows."""
        from vae_explorer.export.tables import COLUMNS

        report(0.0)
        lines = [",".join(COLUMNS), *self._first_lines(model, cancelled)]
        count = len(self.dataset.images)
        average = sum(len(line) + 1 for line in lines[1:]) / max(1, len(lines) - 1)
        more = [tr("… {count:,} more", count=count - ROWS_SHOWN)] if count > ROWS_SHOWN else []
        size = tr("{count:,} rows, {columns} columns", count=count, columns=len(COLUMNS))
        return Preview((), (), size, int(average * count), "\n".join([*lines, *more]))

    def write(self, path: Path, model: Model, report: Report, cancelled: IsCancelled) -> Path:
        """Encode all images, in pieces, and write them."""
        from vae_explorer.export.latents import latent_table
        from vae_explorer.export.tables import save_latents

        table = latent_table(model, self.dataset, progress=lambda part: report(0.8 * part), cancelled=cancelled)
        note = self.source.note("latents", model, {"data": self.dataset.name})
        return save_latents(path, table, note, progress=lambda part: report(0.8 + 0.2 * part), cancelled=cancelled)

    def _first_lines(self, model: Model, cancelled: IsCancelled) -> list[str]:
        from vae_explorer.export.tables import LatentTable, csv_text

        dataset = self.dataset
        part = slice(0, ROWS_SHOWN)
        labels = None if dataset.labels is None else dataset.labels[part]
        encoded = model.encode(dataset.images[part], labels)
        splits = ["train" if row < dataset.train_count else "test" for row in range(len(encoded.mean))]
        rows, names = dataset.source_rows[part], dataset.class_names
        table = LatentTable(encoded.mean, encoded.log_var, rows, splits, labels, names, encoded.correlation)
        return csv_text(table, cancelled=cancelled).splitlines()[1:]
