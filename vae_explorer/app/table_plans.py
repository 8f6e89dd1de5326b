"""Tables as plans: the curves of a run, a path, and what was measured of a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vae_explorer.app.export_plans import ROWS_SHOWN, IsCancelled, Preview, Report
from vae_explorer.app.export_route import Route
from vae_explorer.app.export_source import Source
from vae_explorer.language import tr

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.app.model import Model
    from vae_explorer.export.columns import Columns
    from vae_explorer.latent.measures import Evaluation
    from vae_explorer.training.events import MetricRecord


@dataclass(frozen=True, slots=True)
class MetricsPlan:
    """The curves of a run as a table."""

    source: Source
    records: tuple[MetricRecord, ...]

    def preview(self, model: Model, report: Report, cancelled: IsCancelled) -> Preview:
        """Show the first rows."""
        from vae_explorer.export.metrics import metric_columns

        report(0.0)
        return _first_rows(metric_columns(self.records))

    def write(self, path: Path, model: Model, report: Report, cancelled: IsCancelled) -> Path:
        """Write all records."""
        from vae_explorer.export.metrics import save_metrics

        note = self.source.note("metrics", model, {})
        return save_metrics(path, self.records, note, progress=report, cancelled=cancelled)


@dataclass(frozen=True, slots=True)
class PathPlan:
    """Where a path is at each of its pictures, as a table."""

    route: Route
    frames: int
    source: Source

    def preview(self, model: Model, report: Report, cancelled: IsCancelled) -> Preview:
        """Show the first rows."""
        report(0.0)
        return _first_rows(self._columns(model))

    def write(self, path: Path, model: Model, report: Report, cancelled: IsCancelled) -> Path:
        """Write all rows."""
        from vae_explorer.export.columns import save_columns

        note = self.source.note("path", model, self.route.view() | {"frames": self.frames})
        return save_columns(path, self._columns(model), note, progress=report, cancelled=cancelled)

    def _columns(self, model: Model) -> Columns:
        from vae_explorer.export.path_table import path_table

        route = self.route
        return path_table(
            model,
            route.points,
            frames=self.frames,
            method=route.method,
            labels=route.labels,
            equal_speed=route.equal_speed,
            course=route.found_course(model),
        )


@dataclass(frozen=True, slots=True)
class EvaluationPlan:
    """What was measured of a model as a table.

    Attributes
    ----------
    per_image
        Whether the rows are images, not measures.
    source_rows
        Row in the source of each row of the data set [N], or None.
    """

    evaluation: Evaluation
    per_image: bool
    source_rows: NDArray[np.int64] | None
    source: Source

    def preview(self, model: Model, report: Report, cancelled: IsCancelled) -> Preview:
        """Show the first rows."""
        from vae_explorer.export.measures import image_columns, measures_text

        report(0.0)
        if self.per_image:
            return _first_rows(image_columns(self.evaluation, self.source_rows))
        text = measures_text(self.evaluation).decode("utf-8")
        return Preview((), (), tr("{count:,} rows", count=text.count(chr(10)) - 1), len(text), text)

    def write(self, path: Path, model: Model, report: Report, cancelled: IsCancelled) -> Path:
        """Write the table with its note."""
        from vae_explorer.export.measures import save_image_values, save_measures

        report(0.0)
        note = self.source.note("evaluation", model, {"per_image": self.per_image})
        if self.per_image:
            return save_image_values(path, self.evaluation, self.source_rows, note)
        return save_measures(path, self.evaluation, note)


def _first_rows(columns: Columns) -> Preview:
    from vae_explorer.export.columns import csv_chunks, row_count

    count = row_count(columns)
    first = {name: None if column is None else column[:ROWS_SHOWN] for name, column in columns.items()}
    text = b"".join(csv_chunks(first)).decode("utf-8")
    shown = min(count, ROWS_SHOWN)
    average = (len(text) - text.index("\n")) / max(1, shown)
    more = [tr("… {count:,} more", count=count - shown)] if count > shown else []
    return Preview(
        (),
        (),
        tr("{count:,} rows, {columns} columns", count=count, columns=len(columns)),
        int(average * count),
        "\n".join([text.rstrip(), *more]),
    )
