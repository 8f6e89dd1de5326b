"""A smoke test of an installed program: it trains, evaluates, exports and draws its window, within a time limit.

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
        self._words = ["chroot", str(root), *words] if root != Path("/") else words
        self._root = root
        self.folder = folder
        homes = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CACHE", "CONFIG", "DATA", "STATE")}
        keep = {name: os.environ[name] for name in ("PATH", "LANG", "SYSTEMROOT", "TEMP") if name in os.environ}
        self._variables = {**keep, **homes, "HOME": str(folder), "QT_QPA_PLATFORM": "offscreen"}

    def outside(self, name: str) -> Path:
        """Return the place of something that the program wrote, as seen from here."""
        return self._root / (self.folder / name).relative_to("/") if self._root != Path("/") else self.folder / name

    def call(self, *words: str, limit: float = 300) -> str:
        """Run one command and return what it printed.

        Raises
        ------
        SmokeError
            If it fails, or takes longer than `limit` seconds.
        """
        began = time.monotonic()
        try:
            done = subprocess.run(
                [*self._words, *words],
                env=self._variables,
                capture_output=True,
                text=True,
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
    folder = Path(f"/tmp/vae-explorer-smoke-{os.getpid()}")
    program = Program(options.program, options.root, folder)
    program.outside("").mkdir()
    try:
        try_all(program)
    except SmokeError as error:
        sys.stderr.write(f"FAILED: {error}\n")
        return 1
    finally:
        shutil.rmtree(program.outside(""))
    sys.stdout.write("The program starts, trains, evaluates, exports and draws its window.\n")
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
