"""What workers call: loading, training and opening runs, each imported where it is used, never before the window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.app.state import Point, PointCloud
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.sections import DataConfig
    from vae_explorer.training.control import Control
    from vae_explorer.training.events import MetricRecord, TrainingEvent
    from vae_explorer.training.experiment import Experiment


class EncodedImages(Protocol):
    """Posterior means and log variances, float32 [N, 2], and correlations, float32 [N]."""

    @property
    def mean(self) -> NDArray[np.float32]:
        """Posterior means."""
        ...

    @property
    def log_var(self) -> NDArray[np.float32]:
        """Posterior log variances."""
        ...

    @property
    def correlation(self) -> NDArray[np.float32]:
        """Correlation of the two dimensions."""
        ...


class Model(Protocol):
    """What the window needs of a frozen copy of a model; ``models.snapshot.ModelSnapshot`` is one."""

    @property
    def step(self) -> int:
        """Training steps taken."""
        ...

    @property
    def epoch(self) -> float:
        """Epochs trained."""
        ...

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        ...

    @property
    def classes(self) -> int:
        """Number of classes, 0 without."""
        ...

    @property
    def conditioning(self) -> Literal["none", "label", "class-mean", "image"]:
        """What the model is told beside a point."""
        ...

    @property
    def can_encode(self) -> bool:
        """Whether it has an encoder."""
        ...

    @property
    def can_decode(self) -> bool:
        """Whether it has a decoder."""
        ...

    @property
    def can_classify(self) -> bool:
        """Whether it has p(y|z)."""
        ...

    @property
    def can_regress(self) -> bool:
        """Whether it has a plain regressor beside its decoder."""
        ...

    @property
    def is_stochastic(self) -> bool:
        """Whether q(z|x) has a spread."""
        ...

    @property
    def has_likelihood(self) -> bool:
        """Whether it has p(x|z)."""
        ...

    @property
    def band(self) -> tuple[int, int] | None:
        """First column and number of columns that it is told, or None."""
        ...

    @property
    def class_means(self) -> NDArray[np.float32] | None:
        """Prior mean of each class [K, 2], or None."""
        ...

    @property
    def weight_hash(self) -> str:
        """SHA-256 of the weights, in hexadecimal; takes some milliseconds."""
        ...

    def given(self, picture: NDArray[np.uint8]) -> Model:
        """Return the same weights, told the band of a picture [C, H, W]."""
        ...

    def decode(
        self,
        z: NDArray[np.float32],
        labels: NDArray[np.int64] | int | None = None,
        condition: NDArray[np.uint8] | None = None,
    ) -> NDArray[np.uint8]:
        """Return pictures [N, C, H, W] for points [N, 2], perhaps told the band of another picture [C, H, W]."""
        ...

    def regress(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return how the regressor completes pictures [N, C, H, W]."""
        ...

    def classify(self, z: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return p(y|z) [N, K] at points [N, 2]."""
        ...

    def encode(self, images: NDArray[np.uint8], labels: NDArray[np.int64] | None = None) -> EncodedImages:
        """Return where pictures [N, C, H, W] lie on the plane."""
        ...


MOST_POSTERIORS = 2_500
"""About how many posteriors q(z) is the mean of, taken evenly: more change nothing that can be seen."""


@dataclass(frozen=True, slots=True)
class OpenedRun:
    """A run read back from disk; `notes` are sentences for the user, such as about a damaged checkpoint."""

    name: str
    path: Path
    experiment: Experiment
    dataset_sha256: str
    class_names: tuple[str, ...]
    metrics: tuple[MetricRecord, ...]
    model: Model
    notes: tuple[str, ...] = ()
    can_resume: bool = False


class Backend(Protocol):
    """The work that isn't done in the window's thread; tests put quicker ones in its place."""

    def warm_up(self) -> None:
        """Import what the first decoding and the first step need."""
        ...

    def load(self, config: DataConfig, progress: Callable[[str], None]) -> ImageDataset:
        """Load a data set."""
        ...

    def train(
        self,
        experiment: Experiment,
        dataset: ImageDataset,
        folder: Path,
        *,
        on_event: Callable[[TrainingEvent], None],
        control: Control,
    ) -> None:
        """Train and record a run."""
        ...

    def resume(
        self,
        experiment: Experiment,
        dataset: ImageDataset,
        folder: Path,
        *,
        on_event: Callable[[TrainingEvent], None],
        control: Control,
    ) -> None:
        """Go on with the run in `folder` to the epochs of the experiment."""
        ...

    def untrained_model(self, experiment: Experiment, dataset: ImageDataset) -> Model:
        """Return the model that a training would start from."""
        ...

    def aggregate_density(
        self, cloud: PointCloud, corners: tuple[Point, Point], size: tuple[int, int]
    ) -> NDArray[np.floating]:
        """Return q(z) [rows, columns], row 0 at the top, between the lower left and the upper right corner."""
        ...

    def posterior_density(
        self,
        model: Model,
        image: NDArray[np.uint8],
        label: int | None,
        corners: tuple[Point, Point],
        size: tuple[int, int],
    ) -> NDArray[np.floating]:
        """Return p(z|x) [rows, columns] of a picture [C, H, W], row 0 at the top, between two corners."""
        ...

    def is_run(self, path: Path) -> bool:
        """Whether a path is a run's folder."""
        ...

    def open_run(self, path: Path) -> OpenedRun:
        """Read a run with its newest weights."""
        ...

    def default_runs_folder(self) -> Path:
        """Return the folder in which new runs are made."""
        ...

    def new_run_folder(self, parent: Path, experiment: Experiment) -> Path:
        """Return a folder below `parent` that doesn't exist yet, with a readable name."""
        ...


class StandardBackend:
    """The rooms of this program, each imported on first use in the thread that uses it."""

    def warm_up(self) -> None:
        """Import torch for one thread: decoding must leave the other processors to training."""
        import torch

        torch.set_num_threads(1)
        import vae_explorer.runs.recording  # noqa: F401  (training would wait for it)
        from vae_explorer.training.trainer import warm_up

        warm_up()

    def load(self, config: DataConfig, progress: Callable[[str], None]) -> ImageDataset:
        """Load a data set by name or path."""
        from vae_explorer.data.catalogue import load

        return load(config, progress=progress)

    def train(
        self,
        experiment: Experiment,
        dataset: ImageDataset,
        folder: Path,
        *,
        on_event: Callable[[TrainingEvent], None],
        control: Control,
    ) -> None:
        """Train and record a run in `folder`."""
        from vae_explorer.runs.recording import train

        train(experiment, dataset, folder, on_event=on_event, control=control)

    def resume(
        self,
        experiment: Experiment,
        dataset: ImageDataset,
        folder: Path,
        *,
        on_event: Callable[[TrainingEvent], None],
        control: Control,
    ) -> None:
        """Go on with the run in `folder`, from its newest whole checkpoint."""
        from vae_explorer.runs.folder import open_run
        from vae_explorer.runs.recording import resume

        resume(
            open_run(folder),
            dataset,
            epochs=experiment.training.epochs,
            device=experiment.training.device,
            on_event=on_event,
            control=control,
        )

    def untrained_model(self, experiment: Experiment, dataset: ImageDataset) -> Model:
        """Return the model before its first step."""
        from vae_explorer.training.initial import untrained_snapshot

        return untrained_snapshot(experiment, dataset)

    def aggregate_density(
        self, cloud: PointCloud, corners: tuple[Point, Point], size: tuple[int, int]
    ) -> NDArray[np.floating]:
        """Return q(z), the mean of the posteriors of a cloud."""
        import numpy as np

        from vae_explorer.latent.quadrature import aggregate_density

        finite = np.flatnonzero(np.isfinite(cloud.z).all(axis=1) & np.isfinite(cloud.log_var).all(axis=1))
        finite = finite[:: max(1, len(finite) // MOST_POSTERIORS)]
        correlation = np.zeros(len(cloud.z)) if cloud.correlation is None else cloud.correlation
        sides = (*corners[0], *corners[1])
        return aggregate_density(cloud.z[finite], cloud.log_var[finite], correlation[finite], sides, size[::-1])

    def posterior_density(
        self,
        model: Model,
        image: NDArray[np.uint8],
        label: int | None,
        corners: tuple[Point, Point],
        size: tuple[int, int],
    ) -> NDArray[np.floating]:
        """Return p(z|x) of a picture by quadrature."""
        from vae_explorer.latent.quadrature import posterior_density
        from vae_explorer.models.snapshot import ModelSnapshot

        if not isinstance(model, ModelSnapshot):
            raise TypeError(f"a true posterior needs a model's network, and {type(model).__name__} has none")
        return posterior_density(model, image, label, (*corners[0], *corners[1]), size[::-1])

    def is_run(self, path: Path) -> bool:
        """Whether a path is a run's folder."""
        from vae_explorer.runs.folder import is_run

        return is_run(path)

    def open_run(self, path: Path) -> OpenedRun:
        """Read a run with its newest weights."""
        from vae_explorer.runs.folder import open_run

        run = open_run(path)
        return OpenedRun(
            name=run.name,
            path=run.path,
            experiment=run.experiment,
            dataset_sha256=run.data.sha256,
            class_names=run.data.class_names,
            metrics=run.metrics,
            model=run.load_model(),
            notes=run.newest[1],
            can_resume=run.can_resume,
        )

    def default_runs_folder(self) -> Path:
        """Return the user's folder for runs."""
        from vae_explorer.runs.places import default_runs_folder

        return default_runs_folder()

    def new_run_folder(self, parent: Path, experiment: Experiment) -> Path:
        """Return a folder that is named after time, data and objective."""
        from vae_explorer.runs.places import new_run_folder

        return new_run_folder(parent, experiment, datetime.now())
