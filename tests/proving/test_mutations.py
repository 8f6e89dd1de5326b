"""Damaged runs open with a notice or are refused in one sentence, and the proof would notice if they weren't."""

from __future__ import annotations

import os
import random
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.proving import mutations
from tests.proving._damages import Damage, damages
from tests.proving._tally import Tally
from vae_explorer.runs import checkpoint, reading
from vae_explorer.runs.folder import METRICS_FILE
from vae_explorer.runs.reading import read_bytes

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="only POSIX systems have pipes and can fork")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return mutations.make_mutable_run(tmp_path_factory.mktemp("mutable") / "run")


def tried(run: Path, which: Callable[[Damage], bool], most: int = 1_000) -> Tally:
    tally, chance = Tally("mutations", 0), random.Random(0)
    found = [damage for damage in damages(run, 2, chance) if which(damage)]
    mutations.try_damages(tally, "damages", run, chance.sample(found, min(most, len(found))))
    return tally


@pytest.mark.parametrize("count", [40, pytest.param(150, marks=pytest.mark.slow)])
def test_that_a_damaged_run_opens_with_a_notice_or_is_refused_in_a_sentence(count: int, run: Path) -> None:
    tally = tried(run, lambda damage: True, count)
    assert tally.failures == []
    assert sum(tally.tried.values()) == count


def test_that_a_run_that_cannot_be_read_is_refused_in_a_sentence() -> None:
    tally = Tally("mutations", 0)
    mutations.try_unreadable(tally)
    assert tally.failures == []
    assert sum(tally.tried.values()) > 25


def test_that_weights_that_are_not_compared_with_their_hash_are_noticed(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "_verified", lambda path, _files, limit: read_bytes(path, limit))
    failures = tried(run, lambda damage: "step-00000006/model" in damage.place and "zeros at its end" in damage.name)
    assert "shows something else without a notice: weights" in failures.failures[0]


def test_that_records_that_are_not_compared_with_their_hash_are_noticed(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vae_explorer.runs.folder.log_note", lambda _path, _seal, **_named: "")
    tally = tried(run, lambda damage: damage.place == METRICS_FILE and "cut to 1 " in damage.name)
    assert "shows something else without a notice: metrics" in tally.failures[0]


def test_that_a_pipe_that_is_waited_for_is_noticed(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_without_waiting", os.open)
    monkeypatch.setattr(stat, "S_ISREG", lambda _mode: True)
    monkeypatch.setattr(mutations, "_MOST_SECONDS", 1)
    tally = tried(run, lambda damage: damage.place == "run.json" and damage.name.endswith("pipe"))
    assert "takes more than 1 s" in tally.failures[0]
