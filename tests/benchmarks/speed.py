"""Every figure of speed and memory in one table, with the machine it is from, in words and as JSON.

Runs the other benchmarks one after the other, each in a process of its own, and prints their main figures as Markdown,
as they stand in the README. Run it with ``python3 packaging/dev.py bench speed --save build/speed.json``; ``--only``
chooses among them, and ``--data`` names the images on which time to quality is measured. Takes about half an hour.
Nothing here asserts a figure.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table.

    Attributes
    ----------
    title
        What is measured.
    place
        Where its figure is in what the benchmark prints: names of objects, separated by slashes.
    unit
        As it is shown: ``times``, ``%``, ``ms``, ``s``, ``MB``, ``nats`` or ``images/s``.
    goal
        What it should be, "" where nothing was promised.
    """

    title: str
    place: str
    unit: str
    goal: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the benchmarks, with its options and the lines that are made of it."""

    name: str
    options: tuple[str, ...]
    lines: tuple[Line, ...]


TRAINING = (
    Line("784-256-2, batches of 128, one thread, against the example loop", "ours_1_thread_ratio", "times", "7.5"),
    Line("the same with two threads", "ours_2_threads_ratio", "times", "9"),
    Line("batches of 512, one thread", "ours_batch_512_1_thread_ratio", "times", "10"),
    Line("batches of 512, two threads", "ours_batch_512_2_threads_ratio", "times", "13"),
    Line("float32 asked for, one thread", "ours_float32_1_thread_ratio", "times", "3.5"),
    Line("of what bare bfloat16 products allow, one thread", "ours_1_thread_of_ceiling_ratio", "%", "50"),
    Line("784-256-2, batches of 128, one thread", "ours_1_thread_images_per_s", "images/s"),
    Line("784-256-2, batches of 512, two threads", "ours_batch_512_2_threads_images_per_s", "images/s"),
)
DECODING = (
    Line("a click's point, MLP 512-512", "mlp_512_512/one_point/ours_ms", "ms"),
    Line("20 x 20 points, MLP 512-512", "mlp_512_512/grid_20x20/ours_ms", "ms", "2"),
    Line("20 x 20 points while it trains, MLP 512-512", "mlp_512_512/grid_20x20/preview_ms", "ms", "2"),
    Line("60 x 60 points, MLP 512-512", "mlp_512_512/grid_60x60/ours_ms", "ms"),
    Line("20 x 20 points, convolutional 32-64", "conv_32_64/grid_20x20/ours_ms", "ms", "30"),
    Line("20 x 20 points while it trains, convolutional 32-64", "conv_32_64/grid_20x20/preview_ms", "ms", "30"),
    Line("60 x 60 points, convolutional 32-64", "conv_32_64/grid_60x60/ours_ms", "ms"),
)
WINDOW = (
    Line("a frame while the model trains and a pin is dragged, 99 of 100", "frames while explored/p99_ms", "ms", "8"),
    Line("the longest of them", "frames while explored/worst_ms", "ms", "50"),
    Line("from a click to its picture while training, 99 of 100", "clicks/p99_ms", "ms", "16"),
    Line("training speed left in a window that is left alone", "training/watched_ratio", "%", "90"),
    Line("training speed left in one that is explored without a pause", "training/explored_ratio", "%", "90"),
)
MAP = (
    Line("a million points, a frame of panning, 95 of 100", "pan, a million points/p95", "ms", "16"),
    Line("a million points, a frame of zooming, 95 of 100", "zoom, a million points/p95", "ms", "16"),
)
START = (
    Line("first paint after the process began", "painted", "s", "0.25"),
    Line("ready to train", "ready", "s", "3"),
)
SCALE = (
    Line("a million images in a file, against 10,000 in memory", "disk_ratio", "%", "100"),
    Line("most resident memory while it trains on them", "peak_resident_mb", "MB", "1,500"),
)
DISTRIBUTED = (
    Line("test loss of two workers against one, largest difference", "largest_difference_nats", "nats", "0.3"),
    Line("images a second of two workers against one", "speed_ratio", "times"),
)
QUALITY = (
    Line("a good model by the default recipe, seed 0, against the plain loop", "seeds/0/ratio", "times", "50"),
    Line("seed 1", "seeds/1/ratio", "times", "50"),
    Line("seed 2", "seeds/2/ratio", "times", "50"),
    Line("seconds to a good model, seed 0", "seeds/0/default_s", "s"),
)
MEMORY = (
    Line("the window with the digits after training", "after_training_mb", "MB", "700"),
    Line("and after its pictures were explored", "after_exploring_mb", "MB"),
)
PARTS = (
    Part("training", (), TRAINING),
    Part("family_speed", (), ()),
    Part("decode", (), DECODING),
    Part("window", ("--seconds", "30", "--rounds", "3"), WINDOW),
    Part("map", ("--points",), MAP),
    Part("start", (), START),
    Part("memory", (), MEMORY),
    Part("scale", (), SCALE),
    Part("distributed", (), DISTRIBUTED),
    Part("quality", (), QUALITY),
)
FAMILY = "_ratio"
"""How the figures end that ``family_speed`` has one of for each objective; the names of these aren't known here."""


def machine() -> dict[str, object]:
    """Return what the figures are from."""
    import torch

    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "bfloat16": bool(torch.ops.mkldnn._is_mkldnn_bf16_supported()),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else "none",
        "load_before": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "date": time.strftime("%Y-%m-%d"),
    }


def measured(part: Part, extra: tuple[str, ...] = ()) -> object:
    """Run one benchmark and return what it prints as JSON.

    Raises
    ------
    RuntimeError
        If it fails or prints something else.
    """
    print(f"{part.name} …", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", f"tests.benchmarks.{part.name}", "--json", *part.options, *extra]
    done = subprocess.run(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=False)
    try:
        return json.loads(done.stdout)
    except ValueError as error:
        raise RuntimeError(f"bench {part.name} ended with {done.returncode} and no figures") from error


def page(found: Mapping[str, object]) -> Iterator[str]:
    """Yield the lines of the page: the machine, and a table."""
    told = found["machine"]
    if isinstance(told, dict):
        yield (
            f"{told['processor']}, {told['cores']} cores, GPU: {told['gpu']}; {told['system']}, "
            f"Python {told['python']}, torch {told['torch']}; {told['date']}."
        )
    yield ""
    yield "| figure | measured | goal | bench |"
    yield "|---|---|---|---|"
    for part in PARTS:
        figures = found.get(part.name)
        for line in (*part.lines, *_families(part, figures)) if figures is not None else ():
            yield f"| {line.title} | {shown(figures, line)} | {line.goal} | `{part.name}` |"


def shown(figures: object, line: Line) -> str:
    """Return a line's figure in words."""
    value = figures
    for name in line.place.split("/"):
        if isinstance(value, list):
            value = dict(enumerate(value)).get(int(name))
        else:
            value = value.get(name) if isinstance(value, dict) else None
    if not isinstance(value, (int, float)):
        return "–"
    if line.unit == "%":
        return f"{100 * value:.0f} %"
    digits = f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    return f"{digits} {line.unit}"


def _families(part: Part, figures: object) -> Iterator[Line]:
    names = figures if part.name == "family_speed" and isinstance(figures, dict) else {}
    for name in names:
        if name.endswith(FAMILY):
            title = name.removesuffix(FAMILY).replace("_", " ")
            yield Line(f"{title}: against its own usual loop", name, "times", "2" if "convolutional" in name else "2.5")


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.machine()


def main() -> int:
    """Measure, print the page and perhaps save the figures."""
    names = [part.name for part in PARTS]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="benchmarks to run")
    parser.add_argument("--data", help="images for time to quality, such as a folder with Fashion-MNIST")
    parser.add_argument("--save", type=Path, help="a file that gets all figures as JSON")
    parser.add_argument("--json", action="store_true", help="print all figures as one JSON object")
    options = parser.parse_args()
    found: dict[str, object] = {"machine": machine()}
    for part in PARTS:
        if part.name in options.only:
            found[part.name] = measured(
                part, ("--data", options.data) if part.name == "quality" and options.data else ()
            )
            if options.save is not None:  # after each, so that one that fails loses nothing
                options.save.parent.mkdir(parents=True, exist_ok=True)
                options.save.write_text(json.dumps(found, indent=1), encoding="utf-8")
    print(json.dumps(found, indent=1) if options.json else "\n".join(page(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
