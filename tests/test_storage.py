"""A file is written whole or not at all, whichever call fails."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from vae_explorer.errors import StorageError
from vae_explorer.storage import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

OLD = b"the old file"
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes, permission bits or links for everybody")
STEPS = ("open", "write", "fsync", "close", "replace", "chmod")


def failing(step: str, code: int, after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a call of the operating system fail from its `after`-th time on, having done what a real one would."""
    real: Callable[..., object] = getattr(os, step)
    calls = 0

    def fail(*arguments: object, **named: object) -> object:
        nonlocal calls
        calls += 1
        if calls <= after:
            return real(*arguments, **named)
        if step == "close":
            real(*arguments, **named)
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, step, fail)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "grid.png"
    path.write_bytes(OLD)
    return path


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS])
@pytest.mark.parametrize("step", STEPS)
def test_that_the_old_file_stays_whole_when_a_step_fails(
    step: str, code: int, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        failing(step, code, 0, patch)
        with pytest.raises(StorageError, match=r"grid\.png can't be written: "):
            write_atomically(target, [b"new", b"file"])
    assert target.read_bytes() == OLD
    assert [path.name for path in target.parent.iterdir()] == ["grid.png"]


def test_that_a_disk_that_fills_up_midway_leaves_the_old_file_and_says_so(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        failing("write", errno.ENOSPC, 2, patch)
        with pytest.raises(StorageError, match="disk is full"):
            write_atomically(target, [b"a", b"b", b"c"])
    assert target.read_bytes() == OLD


def test_that_a_write_which_takes_only_a_part_is_continued(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda descriptor, data: real(descriptor, bytes(data)[:3]))
        write_atomically(target, [b"abcdefgh", b"ij"])
    assert target.read_bytes() == b"abcdefghij"


def test_that_a_write_which_takes_nothing_is_an_error_and_no_endless_loop(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda descriptor, data: 0)
        with pytest.raises(StorageError):
            write_atomically(target, [b"abc"])
    assert target.read_bytes() == OLD


def test_that_the_new_file_is_whole_when_only_its_folder_can_not_be_synced(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        failing("fsync", errno.EIO, 1, patch)
        with pytest.raises(StorageError, match="disk reports an error"):
            write_atomically(target, [b"new"])
    assert target.read_bytes() == b"new"


def test_that_a_file_system_which_can_notsync_folders_is_no_error(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        failing("fsync", errno.EINVAL, 1, patch)
        write_atomically(target, [b"new"])
    assert target.read_bytes() == b"new"


@pytest.mark.parametrize("problem", [KeyboardInterrupt, ZeroDivisionError])
def test_that_content_which_can_not_be_made_leaves_the_old_file(problem: type[BaseException], target: Path) -> None:
    def content() -> Iterator[bytes]:
        yield b"new"
        raise problem

    with pytest.raises(problem):
        write_atomically(target, content())
    assert target.read_bytes() == OLD
    assert len(list(target.parent.iterdir())) == 1


def test_that_a_failure_leaves_no_file_where_there_was_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        failing("fsync", errno.EIO, 0, patch)
        with pytest.raises(StorageError):
            write_atomically(tmp_path / "new.png", [b"new"])
    assert list(tmp_path.iterdir()) == []


def test_that_every_descriptor_is_closed_after_a_failure(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[int] = []
    closed: list[int] = []
    real_open, real_close = os.open, os.close

    def note_open(path: Path, flags: int, mode: int = 0o777) -> int:
        opened.append(real_open(path, flags, mode))
        return opened[-1]

    def note_close(descriptor: int) -> None:
        closed.append(descriptor)
        real_close(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", note_open)
        patch.setattr(os, "close", note_close)
        failing("fsync", errno.EIO, 0, patch)
        with pytest.raises(StorageError):
            write_atomically(target, [b"new"])
    assert opened == closed
    assert len(opened) == 1


@posix
def test_that_a_link_is_followed_and_stays_a_link(target: Path) -> None:
    link = target.parent / "link.png"
    link.symlink_to(target.name)
    write_atomically(link, [b"new"])
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


@posix
def test_that_a_replaced_file_keeps_its_permissions(target: Path) -> None:
    target.chmod(0o640)
    write_atomically(target, [b"new"])
    assert target.stat().st_mode & 0o777 == 0o640


def test_that_a_name_of_greatest_length_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 251 + ".png")
    assert write_atomically(path, [b"new"]).read_bytes() == b"new"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing/grid.png", "folder doesn't exist"),
        ("folder", "it is a folder"),
        pytest.param("pipe", "ordinary file", marks=posix),
        ("file/grid.png", "is a file"),
        ("x" * 300 + ".png", "too long"),
        ("nul\0.png", "null"),
    ],
)
def test_that_a_place_that_can_not_hold_a_file_is_refused_in_one_line(name: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(OLD)
    if name == "pipe":
        os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StorageError, match=reason) as caught:
        write_atomically(tmp_path / name, [b"new"])
    assert "\n" not in str(caught.value)
    assert str(caught.value).isprintable()
