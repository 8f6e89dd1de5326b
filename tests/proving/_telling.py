"""How every proof ends: one JSON object or lines for a person, and 1 where a promise was broken."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence

_MOST_FAILURES = 100


def tell(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def conclude(figures: Mapping[str, object], lines: Iterable[str], failures: Sequence[str], *, as_json: bool) -> int:
    """Print what came of a proof, and return what its process ends with: 1 where anything wasn't as promised.

    Parameters
    ----------
    figures
        Ready for JSON, the failures included.
    lines
        The same in words, without the failures.
    failures
        A sentence on each.
    as_json
        Whether to print the figures alone.
    """
    if as_json:
        tell(json.dumps(figures))
    else:
        for line in lines:
            tell(line)
        for failure in failures[:_MOST_FAILURES]:
            tell(f"FAILED {failure}")
        tell("every promise held" if not failures else f"{len(failures):,} promises were broken")
    return 1 if failures else 0
