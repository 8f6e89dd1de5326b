"""The film of a training as a plan: the grid or the plane at each kept moment of the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vae_explorer.app.export_plans import IsCancelled, Preview, Report
from vae_explorer.app.export_route import Told
from vae_explorer.app.export_source import Source
from vae_explorer.config import to_dict
from vae_explorer.language import tr

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.app.model import Model
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.export.film_options import TrainingFilmOptions
    from vae_explorer.export.training_film import Drawing
    from vae_explorer.runs.history import KeptMoment

    Pixels = NDArray[np.uint8]

_MOST_PREVIEWED = 12


@dataclass(frozen=True, slots=True)
class TrainingFilmPlan:
    """The film of a training.

    Attributes
    ----------
    moments
        The kept moments before the model at hand, in order.
    load
        Returns the model of a moment, in a worker.
    condition
        The picture that a model completes [C, H, W], or None.
    """

    options: TrainingFilmOptions
    source: Source
    told: Told
    moments: tuple[KeptMoment, ...]
    load: Callable[[KeptMoment], Model]
    dataset: ImageDataset | None
    condition: Pixels | None = None

    def preview(self, model: Model, report: Report, cancelled: IsCancelled) -> Preview:
        """Draw some of the moments."""
        from vae_explorer.export.training_film import chosen_moments

        all_of_them = chosen_moments(self._with(model), self.options.moments)
        few = replace(self.options, moments=_MOST_PREVIEWED, hold=0.5)
        frames = self._frames(few, model, report, cancelled)
        _, _, height, width = frames.shape
        held = round(self.options.hold * self.options.fps)
        seconds = (len(all_of_them) + held) / self.options.fps
        words = tr(
            "{width} × {height} pixels, {count} moments, {seconds:.1f} s",
            width=width,
            height=height,
            count=len(all_of_them),
            seconds=seconds,
        )
        each = round(1000 / few.fps)
        shown = tuple(frame.transpose(1, 2, 0) for frame in frames)
        durations = (*(each,) * (len(shown) - 1), each + round(1000 * self.options.hold))
        return Preview(shown, durations, words, 0, first=len(shown) - 1)

    def write(self, path: Path, model: Model, report: Report, cancelled: IsCancelled) -> Path:
        """Write the film with its note; drawing takes most of the time."""
        from vae_explorer.export.films import save_film
        from vae_explorer.export.training_film import as_animation

        frames = self._frames(self.options, model, lambda part: report(0.8 * part), cancelled)
        view = to_dict(self.options) | self.told.view((self.options.label,))
        return save_film(
            path,
            frames,
            as_animation(self.options),
            self.source.note("film", model, view),
            progress=lambda part: report(0.8 + 0.2 * part),
            cancelled=cancelled,
        )

    def _frames(self, options: TrainingFilmOptions, model: Model, report: Report, cancelled: IsCancelled) -> Pixels:
        from vae_explorer.export.training_film import chosen_moments, training_frames

        moments = chosen_moments(self._with(model), options.moments)
        return training_frames(
            moments,
            lambda moment: self._model_of(moment, model),
            self._drawing(options),
            options,
            progress=report,
            cancelled=cancelled,
        )

    def _with(self, model: Model) -> list[KeptMoment | Model]:
        """Return the moments, and the model at hand as the last unless it is one of them."""
        earlier: list[KeptMoment | Model] = [moment for moment in self.moments if moment.step != model.step]
        return sorted([*earlier, model], key=lambda moment: moment.step)

    def _model_of(self, moment: KeptMoment | Model, model: Model) -> Model:
        if moment is model:
            return model
        loaded = self.load(moment)  # type: ignore[arg-type]
        return loaded if self.condition is None else loaded.given(self.condition)

    def _drawing(self, options: TrainingFilmOptions) -> Drawing:
        from vae_explorer.export.training_film import grid_drawing, plane_drawing

        if options.shows == "grid":
            return grid_drawing(options.grid, self.dataset)
        return plane_drawing(options.plane, self.dataset, options.width)
