"""Matrix products of fully connected layers into memory that is there already, by the fastest library for them."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor


class Products(Protocol):
    """The three products of a layer ``y = scale * x W' + b``."""

    def linear(self, x: Tensor, weight: Tensor, bias: Tensor, scale: float, out: Tensor) -> None:
        """Write ``scale * x W' + b``, ``[N, O]``, for x ``[N, I]``, W ``[O, I]`` and b ``[O]``."""
        ...

    def input_gradient(self, gradient: Tensor, weight: Tensor, out: Tensor) -> None:
        """Write ``d W``, ``[N, I]``, for d ``[N, O]``."""
        ...

    def weight_gradient(self, gradient: Tensor, x: Tensor, scale: float, out: Tensor) -> None:
        """Write ``scale * d' x``, ``[O, I]``."""
        ...


class TorchProducts:
    """As torch chooses: oneDNN for bfloat16, the linear algebra library it was built with for the rest."""

    def linear(self, x: Tensor, weight: Tensor, bias: Tensor, scale: float, out: Tensor) -> None:
        """Write ``scale * x W' + b``."""
        torch.addmm(bias, x, weight.t(), alpha=scale, out=out)

    def input_gradient(self, gradient: Tensor, weight: Tensor, out: Tensor) -> None:
        """Write ``d W``."""
        torch.mm(gradient, weight, out=out)

    def weight_gradient(self, gradient: Tensor, x: Tensor, scale: float, out: Tensor) -> None:
        """Write ``scale * d' x``."""
        torch.addmm(out, gradient.t(), x, beta=0, alpha=scale, out=out)


class OneDNNProducts:
    """Products of float32 by oneDNN: exact ones, unlike what ``set_float32_matmul_precision`` would allow it."""

    def linear(self, x: Tensor, weight: Tensor, bias: Tensor, scale: float, out: Tensor) -> None:
        """Write ``scale * x W' + b``."""
        if scale != 1.0:
            torch.mul(_product(x, weight), scale, out=out).add_(bias)
        else:
            out.copy_(torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], ""))

    def input_gradient(self, gradient: Tensor, weight: Tensor, out: Tensor) -> None:
        """Write ``d W``."""
        out.copy_(_product(gradient, weight.t()))

    def weight_gradient(self, gradient: Tensor, x: Tensor, scale: float, out: Tensor) -> None:
        """Write ``scale * d' x``."""
        torch.mul(_product(gradient.t(), x.t()), scale, out=out)


def find_products(precision: torch.dtype) -> Products:
    """Return the fastest products of a precision here; the choice depends on nothing but the processor.

    MKL leaves half of an AMD processor's AVX-512 unused for float32, oneDNN doesn't; on others MKL is as good.
    """
    if precision == torch.float32 and _is_amd_with_avx512():
        return OneDNNProducts()
    return TorchProducts()


def _product(x: Tensor, weight: Tensor) -> Tensor:
    product: Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, None, "none", [], "")
    return product


def _is_amd_with_avx512() -> bool:
    if not torch.backends.mkldnn.is_available() or torch.backends.cpu.get_cpu_capability() != "AVX512":  # type: ignore[no-untyped-call]
        return False
    try:
        return "AuthenticAMD" in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
