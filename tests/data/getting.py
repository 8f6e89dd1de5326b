"""Getting two files from a server on this computer, and looking at what came of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.loopback import (
    Loopback,
)
from vae_explorer.data.download import download
from vae_explorer.data.download_folder import folder_of
from vae_explorer.data.download_stream import Rules
from vae_explorer.data.downloadable import Downloadable
from vae_explorer.errors import DownloadError

QUICK = Rules(tries=2, pause_seconds=0.01, longest_pause_seconds=1.0)
IMPATIENT = Rules(tries=1, pause_seconds=0.01, stall_seconds=0.5, stall_bytes=1000)
LARGE, SMALL = "large.bin", "small.bin"
CONTENT = {
    LARGE: np.random.Generator(np.random.PCG64(3)).bytes(400_000),
    SMALL: b"few bytes",
}


class EnoughError(Exception):
    """Raised by a test to cancel."""


def get(wanted: Downloadable, rules: Rules = QUICK, **others: Callable[..., None]) -> Path:
    """Download them."""
    return download(wanted, "drawings", rules=rules, **others)


def contents(wanted: Downloadable) -> dict[str, bytes]:
    """All files in the folder but the lock."""
    return {path.name: path.read_bytes() for path in folder_of(wanted).iterdir() if path.name != ".lock"}


def refusal(wanted: Downloadable, rules: Rules = QUICK) -> str:
    """The sentence that ends a download that fails."""
    with pytest.raises(DownloadError) as caught:
        get(wanted, rules)
    return str(caught.value)


def ranges(loopback: Loopback) -> list[str | None]:
    """The parts of the large file that were asked for."""
    return [headers.get("Range") for path, headers in loopback.seen if path.endswith(LARGE)]
