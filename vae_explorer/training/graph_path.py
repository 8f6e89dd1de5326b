"""Steps on an NVIDIA GPU as recorded launches: the processor says once what a step does, and the GPU repeats it.

A small network's step is some eighty kernels that take less time than the calls that start them. Recorded as one
graph, several steps are one call. Rows, learning rates and terms lie in memory that each replay reads and writes;
images stay on the GPU, and the noise is drawn there. Before a recording is used it is compared with what it recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from vae_explorer.objectives.autoencoder import Autoencoder
from vae_explorer.objectives.base import Moment, Objective
from vae_explorer.objectives.cvae import ConditionalVAE, ImageConditionedVAE
from vae_explorer.objectives.iwae import IWAE, PriorSampling
from vae_explorer.objectives.vae import VAE, BetaVAE, SampledKLVAE
from vae_explorer.objectives.vib import VIB
from vae_explorer.training.averaging import EVERY
from vae_explorer.training.launches import CudaRecorder, Recorder, Replay
from vae_explorer.training.steps import PlainStep, StepParts, computing_parts

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

LAUNCH = EVERY
"""Steps of one launch: as many as there are between two looks at the weights."""
WARM_STEPS = 3
"""Steps taken call by call first: optimisers and libraries take their memory on first use, which can't be recorded."""

_ALIKE = 1e-3
"""How far, absolutely and in proportion, what a recording does may be from what was recorded: sums in other orders."""
_UNCHANGING = (VAE, SampledKLVAE, Autoencoder, IWAE, PriorSampling, ConditionalVAE, ImageConditionedVAE, VIB)


class _Batches:
    """Memory and recordings for launches of batches of one size."""

    def __init__(self, size: int, terms: int, device: torch.device) -> None:
        self.rows = torch.zeros(LAUNCH, size, dtype=torch.int64, device=device)
        self.rates = torch.zeros(LAUNCH, dtype=torch.float32, device=device)
        self.terms = torch.zeros(LAUNCH, terms, device=device)
        self.replays: dict[int, Replay] = {}


class GraphStep:
    """Takes the steps of one run in launches; see `training.steps.StepPath`. Made by `graph_step`.

    A step waits until a launch is full, or until someone asks for weights or terms.

    Parameters
    ----------
    parts
        What a step works with; all images are on the device.
    recorder
        Records launches.
    """

    def __init__(self, parts: StepParts, recorder: Recorder) -> None:
        self._parts, self._recorder = parts, recorder
        self._model, self._movers = computing_parts(parts)
        self._device = parts.model.device
        self._taken = 0
        self._can_record = True
        self._size = 0
        self._waiting: list[tuple[npt.NDArray[np.int64], float]] = []
        self._batches: dict[int, _Batches] = {}
        self._drained: list[Tensor] = []
        self._names: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The word that a user reads."""
        return "graph" if self._can_record else PlainStep.name

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the terms."""
        return self._names

    def take(self, rows: npt.NDArray[np.int64], rate: float, moment: Moment) -> Mapping[str, Tensor] | GraphStep:
        """Move the weights once, at the next launch at the latest; the terms are handed out by `drain`."""
        changes = moment.epoch < _unchanging_from(self._parts.objective)
        if self._taken < WARM_STEPS or changes or not self._can_record:
            self.settle()
            self._taken += 1
            return self._take_at_once(rows, rate, moment)
        if len(rows) != self._size:
            self.settle()
            self._size = len(rows)
        self._waiting.append((rows, rate))
        if len(self._waiting) == LAUNCH:
            self._launch(LAUNCH)
        return self

    def settle(self) -> None:
        """Take the steps that wait."""
        while self._waiting:
            self._launch(1)

    def drain(self) -> Tensor:
        """Return the terms of the steps since the last call, ``[S, T]``, one column for each of `names`."""
        self.settle()
        drained = torch.cat(self._drained) if self._drained else torch.zeros(0, len(self._names), device=self._device)
        self._drained.clear()
        return drained

    def _take_at_once(self, rows: npt.NDArray[np.int64], rate: float, moment: Moment) -> Mapping[str, Tensor]:
        found: dict[str, Tensor] = {}
        index = torch.from_numpy(rows).to(self._device)
        for mover in self._movers.values():
            mover.set_rate(rate)
        self._recorder.warm(lambda: found.update(self._step(index, moment)))
        self._names = tuple(found)
        return found

    def _step(self, index: Tensor, moment: Moment) -> Mapping[str, Tensor]:
        batch = self._parts.images.at(index)
        for mover in self._movers.values():
            mover.zero_grad()
        terms = self._parts.objective(self._model, batch, moment=moment, generator=self._parts.noise)
        terms.loss.backward()  # type: ignore[no-untyped-call]
        for mover in self._movers.values():
            mover.step()
        return terms.scalars

    def _launch(self, steps: int) -> None:
        """Take the first steps that wait, all of batches of one size."""
        batches = self._batches.get(self._size)
        if batches is None:
            batches = self._batches[self._size] = _Batches(self._size, len(self._names), self._device)
        now, self._waiting = self._waiting[:steps], self._waiting[steps:]
        for number, (rows, _) in enumerate(now):
            batches.rows[number].copy_(self._brought(torch.from_numpy(rows)), non_blocking=True)
        batches.rates[:steps].copy_(self._brought(torch.tensor([rate for _, rate in now])), non_blocking=True)
        if steps in batches.replays:
            batches.replays[steps]()
        else:
            self._first_launch(batches, steps)
        self._drained.append(batches.terms[:steps].clone())

    def _first_launch(self, batches: _Batches, steps: int) -> None:
        """Take steps call by call, record them, and keep the recording if it does the same."""
        if not self._can_record:
            self._steps(batches, steps)
            return
        before, noise = self._tensors(), self._parts.noise.get_state()
        self._steps(batches, steps)
        after, next_noise = self._tensors(), self._parts.noise.get_state()
        expected = [*after, batches.terms[:steps].clone()]
        try:
            replay = self._recorder.record(lambda: self._steps(batches, steps))
            self._restore(before, noise)
            replay()
            found = [*self._tensors(), batches.terms[:steps]]
            self._can_record = all(
                torch.allclose(*pair, rtol=_ALIKE, atol=_ALIKE) for pair in zip(expected, found, strict=True)
            )
        except RuntimeError:
            self._can_record = False
        if self._can_record:
            batches.replays[steps] = replay
        else:
            self._restore(after, next_noise)
            batches.terms[:steps].copy_(expected[-1])

    def _live_tensors(self) -> list[Tensor]:
        states = (state for optimizer in self._parts.optimizers.values() for state in optimizer.state.values())
        remembered = (value for state in states for value in state.values())
        return [*self._parts.model.parameters(), *self._model.parameters(), *remembered]

    def _tensors(self) -> list[Tensor]:
        """Return copies of all that a step changes."""
        return [tensor.detach().clone() for tensor in self._live_tensors()]

    @torch.no_grad()
    def _restore(self, values: list[Tensor], noise: Tensor) -> None:
        for tensor, value in zip(self._live_tensors(), values, strict=True):
            tensor.copy_(value)
        self._parts.noise.set_state(noise)

    def _steps(self, batches: _Batches, steps: int) -> None:
        for number in range(steps):
            for mover in self._movers.values():
                mover.set_rate(batches.rates[number])
            terms = self._step(batches.rows[number], Moment())
            batches.terms[number].copy_(_row(terms))

    def _brought(self, values: Tensor) -> Tensor:
        """Return values in memory that the GPU can read by itself while this thread goes on."""
        return values.pin_memory() if self._device.type == "cuda" else values


def graph_step(parts: StepParts) -> GraphStep | None:
    """Return a way to take the steps of these parts as recorded launches, or None where they can't be recorded.

    It takes the program's own objectives that move all weights together, on an NVIDIA GPU that holds all images.
    """
    on_gpu = parts.model.device.type == "cuda"
    if not on_gpu or not parts.images.is_resident or not can_be_recorded(parts.objective):
        return None
    return GraphStep(parts, CudaRecorder(parts.noise))


def _row(terms: Mapping[str, Tensor]) -> Tensor:
    return torch.stack([value.detach() for value in terms.values()])


def can_be_recorded(objective: Objective) -> bool:
    """Return whether an objective does the same at each step, from some moment on; others might not, so they don't."""
    return type(objective) in (*_UNCHANGING, BetaVAE)


def _unchanging_from(objective: Objective) -> float:
    """Return the epoch from which on an objective does the same at each step."""
    return objective.config.warm_up if type(objective) is BetaVAE else 0.0
