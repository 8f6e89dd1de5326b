"""Layers are computed in workers: coarse first, the latest view first, and nothing twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QObject, Slot

from tests.app.fake_backends import FakeBackend
from tests.app.fake_models import FakeModel
from tests.training.tiny import tiny_dataset, tiny_experiment
from vae_explorer.app.layer_readings import LayerReading, LayerReadings
from vae_explorer.app.layer_source import layer_source
from vae_explorer.app.layer_subject import LayerSubject
from vae_explorer.app.plane_layers import LayerMap, LayerRequest, LayerService
from vae_explorer.app.standard_backend import StandardBackend
from vae_explorer.errors import CapabilityError
from vae_explorer.latent.lattice import FieldValues
from vae_explorer.latent.layers import find_layer
from vae_explorer.latent.measures import Stopped
from vae_explorer.runs.folder import open_run
from vae_explorer.runs.recording import train
from vae_explorer.training.control import Control

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

    from vae_explorer.app.jobs import Job
    from vae_explorer.latent.lattice import Corners, Field


class Bench(QObject):
    """A service with a field that counts its points, and can be made to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.backend = FakeBackend()
        self.backend.layer_field = self.field  # type: ignore[method-assign]
        self.prepared = 0
        self.points: list[int] = []
        self.gate = threading.Event()
        self.gate.set()
        self.preparing = threading.Event()
        self.jobs: list[Job] = []
        self.maps: list[LayerMap] = []
        self.ended: list[LayerRequest] = []
        self.failures: list[str] = []
        self.service = LayerService(self.backend, self.jobs.append, lambda: False, self)
        self.service.found.connect(self._take)
        self.service.ended.connect(self._end)
        self.service.failed.connect(self._fail)

    def field(self, name: str, subject: LayerSubject, cancelled: Callable[[], bool]) -> Field:
        self.prepared += 1
        self.preparing.set()
        while name == "exact":
            if cancelled():
                raise Stopped
            time.sleep(0.001)
        if name == "disagreement":
            raise CapabilityError("This needs weights of two moments at least.")

        def values(z: NDArray[np.float64], _cell: tuple[float, float]) -> FieldValues:
            self.gate.wait(5)
            self.points.append(len(z))
            return FieldValues(z[:, 0], (z[:, 0] > 0).astype(np.intp) if name == "regions" else None)

        return values

    def ask(
        self,
        subject: LayerSubject,
        *,
        key: str = "a",
        name: str = "round-trip",
        corners: Corners = (-2.0, -2.0, 2.0, 2.0),
        budget: float = 4.0,
        at_once: bool = False,
    ) -> LayerRequest:
        request = LayerRequest(key, name, subject, corners, (0, 2, 3), budget, at_once)
        self.service.ask(request)
        return request

    @Slot(object)
    def _take(self, found: LayerMap) -> None:
        self.maps.append(found)

    @Slot(object)
    def _end(self, request: LayerRequest) -> None:
        self.ended.append(request)

    @Slot(object, str, str)
    def _fail(self, _request: LayerRequest, message: str, _details: str) -> None:
        self.failures.append(message)


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    made = Bench()
    yield made
    made.gate.set()
    for job in made.jobs:
        job.cancel()
        assert job.wait(5000)
    qtbot.waitUntil(lambda: not made.service._jobs)


def wanted() -> bool:
    return False


def reached(qtbot: QtBot, what: Callable[[], bool]) -> None:
    qtbot.waitUntil(what)


def test_that_maps_arrive_from_coarse_to_fine(bench: Bench, qtbot: QtBot) -> None:
    request = bench.ask(LayerSubject(FakeModel()))
    reached(qtbot, lambda: bench.ended == [request])
    assert [len(found.patches) for found in bench.maps] == [1, 2, 3]
    assert [patch.lattice.level for patch in bench.maps[-1].patches] == [0, 2, 3]


def test_that_a_view_that_moved_computes_only_what_is_new(bench: Bench, qtbot: QtBot) -> None:
    subject = LayerSubject(FakeModel())
    first = bench.ask(subject)
    reached(qtbot, lambda: bench.ended == [first])
    bench.points.clear()
    bench.ask(subject, corners=(-1.0, -2.0, 3.0, 2.0))
    reached(qtbot, lambda: len(bench.ended) == 2)
    assert sum(bench.points) == 4 * (1 + 16 + 64)
    assert bench.prepared == 1


def test_that_an_outdated_request_ends_after_its_coarsest_map(bench: Bench, qtbot: QtBot) -> None:
    bench.gate.clear()
    subject = LayerSubject(FakeModel())
    first = bench.ask(subject)
    second = bench.ask(subject, corners=(0.0, 0.0, 4.0, 4.0))
    last = bench.ask(subject, corners=(1.0, 0.0, 5.0, 4.0))
    bench.gate.set()
    reached(qtbot, lambda: last in bench.ended)
    assert first in bench.ended
    assert second not in bench.ended
    assert [found.request for found in bench.maps].count(first) == 1
    assert bench.maps[-1].request is last


def test_that_new_weights_arrive_as_a_whole(bench: Bench, qtbot: QtBot) -> None:
    request = bench.ask(LayerSubject(FakeModel()), at_once=True)
    reached(qtbot, lambda: bench.ended == [request])
    assert [[patch.lattice.level for patch in found.patches] for found in bench.maps] == [[0, 3]]


def test_that_regions_whose_cells_cost_too_much_get_fine_borders(
    bench: Bench, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vae_explorer.latent.lattice.thread_time", lambda: sum(bench.points) / 1000)
    request = bench.ask(LayerSubject(FakeModel()), name="regions", budget=0.5)
    reached(qtbot, lambda: bench.ended == [request])
    assert [patch.lattice.level for patch in bench.maps[-1].patches] == [0, 2, 3]
    assert sum(bench.points) < 16 + 256 + 500, "the 1024 cells of the finest level cost a millisecond each"


def test_that_a_small_budget_keeps_the_cells_coarse(bench: Bench, qtbot: QtBot) -> None:
    request = bench.ask(LayerSubject(FakeModel()), corners=(-20.0, -20.0, 20.0, 20.0), budget=0.0)
    reached(qtbot, lambda: bench.ended == [request])
    assert [len(found.patches) for found in bench.maps] == [1]


def test_that_nothing_arrives_of_what_was_cancelled(bench: Bench, qtbot: QtBot) -> None:
    bench.gate.clear()
    bench.ask(LayerSubject(FakeModel()))
    bench.service.cancel("a")
    bench.gate.set()
    reached(qtbot, lambda: len(bench.ended) == 1)
    assert bench.maps == []


def test_that_nothing_arrives_that_was_on_its_way_when_it_was_cancelled(bench: Bench, qtbot: QtBot) -> None:
    bench.ask(LayerSubject(FakeModel()))
    assert bench.jobs[0].wait(5000)
    assert bench.points
    bench.service.cancel("a")
    reached(qtbot, lambda: len(bench.ended) == 1)
    assert bench.maps == []


def test_that_preparing_ends_when_it_is_cancelled(bench: Bench, qtbot: QtBot) -> None:
    bench.ask(LayerSubject(FakeModel()), name="exact")
    reached(qtbot, bench.preparing.is_set)
    bench.service.cancel("a")
    reached(qtbot, lambda: len(bench.ended) == 1)
    assert bench.failures == []


def test_that_layers_of_other_keys_do_not_wait_for_each_other(bench: Bench, qtbot: QtBot) -> None:
    subject = LayerSubject(FakeModel())
    bench.ask(subject)
    bench.ask(subject, key="b")
    reached(qtbot, lambda: len(bench.ended) == 2)
    assert bench.prepared == 2


def test_that_a_layer_that_cannot_be_prepared_says_why(bench: Bench, qtbot: QtBot) -> None:
    bench.ask(LayerSubject(FakeModel()), name="disagreement")
    reached(qtbot, lambda: len(bench.failures) == 1)
    assert "two moments" in bench.failures[0]


def test_that_readings_come_from_the_layers_that_are_offered() -> None:
    readings = LayerReadings()
    readings.offer("a", lambda z: LayerReading("Doubt", f"{z[0]:.1f}", "grey levels"))
    readings.offer("b", lambda _z: None)
    assert [reading.words for reading in readings.at((0.5, 0.0))] == ["Doubt 0.5 grey levels"]
    readings.offer("a", None)
    assert readings.at((0.5, 0.0)) == ()


def test_that_the_late_moments_of_a_run_are_asked_whether_they_agree(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    train(tiny_experiment(), tiny_dataset(), folder, on_event=lambda _event: None, control=Control())
    model = open_run(folder).load_model()
    layer = find_layer("disagreement")
    source = layer_source(layer, LayerSubject(model, run=folder), wanted)
    steps = [moment.step for moment in source.moments]
    assert len(steps) == 5
    assert steps == sorted(set(steps))
    assert steps[-1] == model.step
    field = StandardBackend().layer_field("disagreement", LayerSubject(model, run=folder), wanted)
    assert field(np.zeros((1, 2)), (1.0, 1.0)).values[0] > 0
    with pytest.raises(CapabilityError, match="two moments"):
        StandardBackend().layer_field("disagreement", LayerSubject(model), wanted)


def test_that_a_layer_of_a_stand_in_says_that_it_has_no_network() -> None:
    with pytest.raises(CapabilityError, match="no"):
        layer_source(find_layer("magnification"), LayerSubject(FakeModel()), wanted)
