"""Recording what a GPU is told, so that it can be told again in one call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch

Replay = Callable[[], object]
"""Repeats recorded work."""


class Recorder(Protocol):
    """Turns work on a device into something that repeats it."""

    def warm(self, work: Callable[[], None]) -> None:
        """Do work as it will be recorded, so that all it needs is there."""
        ...

    def record(self, work: Callable[[], None]) -> Replay:
        """Return what repeats the work; it isn't done yet."""
        ...


class CudaRecorder:
    """Records CUDA graphs that draw from one generator.

    Parameters
    ----------
    noise
        The generator; each replay goes on with its numbers.
    """

    def __init__(self, noise: torch.Generator) -> None:
        self._noise = noise
        self._stream = torch.cuda.Stream(noise.device)  # type: ignore[no-untyped-call]

    def warm(self, work: Callable[[], None]) -> None:
        """Do work on a stream beside the usual one, as torch asks before a capture."""
        self._stream.wait_stream(torch.cuda.current_stream(self._noise.device))
        with torch.cuda.stream(self._stream):
            work()
        torch.cuda.current_stream(self._noise.device).wait_stream(self._stream)

    def record(self, work: Callable[[], None]) -> Replay:
        """Return the replay of a graph of the work."""
        graph = torch.cuda.CUDAGraph()
        graph.register_generator_state(self._noise)
        with torch.cuda.graph(graph, capture_error_mode="thread_local"):  # other threads may use the GPU meanwhile
            work()
        return graph.replay
