"""Whether another process of this machine still runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_ENDED = frozenset("ZXx")


def is_running(process: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has asked for its status yet doesn't.

    Parameters
    ----------
    process
        Its number.
    """
    if sys.platform == "win32":
        return True  # os.kill would end it
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _state(process) not in _ENDED


def _state(process: int) -> str:
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return "" if not Path("/proc/self/stat").exists() else "X"
    except OSError:
        return ""
    return text.rpartition(")")[2].strip()[:1]
