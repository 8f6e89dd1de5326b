"""Parts of the program that are installed on wish only."""

from __future__ import annotations

import importlib.util

from vae_explorer.errors import ExportError

_PACKAGES = {"onnx": ("onnx", "onnxruntime"), "mp4": ("av",)}
_WHAT = {"onnx": "Networks as ONNX files", "mp4": "Films as MP4 files"}


def has_extra(name: str) -> bool:
    """Whether the packages of an extra, ``onnx`` or ``mp4``, are installed; none of them is imported."""
    return all(importlib.util.find_spec(package) is not None for package in _PACKAGES[name])


def require_extra(name: str) -> None:
    """See to it that the packages of an extra are installed.

    Raises
    ------
    ExportError
        If one is missing; the message has the line that installs them.
    """
    if not has_extra(name):
        raise ExportError(
            f"{_WHAT[name]} need packages that aren't installed: install them with pip install 'vae-explorer[{name}]'."
        )
