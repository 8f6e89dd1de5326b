"""Reading a run that is being written: whole lines, whole weights, and whoever writes it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.runs.recorded import recorded, tree
from tests.training.tiny import Listener, tiny_dataset, tiny_experiment
from vae_explorer.errors import RunError
from vae_explorer.runs import following
from vae_explorer.runs.following import RunFollower, is_worth_following
from vae_explorer.runs.history import KeptMoment, cut_history
from vae_explorer.runs.lock import RunLock, is_held
from vae_explorer.runs.metrics_log import MetricsLog, cut_metrics
from vae_explorer.runs.metrics_tail import MetricsTail
from vae_explorer.runs.presence import QUIET_SECONDS, Presence, presence
from vae_explorer.runs.recording import resume
from vae_explorer.runs.writer import LOCK_FILE, Writer, writer_of
from vae_explorer.training.control import Control
from vae_explorer.training.events import CheckpointSaved, MetricRecord

if TYPE_CHECKING:
    from pathlib import Path

    from vae_explorer.models.snapshot import ModelSnapshot


def record(step: int, loss: float = 1.0) -> MetricRecord:
    return MetricRecord(step, step / 10, "train", step / 100, {"loss": loss})


def write(path: Path, *records: MetricRecord) -> None:
    log = MetricsLog(path, goes_on=path.exists())
    log.append(records)
    log.close()


# -- The log ---------------------------------------------------------------------------------------------------------


def test_that_only_new_records_are_told_and_none_twice(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    tail = MetricsTail(path)
    assert tail.read().records == ()
    write(path, record(1), record(2))
    assert tail.read().records == (record(1), record(2))
    assert tail.read().records == ()
    write(path, record(3))
    news = tail.read()
    assert (news.kept, news.records) == (2, (record(3),))
    assert tail.records == [record(1), record(2), record(3)]


@pytest.mark.parametrize("torn", [b"", b'{"step": 3, "epo', b"\0" * 30, b"\0" * 30 + b"\n", b'{"step": "x"}\n'])
def test_that_a_line_that_is_not_whole_is_waited_for(torn: bytes, tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    write(path, record(1))
    tail = MetricsTail(path)
    tail.read()
    whole = path.read_bytes()
    path.write_bytes(whole + torn)
    assert tail.read().records == ()
    path.write_bytes(whole)
    write(path, record(2), record(3))
    assert tail.read().records == (record(2), record(3))


@pytest.mark.parametrize("again", [0, 1, 5])
def test_that_a_log_that_was_cut_and_grew_again_is_told_from_where_it_differs(again: int, tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    write(path, *map(record, range(1, 6)))
    tail = MetricsTail(path)
    tail.read()
    cut_metrics(path, 2, 2)
    new = [record(step, loss=2.0) for step in range(3, 3 + again)]
    write(path, *new)
    news = tail.read()
    assert (news.kept, news.records) == (2, tuple(new))
    assert tail.records == [record(1), record(2), *new]


def test_that_what_was_read_before_is_compared_with_the_log(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    write(path, record(1), record(2), record(3))
    news = MetricsTail(path, [record(1), record(2, loss=9.0)]).read()
    assert (news.kept, news.records) == (1, (record(2), record(3)))


# -- Who writes ------------------------------------------------------------------------------------------------------


def test_that_a_pause_says_nothing_of_a_writer_that_nobody_told_of(tmp_path: Path) -> None:
    lock = RunLock(tmp_path)
    lock.tell_paused(True)
    assert writer_of(tmp_path) is None
    lock.close()


def test_that_the_lock_says_who_holds_it_and_whether_it_was_given_back(tmp_path: Path) -> None:
    lock = RunLock(tmp_path)
    assert is_held(tmp_path)
    assert writer_of(tmp_path) is None
    lock.tell_begun()
    writer = writer_of(tmp_path)
    assert writer is not None
    assert (writer.process, writer.paused, writer.ended, writer.is_here) == (os.getpid(), False, False, True)
    assert presence(tmp_path, writer, 1e9) is Presence.WRITING
    with pytest.raises(RunError, match=f"being trained already, by process {os.getpid()} on "):
        RunLock(tmp_path)
    lock.tell_paused(True)
    assert presence(tmp_path, writer_of(tmp_path), 0.0) is Presence.PAUSED
    lock.close()
    assert not is_held(tmp_path)
    assert presence(tmp_path, writer_of(tmp_path), 0.0) is Presence.NOBODY


def test_that_a_writer_that_was_killed_is_gone(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, signal, sys\nfrom vae_explorer.runs.lock import RunLock\n"
        "RunLock(pathlib.Path(sys.argv[1])).tell_begun()\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert presence(tmp_path, writer_of(tmp_path), 0.0) is Presence.GONE


@pytest.mark.parametrize(
    ("quiet", "paused", "expected"),
    [
        (0.0, False, Presence.WRITING),
        (QUIET_SECONDS + 1, False, Presence.QUIET),
        (QUIET_SECONDS + 1, True, Presence.PAUSED),
    ],
)
def test_that_a_writer_on_another_machine_is_judged_by_what_it_writes(
    quiet: float, paused: bool, expected: Presence, tmp_path: Path
) -> None:
    writer = Writer(1, "a-server", "2026-01-01T00:00:00+00:00", paused=paused)
    (tmp_path / LOCK_FILE).write_text(json.dumps(writer.to_dict()))
    assert writer_of(tmp_path) == writer
    assert presence(tmp_path, writer, quiet) is expected


@pytest.mark.parametrize("note", ["", "[]", "{}", '{"process": -1, "host": "a", "began": ""}', "x" * 9000])
def test_that_a_note_that_makes_no_sense_is_none(note: str, tmp_path: Path) -> None:
    (tmp_path / LOCK_FILE).write_text(note)
    assert writer_of(tmp_path) is None
    assert presence(tmp_path, None, 0.0) is Presence.NOBODY


# -- A run -----------------------------------------------------------------------------------------------------------


def test_that_a_follower_sees_all_that_a_training_writes(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    told: list[MetricRecord] = []
    models: list[ModelSnapshot] = []
    seen: list[RunFollower] = []

    def look(event: object) -> None:
        if not isinstance(event, CheckpointSaved) and (folder / "metrics.jsonl").exists():
            if not seen:
                assert is_worth_following(folder)
                seen.append(RunFollower(folder))
            news = seen[0].look()
            assert news.kept == len(told)
            told.extend(news.records)
            models.extend([news.model] if news.model is not None else [])
            assert news.presence is Presence.WRITING

    run = recorded(folder, tiny_experiment(epochs=6), listener=Listener(look))
    assert not is_worth_following(folder)
    last = seen[0].look()
    assert (last.reason, last.can_resume, last.presence, last.is_over) == ("completed", True, Presence.NOBODY, True)
    assert (*told, *last.records) == run.metrics
    assert last.moments == run.moments[:-1]
    steps = [model.step for model in models]
    assert steps == sorted(set(steps))
    assert len(steps) >= 3
    newest = last.model if last.model is not None else models[-1]
    assert newest.weight_hash == run.load_model().weight_hash
    assert last.progress is not None
    assert (last.progress.step, last.progress.total_steps) == (18, 18)


def test_that_a_run_that_is_gone_on_with_is_followed_from_where_it_was_cut(tmp_path: Path) -> None:
    run = recorded(tmp_path / "run", tiny_experiment(epochs=2))
    follower = RunFollower(run.path)
    before = follower.look()
    assert before.model is not None
    cut_metrics(run.path / "metrics.jsonl", len(run.metrics) - 1, before.model.step)
    assert resume(run, tiny_dataset(), epochs=4, on_event=Listener(), control=Control()) is not None
    news = follower.look()
    assert news.header_changed
    assert news.run.experiment.training.epochs == 4
    assert news.model is not None
    assert news.model.step == 12
    assert (*before.records[: news.kept], *news.records) == news.run.metrics


def test_that_a_run_that_was_cut_shows_weights_of_the_earlier_step(tmp_path: Path) -> None:
    run = recorded(tmp_path / "run", tiny_experiment(epochs=3))
    follower = RunFollower(run.path)
    first = follower.look().model
    assert first is not None
    assert first.step == 9
    shutil.rmtree(run.newest[0].path)
    cut_history(run.path, 4)
    assert follower.look().model is None
    cut_metrics(run.path / "metrics.jsonl", 1, 4)
    news = follower.look()
    assert news.model is not None
    assert (news.kept, news.model.step) == (1, 4)
    assert [moment.step for moment in news.moments] == [0, 1, 2, 3, 4]


def test_that_weights_that_are_half_there_are_passed_over_until_they_are_whole(tmp_path: Path) -> None:
    run = recorded(tmp_path / "run", tiny_experiment(epochs=3, history=0))
    newest = run.newest[0].path
    whole = (newest / "model.safetensors").read_bytes()
    (newest / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    follower = RunFollower(run.path)
    assert follower.look().model is None
    assert follower.look().model is None
    (newest / "model.safetensors").write_bytes(whole)
    model = follower.look().model
    assert model is not None
    assert model.weight_hash == run.load_model().weight_hash
    assert follower.look().model is None


@pytest.mark.parametrize("seed", range(3))
def test_that_a_folder_that_is_synchronised_in_any_order_shows_nothing_but_whole_weights(
    seed: int, tmp_path: Path
) -> None:
    run = recorded(tmp_path / "run", tiny_experiment(epochs=3))
    true = {run.load_moment(moment).weight_hash: moment.step for moment in run.moments}
    here, random = tmp_path / "here", Random(seed)
    files = tree(run.path)
    files[LOCK_FILE] = json.dumps({"process": 1, "host": "a-server", "began": "", "ended": True}).encode()
    parts = [(name, share) for name in files for share in (0.3, 0.7, 1.0)]
    random.shuffle(parts)
    follower, steps, last = RunFollower(here), [], None
    for name, share in [("run.json", 1.0), *parts, *((name, 1.0) for name in files)]:
        path = here / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[name][: int(share * len(files[name]))])
        with contextlib.suppress(RunError):  # the header is half there
            last = follower.look()
            if last.model is not None:
                assert true[last.model.weight_hash] == last.model.step
                steps.append(last.model.step)
    assert last is not None
    assert steps[-1] == run.newest[0].step
    assert last.moments == tuple(
        KeptMoment(one.step, one.epoch, here / "history" / one.path.name) for one in run.moments[:-1]
    )
    assert (last.reason, last.presence, last.is_over) == ("completed", Presence.NOBODY, True)
    assert follower.look().kept == len(run.metrics)


def test_that_a_folder_that_is_gone_for_a_moment_loses_nothing(tmp_path: Path) -> None:
    run = recorded(tmp_path / "run", tiny_experiment(epochs=2))
    follower = RunFollower(run.path)
    first = follower.look()
    away = run.path.rename(tmp_path / "away")
    with pytest.raises(RunError, match="is gone, or can't be reached just now"):
        follower.look()
    away.rename(run.path)
    news = follower.look()
    assert (news.kept, news.records, news.moments) == (len(first.records), (), first.moments)
    assert not news.has_grown


def test_that_a_copy_of_a_run_that_was_broken_off_long_ago_is_not_followed(tmp_path: Path) -> None:
    run = recorded(tmp_path / "run", tiny_experiment(epochs=1))
    writer = Writer(1, "a-server", "2026-01-01T00:00:00+00:00")
    (run.path / LOCK_FILE).write_text(json.dumps(writer.to_dict()))
    assert is_worth_following(run.path)
    for name in ("run.json", "metrics.jsonl", LOCK_FILE):
        old = (run.path / name).stat().st_mtime - following.LATELY_SECONDS - 60
        os.utime(run.path / name, (old, old))
    assert not is_worth_following(run.path)
