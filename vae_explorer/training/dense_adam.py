"""Adam on weights in one stretch of memory."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from vae_explorer.training.dense_memory import FlatMemory, Piece


class FlatAdam:
    """Adam (Kingma & Ba 2015) on flat weights, by the same kernel as ``torch.optim.Adam(fused=True)``.

    What it remembers is the optimiser's own state: its tensors become views of flat ones, so that whoever reads the
    optimiser between two steps finds there what it would hold itself.

    Parameters
    ----------
    memory
        The weights and their gradients.
    optimizer
        As `accepts` takes it.
    """

    def __init__(self, memory: FlatMemory, optimizer: torch.optim.Optimizer) -> None:
        self.memory = memory
        self._optimizer = optimizer
        group = optimizer.param_groups[0]
        self._betas: tuple[float, float] = group["betas"]
        self._eps: float = group["eps"]
        rates = {parameter: group["rate"] for group in optimizer.param_groups for parameter in group["params"]}
        self._mean = torch.zeros_like(memory.values)
        self._square = torch.zeros_like(memory.values)
        self._steps = torch.zeros(len(memory.parameters), dtype=torch.float32)
        self._counts = self._steps.numpy()
        self._pieces = [(rates[piece.member], piece.before, self._state(piece), piece.after) for piece in memory.pieces]
        self._told = False
        if optimizer.state:
            for parameter, number in zip(memory.parameters, self._steps, strict=True):
                known = optimizer.state[parameter]
                number.copy_(known["step"])
                memory.view(self._mean, parameter).copy_(known["exp_avg"])
                memory.view(self._square, parameter).copy_(known["exp_avg_sq"])
            self._tell()

    @staticmethod
    def accepts(optimizer: torch.optim.Optimizer) -> bool:
        """Return whether an optimiser is plain Adam, the same but for rates, and moved all parameters equally often."""
        if type(optimizer) is not torch.optim.Adam:
            return False
        groups = optimizer.param_groups
        if len({(*group["betas"], group["eps"]) for group in groups}) != 1:
            return False
        for group in groups:
            if group["weight_decay"] or group["amsgrad"] or group["maximize"] or isinstance(group["betas"][0], Tensor):
                return False
        moved = [state["step"].item() for state in optimizer.state.values()]
        return len(moved) in (0, sum(len(group["params"]) for group in groups)) and len(set(moved)) <= 1

    def step(self, rate: float) -> None:
        """Move the weights along the gradients in memory."""
        if not self._told:
            self._tell()
        self._counts += 1
        for multiple, before, state, after in self._pieces:
            for call in before:
                call()
            torch._fused_adam_(
                *state,
                lr=rate * multiple,
                beta1=self._betas[0],
                beta2=self._betas[1],
                weight_decay=0.0,
                eps=self._eps,
                amsgrad=False,
                maximize=False,
            )
            for call in after:
                call()

    def _state(self, piece: Piece) -> tuple[list[Tensor], ...]:
        place = piece.place
        moved = [self.memory.values[place]], [piece.gradient], [self._mean[place]], [self._square[place]]
        return (*moved, [], [self._steps[0]])

    def _tell(self) -> None:
        # Only before the first step, since a parameter that was never moved has no state in an optimiser.
        for parameter, state in self._states():
            self._optimizer.state[parameter] = state
        self._told = True

    def _states(self) -> Iterator[tuple[Tensor, dict[str, Tensor]]]:
        memory = self.memory
        for parameter, number in zip(memory.parameters, self._steps, strict=True):
            means, squares = memory.view(self._mean, parameter), memory.view(self._square, parameter)
            yield parameter, {"step": number, "exp_avg": means, "exp_avg_sq": squares}
