"""Finding data by name or path, and the promises of every reader."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.data.writers import load_path, noise, write_idx_pair
from vae_explorer.data.assembly import Found, assemble
from vae_explorer.data.catalogue import READERS, SOURCES, file_suffixes, load
from vae_explorer.data.limits import Limits, byte_size
from vae_explorer.data.reader import Reader, Report
from vae_explorer.errors import DataError
from vae_explorer.sections import DataConfig

if TYPE_CHECKING:
    from vae_explorer.data.dataset import ImageDataset


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "data.source is empty"),
        ("  ", "data.source is empty"),
        ("mnits-10k", "did you mean 'mnist-10k'"),
        ("mnist10k", "did you mean 'mnist-10k'"),
        ("elsewhere", "known are mnist-10k, shapes-blob, shapes-bar"),
        ("no/such/file.npy", "There is no file or folder “no/such/file.npy”"),
        ("nul\0byte.npy", "can't be read"),
        ("x" * 5000, "can't be read"),
        ("~nobody-of-this-name/x.npy", "can't be read"),
        ("/dev/zero", "/dev/zero is a device"),
        ("<b>/x\ny.npy", "There is no file or folder “<b>/x\\ny.npy”"),
    ],
)
def test_that_a_source_that_is_not_there_is_told_in_one_line(source: str, reason: str) -> None:
    with pytest.raises(DataError, match=re.escape(reason)) as refusal:
        load(DataConfig(source=source))
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 300


def test_that_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    for name in ("pipe", "pipe.npy", "pipe.npz", "images-idx3-ubyte"):
        os.mkfifo(tmp_path / name)
        with pytest.raises(DataError, match="is a pipe"):
            load_path(tmp_path / name)


def test_that_a_loop_of_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loop.npy").symlink_to(tmp_path / "loop.npy")
    with pytest.raises(DataError, match=r"loop\.npy can't be read"):
        load_path(tmp_path / "loop.npy")


def test_that_a_link_that_the_user_names_is_followed(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", noise(4, 8, 8))
    (tmp_path / "link.npy").symlink_to(tmp_path / "x.npy")
    assert len(load_path(tmp_path / "link.npy")) == 4


@pytest.mark.parametrize("name", ["table.csv", "model.pt", "archive.tar.gz", "data.zip", "noending"])
def test_that_an_unknown_format_is_refused_with_the_known_ones(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x80\x04K\x01.")
    with pytest.raises(DataError, match=r"no known format: choose one of .*Folder of pictures, NumPy array"):
        load_path(tmp_path / name)


def test_that_a_single_picture_leads_to_its_folder(tmp_path: Path) -> None:
    (tmp_path / "face.JPG").write_bytes(b"")
    with pytest.raises(DataError, match="single picture: open the folder"):
        load_path(tmp_path / "face.JPG")


def test_that_the_content_tells_the_format_where_the_name_does_not(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", noise(4, 8, 8))
    np.savez(tmp_path / "x.npz", x=noise(4, 8, 8))
    for suffix in ("npy", "npz"):
        (tmp_path / f"x.{suffix}").rename(tmp_path / f"{suffix}.data")
        assert len(load_path(tmp_path / f"{suffix}.data")) == 4


def test_that_paths_may_be_relative_or_begin_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(tmp_path / "x.npy", noise(4, 8, 8))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load(DataConfig(source="x.npy")).name == load(DataConfig(source="~/x.npy")).name == "x.npy"


def test_that_the_folder_one_stands_in_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_idx_pair(tmp_path, "", 4)
    monkeypatch.chdir(tmp_path)
    assert load(DataConfig(source=".")).name == tmp_path.name


def test_that_a_format_is_added_by_one_entry(tmp_path: Path) -> None:
    def read(path: Path, config: DataConfig, limits: Limits, report: Report) -> ImageDataset:
        limits.check_images(path.name, 4)
        report("Read")
        return assemble(Found(where=path.name, name=path.name, images=noise(4, 1, 8, 8)), config)

    (tmp_path / "a.raw").write_bytes(b"")
    with READERS.added(Reader("raw", "Raw bytes", (".raw",), lambda path: path.suffix == ".raw", read)):
        assert ".raw" in file_suffixes()
        assert len(load_path(tmp_path / "a.raw")) == 4
    assert ".raw" not in file_suffixes()


def test_that_loading_reports_and_can_be_cancelled_by_the_report(tmp_path: Path) -> None:
    class CancelledError(Exception):
        pass

    def cancel(text: str) -> None:
        raise CancelledError(text)

    np.save(tmp_path / "x.npy", noise(40, 8, 8))
    texts: list[str] = []
    load(DataConfig(source=str(tmp_path / "x.npy")), progress=texts.append)
    assert texts[-1] == "Read 40 of 40 images"
    here = [source.name for source in SOURCES if source.download is None]
    for source in (*here, str(tmp_path / "x.npy")):
        with pytest.raises(CancelledError):
            load(DataConfig(source=source), progress=cancel)


def test_that_a_set_too_large_for_the_memory_says_how_much_it_would_need(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", noise(40, 8, 8) / np.float32(255))
    with pytest.raises(DataError, match=r"x\.npy would need 2\.5 KiB of memory for its images, more than the 2\.0 KiB"):
        load(DataConfig(source=str(tmp_path / "x.npy")), limits=Limits(memory_bytes=2000))


def test_that_an_unreadable_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(tmp_path / "x.npy", noise(40, 8, 8))

    def refuse(*_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("vae_explorer.data.files.os.open", refuse)
    with pytest.raises(DataError, match=r"x\.npy can't be read \(Permission denied\)"):
        load_path(tmp_path / "x.npy")


def test_that_sizes_are_written_as_people_say_them() -> None:
    assert [byte_size(n) for n in (0, 1023, 1024, (1 << 20) - 1, 47 << 20, 3 << 30, 1 << 59, 1 << 63, 1 << 200)] == [
        "0 bytes",
        "1023 bytes",
        "1.0 KiB",
        "1.0 MiB",
        "47.0 MiB",
        "3.0 GiB",
        "512.0 PiB",
        "more than 1,000 PiB",
        "more than 1,000 PiB",
    ]


def test_that_loading_digits_imports_neither_torch_nor_pillow() -> None:
    program = (
        "import sys; from vae_explorer.sections import DataConfig; from vae_explorer.data.catalogue import load; "
        "load(DataConfig()); sys.exit(int(any(name in sys.modules for name in ('torch', 'PIL', 'PySide6'))))"
    )
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", program], cwd=root, check=False, timeout=60).returncode == 0
