"""Matrix products of fully connected layers into memory that is there already, by the fastest library for them.

Everything on the dense path is a list of such calls, prepared once and made at each step: what a step costs beside its
arithmetic is then little more than their number.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

_ZEN_5 = 26
"""Number of AMD's family of processors with full AVX-512."""

Call = Callable[[], object]
"""One operation on memory that it knows; what it returns means nothing."""


class Products(Protocol):
    """The three products of a layer ``y = scale * x W' + b``."""

    def linear(self, x: Tensor, weight: Tensor, bias: Tensor, scale: float, out: Tensor) -> Call:
        """Return the call that writes ``scale * x W' + b``, ``[N, O]``: x is ``[N, I]``, W ``[O, I]``, b ``[O]``."""
        ...

    def input_gradient(self, gradient: Tensor, weight: Tensor, out: Tensor) -> Call:
        """Return the call that writes ``d W``, ``[N, I]``, for d ``[N, O]``."""
        ...

    def weight_gradient(self, gradient: Tensor, x: Tensor, scale: float, out: Tensor) -> Call:
        """Return the call that writes ``scale * d' x``, ``[O, I]``."""
        ...


class TorchProducts:
    """As torch chooses: oneDNN for bfloat16, the linear algebra library it was built with for the rest."""

    def linear(self, x: Tensor, weight: Tensor, bias: Tensor, scale: float, out: Tensor) -> Call:
        """Return the call that writes ``scale * x W' + b``."""
        return partial(torch.addmm, bias, x, weight.t(), alpha=scale, out=out)

    def input_gradient(self, gradient: Tensor, weight: Tensor, out: Tensor) -> Call:
        """Return the call that writes ``d W``."""
        return partial(torch.mm, gradient, weight, out=out)

    def weight_gradient(self, gradient: Tensor, x: Tensor, scale: float, out: Tensor) -> Call:
        """Return the call that writes ``scale * d' x``."""
        return partial(torch.addmm, out, gradient.t(), x, beta=0, alpha=scale, out=out)


class OneDNNProducts:
    """Products of float32 by oneDNN: exact ones, unlike what ``set_float32_matmul_precision`` would allow it."""

    def linear(self, x: Tensor, weight: Tensor, bias: Tensor, scale: float, out: Tensor) -> Call:
        """Return the call that writes ``scale * x W' + b``."""
        if scale == 1.0:
            return lambda: out.copy_(_product(x, weight, bias))
        return lambda: torch.mul(_product(x, weight), scale, out=out).add_(bias)

    def input_gradient(self, gradient: Tensor, weight: Tensor, out: Tensor) -> Call:
        """Return the call that writes ``d W``."""
        across = weight.t()
        return lambda: out.copy_(_product(gradient, across))

    def weight_gradient(self, gradient: Tensor, x: Tensor, scale: float, out: Tensor) -> Call:
        """Return the call that writes ``scale * d' x``."""
        gradient_across, x_across = gradient.t(), x.t()
        return lambda: torch.mul(_product(gradient_across, x_across), scale, out=out)


def find_products(precision: torch.dtype) -> Products:
    """Return the fastest products of a precision here; the choice depends on nothing but the processor.

    MKL takes its AVX2 path for float32 on AMD's processors, which costs half where AVX-512 is as wide as its name says,
    from Zen 5 on; oneDNN takes AVX-512 there. Elsewhere MKL is as good, and writes where it is told to.
    """
    if precision == torch.float32 and _has_wide_amd_vectors():
        return OneDNNProducts()
    return TorchProducts()


def _product(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    product: Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")
    return product


def _has_wide_amd_vectors() -> bool:
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    if torch.backends.cpu.get_cpu_capability() != "AVX512":
        return False
    try:
        processor = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    families = [
        int(number)
        for number in re.findall("^cpu family\\s*:\\s*(\\d+)$", processor, re.MULTILINE)  # untranslated: a pattern
    ]
    return "AuthenticAMD" in processor and min(families, default=0) >= _ZEN_5
