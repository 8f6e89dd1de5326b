"""Files that are nearly right load or are refused in one sentence, and the tool notices what breaks that."""

from __future__ import annotations

import json
import os
import random
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.proving import fuzzing
from tests.proving._guarded import guarded
from tests.proving._mutation import mutate, mutate_json
from tests.proving._parser import Parser
from tests.proving._parsers import parsers
from vae_explorer.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAMES = (
    "idx", "idx-labels", "idx-gz", "npy", "npz", "table", "picture-png", "picture-jpeg", "picture-bmp", "picture-gif",
    "picture-tiff", "picture-webp", "run-header", "run-state", "run-done", "run-weights", "run-training", "run-moment",
    "run-metrics", "run-followed", "run-lock", "settings", "session", "preferences", "limits", "lesson", "note",
)  # fmt: skip
FEW = 100


@pytest.fixture(scope="module")
def all_parsers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Parser]:
    return {parser.name: parser for parser in parsers(tmp_path_factory.mktemp("seeds"))}


def test_that_every_parser_is_tried(all_parsers: dict[str, Parser]) -> None:
    assert tuple(all_parsers) == NAMES
    assert {name for name, parser in all_parsers.items() if parser.release == 10**6} >= {
        "idx", "idx-gz", "npy", "npz", "run-header", "run-state", "run-done", "run-weights",
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_that_files_that_are_nearly_right_load_or_are_refused(
    name: str, all_parsers: dict[str, Parser], tmp_path: Path
) -> None:
    outcome = fuzzing.fuzz(all_parsers[name], FEW, 1, tmp_path)
    assert outcome.failure == ""
    assert outcome.tried == outcome.loaded + outcome.refused == FEW


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_that_many_files_that_are_nearly_right_load_or_are_refused(
    name: str, all_parsers: dict[str, Parser], tmp_path: Path
) -> None:
    assert fuzzing.fuzz(all_parsers[name], fuzzing.EVERY_CHANGE, 2, tmp_path).failure == ""


def test_that_files_that_once_broke_a_promise_keep_it(all_parsers: dict[str, Parser], tmp_path: Path) -> None:
    found = [path for path in fuzzing.REGRESSIONS.iterdir() if path.is_file()]
    assert len(found) > 5
    for path in found:
        parser = all_parsers[path.name.partition(".")[0]]
        assert fuzzing.fails(parser, path.read_bytes(), tmp_path) is None, path.name


# -- the tool itself


def _dies(content: bytes) -> None:
    if b"!" in content:
        os.kill(os.getpid(), 11)


def _hangs(content: bytes) -> None:
    if b"!" in content:
        time.sleep(1000)


def _raises(content: bytes) -> None:
    if b"!" in content:
        raise KeyError("!")


def _eats(content: bytes) -> None:
    if b"!" in content:
        raise MemoryError(len(bytes(1 << 40)))


def _swells(content: bytes) -> None:
    if b"!" in content:
        assert len(b"x" * 600_000_000)


def _babbles(content: bytes) -> None:
    if b"!" in content:
        raise DataError("two\nlines.")


def _mumbles(content: bytes) -> None:
    if b"!" in content:
        os.write(2, b"a library says so\n")


@pytest.mark.parametrize("read", [_dies, _raises, _eats, _swells, _babbles, _mumbles])
def test_that_a_broken_promise_is_found_and_made_small(read: Callable[[bytes], None], tmp_path: Path) -> None:
    parser = Parser("broken", (b"a" * 8,), lambda _: read, (b"!",))
    outcome = fuzzing.fuzz(parser, 300, 0, tmp_path)
    assert outcome.failure
    if read is not _mumbles:  # what was written is found at the end, when nobody knows which file it was
        assert outcome.content == b"!"
        kept = fuzzing.keep(outcome, tmp_path / "kept")
        assert kept.read_bytes() == b"!"
    assert fuzzing.fails(parser, b"a!a", tmp_path) is not None
    assert fuzzing.fails(parser, b"aaa", tmp_path) is None


def test_that_a_reader_that_hangs_is_ended() -> None:
    done = guarded(lambda: _hangs(b"!"), seconds=0.2)
    assert "more than 0.2 seconds" in done.failure


def test_that_what_reaches_new_lines_is_changed_further(tmp_path: Path) -> None:
    # Ten bytes in a row: nobody guesses them at once, but each right one reaches a line of its own.
    deep = Parser("deep", (b"aaaa",), lambda _: _climb, (b"v", b"e"))
    watch = fuzzing.Watch()
    with watch:
        _climb(b"aaaa")
    assert not watch.lines  # it is no part of the program
    outcome = fuzzing.fuzz(replace(deep, prepare=_prepared_settings, seeds=(b'{"data": {}}',)), 2000, 0, tmp_path)
    assert outcome.lines > 20


def _climb(content: bytes) -> None:
    for place, sign in enumerate(content):
        if sign != b"vaevaevaev"[place % 10]:
            return


def _prepared_settings(folder: Path) -> Callable[[bytes], None]:
    from tests.proving._kept_parsers import reads_settings

    return reads_settings(folder)


def test_that_the_same_seed_tries_the_same_files() -> None:
    one, other = (random.Random(3) for _ in range(2))
    assert [mutate(b"abcdef", one, (), (b"xyz",)) for _ in range(50)] == [
        mutate(b"abcdef", other, (), (b"xyz",)) for _ in range(50)
    ]
    assert len({mutate_json(b'{"a": [1, {"b": 2}]}', one) for _ in range(200)}) > 100


def test_that_the_report_says_what_was_tried(capsys: pytest.CaptureFixture[str]) -> None:
    assert fuzzing.main(["idx", "settings", "--count", "50", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(each["name"], each["tried"]) for each in told["parsers"]] == [("idx", 50), ("settings", 50)]
    assert fuzzing.main(["idx", "--count", "20", "--seed", "7"]) == 0
    printed = capsys.readouterr().out
    assert "seed 7" in printed
    assert "20 files" in printed
