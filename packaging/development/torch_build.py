"""Which build of PyTorch to install: on Linux a plain ``pip install torch`` may bring gigabytes of CUDA.

The build for the CPU is what most people need here; whoever has an NVIDIA card asks for the other with ``--cuda``.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from typing import Literal

from development.console import SetupError

Processor = Literal["cpu", "cuda"]

CPU_INDEX = "https://download.pytorch.org/whl/cpu"
CUDA_INDEX = "https://download.pytorch.org/whl/cu130"
CUDA_REQUIREMENTS = ("nvidia-", "cuda-", "triton")


@dataclass(frozen=True, slots=True)
class TorchChoice:
    """Where the wanted build comes from; ``index`` is None where pip's own choice is the right one."""

    processor: Processor
    index: str | None

    @property
    def description(self) -> str:
        """The choice in words, for the line that is shown while it is being installed."""
        what = "for the CPU" if self.processor == "cpu" else "with CUDA, some gigabytes"
        return f"PyTorch ({what}{f', from {self.index}' if self.index else ''})"


def choose(processor: Processor, offered: Processor, platform: str = sys.platform) -> TorchChoice:
    """Choose where PyTorch comes from, knowing which build pip would take by itself.

    Raises
    ------
    SetupError
        If CUDA is asked for on macOS, where there is none.
    """
    if platform == "darwin" and processor == "cuda":
        raise SetupError(
            "There is no CUDA on macOS: leave --cuda out, and PyTorch uses Apple's own graphics processor."
        )
    if processor == offered:
        return TorchChoice(processor, None)
    return TorchChoice(processor, CPU_INDEX if processor == "cpu" else CUDA_INDEX)


def offered_build(report: str) -> Processor:
    """Read from pip's installation report which build of PyTorch it would install.

    The version's local part says it (``2.13.0+cpu``, ``2.13.0+cu130``) where there is one; else the requirements do.

    Raises
    ------
    SetupError
        If the report doesn't speak of PyTorch.
    """
    try:
        metadata = json.loads(report)["install"][0]["metadata"]
        version, requirements = str(metadata["version"]), metadata.get("requires_dist", [])
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise SetupError(
            "pip didn't say which build of PyTorch it would install; start again with --cpu or --cuda."
        ) from error
    local = version.partition("+")[2]
    if local:
        return "cpu" if local.startswith("cpu") else "cuda"
    return "cuda" if any(str(name).lower().startswith(CUDA_REQUIREMENTS) for name in requirements) else "cpu"


def installed_build(version_file: str) -> Processor | None:
    """Read from the text of ``torch/version.py`` which build is installed; None for an empty text."""
    if not version_file:
        return None
    found = re.search(r"^cuda\b[^=\n]*=\s*(\S+)", version_file, re.MULTILINE)
    return "cpu" if found is None or found.group(1) == "None" else "cuda"
