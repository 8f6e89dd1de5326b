"""A .deb of the bundle, made by dpkg-deb: the program in /opt, and what a desktop needs to know of it in /usr/share."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from development.console import Console, SetupError, run_quietly

PROJECT = Path(__file__).resolve().parents[2]
DESKTOP = PROJECT / "packaging" / "linux"
BUILD = PROJECT / "build" / "deb"
ICON = PROJECT / "resources" / "icons" / "application.svg"
PROGRAM = Path("opt/vae-explorer")
CHECKS = {"desktop-file-validate": "desktop-file-utils", "appstreamcli": "appstream"}

# What a bundle can't bring, because it belongs to the graphics driver or the desktop.
DEPENDS = "libc6 (>= 2.34), libgl1, libegl1, libfontconfig1, shared-mime-info"
RECOMMENDS = "fonts-dejavu-core, fonts-noto-cjk | fonts-wqy-microhei"

# Who publishes the package puts an address of their own.
MAINTAINER = "VAE Explorer contributors <vae-explorer@localhost>"

CHANGES = """vae-explorer ({version}) stable; urgency=medium

  * CHANGELOG.md.gz says what changed.

 -- {maintainer}  {when}
"""
CONTROL = """Package: vae-explorer
Version: {version}
Architecture: {architecture}
Maintainer: {maintainer}
Section: education
Priority: optional
Installed-Size: {kilobytes}
Depends: {depends}
Recommends: {recommends}
Description: train generative models with a latent plane and walk in it
 VAE Explorer trains autoencoders, VAEs, importance-weighted and conditional
 ones, information bottlenecks and GANs whose latent space is a plane, and
 makes that plane a place to walk in while the model still trains.
 .
 For students, teachers and researchers. Nothing else needs to be installed.
"""


def make_deb(bundle: Path, manual: Path, target: Path, *, version: str, moment: int, console: Console) -> Path:
    """Make the package and return its file.

    Parameters
    ----------
    bundle
        The frozen program's folder.
    manual
        The program's page for ``man``.
    target
        The folder that takes the package.
    version
        The program's.
    moment
        Seconds since 1970 that every file in it is dated: the same input gives the same bytes.
    console
        Where each step is named.

    Raises
    ------
    SetupError
        If a program that is needed isn't there, or what the desktop reads isn't valid.
    """
    missing = [f"{package}" for program, package in CHECKS.items() if shutil.which(program) is None]
    if missing or shutil.which("dpkg-deb") is None:
        raise SetupError(f"A .deb needs dpkg-deb and its checks: apt-get install dpkg {' '.join(missing)}.")
    tree = BUILD
    shutil.rmtree(tree, ignore_errors=True)
    with console.step("Laying out the Debian package"):
        lay_out(tree, bundle, manual, version, moment)
        validate(tree)
        date_all(tree, moment)
    architecture = subprocess.check_output(["dpkg", "--print-architecture"], text=True).strip()
    package = target / f"vae-explorer_{version}_{architecture}.deb"
    with console.step(f"Packing {package.name}"):
        variables = {**os.environ, "SOURCE_DATE_EPOCH": str(moment)}
        run_quietly(["dpkg-deb", "--root-owner-group", "-Zzstd", "-z12", "--build", tree, package], env=variables)
    shutil.rmtree(tree)
    return package


def lay_out(tree: Path, bundle: Path, manual: Path, version: str, moment: int) -> None:
    """Write the package's tree of files."""
    shutil.copytree(bundle, tree / PROGRAM, symlinks=True)
    command = tree / "usr/bin/vae-explorer"
    command.parent.mkdir(parents=True)
    command.symlink_to("/opt/vae-explorer/vae-explorer")
    share = tree / "usr/share"
    day = datetime.fromtimestamp(moment, UTC).date().isoformat()
    info = (DESKTOP / "vae-explorer.metainfo.xml").read_text(encoding="utf-8")
    _write(share / "metainfo/vae-explorer.metainfo.xml", info.replace("@VERSION@", version).replace("@DATE@", day))
    _write(share / "applications/vae-explorer.desktop", (DESKTOP / "vae-explorer.desktop").read_text(encoding="utf-8"))
    _write(share / "mime/packages/vae-explorer.xml", (DESKTOP / "vae-explorer.xml").read_text(encoding="utf-8"))
    _write(share / "icons/hicolor/scalable/apps/vae-explorer.svg", ICON.read_text(encoding="utf-8"))
    page = share / "man/man1/vae-explorer.1.gz"
    page.parent.mkdir(parents=True)
    page.write_bytes(gzip.compress(manual.read_bytes(), mtime=0))
    documents = share / "doc/vae-explorer"
    _write(documents / "copyright", (bundle / "licences/README.txt").read_text(encoding="utf-8"))
    when = datetime.fromtimestamp(moment, UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
    changes = CHANGES.format(version=version, maintainer=MAINTAINER, when=when).encode()
    (documents / "changelog.gz").write_bytes(gzip.compress(changes, mtime=0))
    (documents / "CHANGELOG.md.gz").write_bytes(gzip.compress((PROJECT / "CHANGELOG.md").read_bytes(), mtime=0))
    size = sum(path.lstat().st_size for path in tree.rglob("*") if path.is_file()) // 1024
    architecture = subprocess.check_output(["dpkg", "--print-architecture"], text=True).strip()
    fields: dict[str, object] = {"version": version, "architecture": architecture, "kilobytes": size}
    fields |= {"depends": DEPENDS, "recommends": RECOMMENDS, "maintainer": MAINTAINER}
    _write(tree / "DEBIAN/control", CONTROL.format(**fields))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)


def validate(tree: Path) -> None:
    """Let the desktop's own checks read what it will be given.

    Raises
    ------
    SetupError
        If they find fault with it.
    """
    share = tree / "usr/share"
    run_quietly(["desktop-file-validate", share / "applications/vae-explorer.desktop"])
    # The project has no domain of its own to turn round into an identifier.
    override = "--override=cid-desktopapp-is-not-rdns=info"
    info = share / "metainfo/vae-explorer.metainfo.xml"
    run_quietly(["appstreamcli", "validate", "--no-net", override, info])


def date_all(tree: Path, moment: int) -> None:
    """Give every file the same date and the rights of installed files."""
    for path in sorted(tree.rglob("*"), reverse=True):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        os.utime(path, (moment, moment), follow_symlinks=False)
