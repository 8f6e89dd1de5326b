"""Copies of a model's weights in a structure of their own, made many times while it trains."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import Tensor, nn

ModuleT = TypeVar("ModuleT", bound=nn.Module)


@torch.no_grad()
def frozen_copy(module: ModuleT) -> ModuleT:
    """Return a copy of a module on the CPU that nothing trains, with weights of its own, ready to evaluate.

    What a module holds beside parameters, buffers and other modules is shared, as it never changes. ``copy.deepcopy``
    walks through every attribute of every layer, and takes ten times as long for a small network.
    """
    copied: dict[int, Tensor] = {}
    frozen = _copied_module(module, copied)
    return frozen.eval()


def _copied_module(module: ModuleT, copied: dict[int, Tensor]) -> ModuleT:
    twin = module.__class__.__new__(module.__class__)
    # Tables of hooks and the like are a module's own, what stands in them isn't.
    twin.__dict__.update({name: held.copy() if type(held) is dict else held for name, held in vars(module).items()})
    for table, is_parameter in ((twin._parameters, True), (twin._buffers, False)):
        for name, tensor in table.items():
            table[name] = None if tensor is None else _copied_tensor(tensor, copied, is_parameter=is_parameter)  # type: ignore[assignment]
    for name, child in twin._modules.items():
        twin._modules[name] = None if child is None else _copied_module(child, copied)
    return twin


def _copied_tensor(tensor: Tensor, copied: dict[int, Tensor], *, is_parameter: bool) -> Tensor:
    """Return one copy of each tensor, wherever it is met, contiguous as its file will be."""
    twin = copied.get(id(tensor))
    if twin is None:
        values = tensor.detach().to("cpu", copy=True, memory_format=torch.contiguous_format)
        twin = nn.Parameter(values, requires_grad=False) if is_parameter else values
        copied[id(tensor)] = twin
    return twin
