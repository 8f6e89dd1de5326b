"""The program as a process: its streams, its exit status, Ctrl+C, and what it loads."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.commands import SMALL, python, start
from vae_explorer.runs.folder import open_run

TIMEOUT = 120


def test_that_standard_output_of_a_process_is_one_json_object_and_progress_goes_elsewhere(
    data: Path, tmp_path: Path
) -> None:
    process = start("train", "--data", data, "--out", tmp_path / "run", *SMALL, "--json")
    out, err = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 0, err
    assert json.loads(out)["run"] == str(tmp_path / "run")
    assert "Training" in err
    assert "Warning" not in err


def test_that_wrong_input_of_a_process_is_one_line_and_status_two(tmp_path: Path) -> None:
    process = start("evaluate", tmp_path)
    out, err = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, out) == (2, "")
    assert err == f"vae-explorer: The folder {tmp_path} is no run: it has no file run.json.\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_that_control_c_keeps_the_run_and_the_status_says_so(data: Path, tmp_path: Path) -> None:
    process = start(
        "train", "--data", data, "--out", tmp_path / "run", *SMALL, "--set", "training.epochs=100000", "--json"
    )
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if line.startswith("epoch "):
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 130, "".join(lines) + err
    assert "Stopping: the run is being saved." in err
    result = json.loads(out)
    assert 0 < result["epochs"] < 100_000
    run = open_run(tmp_path / "run")
    assert run.result["reason"] == "stopped"
    assert run.load_model().step > 0
    assert result["test"]["loss"] == run.result["test"]["loss"]  # type: ignore[index]


def test_that_a_reader_who_leaves_early_gets_no_traceback() -> None:
    process = start("settings")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    process.wait(TIMEOUT)
    assert "Traceback" not in err
    assert "Exception ignored" not in err


def test_that_signs_the_output_can_not_show_are_escaped() -> None:
    program = """
from vae_explorer.cli import main
for words in (["objectives"], ["objectives", "--json"], ["settings"], ["settings", "--json"]):
    if main(words) != 0:
        raise SystemExit(f"failed: {words}")
"""
    done = python(program, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()
    assert done.stdout.count("\n}\n") == 2, "each JSON object is there to its end"


HEAVY = ("torch", "PySide6", "pyqtgraph", "safetensors")


def test_that_listing_and_refusing_load_neither_torch_nor_qt() -> None:
    words = [["--help"], ["--version"], ["train", "--help"], ["settings"], ["objectives"], ["data", "list"], ["wrong"]]
    program = f"""
import contextlib, sys
from vae_explorer.cli import main
for words in {words!r}:
    with contextlib.suppress(SystemExit):
        main(words)
    found = [name for name in {HEAVY!r} if name in sys.modules]
    if found:
        sys.exit(f"{{words}} loaded {{found}}")
"""
    done = python(program)
    assert done.returncode == 0, done.stderr


def test_that_importing_the_command_line_loads_next_to_nothing() -> None:
    names = (*HEAVY, "numpy", "PIL", "argparse")
    done = python(f"import sys, vae_explorer.cli; sys.exit(str([n for n in {names!r} if n in sys.modules]))")
    assert done.stderr.strip() == "[]"


def test_that_the_command_is_installed_under_its_name() -> None:
    script = Path(sys.executable).with_name("vae-explorer")
    done = subprocess.run([script, "--version"], capture_output=True, text=True, check=False, timeout=TIMEOUT)
    assert done.returncode == 0
    assert done.stdout.startswith("VAE Explorer ")
