"""A smoke test of an installed program: it trains, evaluates, exports, draws its window and speaks its languages.

Run it with any Python: ``python3 packaging/bundle/smoke.py PROGRAM``. A broken bundle may hang instead of ending, so
every command has a limit. ``--root FOLDER`` starts the program inside another system's root folder (needs root). Prints
one line a step with its time; ends with status 1 at the first that fails.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import struct
import subprocess
import sys
import time
from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n"
SOURCES = Path(__file__).resolve().parents[2] / "resources"
PLACES = ("_internal", "../Frameworks", "../lib/python3*/site-packages", "../Lib/site-packages")
"""Where what belongs to a program is, as seen from it: in a bundle, one of macOS, and an environment."""
LANGUAGE = "zh_CN"
TRANSLATIONS = ("PySide6/Qt/translations", "PySide6/translations")


class SmokeError(Exception):
    """A step didn't do what it should have done."""


class Program:
    """The program to be tried.

    Parameters
    ----------
    words
        What starts it.
    root
        The root folder of the system it is installed in.
    folder
        A new folder for what it writes, inside of that root.
    """

    def __init__(self, words: list[str], root: Path, folder: Path) -> None:
        self._name = words[0]
        self._words = ["chroot", str(root), *words] if root != Path("/") else words
        self._root = root
        self.folder = folder
        homes = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CACHE", "CONFIG", "DATA", "STATE")}
        keep = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP") if name in os.environ}
        fixed = {"HOME": str(folder), "LANG": "C.UTF-8", "PYTHONUTF8": "1", "QT_QPA_PLATFORM": "offscreen"}
        self._variables = {**keep, **homes, **fixed}

    def outside(self, name: str) -> Path:
        """Return the place of something that the program wrote, as seen from here."""
        return self._root / (self.folder / name).relative_to("/") if self._root != Path("/") else self.folder / name

    @property
    def folder_of_program(self) -> Path:
        """Where the program itself is, as seen from here, whatever links led to it."""
        path = Path(self._name)
        if not path.is_absolute():
            path = Path(shutil.which(self._name) or self._name).absolute()
        inside = self._root / path.relative_to("/") if self._root != Path("/") else path
        while inside.is_symlink():
            target = inside.readlink()
            absolute = self._root / target.relative_to("/") if self._root != Path("/") else target
            inside = absolute if target.is_absolute() else inside.parent / target
        return inside.parent

    def find(self, name: str) -> list[Path]:
        """Return the places of something that was installed with the program."""
        return [path for place in PLACES for path in self.folder_of_program.glob(f"{place}/{name}")]

    def call(self, *words: str, limit: float = 300, language: str = "en") -> str:
        """Run one command in a language and return what it printed.

        Raises
        ------
        SmokeError
            If it fails, or takes longer than `limit` seconds.
        """
        began = time.monotonic()
        try:
            done = subprocess.run(
                [*self._words, *words],
                env=self._variables | {"VAE_EXPLORER_LANGUAGE": language},
                capture_output=True,
                encoding="utf-8",
                timeout=limit,
                stdin=subprocess.DEVNULL,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise SmokeError(f"{' '.join(words)}: no end after {limit:.0f} s") from None
        if done.returncode != 0:
            raise SmokeError(f"{' '.join(words)}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
        sys.stdout.write(f"  {time.monotonic() - began:6.1f} s  {' '.join(words)}\n")
        sys.stdout.flush()
        return done.stdout


def main() -> int:
    """Try the program and return 0, or 1 after the step that failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", nargs="+", help="what starts it")
    parser.add_argument(
        "--root", type=Path, default=Path("/"), help="root folder of the system that it is installed in"
    )
    options = parser.parse_args()
    folder = Path(f"/tmp/vae-explorer-smoke-{os.getpid()}")  # noqa: S108 - mkdir refuses one that is there
    program = Program(options.program, options.root, folder)
    program.outside("").mkdir()
    try:
        try_all(program)
    except SmokeError as error:
        sys.stderr.write(f"FAILED: {error}\n")
        return 1
    finally:
        shutil.rmtree(program.outside(""))
    sys.stdout.write("The program starts, trains, evaluates, exports, draws its window and speaks Chinese.\n")
    return 0


def try_all(program: Program) -> None:
    """Run the main job from end to end.

    Raises
    ------
    SmokeError
        If a step fails.
    """
    version = program.call("--version", limit=60)
    if not version.startswith("VAE Explorer "):
        raise SmokeError(f"--version printed {version!r}")
    demo, run = program.folder / "demo", str(program.folder / "demo" / "run")
    program.call("demo", "--epochs", "2", "--out", str(demo))
    require_picture(program.outside("demo/grid.png"), (560, 560))
    require_picture(program.outside("demo/window.png"), (1280, 800))
    few = ("--images", "100", "--samples", "500", "--fitted", "5")
    if not json.loads(program.call("evaluate", run, *few, "--json")):
        raise SmokeError("evaluate measured nothing")
    for kind, name in (("plane", "plane.svg"), ("plane", "plane.pdf"), ("grid", "grid.png"), ("latents", "points.csv")):
        program.call("export", kind, run, "--out", str(program.folder / name))
        if program.outside(name).stat().st_size < 1_000:
            raise SmokeError(f"{name} is all but empty")
    resumed = program.call("train", "--resume", run, "--epochs", "3")
    if "test" not in resumed:
        raise SmokeError(f"going on printed {resumed!r}")
    # torch imports far more for these than for the steps above.
    game = str(program.folder / "game")
    small = ("--set", "model.hidden=16")
    program.call("train", "--data", "shapes-blob", "--objective", "gan", "--epochs", "1", *small, "--out", game)
    program.call("evaluate", game, "--images", "50", "--json")
    program.call("export", "plane", run, "--layer", "magnification", "--out", str(program.folder / "layer.svg"))
    require_resources(program)
    told = program.call("--help", limit=60, language=LANGUAGE)
    if not any("\u4e00" <= sign <= "\u9fff" for sign in told):
        raise SmokeError(f"--help in Chinese printed {told!r}")
    program.call("portrait", run, str(program.folder / "chinese.png"), language=LANGUAGE)
    require_picture(program.outside("chinese.png"), (1280, 800))


def require_resources(program: Program) -> None:
    """Refuse a program that lacks a page of help, a catalogue of words, a lesson, an icon or Qt's own words.

    Raises
    ------
    SmokeError
        If it does.
    """
    (installed,) = program.find("vae_explorer/_resources") or [Path()]
    names = [path.relative_to(SOURCES) for path in sorted(SOURCES.rglob("*")) if path.is_file()]
    lost = [str(name) for name in names if not (installed / name).is_file()]
    words = [f"{folder}/qtbase_{LANGUAGE}.qm" for folder in TRANSLATIONS]
    if not any(program.find(name) for name in words):
        lost += words[:1]
    if lost:
        raise SmokeError(f"what the program needs wasn't installed: {', '.join(lost)}")
    sys.stdout.write(f"            {len(names)} pages, catalogues, icons and data are there\n")


def require_picture(path: Path, least: tuple[int, int]) -> None:
    """Refuse anything but a PNG of at least this width and height.

    Raises
    ------
    SmokeError
        If it is something else.
    """
    head = path.read_bytes()[:24]
    if head[:8] != PNG:
        raise SmokeError(f"{path} is no PNG")
    width, height = struct.unpack(">II", head[16:24])
    if width < least[0] or height < least[1]:
        raise SmokeError(f"{path} has {width} x {height} pixels, not {least[0]} x {least[1]}")


if __name__ == "__main__":
    sys.exit(main())
