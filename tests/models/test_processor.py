"""What is known of the processor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from vae_explorer.models.processor import has_fast_bfloat16

if TYPE_CHECKING:
    import pytest

CPU = torch.device("cpu")


def test_that_plain_avx_512_is_not_fast_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: True)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.setattr(torch.cpu, name, lambda: False)
    assert not has_fast_bfloat16(CPU)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: True)
    assert has_fast_bfloat16(CPU)
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: False)
    assert not has_fast_bfloat16(CPU)


def test_that_no_gpu_of_apple_is_given_bfloat16() -> None:
    assert not has_fast_bfloat16(torch.device("mps"))
