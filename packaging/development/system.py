"""What the operating system must bring: shared libraries for Qt, and programs and data for the tests.

Whether a library is there is found out by loading it, which is true on every Linux; only what to install, and how,
is Debian's. macOS and Windows bring all that is needed.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from development.console import Console, SetupError, StepError, run_quietly

OS_RELEASE = Path("/etc/os-release")

# library: the Debian package that has it
OFFSCREEN_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libX11.so.6": "libx11-6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libdbus-1.so.3": "libdbus-1-3",
}
X11_LIBRARIES = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}
WAYLAND_LIBRARIES = {
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
}
TEST_PROGRAMS = {
    "Xvfb": "xvfb",
    "xauth": "xauth",
    "xdotool": "xdotool",
    "rsvg-convert": "librsvg2-bin",
    "pdftoppm": "poppler-utils",
}
TEST_DATA = {"/usr/share/datasets/fashion-mnist": "dataset-fashion-mnist"}


def has_display(environment: Mapping[str, str]) -> bool:
    """Tell whether a window can be shown; only Linux may have no screen at all."""
    if not sys.platform.startswith("linux"):
        return True
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def missing_packages(environment: Mapping[str, str], *, tests: bool) -> dict[str, str]:
    """Return what is needed and not there, each with the Debian package that brings it.

    Parameters
    ----------
    environment
        The environment variables; they tell which kind of screen there is.
    tests
        Whether the tests are to be run: they open real windows on a virtual screen, read a real data set, and let other
        programs render figures.
    """
    if not sys.platform.startswith("linux"):
        return {}
    libraries = dict(OFFSCREEN_LIBRARIES)
    if tests or environment.get("DISPLAY"):
        libraries |= X11_LIBRARIES
    elif environment.get("WAYLAND_DISPLAY"):
        libraries |= WAYLAND_LIBRARIES
    missing = {library: package for library, package in libraries.items() if not can_load(library)}
    if tests:
        missing |= {program: package for program, package in TEST_PROGRAMS.items() if shutil.which(program) is None}
        missing |= {folder: package for folder, package in TEST_DATA.items() if not Path(folder).is_dir()}
    return missing


def can_load(library: str) -> bool:
    """Tell whether the dynamic linker finds a shared library and all that it needs."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def is_debian_like(os_release: str) -> bool:
    """Tell from the text of ``/etc/os-release`` whether the system is Debian or made from it."""
    fields = dict(line.split("=", 1) for line in os_release.splitlines() if "=" in line)
    names = f"{fields.get('ID', '')} {fields.get('ID_LIKE', '')}".replace('"', " ").replace("'", " ").split()
    return "debian" in names or "ubuntu" in names


def install_line(packages: Iterable[str], *, is_root: bool) -> str:
    """Return the line that installs Debian packages, as a person would type it."""
    apt = "apt-get" if is_root else "sudo apt-get"
    return f"{apt} update && {apt} install --no-install-recommends {' '.join(sorted(set(packages)))}"


def require(missing: Mapping[str, str], console: Console) -> None:
    """See to it that what is missing gets there: install it where that is possible, else say how.

    Raises
    ------
    SetupError
        If it can't be installed from here; the message has the exact line.
    """
    if not missing:
        return
    packages = sorted(set(missing.values()))
    if not on_debian():
        raise SetupError(
            f"This system lacks {', '.join(sorted(missing))}: install what brings them with the system's package "
            f"manager (Debian's packages are called {' '.join(packages)}), then start again."
        )
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if not is_root or shutil.which("apt-get") is None:
        raise SetupError(
            f"This system lacks {'a package' if len(packages) == 1 else 'some packages'}. "
            f"Install what is missing with\n\n    {install_line(packages, is_root=False)}\n\nthen start again."
        )
    install(packages, console)


def on_debian() -> bool:
    """Tell whether this system is Debian or made from it."""
    return OS_RELEASE.is_file() and is_debian_like(OS_RELEASE.read_text(encoding="utf-8", errors="replace"))


def install(packages: list[str], console: Console) -> None:
    """Install Debian packages without asking anything; the user must be root."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    apt = ["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=120"]
    with console.step(f"Installing system packages ({' '.join(packages)})"):
        try:
            run_quietly([*apt, "update"], env=environment)
            update_failure = ""
        except StepError as failure:
            # One source out of several that can't be reached doesn't matter if the packages are found all the same.
            update_failure = failure.output
        try:
            run_quietly([*apt, "install", "--no-install-recommends", *packages], env=environment)
        except StepError as failure:
            line = install_line(packages, is_root=True)
            raise StepError(
                f"{failure}\nThe packages can also be installed by hand:\n\n    {line}\n",
                f"{update_failure}\n{failure.output}",
            ) from failure
