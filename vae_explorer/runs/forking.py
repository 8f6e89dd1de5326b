"""A new run that starts from the weights of another run's moment, with settings of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vae_explorer.errors import SettingError, printable
from vae_explorer.language import tr
from vae_explorer.runs.parent import Parent

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.runs.folder import Run
    from vae_explorer.runs.history import KeptMoment
    from vae_explorer.training.experiment import Experiment


@dataclass(frozen=True, slots=True)
class Fork:
    """Where a new run starts.

    Attributes
    ----------
    parent
        What its header will say.
    weights
        By name.
    """

    parent: Parent
    weights: Mapping[str, npt.NDArray[np.float32]]

    def check(self, experiment: Experiment, dataset: ImageDataset) -> None:
        """Check that a network of these settings and images can have these weights.

        Raises
        ------
        SettingError
            If it can't.
        """
        from vae_explorer.training.initial import initial_model

        own = {name: tuple(values.shape) for name, values in initial_model(experiment, dataset)[1].state_dict().items()}
        theirs = {name: values.shape for name, values in self.weights.items()}
        if own != theirs:
            other = sorted(name for name in own.keys() | theirs.keys() if own.get(name) != theirs.get(name))
            raise SettingError(
                tr(
                    "The run {run} can't be forked with these settings, because their network is another "
                    "one (its {other} differs): keep the network, the kind of objective, and data with "
                    "pictures of that size and as many classes.",
                    run=printable(self.parent.run),
                    other=printable(other[0]),
                )
            )


def fork_of(run: Run, moment: KeptMoment | None) -> Fork:
    """Return where a fork of a run starts: at a moment of it, or its newest.

    Raises
    ------
    RunError
        If the weights can't be read.
    """
    model = run.load_model() if moment is None else run.load_moment(moment)
    return Fork(Parent(run.name, model.step, model.epoch, model.weight_hash), model.weights)
