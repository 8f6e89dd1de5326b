"""What every objective is made of: its settings, its entry in the list, and the terms that it returns.

Nothing here or in the objective files imports torch at module level: the window lists objectives and builds their
forms before torch has loaded. An objective is algebra on the distributions that a model returns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeVar, runtime_checkable

from vae_explorer.config import Config
from vae_explorer.objectives.terms import Term
from vae_explorer.sections import ModelConfig

if TYPE_CHECKING:
    import torch

    from vae_explorer.models.family import ImageSpec, LatentVariableModel


@dataclass(frozen=True, slots=True)
class ObjectiveConfig(Config):
    """Base of the settings of one objective; `name` is how it is called everywhere."""

    section: ClassVar[str] = "objective"
    name: ClassVar[str] = ""


ConfigT = TypeVar("ConfigT", bound=ObjectiveConfig)


@dataclass(frozen=True, slots=True)
class Batch:
    """Some images with their labels.

    Attributes
    ----------
    images
        Float, ``[N, C, H, W]``, grey levels or colours in 0 to 1.
    labels
        Int64, ``[N]``, or None for data without labels.
    """

    images: torch.Tensor
    labels: torch.Tensor | None


@dataclass(frozen=True, slots=True)
class Moment:
    """When in a run an objective is asked, for those that change as they go.

    Attributes
    ----------
    step
        Steps taken before.
    epoch
        Passes over the training images before, with a fraction.
    """

    step: int = 0
    epoch: float = 0.0


@dataclass(frozen=True, slots=True)
class ObjectiveTerms:
    """What one evaluation of an objective gives.

    Attributes
    ----------
    loss
        Scalar to minimise, mean over the batch, in nats per image.
    scalars
        Terms worth a curve, each a scalar tensor, mean over the batch. What they are called and their units stand in
        `objectives.terms.TERMS` and in `ObjectiveEntry.terms`. ``loss`` is always among them, ``reconstruction``
        (negative log-likelihood given z) and ``kl`` wherever the model has them. The ``loss`` that is shown is that of
        the generative model alone: what trains beside it, such as a regressor for comparison, has its own term.
    """

    loss: torch.Tensor
    scalars: Mapping[str, torch.Tensor]


class Objective(Protocol):
    """A small callable that holds its hyperparameters and knows which model it is for."""

    def build_model(self, spec: ImageSpec, config: ModelConfig, generator: torch.Generator) -> LatentVariableModel:
        """Return a new model with weights drawn from `generator` (a CPU generator)."""
        ...

    def __call__(
        self, model: LatentVariableModel, batch: Batch, *, moment: Moment, generator: torch.Generator
    ) -> ObjectiveTerms:
        """Return the loss and its terms for one batch; `generator` draws the noise on the batch's device."""
        ...


@runtime_checkable
class MultiSampleObjective(Protocol):
    """An objective that draws several points for each image, and needs the memory for them."""

    @property
    def samples(self) -> int:
        """How many."""
        ...


class Mover(Protocol):
    """What moves a set of parameters; any optimiser of torch is one."""

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients."""
        ...

    def step(self) -> object:
        """Move each parameter once, down its gradient."""
        ...


@runtime_checkable
class AlternatingObjective(Protocol):
    """An objective that takes its steps itself, with one optimiser for each set of the model's parameters."""

    def training_step(
        self,
        model: LatentVariableModel,
        batch: Batch,
        optimizers: Mapping[str, Mover],
        *,
        moment: Moment,
        generator: torch.Generator,
    ) -> ObjectiveTerms:
        """Move the parameters once, each optimiser at the rate that it was given, and return what was met."""
        ...


@dataclass(frozen=True, slots=True)
class ObjectiveEntry:
    """One line in the list of objectives: what a user reads about it and how it is made.

    Attributes
    ----------
    name
        Name on the command line and in run folders.
    title, summary
        Words for the window.
    formula
        The loss per image, in plain text.
    reference
        Author and year.
    config_type
        Its settings.
    create
        Makes the objective from its settings.
    needs_labels
        Whether the data must have classes.
    needs_float32
        Whether it trains worse with products of bfloat16, so that the automatic precision is float32.
    unused
        Settings such as ``model.likelihood`` that have no effect under this objective; forms leave them out.
    terms
        Words and units of the scalars that only this objective records; those of `objectives.terms.TERMS` are known.
    """

    name: str
    title: str
    summary: str
    formula: str
    reference: str
    config_type: type[ObjectiveConfig]
    create: Callable[[ObjectiveConfig], Objective]
    needs_labels: bool = False
    needs_float32: bool = False
    unused: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()


def expect(config: ObjectiveConfig, config_type: type[ConfigT]) -> ConfigT:
    """Return `config` as the settings that an entry's own objective takes.

    Raises
    ------
    TypeError
        If they are those of another objective, a mistake in the program.
    """
    if not isinstance(config, config_type):
        raise TypeError(f"expected {config_type.__name__}, got {type(config).__name__}")
    return config
