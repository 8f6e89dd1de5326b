"""Adam for every step of a training: torch's fused kernel on the optimiser's own state, without what surrounds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class _Group:
    """The parameters of one group that move, with what the optimiser keeps of them."""

    rate: float
    betas: tuple[float, float]
    eps: float
    parameters: list[Tensor]
    averages: list[Tensor]
    squares: list[Tensor]
    steps: list[Tensor]


class FusedAdam:
    """Moves the parameters of an optimiser as its own ``step`` would, to the last bit.

    ``torch.optim.Optimizer`` asks on each step for hooks, hyperparameters, state and device of each parameter, which
    takes longer than moving the weights of a small network. What it remembers stays where it was.

    Parameters
    ----------
    optimizer
        ``torch.optim.Adam``, fused, without weight decay; its groups have ``rate``, a multiple of the learning rate.
    copies
        Of parameters in place of which a network computes with others: those have the gradients, and follow each step.
    """

    def __init__(self, optimizer: torch.optim.Optimizer, copies: Mapping[nn.Parameter, nn.Parameter]) -> None:
        self._optimizer = optimizer
        own = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        self._leaves: list[Tensor] = [copies.get(parameter, parameter) for parameter in own]
        self._rounded: list[Tensor] = [parameter for parameter in own if parameter in copies]
        self._copies: list[Tensor] = [copies[parameter] for parameter in own if parameter in copies]
        self._gradients = [torch.empty_like(parameter) for parameter in self._rounded]
        self._is_idle: list[bool] | None = None
        self._groups: tuple[_Group, ...] = ()
        self._rate: float | Tensor = 0.0

    def set_rate(self, rate: float | Tensor) -> None:
        """Take the next steps at a learning rate; a recorded step reads it from a tensor."""
        self._rate = rate

    def zero_grad(self, set_to_none: bool = True) -> None:  # noqa: ARG002  (as that of torch's optimisers)
        """Forget all gradients."""
        for leaf in self._leaves:
            leaf.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Move the parameters that have gradients once."""
        is_idle = [leaf.grad is None for leaf in self._leaves]
        if self._copies:
            self._bring_gradients()
        if is_idle == self._is_idle:
            for group in self._groups:
                self._move(group)
        else:
            self._step_whole()
            self._is_idle = is_idle
        if self._copies:
            torch._foreach_copy_(self._copies, self._rounded)

    def _bring_gradients(self) -> None:
        """Give the parameters that a network computes without the gradients of their copies."""
        given = [copy.grad for copy in self._copies]
        found = [gradient for gradient in given if gradient is not None]
        if len(found) == len(given):  # as in nearly every step: all at once
            torch._foreach_copy_(self._gradients, found)
        for parameter, own, gradient in zip(self._rounded, self._gradients, given, strict=True):
            if len(found) < len(given) and gradient is not None:
                own.copy_(gradient)
            parameter.grad = None if gradient is None else own

    def _step_whole(self) -> None:
        """Let the optimiser itself take a step, as it does before it remembers anything, and see what moved."""
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate * group["rate"]
        self._optimizer.step()
        self._groups = tuple(map(self._read_group, self._optimizer.param_groups))

    def _read_group(self, group: Mapping[str, object]) -> _Group:
        parameters = [parameter for parameter in group["params"] if parameter.grad is not None]  # type: ignore[attr-defined]
        states = [self._optimizer.state[parameter] for parameter in parameters]
        return _Group(
            group["rate"],  # type: ignore[arg-type]
            group["betas"],  # type: ignore[arg-type]
            group["eps"],  # type: ignore[arg-type]
            parameters,
            [state["exp_avg"] for state in states],
            [state["exp_avg_sq"] for state in states],
            [state["step"] for state in states],
        )

    def _move(self, group: _Group) -> None:
        if not group.parameters:
            return
        torch._foreach_add_(group.steps, 1)
        torch._fused_adam_(
            group.parameters,
            [parameter.grad for parameter in group.parameters],  # type: ignore[misc]
            group.averages,
            group.squares,
            [],
            group.steps,
            lr=self._rate * group.rate,  # type: ignore[arg-type]
            beta1=group.betas[0],
            beta2=group.betas[1],
            weight_decay=0.0,
            eps=group.eps,
            amsgrad=False,
            maximize=False,
        )
