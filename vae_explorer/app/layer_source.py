"""From what a person chose to what a layer is computed from, in the worker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vae_explorer.errors import CapabilityError
from vae_explorer.language import tr
from vae_explorer.latent.layer import Layer, LayerSource
from vae_explorer.models.snapshot import ModelSnapshot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.app.layer_subject import LayerSubject
    from vae_explorer.app.state import PointCloud


@dataclass(frozen=True, slots=True, eq=False)
class _Posteriors:
    mean: NDArray[np.float32]
    log_var: NDArray[np.float32]
    correlation: NDArray[np.float32]


def layer_source(layer: Layer, subject: LayerSubject, cancelled: Callable[[], bool]) -> LayerSource:
    """Return what a layer is computed from; asked whether it is still wanted while it is prepared.

    Raises
    ------
    CapabilityError
        If the model has no network.
    RunError
        If the layer needs late moments of a run that can't be read.
    """
    model = subject.model
    if not isinstance(model, ModelSnapshot):
        raise CapabilityError(
            tr("A layer of the plane needs a model's network, and {name} has none.", name=type(model).__name__)
        )
    image, image_label = _sample(subject)
    return LayerSource(
        model,
        label=subject.label,
        posteriors=None if subject.cloud is None else _posteriors(subject.cloud),
        image=image,
        image_label=image_label,
        moments=late_moments_of(model, subject.run) if "moments" in layer.needs else (),
        cancelled=cancelled,
    )


def _posteriors(cloud: PointCloud) -> _Posteriors:
    import numpy as np

    correlation = np.zeros(len(cloud.z), dtype=np.float32) if cloud.correlation is None else cloud.correlation
    return _Posteriors(cloud.z, cloud.log_var, correlation)


def _sample(subject: LayerSubject) -> tuple[NDArray[np.uint8] | None, int | None]:
    dataset, row = subject.dataset, subject.row
    if dataset is None or row is None:
        return None, None
    labelled = dataset.labels is not None and subject.model.classes
    return dataset.images[row], int(dataset.labels[row]) if labelled and dataset.labels is not None else None


def late_moments_of(model: ModelSnapshot, run: Path | None) -> tuple[ModelSnapshot, ...]:
    """Return a model with the moments that its run kept last before it; the model alone where there is no run.

    Raises
    ------
    RunError
        If the run can't be read.
    """
    from vae_explorer.runs.folder import open_run
    from vae_explorer.runs.late_moments import late_moments

    return (model,) if run is None else late_moments(open_run(run), model)
