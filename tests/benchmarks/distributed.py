"""Training by several workers against one: the test loss, the speed, and what becomes of a run that loses a worker.

Run it with ``python3 packaging/dev.py bench distributed``. One worker and several, started by torch's launcher, train
the default model on the bundled digits with the same seeds in turn. Then a worker is killed in the middle of a run, and
one worker alone goes on with it. Takes some three minutes. Nothing here asserts a figure.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.runs.folder import open_run

if TYPE_CHECKING:
    from collections.abc import Sequence

PROJECT = Path(__file__).parents[2]
TRAIN = ("-m", "vae_explorer", "train")
ENDLESS = "1000"
RECORDS_BEFORE_LOSS = 5


def launched(workers: int) -> tuple[str, ...]:
    """Return the words after the name of Python that start a training by so many workers."""
    if workers == 1:
        return TRAIN
    return ("-m", "torch.distributed.run", "--nproc-per-node", str(workers), *TRAIN)


def train(workers: int, words: Sequence[str]) -> dict[str, object]:
    """Train to the end, and return what the command reports.

    Raises
    ------
    RuntimeError
        If it fails.
    """
    print(f"{workers} at {' '.join(words)} …", file=sys.stderr, flush=True)
    done = subprocess.run(
        [sys.executable, *launched(workers), *words, "--json"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: dict[str, object] = json.loads(done.stdout)
    return found


def lose_a_worker(workers: int, words: Sequence[str], folder: Path) -> dict[str, object]:
    """Kill the last worker in the middle of a run, go on alone for an epoch, and return what happened.

    Raises
    ------
    RuntimeError
        If the workers can't be told apart, or the run can't go on.
    """
    print("a run that loses a worker …", file=sys.stderr, flush=True)
    with subprocess.Popen(
        [sys.executable, *launched(workers), *words, "--epochs", ENDLESS, "--out", str(folder)],
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        log = folder / "metrics.jsonl"
        while process.poll() is None and not (log.exists() and len(log.read_text().splitlines()) > RECORDS_BEFORE_LOSS):
            time.sleep(0.05)
        os.kill(worker_of(process.pid, workers - 1), signal.SIGKILL)
        began = time.monotonic()
        said = process.communicate()[1].splitlines()
        seconds = time.monotonic() - began
    ours = [line for line in said if line.startswith("vae-explorer: ")]
    kept = open_run(folder)
    step, steps_per_epoch = kept.newest[0].step, -(-kept.data.train_images // kept.experiment.training.batch_size)
    resumed = train(1, ["--resume", str(folder), "--epochs", str(step // steps_per_epoch + 1)])
    return {
        "message": " ".join(ours),
        "exit_status": process.returncode,
        "seconds_to_end_s": seconds,
        "kept_step": step,
        "resumed_epochs": resumed["epochs"],
    }


def worker_of(launcher: int, rank: int) -> int:
    """Return the number of the process of a worker, which the launcher's children tell in their environment.

    Raises
    ------
    RuntimeError
        If there is none, or this system doesn't tell.
    """
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = (path / "stat").read_text().rpartition(")")[2].split()[1]
            environment = (path / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if parent == str(launcher) and f"RANK={rank}".encode() in environment:
            return int(path.name)
    raise RuntimeError("the worker wasn't found among the processes of this system")


def measure(options: argparse.Namespace) -> dict[str, object]:
    """Return all figures."""
    shared = ["--data", options.data, "--device", "cpu", "--set", "training.threads=1"]
    shared += [word for setting in options.set for word in ("--set", setting)]
    with tempfile.TemporaryDirectory() as name:
        rows = []
        for seed in range(options.seeds):
            words = [*shared, "--epochs", str(options.epochs), "--seed", str(seed)]
            pair = [
                train(count, [*words, "--out", str(Path(name) / f"{count}-{seed}")]) for count in (1, options.workers)
            ]
            rows.append({"seed": seed, "one": figures(pair[0]), "several": figures(pair[1])})
        loss = lose_a_worker(options.workers, shared, Path(name) / "lost")
    differences = [row["several"]["test_loss_nats"] - row["one"]["test_loss_nats"] for row in rows]  # type: ignore[index]
    speeds = [row["several"]["images_per_s"] / row["one"]["images_per_s"] for row in rows]  # type: ignore[index]
    return {
        "workers": options.workers,
        "epochs": options.epochs,
        "data": options.data,
        "runs": rows,
        "largest_difference_nats": max(map(abs, differences)),
        "speed_ratio": statistics.median(speeds),
        "lost_worker": loss,
    }


def figures(reported: dict[str, object]) -> dict[str, float]:
    """Return what is compared of a finished training."""
    test = reported["test"]
    if not isinstance(test, dict):
        raise TypeError("a training reported no test loss")
    return {"test_loss_nats": float(test["loss"]), "images_per_s": float(str(reported["images_per_second"]))}


def show(found: dict[str, object]) -> None:
    """Print the figures as a table."""
    print(f"{found['epochs']} epochs of {found['data']}, one thread a worker")
    print(f"{'seed':>4}  {'1 worker':>9}  {found['workers']} workers  difference (test loss, nats per image)")
    for row in found["runs"]:  # type: ignore[attr-defined]
        one, several = row["one"]["test_loss_nats"], row["several"]["test_loss_nats"]
        print(f"{row['seed']:4d}  {one:9.2f}  {several:9.2f}  {several - one:+10.3f}")
    print(f"images a second, {found['workers']} workers against one: {found['speed_ratio']:.2f} times")
    lost = found["lost_worker"]
    if isinstance(lost, dict):
        print(f"a worker killed: all over after {lost['seconds_to_end_s']:.1f} s with status {lost['exit_status']}:")
        print(f"  {lost['message']}")
        print(f"  kept at step {lost['kept_step']}; one worker went on to epoch {lost['resumed_epochs']}")


def main() -> int:
    """Measure and print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=2, help="how many pairs of trainings")
    parser.add_argument("--data", default="mnist-10k")
    parser.add_argument("--set", action="append", default=[], metavar="SECTION.FIELD=VALUE", help="a setting of all")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    found = measure(options)
    if options.json:
        print(json.dumps(found, indent=1))
    else:
        show(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
