"""What a proof of saved runs tried and what failed, and how it is printed."""

from __future__ import annotations

import argparse
import os
import random
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.proving._telling import conclude

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK | os.X_OK) else None
"""A folder in memory where there is one: what is proved here isn't the disk, and its syncs would take most time."""


@dataclass(slots=True)
class Tally:
    """What was tried and what came of it.

    Attributes
    ----------
    proof, seed
        Name of the tool, and what its random numbers begin with.
    tried
        How often, by what.
    failures
        A sentence for each broken promise.
    notes
        What a reader must know of how it was tried, such as what this machine doesn't allow.
    """

    proof: str
    seed: int
    tried: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    def count(self, what: str, failure: str = "") -> None:
        """Note one attempt, and the sentence on what went wrong with it, if anything did."""
        self.tried[what] = self.tried.get(what, 0) + 1
        if failure:
            self.failures.append(f"{what}: {failure}")

    def to_dict(self) -> dict[str, object]:
        """Return it ready for JSON."""
        return {
            "proof": self.proof,
            "seed": self.seed,
            "tried": self.tried,
            "total": sum(self.tried.values()),
            "failures": self.failures,
            "notes": self.notes,
            **self.figures,
            "seconds": round(time.monotonic() - self.began, 1),
            "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }


def run_proof(
    name: str, summary: str | None, prove: Callable[[Tally, bool, random.Random], None], arguments: list[str] | None
) -> int:
    """Read the arguments of a tool, let it prove, print its report, and return 1 where a promise was broken.

    Parameters
    ----------
    name, summary
        Of the tool.
    prove
        Fills a tally; told whether the counts of a release are wanted.
    arguments
        As typed after its name.
    """
    parser = argparse.ArgumentParser(description=summary)
    parser.add_argument("--release", action="store_true", help="as often as before a release")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--seed", type=int, default=0, help="take other chances")
    chosen = parser.parse_args(arguments)
    tally = Tally(name, chosen.seed)
    prove(tally, chosen.release, random.Random(chosen.seed))
    told = tally.to_dict()
    lines = [
        *(f"{count:7,}  {what}" for what, count in tally.tried.items()),
        *(f"{figure:7,.4g}  {what}" for what, figure in tally.figures.items()),
        *(f"note: {note}" for note in tally.notes),
        f"{told['total']:,} attempts, seed {tally.seed}, {told['seconds']:.0f} s, at most {told['peak_memory_mb']} MB",
    ]
    return conclude(told, lines, tally.failures, as_json=chosen.json)


def tree(folder: Path) -> dict[str, bytes]:
    """Return the content of every ordinary file below a folder, by its path in there."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}
