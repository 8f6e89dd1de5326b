"""What it costs to keep the moments of a run: processor time and wall time of a training with and without its history.

Run it with ``python3 packaging/dev.py bench history``. It trains the default model on the bundled digits in turns with
and without, and compares the medians. Takes some minutes. Nothing here asserts a time: machines differ.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from vae_explorer.data.catalogue import load
from vae_explorer.data.dataset import ImageDataset
from vae_explorer.runs.history import moment_files
from vae_explorer.runs.recording import train
from vae_explorer.training.control import Control
from vae_explorer.training.events import TrainingEvent, TrainingFinished
from vae_explorer.training.experiment import Experiment


def trained(experiment: Experiment, dataset: ImageDataset) -> dict[str, float]:
    """Train once and return seconds of training, of the processor, and what was kept."""
    seconds: list[float] = []

    def listen(event: TrainingEvent) -> None:
        if isinstance(event, TrainingFinished):
            seconds.append(event.progress.seconds)

    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        before = time.process_time()
        train(experiment, dataset, run, on_event=listen, control=Control())
        processor = time.process_time() - before
        files = [path for _, path in moment_files(run)]
        kept = sum(path.stat().st_size for path in files)
    return {"training_s": seconds[0], "processor_s": processor, "moments": len(files), "megabytes": kept / 1e6}


def measure(epochs: int, rounds: int) -> dict[str, float]:
    """Return medians, and the ratios of what a training with a history takes to one without."""
    experiment = Experiment().with_setting("training.epochs", str(epochs)).with_setting("training.threads", "1")
    dataset = load(experiment.data)
    without = experiment.with_setting("training.history", "0")
    trained(without.with_setting("training.epochs", "1"), dataset)
    pairs = [(trained(without, dataset), trained(experiment, dataset)) for _ in range(rounds)]
    kept = pairs[0][1]
    return {
        "epochs": epochs,
        "moments": kept["moments"],
        "megabytes": round(kept["megabytes"], 1),
        "processor_ratio": round(statistics.median(b["processor_s"] / a["processor_s"] for a, b in pairs), 4),
        "training_ratio": round(statistics.median(b["training_s"] / a["training_s"] for a, b in pairs), 4),
    }


def main() -> int:
    """Measure and print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=30, help="how long each training is")
    parser.add_argument("--rounds", type=int, default=3, help="how many pairs of trainings")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    figures = measure(options.epochs, options.rounds)
    if options.json:
        print(json.dumps(figures, indent=1))
        return 0
    for name, value in figures.items():
        print(f"{name.replace('_', ' '):<16} {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
