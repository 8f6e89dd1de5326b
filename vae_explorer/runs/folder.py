"""A run as a folder: what was trained, how it went, and the weights, opened again without trust."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.errors import RunError, SettingError, printable
from vae_explorer.language import marked, tr
from vae_explorer.runs.bounds import most_weight_bytes
from vae_explorer.runs.checkpoint import Checkpoint, checkpoint_folders, missing_checkpoint, read_checkpoint
from vae_explorer.runs.formats import current_header
from vae_explorer.runs.header import HEADER_FILE, is_as_written, read_header
from vae_explorer.runs.history import KeptMoment, history, read_moment
from vae_explorer.runs.identity import DataIdentity, data_identity
from vae_explorer.runs.metrics_log import LOG_SEAL, log_note, read_metrics
from vae_explorer.runs.parent import Parent, parent_from
from vae_explorer.runs.pins import known_pins, pinned_checkpoints
from vae_explorer.runs.resumption import Resumption, resumptions
from vae_explorer.system_errors import system_reason
from vae_explorer.training.changes import SettingChange, changes_from, in_force
from vae_explorer.training.events import MetricRecord
from vae_explorer.training.experiment import Experiment

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from vae_explorer.models.snapshot import ModelSnapshot

METRICS_FILE = "metrics.jsonl"
CHECKPOINTS = "checkpoints"
_ALTERED = marked(
    "The file {path} isn't as this program wrote it (its checksum is another), so the "
    "settings that are shown may not be those that the run was trained with."
)


@dataclass(frozen=True)
class Run:
    """A run folder that was opened.

    Attributes
    ----------
    path
        The folder.
    experiment
        All its settings; the number of epochs is that of the last time it was gone on with.
    data
        The images it was trained on.
    created
        When, as written in its header.
    resumptions
        Each time that it was gone on with.
    changes
        Each turn of a setting while it trained; `experiment` has the values with which it began.
    parent
        The moment of another run that it started from, or None.
    header_notes
        Sentences on what of the header can't be relied on.
    """

    path: Path
    experiment: Experiment
    data: DataIdentity
    created: str
    resumptions: tuple[Resumption, ...] = ()
    changes: tuple[SettingChange, ...] = ()
    parent: Parent | None = None
    header_notes: tuple[str, ...] = ()

    def experiment_at(self, step: int) -> Experiment:
        """Return the settings that were in force when the last of `step` steps was taken."""
        return in_force(self.experiment, self.changes, step)

    @property
    def name(self) -> str:
        """Name of the folder."""
        return self.path.name

    @property
    def most_weight_bytes(self) -> int:
        """Most bytes that a file with weights of its network can have."""
        return most_weight_bytes(self.experiment, self.data)

    @cached_property
    def metrics(self) -> tuple[MetricRecord, ...]:
        """All records of the run, in order."""
        return read_metrics(self.path / METRICS_FILE)

    @cached_property
    def newest(self) -> tuple[Checkpoint, tuple[str, ...]]:
        """The newest checkpoint that is whole, and a sentence for each newer one that isn't.

        Raises
        ------
        RunError
            If there is none.
        """
        folders = checkpoint_folders(self.path / CHECKPOINTS)
        damage = missing_checkpoint(self.path, folders)
        for folder in folders:
            try:
                checkpoint = read_checkpoint(folder, self.most_weight_bytes)
            except RunError as error:
                damage.append(str(error))
            else:
                return checkpoint, tuple(
                    tr("{text} An older checkpoint was opened instead.", text=text) for text in damage
                )
        if damage:
            raise RunError(
                tr("No checkpoint of the run {path} is whole. {damage}", path=printable(self.path), damage=damage[0])
            )
        raise RunError(
            tr(
                "The run {path} has no checkpoint: it ended before one was saved, so train it again.",
                path=printable(self.path),
            )
        )

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """A sentence for each thing that is damaged but keeps nobody from opening the run; see `history_notes` too.

        Raises
        ------
        RunError
            If there is no whole checkpoint.
        """
        newest, passed_over = self.newest
        went_on = any(resumption.step >= newest.step for resumption in self.resumptions)
        is_all = "reason" in newest.state and not went_on
        on_log = log_note(self.path / METRICS_FILE, newest.state.get(LOG_SEAL), is_all=is_all)
        return (*self.header_notes, *passed_over, *([on_log] if on_log else ()))

    @cached_property
    def moments(self) -> tuple[KeptMoment, ...]:
        """The moments that `load_moment` can show, the earliest first; the last is the newest checkpoint."""
        return self._history[0]

    @property
    def pinned(self) -> frozenset[int]:
        """Steps of the moments that a person pinned, as it is now."""
        return known_pins(self.path)

    @property
    def history_notes(self) -> tuple[str, ...]:
        """A sentence for each file of the history that is left out."""
        return self._history[1]

    @cached_property
    def _history(self) -> tuple[tuple[KeptMoment, ...], tuple[str, ...]]:
        kept, notes = history(self.path)
        try:
            newest = self.newest[0]
        except RunError:
            return kept, notes
        pinned = pinned_checkpoints(self.path / CHECKPOINTS, self.pinned)
        found = {moment.step: moment for moment in (*kept, *pinned) if moment.step < newest.step}
        earlier = (found[step] for step in sorted(found))
        return (*earlier, KeptMoment(newest.step, newest.epoch, newest.path)), notes

    @property
    def can_resume(self) -> bool:
        """Whether its newest checkpoint says that the state of the training was saved with it."""
        return self.newest[0].can_resume

    @property
    def result(self) -> Mapping[str, object]:
        """State of the newest checkpoint: step, epoch, seconds and, for a run that ended, train and test."""
        return self.newest[0].state

    def load_model(self) -> ModelSnapshot:
        """Return the model with the weights of the newest checkpoint that is whole.

        Raises
        ------
        RunError
            If there is no such checkpoint, or its weights don't belong to the network of the header.
        """
        checkpoint = self.newest[0]
        return self._model(KeptMoment(checkpoint.step, checkpoint.epoch, checkpoint.path), checkpoint.weights)

    def load_moment(self, moment: KeptMoment) -> ModelSnapshot:
        """Return the model as it was at one of the `moments`.

        Raises
        ------
        RunError
            If its weights are gone, damaged, or don't belong to the network of the header.
        """
        most = self.most_weight_bytes
        weights = read_checkpoint(moment.path, most).weights if moment.is_exact else read_moment(moment, most)
        return self.model_with(moment, weights)

    def model_with(self, moment: KeptMoment, weights: Mapping[str, npt.NDArray[np.float32]]) -> ModelSnapshot:
        """Return the model of a moment whose weights were read already.

        Raises
        ------
        RunError
            If they don't belong to the network of the header.
        """
        from vae_explorer.runs.weights import check_weights

        if not self._visited:
            self._visited.append(self._model(moment, weights))
            return self._visited[0]
        visited = self._visited[0]
        check_weights({name: values.shape for name, values in visited.weights.items()}, weights, moment.path)
        return visited.with_weights(weights, step=moment.step, epoch=moment.epoch)

    @cached_property
    def _visited(self) -> list[ModelSnapshot]:
        """The first moment that was loaded, whose network the next ones copy."""
        return []

    def _model(self, moment: KeptMoment, weights: Mapping[str, npt.NDArray[np.float32]]) -> ModelSnapshot:
        from vae_explorer.models.snapshot import ModelSnapshot
        from vae_explorer.runs.weights import model_from_weights

        model = model_from_weights(self.experiment, self.data, weights, moment.path)
        return ModelSnapshot(model, step=moment.step, epoch=moment.epoch)


def is_run(path: Path) -> bool:
    """Whether `path` looks like a run folder or its header."""
    try:
        return (path / HEADER_FILE).is_file() or (path.name == HEADER_FILE and path.is_file())
    except (OSError, ValueError):
        return False


def open_run(path: str | Path) -> Run:
    """Open a run folder, also one of an older format; nothing in it is changed.

    Raises
    ------
    RunError
        If it isn't a run, is of a newer format, or its header is damaged.
    """
    folder = _folder(Path(path))
    found = read_header(folder)
    header, where = current_header(found, folder), printable(folder / HEADER_FILE)
    try:
        experiment = Experiment.from_dict(_mapping(header.get("experiment")))
        resumed = resumptions(header.get("resumptions"))
        if resumed:
            experiment = experiment.with_setting("training.epochs", str(resumed[-1].epochs))
        data = data_identity(_mapping(header.get("data")))
        changes, parent = changes_from(header.get("changes")), parent_from(header.get("parent"))
        in_force(experiment, changes)
    except (SettingError, ValueError, TypeError) as error:
        raise RunError(tr("The file {where} is damaged: {error}", where=where, error=error)) from error
    altered = () if is_as_written(found) else (tr(_ALTERED, path=where),)
    return Run(folder, experiment, data, str(header.get("created", "")), resumed, changes, parent, altered)


def _folder(path: Path) -> Path:
    try:
        named = path.expanduser()
        folder = named.parent if named.name == HEADER_FILE else named
        if not folder.is_dir():
            raise RunError(
                tr(
                    "There is no run folder {path}: name a folder with a file {header_file} in it.",
                    path=printable(path),
                    header_file=HEADER_FILE,
                )
            )
        if not (folder / HEADER_FILE).exists():
            raise RunError(
                tr(
                    "The folder {path} is no run: it has no file {header_file}.",
                    path=printable(path),
                    header_file=HEADER_FILE,
                )
            )
    except (OSError, ValueError, RuntimeError) as error:
        reason = system_reason(error)
        raise RunError(
            tr("The run folder {path} can't be opened: {reason}.", path=printable(path), reason=reason)
        ) from error
    return folder


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TypeError("a section is missing.")
    return value
