"""The comparison that the window shows, written as a figure by a worker."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from vae_explorer.app.turned_model import turned

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from vae_explorer.app.choices import PlaneView
    from vae_explorer.app.model import Model
    from vae_explorer.app.session import Session
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.export.comparison_figure import ComparisonOptions
    from vae_explorer.export.latents import Placing
    from vae_explorer.latent.alignment import Alignment

_POINTS_OPACITY = 0.6
"""Opacity of the pictures where points lie on them."""


@dataclass(frozen=True, slots=True, eq=False)
class ComparedFigure:
    """What a figure shows, at the moment when it was asked for.

    Attributes
    ----------
    options
        What is in view, and how it is drawn.
    labels
        Class with which each model decodes; -1 for none.
    names
        Words over each plane.
    second, alignment
        Model B, and the map from what is shown to its plane.
    dataset
        The images to place, or None.
    experiment, run
        Settings and name of A's run, for the note in the file.
    second_run
        Name of B's run.
    """

    options: ComparisonOptions
    labels: tuple[int, int]
    names: tuple[str, str]
    second: Model
    alignment: Alignment | None
    dataset: ImageDataset | None
    experiment: dict[str, dict[str, object]]
    run: str
    second_run: str

    def write(self, path: Path, first: Model, report: Callable[[float], None], cancelled: Callable[[], bool]) -> Path:
        """Write the figure as SVG, PDF or PNG, whichever the file's name ends in; in a worker.

        Raises
        ------
        ExportError
            If the file can't be written, or the user cancels.
        """
        from vae_explorer.config import to_dict
        from vae_explorer.export.comparison_figure import comparison_sheet, decoded_difference
        from vae_explorer.export.plane_contents import plane_contents
        from vae_explorer.export.progress import part_of
        from vae_explorer.export.provenance import Provenance
        from vae_explorer.export.vector import save_figure

        options, other = self.options, turned(self.second, self.alignment)
        contents = []
        for index, (model, label) in enumerate(zip((first, other), self.labels, strict=True)):
            own = replace(options, label=label if model.conditioning == "label" else -1)
            told = part_of(report, 0.4 * index, 0.4)
            contents.append(
                plane_contents(cast("Placing", model), own, self._images(model), progress=told, cancelled=cancelled)
            )
        difference = None
        if options.tiles and first.can_decode and other.can_decode and first.image_shape == other.image_shape:
            difference = decoded_difference(
                cast("Placing", first),
                cast("Placing", other),
                replace(options, label=self.labels[0]),
                count=options.tiles,
                reach=options.reach,
                second_label=self.labels[1],
            )
        report(0.9)
        about = {"run": self.second_run, "step": other.step, "weight_hash": other.weight_hash}
        note = Provenance.of(
            "comparison", first, experiment=self.experiment, view=to_dict(options) | {"second": about}, run=self.run
        )
        return save_figure(path, comparison_sheet((contents[0], contents[1]), difference, self.names, options), note)

    def _images(self, model: Model) -> ImageDataset | None:
        from vae_explorer.app.comparison_words import obstacle_to_points

        return None if obstacle_to_points(model, self.dataset) else self.dataset


def compared_figure(session: Session, *, points: bool, tiles: bool, circles: bool, reach: int) -> ComparedFigure | None:
    """Return the figure of what is compared now, None while nothing is.

    Parameters
    ----------
    session
        Whose model is A, and whose comparison has B.
    points, tiles, circles
        What is drawn.
    reach
        Grey levels at which the colours of the difference end.
    """
    comparison, info = session.comparison, session.model_info
    second, shown = comparison.second, comparison.shown_info
    if second is None or comparison.model is None or info is None or shown is None:
        return None
    trained = session.trained_experiment or session.experiment
    titles = (trained.objective_entry.title, second.experiment.objective_entry.title)
    names = [
        f"{title}, epoch {one.epoch:.4g}"  # untranslated: drawn in a figure
        for title, one in zip(titles, (info, shown), strict=True)
    ]
    aligned = ", aligned" if comparison.alignment is not None else ""
    labels = (session.label if info.needs_label else -1, -1 if comparison.label is None else comparison.label)
    return ComparedFigure(
        _options(session.choices.view, points=points, tiles=tiles, circles=circles, reach=reach),
        labels,
        (names[0], names[1] + aligned),
        comparison.model,
        comparison.alignment,
        session.dataset,
        trained.to_dict(),
        "" if session.run is None else session.run.name,
        second.name,
    )


def _options(view: PlaneView | None, *, points: bool, tiles: bool, circles: bool, reach: int) -> ComparisonOptions:
    """Return how the part of the plane that is in view is drawn."""
    from vae_explorer.export.comparison_figure import ComparisonOptions

    usual = ComparisonOptions()
    centre, extent = ((0.0, 0.0), usual.range) if view is None else (view.centre, view.reach)
    return replace(
        usual,
        centre_z1=centre[0],
        centre_z2=centre[1],
        range=extent,
        points="test" if points else "none",
        tiles=usual.tiles if tiles else 0,
        opacity=_POINTS_OPACITY if points and tiles else 1.0,
        circles=circles,
        reach=reach,
    )
