"""What a training needs to go on exactly where it was, beside its weights: copied out of the loop, and put back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from vae_explorer.errors import RunError, printable
from vae_explorer.language import marked, tr
from vae_explorer.models.family import LatentVariableModel
from vae_explorer.training.averaging import AverageState
from vae_explorer.training.metrics import PendingMetrics
from vae_explorer.training.precision import FLOAT32
from vae_explorer.training.steps import PlainStep

MOMENTS = ("exp_avg", "exp_avg_sq")
"""Names of Adam's two running means, each of the shape of its parameter."""


@dataclass(frozen=True, slots=True)
class AdamState:
    """What Adam (Kingma & Ba 2015) remembers of one parameter.

    Attributes
    ----------
    step
        Times it was moved.
    exp_avg, exp_avg_sq
        Float32, of the parameter's shape: running means of its gradient and of the gradient's square.
    """

    step: float
    exp_avg: npt.NDArray[np.float32]
    exp_avg_sq: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TrainingState:
    """The state of a training between two steps, without its weights; nothing in it changes when training goes on.

    Attributes
    ----------
    step
        Steps taken.
    seconds
        Time they took, pauses left out.
    records, tests
        Metric records told so far, those of the test images among them, and how many of these.
    device, threads, torch
        Kind of processor, threads and version of torch: with others the last bits of the numbers may differ.
    optimizers
        By name of the optimiser and of the parameter; parameters that were never moved have no entry.
    noise
        Uint8: the state of the generator of noise, of a length that depends on the processor.
    pending
        The steps since the last training record.
    precision, path
        Of the networks' products, and how steps were taken: with others the last digits of the numbers differ.
    workers
        Processes that took each step together.
    average
        The weights from which the next step starts, and their mean, where the model that is kept has neither.
    """

    step: int
    seconds: float
    records: int
    tests: int
    device: str
    threads: int
    torch: str
    optimizers: Mapping[str, Mapping[str, AdamState]]
    noise: npt.NDArray[np.uint8]
    pending: PendingMetrics
    precision: str = FLOAT32
    path: str = PlainStep.name
    workers: int = 1
    average: AverageState | None = None


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """Where a training goes on: weights by name, as a model's snapshot gives them, and the rest."""

    weights: Mapping[str, npt.NDArray[np.float32]]
    state: TrainingState


def optimizer_states(
    model: nn.Module, optimizers: Mapping[str, torch.optim.Optimizer]
) -> dict[str, dict[str, AdamState]]:
    """Return copies of what Adam optimisers remember, by name of the optimiser and of the parameter."""
    names: dict[torch.Tensor, str] = {parameter: name for name, parameter in model.named_parameters()}
    return {
        optimizer_name: {
            names[parameter]: AdamState(float(state["step"]), _copied(state["exp_avg"]), _copied(state["exp_avg_sq"]))
            for parameter, state in optimizer.state.items()
        }
        for optimizer_name, optimizer in optimizers.items()
    }


def check_optimizers(model: LatentVariableModel, states: Mapping[str, Mapping[str, AdamState]]) -> None:
    """Check that what optimisers remembered fits a model.

    Raises
    ------
    RunError
        If optimisers, parameters or shapes aren't those of the model.
    """
    names: dict[object, str] = {parameter: name for name, parameter in model.named_parameters()}
    own = {
        optimizer: {names[parameter]: parameter for group in groups for parameter in _parameters(group)}
        for optimizer, groups in model.parameter_sets().items()
    }
    if set(states) != set(own):
        raise RunError(tr("Its optimisers aren't those of the run's objective."))
    for optimizer, remembered in states.items():
        for name, state in remembered.items():
            parameter = own[optimizer].get(name)
            if parameter is None:
                raise RunError(
                    tr("Its optimiser moves {name}, which the run's network doesn't have.", name=printable(name))
                )
            if not state.exp_avg.shape == state.exp_avg_sq.shape == tuple(parameter.shape):
                raise RunError(
                    tr("What its optimiser knew of {name} has another shape than in the network.", name=printable(name))
                )


def restore_optimizers(
    model: LatentVariableModel,
    optimizers: Mapping[str, torch.optim.Optimizer],
    states: Mapping[str, Mapping[str, AdamState]],
) -> None:
    """Let Adam optimisers that haven't taken a step remember what others knew.

    Raises
    ------
    RunError
        As `check_optimizers` does; nothing is changed then.
    """
    check_optimizers(model, states)
    parameters = dict(model.named_parameters())
    for optimizer, remembered in states.items():
        for name, state in remembered.items():
            optimizers[optimizer].state[parameters[name]] = _live(state, parameters[name])


def noise_generator(seed: int, stream: int, device: torch.device) -> torch.Generator:
    """Return a generator of random numbers on a device; each `stream` of a seed has numbers of its own."""
    mixed = int(np.random.SeedSequence([seed, stream]).generate_state(1, np.uint64)[0])
    return torch.Generator(device).manual_seed(mixed >> 1)


def generator_state(generator: torch.Generator) -> npt.NDArray[np.uint8]:
    """Return a copy of the state of a generator."""
    return generator.get_state().cpu().numpy().copy()


def restore_generator(generator: torch.Generator, state: npt.NDArray[np.uint8]) -> None:
    """Let a generator go on from a state that one on the same kind of processor had.

    Raises
    ------
    RunError
        If it is no such state.
    """
    try:
        generator.set_state(torch.tensor(state))
    except (RuntimeError, TypeError) as error:
        raise RunError(tr("The checkpoint's state of the random numbers is none of this kind of processor.")) from error


def differences(state: TrainingState, device: str, precision: str, path: str, workers: int = 1) -> tuple[str, ...]:
    """Return why the numbers here may differ from those of a training without a break, a sentence for each reason."""
    now = {
        marked("device"): (state.device, device),
        marked("number of threads"): (str(state.threads), str(torch.get_num_threads())),
        marked("version of torch"): (state.torch, str(torch.__version__)),
        marked("precision"): (state.precision, precision),
        marked("way to take steps"): (state.path, path),
        marked("number of workers"): (str(state.workers), str(workers)),
    }
    return tuple(
        tr(
            "The {what} was {before} before and is {after} now: the numbers may differ from "
            "those of a training without a break.",
            what=tr(what),
            before=before,
            after=after,
        )
        for what, (before, after) in now.items()
        if before != after
    )


def _parameters(group: Mapping[str, object]) -> list[nn.Parameter]:
    parameters = group["params"]
    return list(parameters) if isinstance(parameters, Iterable) else []


def _live(state: AdamState, parameter: nn.Parameter) -> dict[str, torch.Tensor]:
    live = {"step": torch.tensor(state.step, dtype=torch.float32, device=parameter.device)}
    for name in MOMENTS:
        # Of the parameter's own layout in memory, as the optimiser itself would make them.
        kept = torch.empty_like(parameter, requires_grad=False, memory_format=torch.preserve_format)
        live[name] = kept.copy_(torch.tensor(getattr(state, name)))
    return live


def _copied(tensor: torch.Tensor) -> npt.NDArray[np.float32]:
    # cpu() of a tensor that is there already shares its memory, which the next step changes.
    values: npt.NDArray[np.float32] = np.array(tensor.detach().cpu().numpy(), order="C")
    values.flags.writeable = False
    return values
