"""How fast and in how much memory images train that stay on the disk: a file as large as wished against 10,000 images.

Run it with ``python3 packaging/dev.py bench scale``. A file of digits is written, sorted by class as files often are,
and removed afterwards. Three trainings of the default network take turns, in one process and on one thread: 10,000
images in memory, the file in memory (where it fits) and the file on the disk; ratios are medians over the turns. Then
a process of its own trains on the file from the disk, with nothing of it in the system's cache where that can be
asked for, and says how much memory it took. Takes about a minute; ``--gigabytes 10`` some minutes. Nothing here
asserts a time.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vae_explorer.data.dataset import ImageDataset

SIDE = 28
SMALL = "mnist-10k"
WARM_STEPS = 40
PIECE = 50_000
RESERVE = 2 << 30
"""Bytes of the disk that stay free."""


def write_digits(path: Path, images: int) -> None:
    """Write digits of MNIST, sorted by class, as an NPY file with their labels beside."""
    import numpy as np

    from vae_explorer.data.catalogue import load
    from vae_explorer.sections import DataConfig

    small = load(DataConfig(source=SMALL))
    random = np.random.default_rng(0)
    labels = np.sort(random.integers(0, 10, images).astype(np.uint8))
    of_class = [np.flatnonzero(small.labels == label) for label in range(10)]
    np.save(path.with_name("labels.npy"), labels)
    with path.open("wb") as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": (images, SIDE, SIDE)}
        np.lib.format.write_array_header_2_0(file, header)
        for start in range(0, images, PIECE):
            part = labels[start : start + PIECE]
            rows = np.empty(len(part), dtype=np.int64)
            for label in np.unique(part):
                rows[part == label] = random.choice(of_class[label], int((part == label).sum()))
            file.write(small.images[rows].tobytes())
        file.flush()
        os.fsync(file.fileno())


def drop_from_cache(path: Path) -> bool:
    """Ask the system to forget what it holds of a file; return whether it can be asked."""
    if not hasattr(os, "posix_fadvise"):
        return False
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return True


def images_per_second(dataset: ImageDataset, source: str, steps: int) -> float:
    """Train anew for some steps and return the images a second after the first few."""
    from vae_explorer.training.control import Control
    from vae_explorer.training.events import MetricBatch, TrainingEvent, TrainingFailed
    from vae_explorer.training.experiment import Experiment
    from vae_explorer.training.trainer import Trainer

    experiment = Experiment().with_setting("data.source", source).with_setting("training.threads", "1")
    control, times = Control(), dict[int, float]()

    def hear(event: TrainingEvent) -> None:
        if isinstance(event, TrainingFailed):
            raise RuntimeError(event.message)
        if isinstance(event, MetricBatch):
            times.update((record.step, record.seconds) for record in event.records if record.split == "train")
            if times and max(times) >= steps + WARM_STEPS:
                control.stop()

    Trainer(experiment, dataset).run(on_event=hear, control=control)
    first = min(step for step in times if step >= WARM_STEPS)
    last = max(times)
    return (last - first) * experiment.training.batch_size / (times[last] - times[first])


def compare(path: Path, turns: int, steps: int, in_memory: bool) -> dict[str, float]:
    """Return images a second of each way, and the ratios to 10,000 images."""
    from vae_explorer.data.catalogue import load
    from vae_explorer.sections import DataConfig

    sets = {"small": (load(DataConfig(source=SMALL)), SMALL)}
    began = time.perf_counter()
    sets["disk"] = (load(DataConfig(source=str(path), memory=1)), str(path))
    figures = {"open_on_disk_s": time.perf_counter() - began}
    if in_memory:
        began = time.perf_counter()
        sets["memory"] = (load(DataConfig(source=str(path), memory=1 << 20)), str(path))
        figures["load_into_memory_s"] = time.perf_counter() - began
    speeds: dict[str, list[float]] = {name: [] for name in sets}
    for turn in range(turns + 1):
        for name, (dataset, source) in sets.items():
            speed = images_per_second(dataset, source, steps)
            if turn:  # the first one warms up
                speeds[name].append(speed)
    for name, values in speeds.items():
        figures[f"{name}_images_per_s"] = statistics.median(values)
        if name != "small":
            ratios = [value / small for value, small in zip(values, speeds["small"], strict=True)]
            figures[f"{name}_ratio"] = statistics.median(ratios)
    return figures


def _status() -> dict[str, int]:
    """Return the memory of this process in bytes, by the kernel's names."""
    found = {}
    for line in Path("/proc/self/status").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name in ("VmHWM", "VmRSS", "RssAnon", "RssFile"):
            found[name] = int(rest.split()[0]) * 1024
    return found


def train_alone(path: Path, steps: int) -> dict[str, float]:
    """Train on the file from the disk in this process; return speed and memory."""
    import threading

    from vae_explorer.data.catalogue import load
    from vae_explorer.sections import DataConfig

    peaks: dict[str, int] = {}
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.02):
            for name, size in _status().items():
                peaks[name] = max(peaks.get(name, 0), size)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        began = time.perf_counter()
        dataset = load(DataConfig(source=str(path), memory=1))
        opened = time.perf_counter() - began
        speed = images_per_second(dataset, str(path), steps)
    finally:
        ended.set()
        watcher.join()
    return {
        "alone_open_s": opened,
        "alone_images_per_s": speed,
        "peak_resident_mb": peaks.get("VmHWM", 0) / 1e6,
        "peak_anonymous_mb": peaks.get("RssAnon", 0) / 1e6,
        "peak_of_files_mb": peaks.get("RssFile", 0) / 1e6,
    }


def measure(folder: Path, gigabytes: float, turns: int, steps: int) -> dict[str, float]:
    """Write the file, measure everything and return all figures."""
    images = int(gigabytes * 1e9) // SIDE**2
    free = shutil.disk_usage(folder).free
    needed = images * (SIDE**2 + 1)
    if needed + RESERVE > free:
        raise SystemExit(f"{needed / 1e9:.1f} GB and {RESERVE / 1e9:.1f} GB beside them don't fit on {folder}.")
    path = folder / "images.npy"
    print(f"writing {images:,} images ...", file=sys.stderr, flush=True)
    write_digits(path, images)
    figures = {"images": images, "file_gb": path.stat().st_size / 1e9}
    figures |= compare(path, turns, steps, in_memory=needed <= 2 << 30)
    figures["cache_dropped"] = drop_from_cache(path)
    command = [sys.executable, __file__, "--alone", str(path), "--steps", str(4 * steps)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    alone: dict[str, float] = json.loads(done.stdout)
    return figures | alone


def _lines(figures: dict[str, float]) -> Iterator[str]:
    yield f"{figures['images']:,.0f} images in a file of {figures['file_gb']:.2f} GB"
    for name, title in (("small", "10,000 in memory"), ("memory", "the file in memory"), ("disk", "on the disk")):
        if f"{name}_images_per_s" in figures:
            ratio = figures.get(f"{name}_ratio", 1.0)
            yield f"{title:<26} {figures[f'{name}_images_per_s']:>9,.0f} images/s   {ratio:5.2f}"
    cold = ", read from the disk itself" if figures["cache_dropped"] else ""
    yield f"{'alone' + cold:<40} {figures['alone_images_per_s']:>9,.0f} images/s"
    yield f"opened in {figures['open_on_disk_s']:.2f} s, from the disk itself in {figures['alone_open_s']:.2f} s"
    if "load_into_memory_s" in figures:
        yield f"loaded into memory in {figures['load_into_memory_s']:.2f} s"
    yield f"most memory: {figures['peak_resident_mb']:,.0f} MB resident (VmHWM)"
    yield f"of that {figures['peak_anonymous_mb']:,.0f} MB its own, {figures['peak_of_files_mb']:,.0f} MB of files"


def main() -> int:
    """Measure and print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=0.784, help="size of the file")
    parser.add_argument("--folder", type=Path, help="where it is written; left out, the system's temporary folder")
    parser.add_argument("--turns", type=int, default=3, help="counted turns")
    parser.add_argument("--steps", type=int, default=150, help="steps of each training")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--alone", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        print(json.dumps(train_alone(options.alone, options.steps)))
        return 0
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        figures = measure(Path(folder), options.gigabytes, options.turns, options.steps)
    print(json.dumps(figures, indent=1) if options.json else "\n".join(_lines(figures)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
