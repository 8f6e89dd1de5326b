"""Nothing in the source can run code out of a file that someone else made."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.dangers import dangers

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = {"vae_explorer": 250, "packaging": 5, "tests": 200}
"""Folders of source, with a number of files that there are at least: an empty search finds nothing either."""
HERE = {"test_no_foreign_code.py", "_hostile_arrays.py", "_hostile_runs.py", "test_corpus.py"}
"""What is full of dangers on purpose: it makes files that have to be refused, and lets none be opened."""


@pytest.mark.parametrize(("folder", "least"), PROGRAMS.items())
def test_that_nothing_in_the_source_can_run_code_out_of_a_file(folder: str, least: int) -> None:
    paths = sorted((ROOT / folder).rglob("*.py"))
    assert len(paths) > least
    found = {
        str(path): dangers(path.read_text(encoding="utf-8"), is_test=folder == "tests")
        for path in paths
        if path.name not in HERE
    }
    assert {path: each for path, each in found.items() if each} == {}


DANGEROUS = [
    "import pickle",
    "from pickle import load",
    "import yaml.loader",
    "from marshal import loads",
    "import shelve as s",
    "import joblib",
    "import torch\ntorch.load('x')",
    "from torch import load",
    "import torch as t\nt.load('x')",
    "import torch\ntorch.jit.load('x')",
    "import torch\ntorch.hub.load('x')",
    "eval('1')",
    "exec('1')",
    "compile('1', '', 'eval')",
    "__import__('os')",
    "import importlib\nimportlib.import_module('pickle')",
    "import numpy\nnumpy.load('x', allow_pickle=True)",
    "import numpy as np\nnp.load('x')",
    "from numpy import load",
    "read('x', allow_pickle=wanted)",
    "import subprocess\nsubprocess.run('ls', shell=True)",
    "import os\nos.system('ls')",
    "import os\nos.popen('ls')",
    "archive.extractall()",
    "from PIL import Image\nImage.open('x')",
    "import PIL.Image\nPIL.Image.open('x')",
    "read('x', weights_only=False)",
]


@pytest.mark.parametrize("source", DANGEROUS)
def test_that_the_search_for_dangers_finds_them(source: str) -> None:
    assert dangers(source)


HARMLESS = [
    "import re\nre.compile('x')",
    "model.eval()",
    "dialog.exec()",
    "import numpy as np\nnp.savez('x', allow_pickle=False)",
    "from PIL import Image\nImage.open('x', formats=('PNG',))",
    "import subprocess\nsubprocess.run(['ls'], shell=False)",
]


@pytest.mark.parametrize("source", HARMLESS)
def test_that_what_is_harmless_is_let_through(source: str) -> None:
    assert dangers(source) == []


LINTED = {
    "TID251": ["import pickle", "import torch\n\ntorch.load('x')", "import numpy as np\n\nnp.load('x')", "import yaml"],
    "S102": ["exec('1')"],
    "S307": ["eval('1')"],
    "S602": ["import subprocess\n\nsubprocess.run('ls', shell=True, check=True)"],
    "S605": ["import os\n\nos.system(word)"],
    "S202": ["import tarfile\n\ntarfile.open('x').extractall()"],
}


@pytest.mark.parametrize(("rule", "source"), [(rule, source) for rule, each in LINTED.items() for source in each])
def test_that_the_linter_refuses_them_as_they_are_typed(rule: str, source: str) -> None:
    command = [sys.executable, "-m", "ruff", "check", "--output-format=concise", "--no-cache", "-"]
    name = str(ROOT / "vae_explorer" / "data" / "new.py")
    done = subprocess.run(
        [*command[:-1], "--stdin-filename", name, "-"],
        input=source,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 1, done.stderr
    assert rule in done.stdout
