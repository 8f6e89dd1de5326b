"""Published files come whole or not at all, once, and to a disk that may be full."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.data.getting import CONTENT, LARGE, SMALL, EnoughError, contents, get, ranges, refusal
from tests.loopback import (
    Loopback,
    stall_after,
)
from vae_explorer.data.download_folder import bytes_here, data_folder, folder_of, is_here
from vae_explorer.data.download_meter import DownloadProgress


def test_that_all_files_come_whole_and_nothing_else_is_left(loopback: Loopback) -> None:
    wanted = loopback.wanted()
    told: list[DownloadProgress] = []
    assert not is_here(wanted)
    assert get(wanted, progress=told.append) == data_folder() / "drawings"
    assert is_here(wanted)
    assert contents(wanted) == CONTENT
    assert (told[0].done, told[-1].done, told[-1].total) == (0, 400_009, 400_009)
    assert [each.done for each in told] == sorted(each.done for each in told)


def test_that_what_is_there_is_not_asked_for_again(loopback: Loopback) -> None:
    wanted = loopback.wanted()
    get(wanted)
    loopback.seen.clear()
    get(wanted)
    assert loopback.seen == []


def test_that_a_damaged_file_is_found_by_its_hash_and_got_anew(loopback: Loopback) -> None:
    wanted = loopback.wanted()
    get(wanted)
    path = folder_of(wanted) / LARGE
    path.write_bytes(b"x" * 400_000)
    get(wanted)
    assert contents(wanted) == CONTENT


def test_that_what_a_killed_process_left_behind_is_swept(loopback: Loopback) -> None:
    wanted = loopback.wanted()
    folder_of(wanted).mkdir(parents=True)
    (folder_of(wanted) / "tmp_ab12xyz").write_bytes(b"half")
    (folder_of(wanted) / f"{LARGE}.damaged").write_bytes(b"bad")
    (folder_of(wanted) / "tmp-of-mine").write_bytes(b"kept")
    get(wanted)
    assert set(contents(wanted)) == {LARGE, SMALL, "tmp-of-mine"}


def test_that_files_put_there_by_hand_are_taken_without_a_request(loopback: Loopback) -> None:
    wanted = loopback.wanted()
    folder_of(wanted).mkdir(parents=True)
    for name, content in CONTENT.items():
        (folder_of(wanted) / name).write_bytes(content)
    assert is_here(wanted)
    get(wanted)
    assert loopback.seen == []


def test_that_two_windows_take_turns(loopback: Loopback) -> None:
    wanted = loopback.wanted()
    loopback.acts = [stall_after(100_000)]
    waiting = threading.Event()

    def check() -> None:
        if waiting.is_set():
            raise EnoughError

    def first() -> None:
        with pytest.raises(EnoughError):
            get(wanted, check=check)

    def notice(progress: DownloadProgress) -> None:
        if progress.waiting:
            assert progress.words == "another window is getting it; waiting for that"
            waiting.set()

    thread = threading.Thread(target=first)
    thread.start()
    while bytes_here(wanted) < 100_000:
        waiting.wait(0.01)
    get(wanted, progress=notice)
    thread.join()
    assert waiting.is_set()
    assert contents(wanted) == CONTENT


def test_that_too_little_room_is_told_before_anything_is_asked_for(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    text = refusal(loopback.wanted())
    assert "needs 390.6 KiB more in" in text
    assert "where 1000 bytes are free" in text
    assert loopback.seen == []


def test_that_a_disk_that_fills_up_is_told_and_the_part_goes_on_later(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = loopback.wanted()
    genuine = os.write

    def full(descriptor: int, piece: memoryview) -> int:
        if bytes_here(wanted) >= 200_000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return genuine(descriptor, piece[:50_000])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        text = refusal(wanted)
    assert "No space left on device" in text
    assert "what has arrived is kept for the next try" in text
    held = bytes_here(wanted)
    assert 200_000 <= held < 400_000
    get(wanted)
    assert ranges(loopback)[-1] == f"bytes={held}-"
    assert contents(wanted) == CONTENT


def test_that_a_disk_that_takes_nothing_is_told(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda descriptor, piece: genuine(descriptor, piece) if len(piece) < 200 else 0)
        text = refusal(loopback.wanted())
    assert "can't be kept in" in text


def test_that_a_folder_that_can_not_be_made_is_told(loopback: Loopback, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"")
    assert "can't be kept in" in refusal(loopback.wanted())


def test_that_a_folder_in_the_place_of_a_file_is_told(loopback: Loopback) -> None:
    wanted = loopback.wanted()
    (folder_of(wanted) / LARGE).mkdir(parents=True)
    assert f"{folder_of(wanted) / LARGE} isn't a file: move it out of the way" in refusal(wanted)
