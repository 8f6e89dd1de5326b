"""What the processor at hand multiplies fast."""

from __future__ import annotations

import platform

import torch

_X86 = ("x86_64", "amd64")


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
