"""The frozen program: one folder with everything in it, its licences, tried before it is called done."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from development.console import Console, SetupError, run_quietly
from development.debian import make_deb
from development.environment import Environment
from development.packages import clean_environment
from development.trimming import strip_libraries

# Each command with all that can be said of it, from the parser that reads them.
_MANUAL = (
    *("--module", "vae_explorer.cli.parser", "--function", "command_parser"),
    *("--prog", "vae-explorer", "--project-name", "VAE Explorer", "--manual-title", "VAE Explorer"),
    *("--description", "train generative models with a latent plane and walk in it"),
)
_VERSION = re.compile(r'^__version__ = "([^"]+)"$', re.MULTILINE)


def make_bundle(environment: Environment, console: Console) -> Path:
    """Freeze the program into ``dist/vae-explorer`` and try it.

    Parameters
    ----------
    environment
        Where the program, its libraries and PyInstaller are installed.
    console
        Where each step is named.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    SetupError
        If it can't be made, has a part without a licence text, or doesn't pass the smoke test.
    """
    project = environment.project
    build, target = project / "build" / "bundle", project / "dist"
    bundle = target / "vae-explorer"
    variables = clean_environment() | {
        "PYTHONPATH": str(project / "packaging"),
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": str(moment_of(project)),
        "PYINSTALLER_CONFIG_DIR": str(build / "cache"),
    }
    shutil.rmtree(build, ignore_errors=True)
    build.mkdir(parents=True)
    with console.step("Drawing the icon"):
        icon: list[str | Path] = [environment.python, "-m", "development.icon", build]
        run_quietly(icon, env=variables, cwd=project / "packaging")
    with console.step(f"Freezing the program into {bundle}"):
        where: list[str | Path] = ["--noconfirm", "--log-level", "WARN", "--distpath", target, "--workpath", build]
        spec = project / "packaging" / "bundle" / "vae-explorer.spec"
        run_quietly([environment.python, "-m", "PyInstaller", *where, spec], env=variables, cwd=project)
        strip_libraries(bundle)
    with console.step("Collecting the licences of everything in it"):
        words: list[str | Path] = [environment.python, "-m", "development.licences", build / "vae-explorer", bundle]
        run_quietly(words, env=variables, cwd=project / "packaging")
    console.say(f"Trying it ({size(bundle) / 1e6:,.0f} MB)")
    smoke = [str(environment.python), str(project / "packaging/bundle/smoke.py"), str(program_in(bundle))]
    if subprocess.run(smoke, check=False, stdin=subprocess.DEVNULL).returncode != 0:
        raise SetupError("The frozen program doesn't work: see above.")
    return bundle


def make_packages(environment: Environment, console: Console) -> tuple[Path, ...]:
    """Make the wheel and the source archive in ``dist``, and a .deb of the bundle if there is one and this is Debian.

    Raises
    ------
    SetupError
        If one of them can't be made.
    """
    project = environment.project
    target = project / "dist"
    moment = moment_of(project)
    variables = clean_environment() | {"SOURCE_DATE_EPOCH": str(moment)}
    with console.step("Making the wheel and the source archive"):
        build: list[str | Path] = [environment.python, "-m", "hatchling", "build", "--directory", target, "--target"]
        for kind in ("wheel", "sdist"):
            run_quietly([*build, kind], env=variables, cwd=project)
    version = version_of(project)
    made = [target / f"vae_explorer-{version}-py3-none-any.whl", target / f"vae_explorer-{version}.tar.gz"]
    bundle = target / "vae-explorer"
    if sys.platform.startswith("linux") and program_in(bundle).is_file():
        manual = project / "build" / "vae-explorer.1"
        with console.step("Writing the manual page"):
            manual.parent.mkdir(exist_ok=True)
            write = environment.python.parent / "argparse-manpage"
            run_quietly([write, *_MANUAL, "--version", version, "--output", manual], env=variables, cwd=project)
        made.append(make_deb(bundle, manual, target, version=version, moment=moment, console=console))
    else:
        console.say("There is no bundle for a .deb: `python3 packaging/dev.py bundle` on a Debian makes one.")
    for path in made:
        console.say(f"{path} ({path.stat().st_size / 1e6:,.1f} MB)")
    return tuple(made)


def program_in(bundle: Path) -> Path:
    """Return the program of a bundle."""
    return bundle / ("vae-explorer.exe" if os.name == "nt" else "vae-explorer")


def version_of(project: Path) -> str:
    """Return the program's version, from the one place where it stands.

    Raises
    ------
    SetupError
        If it isn't there.
    """
    text = (project / "vae_explorer" / "__init__.py").read_text(encoding="utf-8")
    found = _VERSION.search(text)
    if found is None:
        raise SetupError("vae_explorer/__init__.py names no __version__.")
    return found[1]


def moment_of(project: Path) -> int:
    """Return when the newest commit was made, in seconds since 1970: the date of all that is built from it."""
    done = subprocess.run(
        ["git", "log", "-1", "--format=%ct"], cwd=project, capture_output=True, text=True, check=False
    )
    if done.returncode == 0 and done.stdout.strip():
        return int(done.stdout)
    # From a source archive: as old as the file that names the version.
    return int((project / "vae_explorer" / "__init__.py").stat().st_mtime)


def size(folder: Path) -> int:
    """Return the bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
