"""A few interruptions of each family are exact, and the tool that tries many notices what would make them not."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import pytest

from tests.proving import resuming
from tests.proving._resumable import STEPS, VARIANTS
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.runs import training_file
from vae_explorer.training import trainer
from vae_explorer.training.averaging import WeightAverage
from vae_explorer.training.batches import BatchSource
from vae_explorer.training.state import ResumePoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vae_explorer.training.state import TrainingState

POINTS = 3
SEED = 1


@pytest.mark.parametrize("family", OBJECTIVES.names())
def test_that_interrupted_trainings_end_like_whole_ones_to_the_last_bit(family: str) -> None:
    report = resuming.prove([family], POINTS, SEED)
    assert report.failures == []
    assert report.tried == {family: POINTS}


def test_that_going_on_elsewhere_says_why_the_numbers_may_differ() -> None:
    report = resuming.Report(SEED)
    resuming.prove_notices(report)
    assert report.failures == []
    assert report.notices == 3


def test_that_enough_points_try_every_way_to_train_and_every_step() -> None:
    for family in OBJECTIVES.names():
        chosen = resuming.choose_points(family, resuming.RELEASE_POINTS, SEED)
        assert len(chosen) == resuming.RELEASE_POINTS
        assert {point.variant.words for point in chosen} == {each.words for each in VARIANTS if each.suits(family)}
        assert {point.step for point in chosen} == set(range(STEPS + 1))
        assert {point.killed for point in chosen} == {True, False}


def _keep_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "restore_generator", lambda *_: None)


def _forget_optimizers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "restore_optimizers", lambda *_: None)


def _forget_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WeightAverage, "restore", lambda *_: None)


def _change_point(change: Callable[[TrainingState], TrainingState]) -> Callable[[pytest.MonkeyPatch], None]:
    def spoil(monkeypatch: pytest.MonkeyPatch) -> None:
        class Spoiled(trainer.Trainer):
            def __init__(self, experiment, dataset, resume=None, **options):  # type: ignore[no-untyped-def]
                point = None if resume is None else ResumePoint(resume.weights, change(resume.state))
                super().__init__(experiment, dataset, point, **options)

        monkeypatch.setattr(trainer, "Trainer", Spoiled)

    return spoil


def _shuffle_from_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    real = BatchSource.shuffled

    def anew(source: BatchSource, batch_size: int, *, seed: int, epoch: int, skip: int = 0) -> Iterator[object]:
        return real(source, batch_size, seed=seed + bool(skip), epoch=epoch, skip=skip)

    monkeypatch.setattr(BatchSource, "shuffled", anew)


def _round_moments(monkeypatch: pytest.MonkeyPatch) -> None:
    real = training_file.content_of

    def rounded(state: TrainingState) -> bytes:
        optimizers = {
            name: {
                parameter: dataclasses.replace(adam, exp_avg=adam.exp_avg.astype("float16").astype("float32"))
                for parameter, adam in parameters.items()
            }
            for name, parameters in state.optimizers.items()
        }
        return real(dataclasses.replace(state, optimizers=optimizers))

    monkeypatch.setattr("vae_explorer.runs.saving.content_of", rounded)


@pytest.mark.parametrize(
    "spoil",
    [
        _keep_noise,
        _forget_optimizers,
        _forget_mean,
        _shuffle_from_the_start,
        _round_moments,
        _change_point(lambda state: dataclasses.replace(state, records=max(0, state.records - 1))),
        _change_point(lambda state: dataclasses.replace(state, tests=0)),
    ],
    ids=["noise", "optimisers", "mean", "order", "rounding", "records", "tests"],
)
def test_that_whatever_isnt_put_back_is_noticed(
    spoil: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    point = resuming.Point("vae", VARIANTS[0], 10, killed=False)
    monkeypatch.setattr(resuming, "choose_points", lambda *_: [point])
    spoil(monkeypatch)
    (failure,) = resuming.prove(["vae"], 1, SEED).failures
    assert failure.startswith("vae (float32), stopped after step 10: ")


def test_that_the_report_is_one_object_and_a_failure_is_its_exit_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(resuming, "POINTS", 1)
    assert resuming.main(["--json", "--family", "vae"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["total"], told["notices"], told["failures"]) == (1, 3, [])
    monkeypatch.setattr(resuming.Proof, "try_point", lambda *_: "the weights differ")
    assert resuming.main(["--family", "vae"]) == 1
    assert "FAILED vae" in capsys.readouterr().out
