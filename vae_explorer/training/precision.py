"""With how many bits the products of networks are taken while they train."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch

from vae_explorer.models.processor import has_fast_bfloat16

FLOAT32 = "float32"
BFLOAT16 = "bfloat16"


def find_precision(choice: str, device: torch.device, *, needs_float32: bool = False) -> str:
    """Return the precision of a choice: ``auto``, ``float32`` or ``bfloat16``.

    ``auto`` takes bfloat16 where the device multiplies it faster.

    Parameters
    ----------
    choice
        As in ``training.precision``.
    device
        Where the networks are.
    needs_float32
        Whether the objective suffers from bfloat16, so that ``auto`` leaves it alone.
    """
    if choice != "auto":
        return choice
    return BFLOAT16 if not needs_float32 and has_fast_bfloat16(device) else FLOAT32


def products_in(precision: str, device: torch.device) -> AbstractContextManager[object]:
    """Return a context in which the products of this thread's networks are taken in a precision.

    Only products are rounded, as they are summed in float32. Weights, distributions, losses and the optimiser stay
    float32; layers that lead to or from the plane leave the context (see `models.layers`).
    """
    if precision == FLOAT32:
        return nullcontext()
    return torch.autocast(device.type, dtype=torch.bfloat16)
