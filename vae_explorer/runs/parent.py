"""Which moment of which other run a run started from, as its header says."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from vae_explorer.language import tr

_HASH = re.compile(r"[0-9a-f]{64}")
_LARGEST = 10**15
_LONGEST_NAME = 300


@dataclass(frozen=True, slots=True)
class Parent:
    """The moment of another run that a run started from.

    Attributes
    ----------
    run
        Name of its folder.
    step, epoch
        Steps and epochs that were behind it.
    weight_hash
        SHA-256 of the weights that were taken, in hexadecimal.
    """

    run: str
    step: int
    epoch: float
    weight_hash: str

    def to_dict(self) -> dict[str, object]:
        """Return it ready for JSON."""
        return asdict(self)

    @property
    def words(self) -> str:
        """The moment in few words."""
        return tr("{run} at epoch {epoch:.4g} (step {step:,})", run=self.run, epoch=self.epoch, step=self.step)


def parent_from(value: object) -> Parent | None:
    """Read the section ``parent`` of a run's header, which may come from anyone; None stands for none.

    Raises
    ------
    ValueError
        If it is no parent; the message is a part of a sentence about the header.
    """
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise ValueError(tr("its section parent is no moment of a run."))
    step, epoch, digest = value.get("step"), value.get("epoch"), value.get("weight_hash")
    whole = type(step) is int and 0 <= step < _LARGEST
    real = isinstance(epoch, (int, float)) and not isinstance(epoch, bool) and math.isfinite(epoch) and epoch >= 0
    if not whole or not real or not isinstance(digest, str) or not _HASH.fullmatch(digest):
        raise ValueError(tr("its section parent names no moment of a run."))
    return Parent(str(value.get("run", ""))[:_LONGEST_NAME], int(step), float(epoch), digest)  # type: ignore[arg-type]
