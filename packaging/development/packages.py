"""Install the project and what it needs into the environment, with pinned versions."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from development.console import Console, SetupError, StepError, run_quietly
from development.environment import Environment
from development.torch_build import Processor, TorchChoice, choose, installed_build, offered_build

BUILDING = ("pip", "hatchling", "setuptools")
"""What the set-up itself installs, whatever the project asks for.

``hatchling`` builds the project, and ``setuptools`` what is published as sources alone (``argparse-manpage``): the one
that Python's ``venv`` brings may be too old to make a wheel.
"""
FIND_PIP = "import importlib.util, sys; sys.exit(importlib.util.find_spec('pip') is None)"
TRIAL = "import numpy, PIL, matplotlib, safetensors, torch, pyqtgraph, PySide6.QtSvg, PySide6.QtWidgets"
READ_TORCH_VERSION = (
    "import importlib.util, pathlib; found = importlib.util.find_spec('torch'); "
    "print(pathlib.Path(found.origin).with_name('version.py').read_text() if found and found.origin else '')"
)


class TrialError(StepError):
    """All is installed, and yet it can't be imported: the environment is broken."""


def install_all(environment: Environment, extras: tuple[str, ...], processor: Processor, console: Console) -> None:
    """Install the build tools, PyTorch, and the project with its dependencies; then try whether it can be imported.

    Parameters
    ----------
    environment
        The environment to fill; its Python must start.
    extras
        Optional dependency groups to install as well.
    processor
        Which build of PyTorch.
    console
        Where each step is named.

    Raises
    ------
    TrialError
        If what is installed can't be imported.
    SetupError
        If another step fails.
    """
    with console.step("Installing pip and the build tools"):
        ensure_pip(environment)
        # Before all else: pip older than 26.0 downloads the whole of PyTorch only to tell which build it would take
        # (https://github.com/pypa/pip/issues/12603).
        pip(environment, "install", *(pinned(environment, name) for name in BUILDING))
    install_torch(environment, processor, console)
    project = f"{environment.project}[{','.join(extras)}]" if extras else str(environment.project)
    with console.step("Installing VAE Explorer and its libraries"):
        pip(environment, "install", "--no-build-isolation", "--editable", project)
    with console.step("Trying what was installed"):
        try:
            run_quietly([environment.python, "-c", TRIAL], env=clean_environment())
        except StepError as failure:
            raise TrialError(str(failure), failure.output) from failure


def ensure_pip(environment: Environment) -> None:
    """Bring pip into an environment that was made without it, as other tools make them."""
    try:
        run_quietly([environment.python, "-c", FIND_PIP], env=clean_environment())
    except StepError:
        run_quietly([environment.python, "-m", "ensurepip"], env=clean_environment())


def install_torch(environment: Environment, processor: Processor, console: Console) -> None:
    """Install the wanted build of PyTorch, unless it is there."""
    requirement = pinned(environment, "torch")
    choice = choose(processor, offered(environment, requirement, console))
    present = installed_build(
        run_quietly([environment.python, "-c", READ_TORCH_VERSION], env=clean_environment()).strip()
    )
    # Without dependencies: they are pinned, and come with the project from the usual index.
    options = ["--no-deps", *(["--index-url", choice.index] if choice.index else [])]
    if present is not None and present != processor:
        options.append("--force-reinstall")
    with console.step(f"Installing {choice.description}"):
        pip(environment, "install", *options, requirement)
    check_build(environment, choice)


def check_build(environment: Environment, choice: TorchChoice) -> None:
    """Make sure that the build that was asked for is the one that came; pip's own settings can override an index."""
    present = installed_build(
        run_quietly([environment.python, "-c", READ_TORCH_VERSION], env=clean_environment()).strip()
    )
    if choice.processor == "cuda" and present != "cuda":
        raise SetupError(
            "pip brought PyTorch for the CPU although CUDA was asked for: take `find-links` and `extra-index-url` "
            "out of pip's settings (`pip config list` shows them), or start again without --cuda."
        )


def offered(environment: Environment, requirement: str, console: Console) -> Processor:
    """Return which build of PyTorch pip would take by itself; only Linux has a choice that has to be asked for."""
    if not sys.platform.startswith("linux"):
        return "cpu"
    with console.step("Asking which build of PyTorch fits"):
        report = pip(
            environment,
            "install",
            "--quiet",
            "--dry-run",
            "--ignore-installed",
            "--no-deps",
            "--report",
            "-",
            requirement,
        )
    return offered_build(report)


def pip(environment: Environment, *words: str) -> str:
    """Run pip inside the environment with every version pinned, and return what it printed."""
    command: list[str | Path] = [environment.python, "-m", "pip", *words, "--constraint", environment.constraints]
    return run_quietly(command, env=clean_environment())


def clean_environment() -> dict[str, str]:
    """Return the environment variables without those that would lead Python or pip out of the environment."""
    kept = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
    quiet = {"PIP_NO_INPUT": "1", "PIP_PROGRESS_BAR": "off", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_USER": "0"}
    return {**kept, **quiet, "PYTHONNOUSERSITE": "1"}


def pinned(environment: Environment, name: str) -> str:
    """Return the requirement with the exact version that the constraints give a package.

    Raises
    ------
    SetupError
        If the constraints don't name it.
    """
    return find_pin(environment.constraints, name)


def find_pin(constraints: Path, name: str) -> str:
    """Return the line ``name==version`` of a file of constraints."""
    wanted = re.sub(r"[-_.]+", "-", name).lower()
    for line in constraints.read_text(encoding="utf-8").splitlines():
        requirement = line.partition("#")[0].partition(";")[0].strip()
        if re.sub(r"[-_.]+", "-", requirement.partition("==")[0]).lower() == wanted:
            return requirement
    raise SetupError(f"{constraints} doesn't pin {name}: add a line `{name}==VERSION`.")
