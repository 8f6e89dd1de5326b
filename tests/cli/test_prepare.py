"""Data of any form is written as a file that is read piece by piece, whole or not at all, and trained on."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.commands import call, start
from vae_explorer.data import writing
from vae_explorer.data.catalogue import load
from vae_explorer.data.dataset import ImageDataset
from vae_explorer.data.disk_images import DiskImages
from vae_explorer.data.limits import Limits
from vae_explorer.errors import DataError
from vae_explorer.sections import DataConfig

Capture = pytest.CaptureFixture[str]
SPOOLING = ("--set", "data.memory=1")


def assert_same(first: ImageDataset, second: ImageDataset) -> None:
    np.testing.assert_array_equal(first.images[:], second.images[:])
    np.testing.assert_array_equal(first.source_rows, second.source_rows)
    assert first.train_count == second.train_count
    assert first.class_names == second.class_names
    if first.labels is not None:
        np.testing.assert_array_equal(first.labels, second.labels)


def loaded(path: Path | str, **settings: object) -> ImageDataset:
    return load(DataConfig(source=str(path), **settings))  # type: ignore[arg-type]


def noise(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def write_pictures(folder: Path) -> Path:
    for name in ("cats", "dogs"):
        (folder / name).mkdir(parents=True)
        for number in range(5):
            Image.fromarray(noise(10 + number, 12, 3)).save(folder / name / f"{number}.png")
    (folder / "cats" / "9.png").write_bytes(b"broken")
    return folder


@pytest.mark.parametrize("name", ["mnist-10k", "shapes-bar", "ring"])
def test_that_a_named_set_keeps_its_images_classes_and_parts(name: str, tmp_path: Path, capsys: Capture) -> None:
    answer = call(capsys, "prepare", name, tmp_path / "x.npz")
    assert answer.status == 0
    assert answer.out.splitlines()[-1] == f"Train on them with: vae-explorer train --data {tmp_path / 'x.npz'}"
    assert_same(loaded(name), loaded(tmp_path / "x.npz"))
    assert loaded(name).sha256 == loaded(tmp_path / "x.npz").sha256


def test_that_a_folder_of_pictures_keeps_its_class_names(tmp_path: Path, capsys: Capture) -> None:
    folder = write_pictures(tmp_path / "pictures")
    assert call(capsys, "prepare", folder, tmp_path / "x.npz").status == 0
    prepared = loaded(tmp_path / "x.npz")
    assert prepared.class_names == ("cats", "dogs")
    assert_same(loaded(folder), prepared)


def test_that_what_memory_cannot_hold_is_prepared_through_a_file(tmp_path: Path, capsys: Capture) -> None:
    images = (noise(9000, 12, 12) / 255).astype(np.float32)
    np.savez_compressed(tmp_path / "big.npz", x=images, y=np.arange(9000) // 3000)
    refused = call(capsys, "train", "--data", tmp_path / "big.npz", *SPOOLING)
    assert "vae-explorer prepare" in refused.complaint
    assert call(capsys, "prepare", tmp_path / "big.npz", tmp_path / "x.npz", *SPOOLING).status == 0
    on_disk = loaded(tmp_path / "x.npz", memory=1)
    assert isinstance(on_disk.images, DiskImages)
    assert_same(loaded(tmp_path / "big.npz"), on_disk)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["big.npz", "x.npz"]


def test_that_sizes_and_colours_are_brought_to_what_is_asked_for(tmp_path: Path, capsys: Capture) -> None:
    np.save(tmp_path / "images.npy", noise(60, 20, 20, 3))
    settings = ("--set", "data.resize=10", "--set", "data.colour=grey", "--json")
    answer = call(capsys, "prepare", tmp_path / "images.npy", tmp_path / "x.npy", *settings)
    assert json.loads(answer.out)["shape"] == [1, 10, 10]
    assert_same(loaded(tmp_path / "images.npy", resize=10, colour="grey"), loaded(tmp_path / "x.npy"))


def test_that_an_npy_file_finds_its_labels_again(tmp_path: Path, capsys: Capture) -> None:
    np.savez(tmp_path / "x.npz", x=noise(60, 9, 9), y=np.arange(60) // 20)
    answer = call(capsys, "prepare", tmp_path / "x.npz", tmp_path / "digits.npy", "--json")
    assert json.loads(answer.out)["files"] == [str(tmp_path / "digits.npy"), str(tmp_path / "digits_labels.npy")]
    assert_same(loaded(tmp_path / "x.npz"), loaded(tmp_path / "digits.npy"))


def test_that_wrong_targets_are_refused_before_anything_is_read(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "there.npz").write_bytes(b"mine")
    np.savez(tmp_path / "own.npz", x=noise(60, 9, 9))
    for target, complaint in (
        (tmp_path / "x.zip", "let it end in .npz"),
        (tmp_path / "missing" / "x.npz", "its folder doesn't exist"),
        (tmp_path / "there.npz", "is there already"),
        (tmp_path / "x.npy", "test part of its own"),
    ):
        assert complaint in call(capsys, "prepare", "mnist-10k", target).complaint
    again = call(capsys, "prepare", tmp_path / "own.npz", tmp_path / "own.npz", "--overwrite")
    assert "is the data itself" in again.complaint
    foreign = call(capsys, "prepare", "ring", tmp_path / "x.npz", "--set", "model.hidden=3")
    assert "data.field=value" in foreign.complaint
    assert (tmp_path / "there.npz").read_bytes() == b"mine"
    assert call(capsys, "prepare", "ring", tmp_path / "there.npz", "--overwrite").status == 0
    assert len(loaded(tmp_path / "there.npz")) == len(loaded("ring"))


def test_that_a_writing_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    def give_up(share: float) -> None:
        if share > 0:
            raise KeyboardInterrupt

    dataset = load(DataConfig(source="mnist-10k"))
    for name in ("x.npz", "x.npy"):
        with pytest.raises((KeyboardInterrupt, DataError)):
            writing.save_dataset(tmp_path / name, dataset, progress=give_up)
    assert list(tmp_path.iterdir()) == []


def test_that_ctrl_c_leaves_nothing_half(tmp_path: Path) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    np.save(tmp_path / "images.npy", noise(60_000, 28, 28))
    process = start("prepare", tmp_path / "images.npy", folder / "x.npz", "--set", "data.resize=48", *SPOOLING)
    deadline = time.monotonic() + 60
    while not _is_busy(process.pid, folder) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert list(folder.iterdir()) == []


def _is_busy(process: int, folder: Path) -> bool:
    """Whether a process has a file open in a folder, with a name or without."""
    try:
        opened = [str(link.readlink()) for link in Path(f"/proc/{process}/fd").iterdir()]
    except OSError:
        return False
    return any(path.startswith(str(folder)) for path in opened)


def test_that_a_run_on_the_disk_is_trained_gone_on_with_and_measured(tmp_path: Path, capsys: Capture) -> None:
    squares = noise(18_000, 8, 8) // 4
    labels = np.arange(18_000) // 6000
    for label in range(3):
        squares[labels == label, 2 * label : 2 * label + 2] += 150
    np.savez(tmp_path / "x.npz", x=squares, y=labels)
    data = ("--data", tmp_path / "x.npz", "--set", "data.memory=1")
    small = ("--set", "model.hidden=8", "--set", "training.batch_size=1024", "--set", "training.threads=1")
    run = tmp_path / "run"
    first = call(capsys, "train", *data, *small, "--epochs", "1", "--out", run, "--json")
    assert first.status == 0, first.err
    header = json.loads((run / "run.json").read_text())
    assert header["data"]["sha256"].startswith("sampled-sha256:")
    assert call(capsys, "train", "--resume", run, "--epochs", "2").status == 0
    measured = call(capsys, "evaluate", run, "--images", "20", "--samples", "5", "--fitted", "1")
    assert measured.status == 0, measured.err
    assert "all 1,800 test images" in measured.out
    assert call(capsys, "export", "latents", run, "--out", tmp_path / "z.csv").status == 0
    table = (tmp_path / "z.csv").read_text().splitlines()
    assert sum(not line.startswith("#") for line in table) == 18_001
    other = Limits(memory_bytes=1)
    changed = load(DataConfig(source=str(tmp_path / "x.npz")), limits=other)
    assert changed.sha256 == header["data"]["sha256"]
    squares[:] = squares[::-1]
    np.savez(tmp_path / "x.npz", x=squares, y=labels)
    refused = call(capsys, "train", "--resume", run, "--epochs", "3")
    assert "aren't those that the run" in refused.complaint
