"""Several processes that train one model together: how they find each other, agree, and notice that one is gone."""

from __future__ import annotations

import json
import os
import re
import socket
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

import torch
from torch import distributed
from torch.distributed.rendezvous import rendezvous

from vae_explorer.errors import TrainingError, VaeExplorerError, WorkerLostError
from vae_explorer.language import listed, tr, without_stop
from vae_explorer.training.processes import is_running

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from vae_explorer.training.workers import Place

_JOINING = timedelta(minutes=10)
_SILENCE = timedelta(minutes=10)
"""How long a worker may be silent. One that dies is noticed at once, because its connections close."""

# A worker of another machine can't be looked for; torch has no exception of its own for the loss of one.
_LOST_WORDS = re.compile(r"connection|timed? ?out|gloo|nccl", re.IGNORECASE)
_LOOKING_SECONDS = 3.0
_POLL_SECONDS = 0.05
_CALL, _FAILURE, _END = "call", "failure", "end"


class Team:
    """The workers of a training, seen from one of them; the one of rank 0 leads.

    Short messages go through the launcher's store, which outlives the workers; what is computed goes through a process
    group, by gloo between processors and by NCCL between NVIDIA GPUs.

    Parameters
    ----------
    place
        Which of them this process is.

    Attributes
    ----------
    status
        Exit status with which this process ends.
    is_broken
        Whether another one was lost, so that connections to it may wait for ever.

    Raises
    ------
    TrainingError
        If the address where the workers meet can't be reached.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        try:
            self._store, _, _ = next(iter(rendezvous("env://", timeout=_JOINING)))
        except (RuntimeError, ValueError) as error:
            raise TrainingError(
                tr(
                    "Worker {rank} of {count} can't reach the others at {host}:{port}: start all of them "
                    "at the same time, with torchrun.",
                    rank=place.rank,
                    count=place.count,
                    host=os.environ.get("MASTER_ADDR"),
                    port=os.environ.get("MASTER_PORT"),
                )
            ) from error
        self.status = 0
        self.is_connected = False
        self.is_broken = False
        self._store_is_gone = False
        self._processes: dict[int, Mapping[str, object]] = {}
        self._tell(f"process/{place.rank}", {"host": socket.gethostname(), "process": os.getpid()})

    def call(self, told: Mapping[str, object]) -> None:
        """Tell the others, as the one that leads, what they need before they are ready to train."""
        self._tell(_CALL, told)

    def await_call(self) -> Mapping[str, object] | None:
        """Return what the one that leads told by `call`; None if it has ended instead."""
        return self._await(_CALL, lambda: self._told(_END) is not None)

    def gather(self, fingerprint: str) -> None:
        """Wait until all workers are ready, and connect them.

        Parameters
        ----------
        fingerprint
            Of what must be the same for all of them: the images.

        Raises
        ------
        WorkerLostError
            If one failed before.
        TrainingError
            If the fingerprints differ.
        """
        self._tell(f"ready/{self.place.rank}", {"fingerprint": fingerprint})
        for rank in range(self.place.count):
            ready = self._await(f"ready/{rank}", lambda: self._loss() is not None)
            if ready is None:
                raise WorkerLostError(
                    tr("{loss}, so nothing was trained.", loss=self._loss() or tr("The workers have lost each other"))
                )
            self._processes[rank] = self._told(f"process/{rank}") or {}  # the store may end with one of them
            if ready["fingerprint"] != fingerprint:
                raise TrainingError(
                    tr(
                        "The images of worker {rank} aren't those of worker {own} (their checksums "
                        "differ): give every machine the same data.",
                        rank=rank,
                        own=self.place.rank,
                    )
                )
        uses_cuda = torch.cuda.is_available() and distributed.is_nccl_available()
        distributed.init_process_group(
            "cpu:gloo,cuda:nccl" if uses_cuda else "gloo",
            store=self._store,
            rank=self.place.rank,
            world_size=self.place.count,
            timeout=_SILENCE,
        )
        self.is_connected = True

    def broadcast(self, content: bytes = b"") -> bytes:
        """Return the bytes that the one that leads gives to this call; what the others give isn't looked at."""
        size = torch.tensor([len(content)])
        distributed.broadcast(size, 0)
        if not int(size):
            return b""
        values = torch.empty(int(size), dtype=torch.uint8)
        if self.place.leads:
            values = torch.frombuffer(bytearray(content), dtype=torch.uint8)
        distributed.broadcast(values, 0)
        return values.numpy().tobytes()

    def total(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the sum over all workers, float64 of the same shape."""
        sums = torch.tensor(values, dtype=torch.float64)
        distributed.all_reduce(sums)
        return sums.numpy()

    def is_same(self, number: int) -> bool:
        """Whether all workers give the same whole number below 2^53."""
        extremes = torch.tensor([number, -number], dtype=torch.float64)
        distributed.all_reduce(extremes, distributed.ReduceOp.MAX)
        return bool(extremes[0] == -extremes[1])

    def fail(self, message: str) -> None:
        """Tell the others why this worker can't go on."""
        if self._told(_FAILURE) is None:
            self._tell(_FAILURE, {"rank": self.place.rank, "message": message})

    def end(self) -> None:
        """Tell the others, as the one that leads, that everybody ends with its status."""
        self._tell(_END, {"status": self.status})
        self.close()  # which wakes whoever waits for what won't come
        if self._launcher_keeps_store:
            return
        until = time.monotonic() + _LOOKING_SECONDS
        for rank in range(1, self.place.count):  # who couldn't ask this process once it is gone
            while time.monotonic() < until and self._told(f"heard/{rank}") is None and self._is_there(rank):
                time.sleep(_POLL_SECONDS)

    def await_end(self) -> bool:
        """Take over the status of the one that leads once it ends; False where it is gone without a word."""
        told = self._await(_END, lambda: not self._is_there(0))
        self._tell(f"heard/{self.place.rank}", {})
        status = None if told is None else told.get("status")
        self.status = status if isinstance(status, int) else 1
        return told is not None

    def explanation(self, error: Exception) -> WorkerLostError | None:
        """Return what an error has to do with the other workers; None if nothing.

        A worker that is gone or failed shows itself to the others as a connection that was closed, so it is looked for
        here for a moment.
        """
        if isinstance(error, (WorkerLostError, VaeExplorerError)) or not self.is_connected:
            return error if isinstance(error, WorkerLostError) else None
        self.is_broken = True
        until = time.monotonic() + _LOOKING_SECONDS
        while time.monotonic() < until and self._told(_END) is None:
            loss = self._loss()
            if loss is not None:
                return WorkerLostError(loss)
            time.sleep(_POLL_SECONDS)
        if isinstance(error, RuntimeError) and _LOST_WORDS.search(str(error)):
            return WorkerLostError(tr("The workers have lost each other (the connection is broken)"))
        return None

    def speaks_for_the_lost(self) -> bool:
        """Whether this worker has to tell the user, because the one that leads is gone and it comes next."""
        lead = next(rank for rank in range(self.place.count) if rank == self.place.rank or self._is_there(rank))
        return lead == self.place.rank and self._told(_END) is None

    def close(self) -> None:
        """Leave the others."""
        if self.is_connected and not self.is_broken:
            distributed.destroy_process_group()
        self.is_connected = False

    def _loss(self) -> str | None:
        """Return which other workers failed or are gone, as the beginning of a sentence; None if none."""
        told, count = self._told(_FAILURE), self.place.count
        if told is not None and told.get("rank") != self.place.rank:
            return tr(
                "Worker {rank} of {count} failed ({message})",
                rank=told.get("rank"),
                count=count,
                message=without_stop(str(told.get("message"))),
            )
        gone = [str(rank) for rank in range(count) if not self._is_there(rank)]
        if not gone:
            return None
        if len(gone) == 1:
            return tr("Worker {rank} of {count} is gone (killed, or out of memory)", rank=gone[0], count=count)
        return tr("Workers {ranks} of {count} are gone (killed, or out of memory)", ranks=listed(gone), count=count)

    def _is_there(self, rank: int) -> bool:
        """Whether a worker runs, as far as can be seen from here: another machine's can't."""
        if rank == 0 and self._store_is_gone and not self.place.leads and not self._launcher_keeps_store:
            return False  # its process holds the store
        told = self._processes.get(rank) or self._told(f"process/{rank}")
        if told is None or told.get("host") != socket.gethostname():
            return True
        process = told.get("process")
        return not isinstance(process, int) or is_running(process)

    @property
    def _launcher_keeps_store(self) -> bool:
        return os.environ.get("TORCHELASTIC_USE_AGENT_STORE") == str(True)

    def _await(self, key: str, gives_up: Callable[[], bool]) -> Mapping[str, object] | None:
        while True:
            told = self._told(key)
            if told is not None:
                return told
            if gives_up() or self._store_is_gone:
                return self._told(key)
            time.sleep(_POLL_SECONDS)

    def _tell(self, key: str, told: Mapping[str, object]) -> None:
        try:
            self._store.set(key, json.dumps(told))
        except RuntimeError:  # nobody can be told anything any more
            self._store_is_gone = True

    def _told(self, key: str) -> Mapping[str, object] | None:
        try:
            if not self._store.check([key]):
                return None
            told: Mapping[str, object] = json.loads(self._store.get(key))
        except RuntimeError:
            self._store_is_gone = True
            return None
        return told
