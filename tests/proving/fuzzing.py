"""Give every parser files that are nearly right, and see that each loads or is refused in one sentence.

Right files are changed at random, blindly and by the rules of their format; those that reach lines of the program which
none before reached are changed further. Each parser works in a process of its own, which may take 512 MB of memory, and
10 seconds for one file. A file that breaks a promise is made as small as it can be and kept in tests/data/regressions,
where a test reads it from then on.

Run it with ``python3 packaging/dev.py prove fuzzing``, ``--release`` for a million files of each sort of data and of
the headers of runs, and 100,000 of all others. Takes half a minute, with ``--release`` an hour.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import mmap
import os
import random
import resource
import shutil
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any, Self

from tests.proving._guarded import MOST_BYTES, Done, guarded
from tests.proving._parser import Parser, Read
from tests.proving._parsers import parsers
from vae_explorer.data.pictures import PictureError
from vae_explorer.errors import VaeExplorerError

ROOT = Path(__file__).resolve().parents[2]
EVERY_CHANGE = 2_000
REGRESSIONS = ROOT / "tests" / "data" / "regressions"
_TRACED = 64
"""One of so many files is read while the lines are watched that it reaches, which is slow."""
_MOST_KEPT = 400
_LONGEST_MESSAGE = 1500
_MINIMISING_SECONDS = 20.0
_PACKAGE = str(ROOT / "vae_explorer")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of fuzzing one parser.

    Attributes
    ----------
    name, tried, loaded, refused
        The parser, how many files it read, and how many of them loaded or were refused.
    lines
        Lines of the program that were reached.
    seconds, peak_bytes
        How long it took, and the most memory.
    failure, content
        What broke the promise, and the smallest file that was found to do so; "" and b"" where nothing did.
    """

    name: str
    tried: int
    loaded: int
    refused: int
    lines: int
    seconds: float
    peak_bytes: int
    failure: str = ""
    content: bytes = b""


def read_once(read: Read, content: bytes) -> bool:
    """Read a content; return whether it loaded.

    Raises
    ------
    AssertionError
        If it was refused, but not in one sentence.
    Exception
        Any other that the parser let out.
    """
    try:
        read(content)
    except PictureError as refusal:
        _check_words(str(refusal))
        return False
    except VaeExplorerError as refusal:
        _check_words(str(refusal), ends=(".", "?"))
        return False
    return True


def _check_words(words: str, ends: tuple[str, ...] = ("",)) -> None:
    assert words.endswith(ends), f"a refusal without an end: {words}"
    assert words, "a refusal without words"
    assert words.isprintable(), f"a refusal of several lines, or with control characters: {words!r}"
    assert len(words) < _LONGEST_MESSAGE, f"a refusal of {len(words)} signs"


def fuzz(parser: Parser, count: int, seed: int, folder: Path) -> Outcome:
    """Let a parser read `count` wrong files in a process of its own."""
    board = Board()
    began = time.monotonic()
    done = guarded(lambda: _fuzz(parser, count, seed, folder, board), note=lambda: board.number)
    seconds = time.monotonic() - began
    if not done.failure:
        loaded, lines = _numbers(done.value)
        noise = f"it wrote to the terminal: {done.noise[:200]}" if done.noise else ""
        return Outcome(parser.name, count, loaded, count - loaded, lines, seconds, done.peak_bytes, noise)
    content = minimised(parser, board.content, folder)
    return Outcome(parser.name, board.number, 0, 0, 0, seconds, done.peak_bytes, done.failure, content)


def _numbers(value: object) -> tuple[int, int]:
    assert isinstance(value, list)
    loaded, lines = value
    return int(loaded), int(lines)


def _fuzz(parser: Parser, count: int, seed: int, folder: Path, board: Board) -> list[int]:
    read = parser.prepare(_fresh(folder, parser.name))
    chance = random.Random(f"{seed} {parser.name}")
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    pool, watch, loaded = list(parser.seeds), Watch(), 0
    for content in parser.seeds:
        board.write(0, content)
        with watch:
            read_once(read, content)
    for number in range(count):
        content = parser.mutate(chance.choice(pool), chance, parser.tokens, pool)
        board.write(number + 1, content)
        if number % _TRACED:
            loaded += read_once(read, content)
        else:
            with watch:
                loaded += read_once(read, content)
        taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - base
        assert taken <= MOST_BYTES, f"it took {taken / 1e6:,.0f} MB of memory"
        if number % _TRACED == 0 and watch.found_new and len(pool) < _MOST_KEPT:
            pool.append(content)
    return [loaded, len(watch.lines)]


def _fresh(folder: Path, name: str) -> Path:
    place = folder / name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    return place


class Board:
    """Memory that a child shares with its parent, which is still there when the child has died."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 1 << 20)

    def write(self, number: int, content: bytes) -> None:
        """Say what is read next."""
        head = number.to_bytes(8, "little") + len(content).to_bytes(8, "little")
        self._memory[: 16 + len(content)] = head + content

    @property
    def number(self) -> int:
        """Number of the file."""
        return int.from_bytes(self._memory[:8], "little")

    @property
    def content(self) -> bytes:
        """Content of the file."""
        return self._memory[16 : 16 + int.from_bytes(self._memory[8:16], "little")]


class Watch:
    """Remembers the lines of the program that were reached; to be used in a ``with`` statement."""

    def __init__(self) -> None:
        self.lines: set[tuple[str, int]] = set()
        self.found_new = False
        self._before = 0

    def __enter__(self) -> Self:
        self._before = len(self.lines)
        sys.settrace(self._enter)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)
        self.found_new = len(self.lines) > self._before

    def _enter(self, frame: FrameType, _event: str, _argument: object) -> Any:
        return self._line if frame.f_code.co_filename.startswith(_PACKAGE) else None

    def _line(self, frame: FrameType, event: str, _argument: object) -> Any:
        if event == "line":
            self.lines.add((frame.f_code.co_filename, frame.f_lineno))
        return self._line


def fails(parser: Parser, content: bytes, folder: Path) -> Done | None:
    """Return how reading a content breaks a promise, None if it doesn't."""
    done = guarded(lambda: read_once(parser.prepare(_fresh(folder, parser.name)), content))
    return done if done.failure or done.noise else None


def minimised(parser: Parser, content: bytes, folder: Path) -> bytes:
    """Return a content as small as is found within some seconds that breaks a promise in the same way."""
    first = fails(parser, content, folder)
    if first is None:
        return content
    until, size = time.monotonic() + _MINIMISING_SECONDS, max(1, len(content) // 2)
    while size and time.monotonic() < until:
        place = 0
        while place < len(content) and time.monotonic() < until:
            shorter = content[:place] + content[place + size :]
            again = fails(parser, shorter, folder)
            if again is not None and _last_line(again) == _last_line(first):
                content = shorter
            else:
                place += size
        size //= 2
    return content


def _last_line(done: Done) -> str:
    return (done.failure or done.noise).strip().splitlines()[-1].partition(":")[0]


def keep(outcome: Outcome, folder: Path = REGRESSIONS) -> Path:
    """Keep the file that broke a promise, where a test reads it from then on."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{outcome.name}.{hashlib.sha256(outcome.content).hexdigest()[:12]}"
    path.write_bytes(outcome.content)
    return path


def kept(name: str, folder: Path = REGRESSIONS) -> list[Path]:
    """Return the files kept of a parser."""
    return sorted(folder.glob(f"{name}.*"))


HEADING = f"{'parser':16} {'files':>9} {'loaded':>9} {'lines':>6} {'a second':>9} {'peak MB':>8}"


def line(outcome: Outcome) -> str:
    """Return an outcome as a line to print below `HEADING`, and what failed below it."""
    rate = outcome.tried / max(outcome.seconds, 1e-9)
    numbers = f"{outcome.tried:9,} {outcome.loaded:9,} {outcome.lines:6,} {rate:9,.0f} {outcome.peak_bytes / 1e6:8.1f}"
    return f"{outcome.name:16} {numbers}" + (f"\n    FAILED: {outcome.failure.strip()}" if outcome.failure else "")


def main(arguments: list[str] | None = None) -> int:
    """Fuzz all parsers, or those that are named, and return 1 if one broke a promise."""
    wanted = _parser().parse_args(arguments)
    os.environ["OMP_NUM_THREADS"] = "1"
    outcomes = []
    if not wanted.json:
        print(f"seed {wanted.seed}\n{HEADING}")
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as name:
        folder = Path(name)
        found = [each for each in parsers(folder) if not wanted.only or each.name in wanted.only]
        for parser in found:
            count = wanted.count or (parser.release if wanted.release else EVERY_CHANGE)
            outcome = fuzz(parser, count, wanted.seed, folder)
            if outcome.failure and outcome.content:
                outcome = replace(outcome, failure=f"{outcome.failure.strip()}\n    kept as {keep(outcome)}")
            outcomes.append(outcome)
            if not wanted.json:
                print(line(outcome), flush=True)
    failed = [each for each in outcomes if each.failure]
    if wanted.json:
        told = [{**asdict(each), "content": each.content.hex()} for each in outcomes]
        print(json.dumps({"seed": wanted.seed, "parsers": told, "failed": len(failed)}))
    else:
        total = sum(each.tried for each in outcomes)
        print(f"{total:,} files in {sum(each.seconds for each in outcomes):,.0f} s, {len(failed)} parsers failed")
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("only", nargs="*", metavar="PARSER", help="names of the first column; left out, all")
    parser.add_argument("--release", action="store_true", help="as many files as before a release")
    parser.add_argument("--count", type=int, help="so many files for each parser")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


if __name__ == "__main__":
    sys.exit(main())
