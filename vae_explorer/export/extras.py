"""Parts of the program that are installed on wish only."""

from __future__ import annotations

import importlib.util

from vae_explorer.errors import ExportError
from vae_explorer.language import marked, tr
from vae_explorer.resources import is_frozen

_PACKAGES = {"onnx": ("onnx", "onnxruntime"), "mp4": ("av",)}
_WHAT = {"onnx": marked("Networks as ONNX files"), "mp4": marked("Films as MP4 files")}


def has_extra(name: str) -> bool:
    """Whether the packages of an extra, ``onnx`` or ``mp4``, are installed; none of them is imported."""
    return all(importlib.util.find_spec(package) is not None for package in _PACKAGES[name])


def require_extra(name: str) -> None:
    """See to it that the packages of an extra are installed.

    Raises
    ------
    ExportError
        If one is missing; the message says how to get them.
    """
    if has_extra(name):
        return
    if is_frozen():
        raise ExportError(
            tr(
                "{what} need packages that this bundle of the program leaves out: install the "
                "program with pip install 'vae-explorer[{name}]' and export there; it opens the same "
                "runs.",
                what=tr(_WHAT[name]),
                name=name,
            )
        )
    raise ExportError(
        tr(
            "{what} need packages that aren't installed: install them with pip install 'vae-explorer[{name}]'.",
            what=tr(_WHAT[name]),
            name=name,
        )
    )
