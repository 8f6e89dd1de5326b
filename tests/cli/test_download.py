"""Published data sets are got from the command line, and everything about them is said there."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.commands import SMALL, call
from tests.loopback import Loopback, Request, cut_after, flip, offer_drawings, say, stall_after, trusted
from vae_explorer.data.catalogue import SOURCES
from vae_explorer.data.download_folder import bytes_here
from vae_explorer.data.downloadable import TRAIN_IMAGES, Downloadable

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def loopback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """A server that offers the data set ``drawings``."""
    with trusted(tmp_path, monkeypatch) as made, SOURCES.added(offer_drawings(made)):
        yield made


def drawings() -> Downloadable:
    wanted = SOURCES.get("drawings").download
    assert wanted is not None
    return wanted


def test_that_a_set_is_downloaded_and_trained_on(loopback: Loopback, tmp_path: Path, capsys: Capture) -> None:
    answer = call(capsys, "download", "drawings")
    assert answer.status == 0
    assert f"Drawings is here: {tmp_path / 'data' / 'drawings'}" in answer.out
    assert "Drawings by somebody, MIT licence." in answer.out
    assert "Train on it with: vae-explorer train --data drawings" in answer.out
    assert answer.err.startswith("Drawings: ")
    assert " from Somebody, MIT" in answer.err
    assert call(capsys, "train", "--data", "drawings", *SMALL, "--out", tmp_path / "run").status == 0
    header = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert "drawings" in json.dumps(header)


def test_that_the_answer_is_one_json_object_when_asked_for(loopback: Loopback, capsys: Capture) -> None:
    told = json.loads(call(capsys, "download", "drawings", "--json").out)["downloaded"]
    assert [each["name"] for each in told] == ["drawings"]
    assert all(Path(name).is_file() for name in told[0]["files"])
    assert (told[0]["licence"], told[0]["bytes"]) == ("MIT", drawings().size)


def test_that_a_set_that_is_missing_is_told_in_one_line_with_the_way_to_get_it(
    loopback: Loopback, tmp_path: Path, capsys: Capture
) -> None:
    answer = call(capsys, "train", "--data", "drawings", "--out", tmp_path / "run")
    assert "Drawings isn't on this computer yet" in answer.complaint
    assert "get it with vae-explorer download drawings" in answer.complaint
    assert loopback.seen == []
    assert not (tmp_path / "run").exists()


def test_that_the_list_says_what_is_here_and_what_the_rest_would_take(loopback: Loopback, capsys: Capture) -> None:
    def row() -> str:
        lines = call(capsys, "data", "list").out.splitlines()
        return next(line for line in lines if line.startswith("drawings "))

    def facts() -> dict[str, object]:
        listed = json.loads(call(capsys, "data", "list", "--json").out)["data"]
        found = next(each for each in listed if each["name"] == "drawings")
        assert isinstance(found, dict)
        return found

    assert row().endswith(" KiB to download, MIT")
    assert facts()["here"] is False
    assert loopback.seen == []
    call(capsys, "download", "drawings")
    assert row().endswith("downloaded, MIT")
    assert facts()["here"] is True
    assert facts()["folder"]


def test_that_a_failed_download_ends_with_status_one_and_the_way_by_hand(loopback: Loopback, capsys: Capture) -> None:
    loopback.always = say(404)
    answer = call(capsys, "download", "drawings")
    assert answer.status == 1
    assert answer.out == ""
    complaint = answer.err.splitlines()[-1]
    assert complaint.startswith("vae-explorer: Drawings wasn't downloaded, because no place gives it")
    assert "By hand: get train-images-idx3-ubyte.gz, " in complaint
    assert "Traceback" not in answer.err


def test_that_a_file_of_another_content_is_never_trained_on(loopback: Loopback, capsys: Capture) -> None:
    loopback.always = flip
    assert call(capsys, "download", "drawings").status == 1
    assert "isn't on this computer yet" in call(capsys, "train", "--data", "drawings").complaint


def test_that_a_damaged_file_is_told_and_got_anew(loopback: Loopback, tmp_path: Path, capsys: Capture) -> None:
    call(capsys, "download", "drawings")
    path = tmp_path / "data" / "drawings" / TRAIN_IMAGES
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content)
    complaint = call(capsys, "data", "show", "drawings").complaint
    assert f"{path} is damaged or another file than the published one" in complaint
    assert "isn't on this computer yet" in call(capsys, "data", "show", "drawings").complaint
    assert call(capsys, "download", "drawings").status == 0
    assert call(capsys, "data", "show", "drawings").status == 0


def test_that_control_c_keeps_what_has_arrived(loopback: Loopback, capsys: Capture) -> None:
    stall = stall_after(20_000)

    def act(request: Request) -> None:
        threading.Thread(target=interrupt).start()
        stall(request)

    def interrupt() -> None:
        while bytes_here(drawings()) < 20_000:
            loopback.released.wait(0.005)
        os.kill(os.getpid(), signal.SIGINT)

    loopback.acts = [act]
    answer = call(capsys, "download", "drawings")
    assert answer.status == 130
    assert "interrupted; 19.5 KiB of " in answer.err
    assert "are kept, and vae-explorer download drawings goes on there" in answer.err
    assert call(capsys, "download", "drawings").status == 0
    assert loopback.seen[1][1]["Range"] == "bytes=20000-"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("ring",), "The data set ring needs no download; those that can be downloaded are mnist, "),
        (("drawing",), "did you mean 'drawings'"),
        ((), "NAME"),
    ],
)
def test_that_a_name_that_makes_no_sense_is_refused(
    loopback: Loopback, capsys: Capture, words: tuple[str, ...], reason: str
) -> None:
    assert reason in call(capsys, "download", *words).complaint
    assert loopback.seen == []


def test_that_a_terminal_gets_a_bar_of_bytes(
    loopback: Loopback, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    loopback.acts = [cut_after(20_000)]
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    answer = call(capsys, "download", "drawings")
    assert answer.status == 0
    assert "B/s" in answer.err


def test_that_a_log_gets_a_line_now_and_then(
    loopback: Loopback, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vae_explorer.cli.download._SECONDS_BETWEEN_LINES", 0.0)
    assert f" of {drawings().size / 1024:.1f} KiB" in call(capsys, "download", "drawings").err
