"""Requests to the decoding thread: numbered, the latest wins, the urgent first."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.app.fake_models import BrokenModel, FakeModel, HeldModel, tiny_images
from vae_explorer.app.decode_service import DecodeFailure, DecodeReply, DecodeService, EncodeReply, Priority

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot


@pytest.fixture
def service(qtbot: QtBot) -> Iterator[DecodeService]:
    made = DecodeService(lambda: None)
    made.start()
    yield made
    made.stop()
    assert made.wait(2000)


@pytest.fixture
def replies(service: DecodeService) -> list[DecodeReply]:
    kept: list[DecodeReply] = []
    service.decoded.connect(kept.append)
    return kept


def points(count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.linspace(-1, 1, 2 * count, dtype=np.float32).reshape(count, 2)


def test_that_a_reply_repeats_key_number_and_points(
    service: DecodeService, replies: list[DecodeReply], qtbot: QtBot
) -> None:
    service.set_model(FakeModel(step=5))
    number = service.request("pin", [(1.0, 0.0)])  # type: ignore[arg-type]
    qtbot.waitUntil(lambda: len(replies) == 1)
    reply = replies[0]
    assert (reply.key, reply.number, reply.step) == ("pin", number, 5)
    assert reply.z.tolist() == [[1.0, 0.0]]
    assert reply.images.shape == (1, 1, 8, 8)
    assert reply.images[0, 0, 0, 0] == 160


def test_that_only_the_newest_waiting_request_of_a_key_is_answered(
    service: DecodeService, replies: list[DecodeReply], qtbot: QtBot
) -> None:
    model = HeldModel()
    service.set_model(model)
    numbers = [service.request("drag", points(1), priority=Priority.PIN)]
    assert model.asked.wait(30.0)
    numbers += [service.request("drag", points(1), priority=Priority.PIN) for _ in range(50)]
    model.let_go.set()
    qtbot.waitUntil(lambda: bool(replies) and replies[-1].number == numbers[-1])
    assert {reply.number for reply in replies} <= {numbers[0], numbers[-1]}


def test_that_a_click_is_answered_before_tiles_that_were_asked_for_earlier(
    service: DecodeService, replies: list[DecodeReply], qtbot: QtBot
) -> None:
    model = HeldModel(seconds_a_point=0.0001)
    service.set_model(model)
    service.request("tiles", points(400), priority=Priority.TILES)
    assert model.asked.wait(30.0)
    service.request("pin", points(1), priority=Priority.PIN)
    model.let_go.set()
    qtbot.waitUntil(lambda: len(replies) == 2)
    assert [reply.key for reply in replies] == ["pin", "tiles"]
    assert len(replies[1].images) == 400


def test_that_a_large_request_is_worked_off_in_pieces_and_comes_back_whole(
    service: DecodeService, replies: list[DecodeReply], qtbot: QtBot
) -> None:
    model = FakeModel(seconds_a_point=0.0005)
    service.set_model(model)
    z = points(200)
    service.request("tiles", z)
    qtbot.waitUntil(lambda: len(replies) == 1)
    assert len(model.decoded) > 3
    assert replies[0].images[:, 0, 0, 0].tolist() == np.clip(128 + 32 * z[:, 0], 0, 255).astype(np.uint8).tolist()


def test_that_requests_that_never_stop_coming_are_still_answered(
    service: DecodeService, replies: list[DecodeReply], qtbot: QtBot
) -> None:
    service.set_model(FakeModel(seconds_a_point=0.001))

    def asked_once_more() -> bool:
        service.request("tiles", points(60))
        return bool(replies)

    qtbot.waitUntil(asked_once_more)


def test_that_a_cancelled_request_gets_no_reply(
    service: DecodeService, replies: list[DecodeReply], qtbot: QtBot
) -> None:
    model = HeldModel(seconds_a_point=0.001)
    service.set_model(model)
    service.request("tiles", points(30))
    assert model.asked.wait(30.0)
    service.cancel("tiles")
    service.request("pin", points(1), priority=Priority.PIN)
    model.let_go.set()
    qtbot.waitUntil(lambda: len(replies) == 1)
    qtbot.wait(50)
    assert [reply.key for reply in replies] == ["pin"]


def test_that_a_reply_on_its_way_is_dropped_when_its_request_is_cancelled(
    service: DecodeService, replies: list[DecodeReply], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted = threading.Event()

    def post(item: object) -> None:
        service._posted.emit(item)
        posted.set()

    monkeypatch.setattr(service._worker, "_post", post)
    service.set_model(FakeModel())
    service.request("pin", points(1))
    # No events are processed here, so the reply waits in the queue of this thread.
    assert posted.wait(5.0)
    service.cancel("pin")
    service.request("other", points(1))
    qtbot.waitUntil(lambda: bool(replies))
    assert [reply.key for reply in replies] == ["other"]


def test_that_a_request_without_a_model_gets_no_reply(
    service: DecodeService, replies: list[DecodeReply], qtbot: QtBot
) -> None:
    service.request("early", points(1))
    service.set_model(FakeModel())
    service.request("late", points(1))
    qtbot.waitUntil(lambda: len(replies) == 1)
    assert replies[0].key == "late"


def test_that_a_decoder_that_fails_is_told_and_the_thread_goes_on(
    service: DecodeService, replies: list[DecodeReply], qtbot: QtBot
) -> None:
    failures: list[DecodeFailure] = []
    service.failed.connect(failures.append)
    service.set_model(BrokenModel())
    service.request("pin", points(1))
    qtbot.waitUntil(lambda: len(failures) == 1)
    assert "no such layer" in failures[0].message
    assert "RuntimeError" in failures[0].details
    service.set_model(FakeModel())
    service.request("pin", points(1))
    qtbot.waitUntil(lambda: len(replies) == 1)


def test_that_encodings_come_in_the_order_of_the_rows_asked_for(service: DecodeService, qtbot: QtBot) -> None:
    answers: list[EncodeReply] = []
    service.encoded.connect(answers.append)
    images = tiny_images().images
    rows = np.array([9, 0, 17])
    service.set_model(FakeModel())
    service.request_encoding("points", images, rows=rows)
    qtbot.waitUntil(lambda: len(answers) == 1)
    assert answers[0].rows.tolist() == [9, 0, 17]
    assert answers[0].mean.tolist() == [[-2.5, -2.5], [-3.5, -3.5], [-1.5, -2.5]]


def test_that_a_warm_up_that_fails_is_told(qtbot: QtBot) -> None:
    def fail() -> None:
        raise ImportError("torch is not installed")

    service = DecodeService(fail)
    with qtbot.waitSignal(service.failed) as blocker:
        service.start()
    assert "torch is not installed" in blocker.args[0].message
    service.stop()
    assert service.wait(2000)
