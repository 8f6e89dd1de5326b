"""The virtual environment in ``.venv``: made once, mended when broken, left alone when it is as it should be."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import platform
import shutil
import sys
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path

from development.console import SetupError, StepError, run_quietly
from development.torch_build import Processor

STAMP_NAME = "vae-explorer-setup.json"
UNFINISHED_NAME = "vae-explorer-setup.unfinished"
VENV_ENTRIES = {"bin", "include", "lib", "lib64", "Scripts", "Include", "Lib", "share", "pyvenv.cfg", ".gitignore"}


class Need(Enum):
    """What has to be done before a command can run."""

    NOTHING = "nothing"
    PACKAGES = "packages"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an environment was made from, kept inside it; the same values again mean that nothing is to be done.

    Attributes
    ----------
    base
        Hash of what makes an environment unusable when it changes: the Python version and where the folder is.
    wishes
        Hash of the files that say what is to be installed.
    extras
        Names of the optional dependency groups that are installed.
    processor
        The build of PyTorch that is installed.
    """

    base: str
    wishes: str
    extras: tuple[str, ...]
    processor: Processor


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment of the project, there or not yet.

    Attributes
    ----------
    project
        The folder with ``pyproject.toml``.
    """

    project: Path

    @property
    def folder(self) -> Path:
        """The folder of the virtual environment."""
        return self.project / ".venv"

    @property
    def python(self) -> Path:
        """Its Python."""
        return self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def constraints(self) -> Path:
        """The file that pins every version."""
        return self.project / "packaging" / "constraints.txt"

    def wanted(self, extras: tuple[str, ...], processor: Processor) -> Stamp:
        """Return the stamp that this checkout and this Python ask for."""
        base = (
            platform.python_version_tuple()[:2],
            platform.python_implementation(),
            platform.machine(),
            str(self.folder),
        )
        wishes = [path.read_bytes() for path in (self.project / "pyproject.toml", self.constraints)]
        return Stamp(_digest(repr(base).encode()), _digest(*wishes), extras, processor)

    def stamp(self) -> Stamp | None:
        """Return the stamp inside the environment, or None if there is none that can be read."""
        try:
            fields = json.loads((self.folder / STAMP_NAME).read_text(encoding="utf-8"))
            return Stamp(fields["base"], fields["wishes"], tuple(fields["extras"]), fields["processor"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def need(self, wanted: Stamp) -> Need:
        """Return what has to be done to get from what is there to what is wanted."""
        if (self.folder / UNFINISHED_NAME).exists() or not self.answers():
            return Need.ENVIRONMENT
        return need(self.stamp(), wanted)

    def answers(self) -> bool:
        """Tell whether the environment's Python starts and is new enough."""
        if not (self.folder / "pyvenv.cfg").is_file() or not self.python.exists():
            return False
        try:
            run_quietly([self.python, "-I", "-S", "-c", "import sys; sys.exit(sys.version_info < (3, 11))"])
        except StepError:
            return False
        return True

    def make(self) -> None:
        """Make the environment anew, whatever is there.

        Raises
        ------
        SetupError
            If something else than a virtual environment is in the way, or this Python can't make one.
        """
        self._clear()
        # The Python under an active environment, so that it can be made again from inside it.
        base_python = getattr(sys, "_base_executable", None) or sys.executable
        run_quietly([base_python, "-m", "venv", self.folder])

    def begin(self) -> None:
        """Remember that packages are being installed: whoever stops half-way gets a new environment next time."""
        (self.folder / STAMP_NAME).unlink(missing_ok=True)
        (self.folder / UNFINISHED_NAME).touch()

    def give_up(self) -> None:
        """Forget that packages were being installed, after a failure that left the environment whole."""
        (self.folder / UNFINISHED_NAME).unlink(missing_ok=True)

    def finish(self, stamp: Stamp) -> None:
        """Remember what is installed."""
        text = json.dumps(asdict(stamp), indent=2)
        (self.folder / STAMP_NAME).write_text(f"{text}\n", encoding="utf-8")
        (self.folder / UNFINISHED_NAME).unlink(missing_ok=True)

    def _clear(self) -> None:
        if self.folder.is_symlink():
            self.folder.unlink()
        entries = {path.name for path in self.folder.iterdir()} if self.folder.exists() else set()
        if "pyvenv.cfg" not in entries and entries - VENV_ENTRIES - {STAMP_NAME, UNFINISHED_NAME}:
            raise SetupError(f"{self.folder} isn't a virtual environment: move it away, then start again.")
        if Path(sys.prefix).resolve() == self.folder.resolve() and os.name == "nt":
            raise SetupError("The environment has to be made again: leave it with `deactivate`, then start again.")
        # The mark stays all the while, so that whatever is cut off here is made again and not taken for a whole one.
        self.folder.mkdir(exist_ok=True)
        self.begin()
        try:
            for name in entries - {STAMP_NAME, UNFINISHED_NAME}:
                _remove(self.folder / name)
        except OSError as error:
            raise SetupError(
                f"The old environment {self.folder} can't be removed ({error.strerror}): "
                "close what uses it and remove it by hand."
            ) from error


def need(found: Stamp | None, wanted: Stamp) -> Need:
    """Compare the stamp of an environment that answers with the wanted one.

    An environment without a stamp was made by hand: it is used, and what is missing is installed into it.
    """
    if found is None:
        return Need.PACKAGES
    if found.base != wanted.base:
        return Need.ENVIRONMENT
    complete = found.wishes == wanted.wishes and set(wanted.extras) <= set(found.extras)
    return Need.NOTHING if complete and found.processor == wanted.processor else Need.PACKAGES


def missing_for_venv() -> dict[str, str]:
    """Return what this Python lacks to make environments, with the Debian package that brings it."""
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        return {}
    return {"Python's venv module": f"python{sys.version_info.major}.{sys.version_info.minor}-venv"}


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()
