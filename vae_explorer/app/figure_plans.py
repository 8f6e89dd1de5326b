"""Figures for papers as plans: the plane, and the curves of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vae_explorer.app.export_plans import IsCancelled, Preview, Report
from vae_explorer.app.export_route import Route, Told
from vae_explorer.app.export_source import Source
from vae_explorer.config import to_dict

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.app.model import Model
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.export.figure_options import CurvesOptions, PlaneOptions
    from vae_explorer.export.vector import Sheet
    from vae_explorer.models.snapshot import ModelSnapshot
    from vae_explorer.objectives.terms import Term
    from vae_explorer.training.changes import SettingChange
    from vae_explorer.training.events import MetricRecord

    Pixels = NDArray[np.uint8]

_PREVIEW_PIXELS = 900
_STEPS_A_LEG = 200
_INCH = 25.4
_PRINTED_DOTS = 300


@dataclass(frozen=True, slots=True)
class PlanePlan:
    """The plane as a figure.

    Attributes
    ----------
    route
        The path, or None where there is none.
    dataset
        The images whose encodings are drawn, or None.
    run
        Folder of the run that keeps late moments of the model, or None.
    """

    options: PlaneOptions
    source: Source
    told: Told
    route: Route | None
    dataset: ImageDataset | None
    run: Path | None = None

    def preview(self, model: Model, report: Report, cancelled: IsCancelled) -> Preview:
        """Draw the figure at the resolution of a screen."""
        return _shown(self._sheet(model, report, cancelled))

    def picture(self, model: Model, report: Report, cancelled: IsCancelled) -> Pixels:
        """Return the figure as a picture [H, W, 3], as sharp as it is usually printed."""
        return _printed(self._sheet(model, report, cancelled))

    def write(self, path: Path, model: Model, report: Report, cancelled: IsCancelled) -> Path:
        """Write the figure with its note."""
        from vae_explorer.export.vector import save_figure

        sheet = self._sheet(model, report, cancelled)
        view = to_dict(self.options) | self.told.view((self.options.label,))
        if self.route is not None:
            walked = self.route.view()
            view |= {"way": walked.pop("points")} | walked
        return save_figure(path, sheet, self.source.note("plane", model, view))

    def _sheet(self, model: Model, report: Report, cancelled: IsCancelled) -> Sheet:
        from vae_explorer.export.plane_contents import plane_contents
        from vae_explorer.export.plane_figure import plane_sheet

        way = drawn = None
        if self.route is not None and self.options.path:
            way, drawn = self.route.drawn(model, _STEPS_A_LEG, cancelled)
        contents = plane_contents(
            model,
            self.options,
            self.dataset,
            route=drawn,
            way=way,
            moments=self._moments(model),
            progress=lambda part: report(0.8 * part),
            cancelled=cancelled,
        )
        return plane_sheet(contents, self.options)

    def _moments(self, model: Model) -> tuple[ModelSnapshot, ...]:
        from vae_explorer.app.layer_source import late_moments_of
        from vae_explorer.models.snapshot import ModelSnapshot

        wanted = self.options.layer == "disagreement" and isinstance(model, ModelSnapshot)
        return late_moments_of(model, self.run) if wanted and isinstance(model, ModelSnapshot) else ()


@dataclass(frozen=True, slots=True)
class CurvesPlan:
    """The curves of a run as a figure."""

    options: CurvesOptions
    source: Source
    records: tuple[MetricRecord, ...]
    terms: tuple[Term, ...]
    changes: tuple[tuple[SettingChange, str], ...] = ()

    def preview(self, model: Model, report: Report, cancelled: IsCancelled) -> Preview:
        """Draw the figure at the resolution of a screen."""
        report(0.0)
        return _shown(self._sheet())

    def picture(self, model: Model, report: Report, cancelled: IsCancelled) -> Pixels:
        """Return the figure as a picture [H, W, 3], as sharp as it is usually printed."""
        report(0.0)
        return _printed(self._sheet())

    def write(self, path: Path, model: Model, report: Report, cancelled: IsCancelled) -> Path:
        """Write the figure with its note."""
        from vae_explorer.export.vector import save_figure

        report(0.0)
        return save_figure(path, self._sheet(), self.source.note("curves", model, to_dict(self.options)))

    def _sheet(self) -> Sheet:
        from vae_explorer.export.curves_figure import curves_sheet

        return curves_sheet(self.records, self.options, self.terms, self.changes)


def _shown(sheet: Sheet) -> Preview:
    from vae_explorer.export.vector import figure_pixels

    dots = _PREVIEW_PIXELS / max(sheet.size) * _INCH
    return Preview((figure_pixels(sheet, dots),), (), sheet.words, 0)


def _printed(sheet: Sheet) -> Pixels:
    from vae_explorer.export.vector import figure_pixels

    return figure_pixels(sheet, _PRINTED_DOTS)
