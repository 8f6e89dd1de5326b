"""What the frozen program leaves out, the licences that go with it, and its Debian package."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from development import debian
from development.bundling import moment_of, version_of
from development.commands import PROJECT
from development.console import Console, SetupError
from development.icon import SIDES, SOURCE, drawing, write_icons
from development.licences import Part, parts_of, write
from development.trimming import EXCLUDED_MODULES, is_kept
from PIL import Image
from PIL.IcoImagePlugin import IcoImageFile

import vae_explorer

USE_TORCH_WITHOUT = """
import sys
from importlib.machinery import PathFinder

class Bundle(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if any(name == excluded or name.startswith(f"{excluded}.") for excluded in sys.argv[1:]):
            return None
        return super().find_spec(name, path, target)

sys.meta_path[:] = [Bundle if finder is PathFinder else finder for finder in sys.meta_path]
import torch
from torch.distributions import MultivariateNormal
layer = torch.nn.Linear(2, 2)
torch.func.vmap(torch.func.jacfwd(layer))(torch.zeros(3, 2))
torch.func.jacrev(layer)(torch.zeros(2))
for method in (torch.optim.SGD, torch.optim.Adam):
    optimiser = method(layer.parameters(), lr=0.1)
    layer(torch.zeros(1, 2)).sum().backward()
    optimiser.step()
    optimiser.zero_grad()
MultivariateNormal(torch.zeros(2), torch.eye(2)).log_prob(torch.zeros(2))
print("torch._dynamo" in sys.modules)
"""


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("torch/lib/libtorch_cpu.so", True),
        ("torch/bin/torch_shm_manager", True),
        ("torch/bin/protoc", False),
        ("torch\\test\\test_api", False),
        ("torch/testing/_internal/common.pyc", True),
        ("matplotlib/mpl-data/fonts/ttf/cmmi10.ttf", True),
        ("matplotlib/mpl-data/images/home.png", False),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", True),
        ("PySide6/Qt/plugins/platforms/libqoffscreen.so", True),
        ("PySide6/Qt/plugins/platforms/libqlinuxfb.so", False),
        ("PySide6/Qt/plugins/imageformats/libqsvg.so", True),
        ("PySide6/Qt/plugins/imageformats/libqtiff.so", False),
        ("PySide6/Qt/translations/qtbase_zh_CN.qm", True),
        ("PySide6/Qt/translations/qtbase_fr.qm", False),
        ("libpango-1.0.so.0", False),
        ("vae_explorer/_resources/icons/train.svg", True),
    ],
)
def test_that_the_bundle_leaves_out_what_the_program_never_asks_for(name: str, kept: bool) -> None:
    assert is_kept(name) is kept


@pytest.mark.slow
def test_that_torch_finds_in_the_bundle_what_it_imports_when_something_is_first_called() -> None:
    words = [sys.executable, "-c", USE_TORCH_WITHOUT, *EXCLUDED_MODULES]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=240)
    assert done.stdout == "True\n", done.stderr


def test_that_the_version_stands_in_one_place() -> None:
    assert version_of(PROJECT) == vae_explorer.__version__


def test_that_a_build_is_dated_by_its_commit(tmp_path: Path) -> None:
    module = tmp_path / "vae_explorer" / "__init__.py"
    module.parent.mkdir()
    module.write_text('__version__ = "9.8"\n', encoding="utf-8")
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    date = {"GIT_COMMITTER_DATE": "1700000000 +0000", "GIT_AUTHOR_DATE": "1700000000 +0000", "PATH": "/usr/bin:/bin"}
    subprocess.run([*git, "commit", "-q", "-m", "x"], check=True, env=date)
    assert moment_of(tmp_path) == 1_700_000_000


def table(folder: Path, *sources: Path) -> Path:
    entries = [(source.name, str(source), "PYMODULE") for source in sources]
    (folder / "PYZ-00.toc").write_text(repr(("archive", entries)), encoding="utf-8")
    (folder / "COLLECT-00.toc").write_text(repr(([("start", "", "DATA")],)), encoding="utf-8")
    return folder


def test_that_each_library_in_the_bundle_brings_its_licence(tmp_path: Path) -> None:
    import numpy as np
    import PySide6

    sources = [Path(np.__file__), Path(str(PySide6.__file__)), Path(vae_explorer.__file__)]
    parts = {part.name: part for part in parts_of(table(tmp_path, *sources))}
    assert set(parts) == {"Python", "numpy", "PySide6_Essentials"}
    assert "BSD" in parts["numpy"].licence
    assert "LGPL" in parts["PySide6_Essentials"].licence
    assert all(part.texts for part in parts.values())
    write(list(parts.values()), tmp_path / "licences")
    listed = (tmp_path / "licences" / "README.txt").read_text(encoding="utf-8")
    assert f"numpy {np.__version__}: " in listed
    lesser = (tmp_path / "licences" / "PySide6_Essentials" / "00-LGPL-3.0.txt").read_text(encoding="utf-8")
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in lesser


def test_that_a_library_of_nobody_known_has_no_text(tmp_path: Path) -> None:
    parts = list(parts_of(table(tmp_path, Path("/usr/lib/libnobody.so"))))
    assert [part for part in parts if not part.texts] == [Part("/usr/lib/libnobody.so", "", "", ())]


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "vae-explorer"
    (folder / "licences").mkdir(parents=True)
    (folder / "licences" / "README.txt").write_text("MIT\n", encoding="utf-8")
    program = folder / "vae-explorer"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o700)
    (folder / "secret").write_text("x", encoding="utf-8")
    (folder / "secret").chmod(0o600)
    return folder


def test_that_the_debian_package_has_program_desktop_entry_icon_and_types_and_is_the_same_again(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "project"
    monkeypatch.setattr(debian, "validate", lambda _tree: None)  # its programs are needed for a release only
    monkeypatch.setattr(debian, "CHECKS", {})
    manual = tmp_path / "vae-explorer.1"
    manual.write_text(".TH VAE-EXPLORER 1\n", encoding="utf-8")
    packed = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        monkeypatch.setattr(debian, "BUILD", project / name)
        packed.append(
            debian.make_deb(bundle, manual, tmp_path / name, version="1.2", moment=1_700_000_000, console=Console())
        )
    assert packed[0].read_bytes() == packed[1].read_bytes()
    listed = subprocess.check_output(["dpkg-deb", "--contents", str(packed[0])], text=True).splitlines()
    rights = {line.split()[5]: line.split()[0] for line in listed}
    assert rights["./opt/vae-explorer/vae-explorer"] == "-rwxr-xr-x"
    assert rights["./opt/vae-explorer/secret"] == "-rw-r--r--"
    assert all(f"./usr/{name}" in rights for name in ("bin/vae-explorer", "share/mime/packages/vae-explorer.xml"))
    assert "./usr/share/applications/vae-explorer.desktop" in rights
    assert rights["./usr/share/man/man1/vae-explorer.1.gz"] == "-rw-r--r--"
    assert "./usr/share/icons/hicolor/scalable/apps/vae-explorer.svg" in rights
    assert {line.split()[1] for line in listed} == {"root/root"}
    version = subprocess.check_output(["dpkg-deb", "--field", str(packed[0]), "Version"], text=True)
    assert version == "1.2\n"


def test_that_a_package_without_its_checks_is_refused_with_what_to_install(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(debian, "CHECKS", {"no-such-check": "its-package"})
    with pytest.raises(SetupError, match=r"apt-get install dpkg its-package"):
        debian.make_deb(bundle, tmp_path / "page.1", tmp_path, version="1.2", moment=0, console=Console())


def test_that_the_icon_is_drawn_anew_for_each_size(tmp_path: Path) -> None:
    write_icons(SOURCE, tmp_path)
    with Image.open(tmp_path / "vae-explorer.ico") as windows:
        assert windows.info["sizes"] == {(side, side) for side in SIDES}
        assert isinstance(windows, IcoImageFile)
        small = windows.ico.getimage((16, 16)).convert("RGBA")
    with Image.open(tmp_path / "vae-explorer.icns") as macos:
        assert (512, 512, 2) in macos.info["sizes"]
    assert small.getchannel("A").getpixel((0, 0)) == 0, "transparent outside of the rounded corner"
    assert small.tobytes() == drawing(SOURCE, 16).tobytes()


def test_that_programs_are_executable_and_documents_are_not() -> None:
    for path in (PROJECT / "packaging").rglob("*.txt"):
        assert not path.stat().st_mode & stat.S_IXUSR, path
