"""Adam without torch's compiler, which else is imported before the first step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch.optim.optimizer import ParamsT

_BETA1 = 0.9
_LEFT_ALONE = ("add_param_group", "load_state_dict", "state_dict", "zero_grad")
"""Methods of an optimiser that code compiled by torch must not look into."""


def make_adam(parameters: ParamsT, learning_rate: float, beta2: float = 0.999) -> torch.optim.Adam:
    """Return Adam (Kingma & Ba 2015), fused: one call for all weights.

    Parameters
    ----------
    parameters
        Weights, or groups of them as ``torch.optim.Adam`` takes them.
    learning_rate, beta2
        Of all groups that don't name their own; beta2 is the decay rate of the mean of squared gradients.
    """
    _keep_the_compiler_out()
    return torch.optim.Adam(parameters, lr=learning_rate, betas=(_BETA1, beta2), fused=True)


def _keep_the_compiler_out() -> None:
    """Tell the methods that a compiler would have to leave alone that they are left alone already.

    On its first call each of them looks for a twin that isn't compiled, and imports ``torch._dynamo`` to make one:
    more than a thousand modules, sympy among them, for more than a second and some hundred megabytes. As nothing here
    is compiled, each method is its own twin. Where torch keeps such twins in another way this changes nothing.
    """
    for name in _LEFT_ALONE:
        method = getattr(getattr(torch.optim.Optimizer, name), "__wrapped__", None)
        if method is not None and not hasattr(method, "__dynamo_disable"):
            setattr(method, "__dynamo_disable", method)
