"""Windows that are closed at some moments end as promised, and the tool that closes many notices where one doesn't."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.proving._moments import MOMENTS
from tests.proving._watched import Watched

ROOT = Path(__file__).resolve().parents[2]
TIMED = "s to close"


@pytest.mark.slow
def test_that_windows_closed_while_they_train_save_export_and_explore_lose_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "tests/proving/closing.py", "--json", "--count", "4", "--seed", "3"]
    for moment in ("training", "saving", "exporting", "exploring"):
        command += ["--moment", moment]
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False, timeout=300)
    report = json.loads(done.stdout)
    # How long it takes depends on what else the machine does; the tool says it.
    assert [failure for failure in report["failures"] if TIMED not in failure] == []
    assert report["windows"] == 4
    assert report["checkpoints"] >= 2
    assert list(tmp_path.glob("closing-*")) == [], "it leaves no files"


def watch(folder: Path, program: str) -> Watched:
    """Let a small program play the window's part."""
    (folder / "logs").mkdir()
    (folder / "terminal").touch()
    reading, writing = os.pipe()
    command = [sys.executable, "-c", f"import os, signal, sys\nfolder, pipe = sys.argv[1], int(sys.argv[2])\n{program}"]
    process = subprocess.Popen([*command, str(folder), str(writing)], pass_fds=(writing,), start_new_session=True)
    os.close(writing)
    watched = Watched("it", process.pid, reading, folder)
    process.returncode = 0  # the tool has waited for it already
    os.close(reading)
    return watched


ORDERLY = "import time\nos.write(pipe, f'closing {time.monotonic()} 0\\n'.encode())\n"


def test_that_an_orderly_end_is_no_failure(tmp_path: Path) -> None:
    assert watch(tmp_path, ORDERLY).problems == []


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("sys.exit(3)", "ended with 3"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "ended with -11"),
        ("open(folder + '/terminal', 'w').write('QThread: Destroyed while thread is still running')", "QThread"),
        ("open(folder + '/logs/window-1.fault', 'w').write('Fatal Python error: Aborted')", "crashed: Fatal"),
        ("open(folder + '/logs/window-1.state', 'w').write('{}')", "cut off"),
        ("os.write(pipe, f'saved 5 {folder}/runs/gone\\n'.encode())", "lost the run"),
        ("os.write(pipe, b'broken it did not come\\n')", "did not come"),
        (
            "import subprocess\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])",
            "left a process",
        ),
    ],
)
def test_that_whatever_is_not_as_promised_is_found(tmp_path: Path, program: str, words: str) -> None:
    assert any(words in problem for problem in watch(tmp_path, ORDERLY + program).problems)


def test_that_a_window_that_never_began_to_close_is_found(tmp_path: Path) -> None:
    assert watch(tmp_path, "").problems == ["it: was never closed"]


def test_that_every_kind_of_work_has_a_moment() -> None:
    assert {"training", "saving", "exporting", "measuring", "loading", "exploring", "comparing"} <= set(MOMENTS)
