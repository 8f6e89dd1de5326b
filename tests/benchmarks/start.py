"""How soon the window is there: from the start of the process to the first paint, panels, data, torch, and Train.

Ready means that a press on Train begins at once: data are there, the untrained model is shown, and what the first step
needs has been imported. Run it with ``python3 packaging/dev.py bench start``. Each figure is the median of several
fresh processes, after one that only warms the disk's cache. Takes about half a minute. Nothing here asserts a time.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

MOMENTS = ("painted", "panels", "data", "torch", "ready")

CHILD = """
import sys, tempfile, time
from pathlib import Path

began = float(sys.argv[1])
moments = {}

from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QApplication
from vae_explorer.gui.launch import make_window

app = QApplication(sys.argv[:1])
loop = QEventLoop()

def note(name):
    moments.setdefault(name, time.time() - began)
    if len(moments) == 5:
        loop.quit()

def look(*_):
    session = window.session
    if session.dataset is not None and session.model_info is not None and window.run_bar.toggle_button.isEnabled():
        note("ready")

class FirstPaint(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint and watched is window:
            note("painted")
        return False

with tempfile.TemporaryDirectory() as folder:
    window = make_window(Path(folder))
    watcher = FirstPaint()
    window.installEventFilter(watcher)
    window.filled.connect(lambda: note("panels"))
    window.session.dataset_changed.connect(lambda dataset: note("data") if dataset is not None else None)
    window.session.decode.ready.connect(lambda: note("torch"))
    window.session.model_changed.connect(look)
    window.session.state_changed.connect(look)
    window.show()
    window.begin()
    QTimer.singleShot(60000, loop.quit)
    loop.exec()
    window.close()
print(*(moments.get(name, float("nan")) for name in ("painted", "panels", "data", "torch", "ready")))
"""


def measure(runs: int) -> dict[str, float]:
    """Return the median seconds from the start of the process to each moment."""
    environment = {**os.environ}
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    # An installed program has its bytecode; the first process, which isn't counted, writes it.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    rows = []
    for _ in range(runs + 1):
        command = [sys.executable, "-c", CHILD, str(time.time())]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        rows.append([float(word) for word in done.stdout.split()])
    return {name: statistics.median(values) for name, values in zip(MOMENTS, zip(*rows[1:], strict=True), strict=True)}


def main() -> int:
    """Measure and print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7, help="counted processes")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    figures = measure(options.runs)
    if options.json:
        print(json.dumps(figures, indent=1))
    else:
        for name, seconds in figures.items():
            print(f"{name:<8} {seconds:6.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
