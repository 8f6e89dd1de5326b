"""What workers call: loading, training and opening runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from vae_explorer.app.layer_subject import LayerSubject
    from vae_explorer.app.model import Model
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.latent.lattice import Field
    from vae_explorer.runs.following import RunNews
    from vae_explorer.runs.history import KeptMoment
    from vae_explorer.sections import DataConfig
    from vae_explorer.training.changes import SettingChange
    from vae_explorer.training.control import Control
    from vae_explorer.training.events import MetricRecord, TrainingEvent
    from vae_explorer.training.experiment import Experiment


class Follower(Protocol):
    """Looks at a run that somebody else writes, in one worker at a time."""

    def look(self) -> RunNews:
        """Return what is new since the last look."""
        ...


@dataclass(frozen=True, slots=True)
class OpenedRun:
    """A run read back from disk; `notes` are sentences for the user, such as about a damaged checkpoint.

    `model` is None for a run whose training has saved no weights yet; `follower` goes on looking at one that is being
    written, from what is said here, with `news` as the first look.
    """

    name: str
    path: Path
    experiment: Experiment
    dataset_sha256: str
    class_names: tuple[str, ...]
    metrics: tuple[MetricRecord, ...]
    model: Model | None
    notes: tuple[str, ...] = ()
    can_resume: bool = False
    moments: tuple[KeptMoment, ...] = ()
    changes: tuple[SettingChange, ...] = ()
    origin: str = ""
    follower: Follower | None = None
    news: RunNews | None = None


@dataclass(frozen=True, slots=True)
class ForkSource:
    """Where a new run starts: the folder of another one, and a moment of it, or None for its newest."""

    path: Path
    moment: KeptMoment | None
    words: str


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
        fork: ForkSource | None = None,
    ) -> None:
        """Train and record a run, perhaps from the weights of another one's moment."""
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

    def layer_field(self, name: str, subject: LayerSubject, cancelled: Callable[[], bool]) -> Field:
        """Prepare a layer of the plane, and return what gives its values; raise `Stopped` once cancelled."""
        ...

    def is_run(self, path: Path) -> bool:
        """Whether a path is a run's folder."""
        ...

    def open_run(self, path: Path) -> OpenedRun:
        """Read a run with its newest weights."""
        ...

    def follower(self, path: Path, known: tuple[MetricRecord, ...], step: int | None) -> Follower:
        """Return what looks at a run of which some records, and the exact model of a step, are known."""
        ...

    def load_moment(self, path: Path, moment: KeptMoment) -> Model:
        """Read the model of a moment that the run in a folder kept."""
        ...

    def default_runs_folder(self) -> Path:
        """Return the folder in which new runs are made."""
        ...

    def new_run_folder(self, parent: Path, experiment: Experiment) -> Path:
        """Return a folder below `parent` that doesn't exist yet, with a readable name."""
        ...
