"""Which processor trains, by what name, and with how many threads."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import torch

from vae_explorer.errors import DeviceError

_MOST_THREADS = 4


@dataclass(frozen=True, slots=True)
class Device:
    """A processor that is there.

    Attributes
    ----------
    torch_device
        As torch calls it.
    name
        As a person calls it, for example the name of the GPU.
    """

    torch_device: torch.device
    name: str


def find_device(choice: str) -> Device:
    """Return the device of a choice: ``auto``, ``cpu``, ``cuda`` or ``mps``.

    ``auto`` takes CUDA, then Apple's GPU, then the CPU.

    Raises
    ------
    DeviceError
        If the named device isn't there.
    """
    if choice in ("auto", "cuda") and torch.cuda.is_available():
        return Device(torch.device("cuda"), torch.cuda.get_device_name())
    if choice == "cuda":
        reason = "this build of torch has no CUDA" if torch.version.cuda is None else "no NVIDIA GPU was found"
        raise DeviceError(f"The device cuda can't be used, because {reason}: choose auto or cpu.")
    if choice in ("auto", "mps") and torch.backends.mps.is_available():
        return Device(torch.device("mps"), "Apple GPU")
    if choice == "mps":
        raise DeviceError("The device mps can't be used, because there is no Apple GPU: choose auto or cpu.")
    return Device(torch.device("cpu"), _processor_name())


def thread_count(choice: int) -> int:
    """Return the number of threads for training; 0 chooses all cores but one, and at most four.

    More than the small networks here can feed only costs; the core that is left keeps the window fluent.
    """
    if choice:
        return choice
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(_MOST_THREADS, cores - 1))


def _processor_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "CPU"
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "CPU")
