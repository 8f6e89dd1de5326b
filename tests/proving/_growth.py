"""What proofs that nothing grows share: what was held, how it is told, and how they are asked."""

from __future__ import annotations

import argparse
import dataclasses
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from tests.proving._telling import conclude
from tests.proving._usage import Slope, Usage, kinds, plain, python_kinds, slopes, told, verdict
from tests.proving._window import live_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(slots=True)
class Held:
    """What was held after each turn."""

    seed: int
    series: list[Usage] = field(default_factory=list)
    grown: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def counted(self) -> list[Usage]:
        """Those after the warm-up."""
        return self.series

    @property
    def slopes(self) -> dict[str, Slope]:
        """How what is held changes from turn to turn."""
        return slopes(self.counted)

    @property
    def failures(self) -> list[str]:
        """Everything that isn't as promised."""
        return [*self.problems, *verdict(self.slopes)]

    def end(self, began: float, before: Counter[str], warnings: Iterable[str]) -> None:
        """Note what there is more of than `before`, how long it took from a moment of the clock, and what Qt said."""
        self.problems += [f"Qt warned: {warning}" for warning in dict.fromkeys(warnings)]
        self.grown = (kinds() + python_kinds()) - before
        self.seconds = time.monotonic() - began


@dataclass(frozen=True, slots=True)
class Asked:
    """How long or how often, by what chances, and how it is to be told."""

    amount: float
    seed: int
    as_json: bool
    release: bool


def asked(
    summary: str | None, arguments: list[str] | None, unit: str, usual: tuple[float, float], release: str
) -> Asked:
    """Read the arguments of a proof.

    Parameters
    ----------
    summary, release
        What the proof is, and what ``--release`` changes.
    arguments
        As typed after its name.
    unit
        ``count`` or ``seconds``: the name of the option that says how many instead.
    usual
        How many, usually and before a release.
    """
    parser = argparse.ArgumentParser(description=summary)
    parser.add_argument("--release", action="store_true", help=release)
    parser.add_argument(f"--{unit}", dest="amount", type=type(usual[0]), help="that many instead")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    return Asked(chosen.amount or usual[chosen.release], chosen.seed, chosen.json, chosen.release)


@contextmanager
def own_settings(prefix: str) -> Iterator[None]:
    """Let windows live in this process, with settings in a folder that goes."""
    with tempfile.TemporaryDirectory(prefix=prefix) as folder:
        live_in(Path(folder))
        _application = QApplication.instance() or QApplication(sys.argv[:1])
        yield


def report(held: Held, counts: dict[str, int], *, as_json: bool) -> int:
    """Print what was held and what failed, with how often what was done; return 1 where anything grew."""
    lines = list(told(held.slopes))
    if held.failures:
        lines.append(f"  more than after the warm-up: {dict(held.grown.most_common(15))}")
    done = ", ".join(f"{count} {what}" for what, count in counts.items())
    lines.append(f"{done} in {held.seconds:.0f} s; seed {held.seed}")
    return conclude(figures(held, counts), lines, held.failures, as_json=as_json)


def figures(held: Held, counts: dict[str, int]) -> dict[str, object]:
    """Return the report as plain values."""
    return {
        **counts,
        "last": dataclasses.asdict(held.series[-1]) if held.series else {},
        "slopes": plain(held.slopes),
        "failures": held.failures,
        "seconds": held.seconds,
        "seed": held.seed,
    }
