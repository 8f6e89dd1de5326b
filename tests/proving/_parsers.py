"""Everything that reads files which may come from anyone: a few right files of each sort, and how they are read."""

from __future__ import annotations

from pathlib import Path

from tests.proving._data_parsers import data_parsers
from tests.proving._kept_parsers import kept_parsers
from tests.proving._parser import Parser
from tests.proving._picture_parsers import picture_parsers
from tests.proving._run_parsers import run_parsers
from tests.runs.recorded import recorded


def parsers(folder: Path) -> tuple[Parser, ...]:
    """Return all of them; a tiny run is trained below `folder` to have right files."""
    return (*data_parsers(), *picture_parsers(), *run_parsers(recorded(folder / "seed-run").path), *kept_parsers())
