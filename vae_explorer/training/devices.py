"""Which processor trains, by what name, and with how many threads."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import torch

from vae_explorer.errors import DeviceError
from vae_explorer.language import tr
from vae_explorer.training.workers import Place

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
        reason = tr("this build of torch has no CUDA") if torch.version.cuda is None else tr("no NVIDIA GPU was found")
        raise DeviceError(tr("The device cuda can't be used, because {reason}: choose auto or cpu.", reason=reason))
    if choice in ("auto", "mps") and torch.backends.mps.is_available():
        return Device(torch.device("mps"), tr("Apple GPU"))
    if choice == "mps":
        raise DeviceError(tr("The device mps can't be used, because there is no Apple GPU: choose auto or cpu."))
    return Device(torch.device("cpu"), _processor_name())


def find_worker_device(choice: str, place: Place) -> Device:
    """Return the device of one of several workers: NVIDIA GPUs one each, or the CPU that they share.

    Raises
    ------
    DeviceError
        If the named device isn't there, or there are fewer GPUs than workers on this machine.
    """
    if choice == "mps":
        raise DeviceError(tr("Several workers can't share the device mps: choose cpu, or train without torchrun."))
    device = find_device("cpu" if choice == "auto" and not torch.cuda.is_available() else choice)
    if device.torch_device.type != "cuda":
        return device
    if torch.cuda.device_count() < place.local_count:
        raise DeviceError(
            tr(
                "There are {local_count} workers on this machine and only {device_count} of its GPUs "
                "can be used: start one worker a GPU with --nproc-per-node, or choose the device cpu.",
                local_count=place.local_count,
                device_count=torch.cuda.device_count(),
            )
        )
    torch.cuda.set_device(place.local_rank)
    return Device(torch.device("cuda", place.local_rank), torch.cuda.get_device_name(place.local_rank))


def shared_thread_count(choice: int, workers: int) -> int:
    """Return the number of threads of each of the workers on this machine; 0 divides the cores among them."""
    return choice or max(1, min(_MOST_THREADS, _cores() // workers))


def thread_count(choice: int) -> int:
    """Return the number of threads for training; 0 chooses all cores but one, and at most four.

    More than the small networks here can feed only costs; the core that is left keeps the window fluent.
    """
    if choice:
        return choice
    return max(1, min(_MOST_THREADS, _cores() - 1))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "CPU"
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "CPU")
