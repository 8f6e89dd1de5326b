"""How much memory the window holds: once it is ready to train, after two epochs, and after its pictures were explored.

Run it with ``python3 packaging/dev.py bench memory``. A window on the bundled digits, in a process of its own, is asked
for its resident memory and for its fair share of it (libraries that others use too count by their part). Takes about a
minute. Linux only. Nothing here asserts a size.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

MOMENTS = ("painted", "ready", "after_training", "after_exploring")
_KIBIBYTES_A_MEGABYTE = 1e6 / 1024

CHILD = """
import sys, tempfile
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication
from vae_explorer.app.state import RunState
from vae_explorer.freed_memory import keep_freed_memory
from vae_explorer.gui.launch import make_window

keep_freed_memory()
app = QApplication(sys.argv[:1])

def run(seconds):
    loop = QEventLoop()
    QTimer.singleShot(int(1000 * seconds), loop.quit)
    loop.exec()

def wait(reached):
    while not reached():
        run(0.05)

def tell(moment):
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    sizes = {line.split()[0]: line.split()[1] for line in lines[1:]}
    print(moment, sizes["Rss:"], sizes["Pss:"], flush=True)

with tempfile.TemporaryDirectory() as folder:
    window = make_window(Path(folder))
    session = window.session
    window.resize(1280, 800)
    window.show()
    app.processEvents()
    tell("painted")
    window.begin()
    wait(lambda: session.state is RunState.READY and session.points is not None)
    run(1.0)
    tell("ready")
    session.set_setting("training.epochs", "2")
    session.train()
    wait(lambda: session.state is RunState.FINISHED and session.points is not None)
    run(2.0)
    tell("after_training")
    for tab in ("plane", "manifold", "samples", "path"):
        window.show_tab(tab)
        run(2.0)
    window.show_tab("plane")
    view = window.panel("plane").view
    for factor in (2.0, 2.0, 2.0, 0.5, 0.5, 0.25, 0.5):
        view.zoom(factor)
        run(1.5)
    tell("after_exploring")
    window.close()
"""


def measure(runs: int) -> dict[str, float]:
    """Return the median megabytes of each moment: resident, and the process's own share of that."""
    environment = {**os.environ}
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    found: dict[str, list[float]] = {}
    for _ in range(runs):
        done = subprocess.run(
            [sys.executable, "-c", CHILD], env=environment, capture_output=True, text=True, check=True
        )
        for line in done.stdout.splitlines():
            moment, resident, share = line.split()
            found.setdefault(f"{moment}_mb", []).append(int(resident) / _KIBIBYTES_A_MEGABYTE)
            found.setdefault(f"{moment}_share_mb", []).append(int(share) / _KIBIBYTES_A_MEGABYTE)
    return {name: round(statistics.median(values), 1) for name, values in found.items()}


def main() -> int:
    """Measure and print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="processes")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    if not Path("/proc/self/smaps_rollup").exists():
        print("Only Linux tells how much memory a process holds.", file=sys.stderr)
        return 1
    figures = measure(options.runs)
    if options.json:
        print(json.dumps(figures, indent=1))
        return 0
    print(f"{'':<16} {'resident':>10} {'its share':>10}   MB")
    for moment in MOMENTS:
        print(f"{moment:<16} {figures[f'{moment}_mb']:>10.0f} {figures[f'{moment}_share_mb']:>10.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
