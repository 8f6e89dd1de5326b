"""The wheel and the source archive, built for real and looked into."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from development.commands import PROJECT

import vae_explorer

PRINT_RESOURCES = (
    "import sys; sys.path.insert(0, sys.argv[1])\n"
    "from vae_explorer.resources import resource_path\n"
    "print(resource_path())\n"
    "print(resource_path('data', 'mnist-10k'))\n"
)


def run(*words: str | Path, folder: Path) -> str:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build_wheel(source: Path, target: Path) -> Path:
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    run(sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", target, source, folder=target)
    return next(target.glob("*.whl"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(PROJECT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel installed into it, far from the checkout."""
    target = tmp_path_factory.mktemp("site")
    options = ["--quiet", "--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check", "--target"]
    run(sys.executable, "-m", "pip", "install", *options, target, wheel, folder=target)
    return target


def resource_files(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_that_the_installed_wheel_finds_its_bundled_files(installed: Path) -> None:
    printed = run(sys.executable, "-I", "-c", PRINT_RESOURCES, installed, folder=installed)
    root, digits = map(Path, printed.splitlines())
    assert root == installed / "vae_explorer" / "_resources"
    assert (digits / "images-idx3-ubyte.gz").is_file()
    assert (digits / "labels-idx1-ubyte.gz").is_file()


def test_that_the_wheel_carries_every_resource_byte_for_byte(installed: Path) -> None:
    assert resource_files(installed / "vae_explorer" / "_resources") == resource_files(PROJECT / "resources")


def test_that_the_wheel_has_all_modules_and_nothing_else_at_the_top(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    modules = {path.relative_to(PROJECT).as_posix() for path in (PROJECT / "vae_explorer").rglob("*.py")}
    assert modules - names == set()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"vae_explorer", f"vae_explorer-{vae_explorer.__version__}.dist-info"}


def test_that_the_wheel_names_version_licence_and_both_programs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        info = f"vae_explorer-{vae_explorer.__version__}.dist-info"
        metadata = Parser().parsestr(archive.read(f"{info}/METADATA").decode())
        scripts = archive.read(f"{info}/entry_points.txt").decode()
        assert f"{info}/licenses/LICENSE" in archive.namelist()
    assert (metadata["Version"], metadata["License-Expression"]) == (vae_explorer.__version__, "MIT")
    assert "[console_scripts]\nvae-explorer = " in scripts
    assert "[gui_scripts]\nvae-explorer-window = " in scripts


def test_that_the_source_archive_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "hatchling", "build", "--target", "sdist", "--directory", tmp_path, folder=PROJECT)
    # By tarfile's own command: whether its function takes a filter, or wants one, depends on the patch version.
    run(sys.executable, "-m", "tarfile", "--extract", next(tmp_path.glob("*.tar.gz")), tmp_path, folder=tmp_path)
    source = next(path for path in tmp_path.iterdir() if path.is_dir())
    assert {"LICENSE", "packaging", "tests", "resources", "vae_explorer"} <= {path.name for path in source.iterdir()}
    (tmp_path / "again").mkdir()
    again = build_wheel(source, tmp_path / "again")
    assert sorted(zipfile.ZipFile(again).namelist()) == sorted(zipfile.ZipFile(wheel).namelist())
