"""With how many bits the products of networks are taken while they train."""

from __future__ import annotations

import platform
from contextlib import AbstractContextManager, nullcontext

import torch

FLOAT32 = "float32"
BFLOAT16 = "bfloat16"

_X86 = ("x86_64", "amd64")


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


def has_fast_bfloat16(device: torch.device) -> bool:
    """Return whether a device has instructions for products of bfloat16, so that these are faster than float32.

    On x86 that is AVX-512 with bf16 dot products, or AMX: with plain AVX-512, oneDNN takes bf16 as well, but slowly.
    """
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type != "cpu" or not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    if not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return False
    if platform.machine().lower() in _X86:
        return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
    return True


def products_in(precision: str, device: torch.device) -> AbstractContextManager[object]:
    """Return a context in which the products of this thread's networks are taken in a precision.

    Only products are rounded, as they are summed in float32. Weights, distributions, losses and the optimiser stay
    float32; layers that lead to or from the plane leave the context (see `models.layers`).
    """
    if precision == FLOAT32:
        return nullcontext()
    return torch.autocast(device.type, dtype=torch.bfloat16)
