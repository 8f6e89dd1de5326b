"""The licence texts of everything inside a bundle, collected from what it was made of.

Run by ``dev.py bundle`` in the environment of the project: ``python -m development.licences BUILD BUNDLE``. Each file
that PyInstaller took comes from a package of Python's, from Python itself, or from a package of the system; each of
these must have a text, else nothing is built.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

PROJECT = Path(__file__).resolve().parents[2]
TEXTS = PROJECT / "packaging" / "licences"

# Wheels without a text of their licence: the texts that they name.
WITHOUT_TEXTS: Final = {
    "PySide6_Essentials": ("LGPL-3.0.txt", "GPL-3.0.txt"),
    "shiboken6": ("LGPL-3.0.txt", "GPL-3.0.txt"),
}
_IS_A_TEXT = re.compile(r"(^|/)(licen[cs]e|copying|copyright|notice|authors)[^/]*$|/licenses?/", re.IGNORECASE)
_OWN = "vae-explorer"


@dataclass(frozen=True, slots=True)
class Part:
    """Something in the bundle that has a licence of its own.

    Attributes
    ----------
    name, version
        What it is.
    licence
        The licence's name as its makers write it, in one line.
    texts
        The files with the texts.
    """

    name: str
    version: str
    licence: str
    texts: tuple[Path, ...]


def main() -> int:
    """Write ``licences/`` into a bundle and return 0, or say which part has no text and return 1."""
    build, bundle = map(Path, sys.argv[1:3])
    parts = sorted({part.name: part for part in parts_of(build)}.values(), key=lambda part: part.name.lower())
    missing = [part.name for part in parts if not part.texts]
    if missing:
        sys.stderr.write(f"No licence text was found for {', '.join(missing)}: add it to packaging/licences.\n")
        return 1
    write(parts, bundle / "licences")
    return 0


def parts_of(build: Path) -> Iterator[Part]:
    """Yield all that a bundle was made of, some of it several times.

    Parameters
    ----------
    build
        PyInstaller's folder of work, with its tables of contents.
    """
    owners = metadata.packages_distributions()
    site = Path(sysconfig.get_path("purelib"))
    yield _python()
    seen: set[str] = set()
    for source in _sources(build):
        if source.is_relative_to(site):
            for name in owners.get(source.relative_to(site).parts[0].removesuffix(".py"), ()):
                if name not in seen and name != _OWN:
                    seen.add(name)
                    yield _distribution(name)
            for name in _owner_of_libraries(source.relative_to(site).parts[0]):
                if name not in seen:
                    seen.add(name)
                    yield _distribution(name)
        elif source.is_relative_to("/lib") or source.is_relative_to("/usr/lib"):
            part = _system_package(source)
            if part is not None and part.name not in seen:
                seen.add(part.name)
                yield part


def _sources(build: Path) -> Iterator[Path]:
    for table in ("PYZ-00.toc", "COLLECT-00.toc"):
        yield from _files(ast.literal_eval((build / table).read_text(encoding="utf-8")))


def _files(entry: object) -> Iterator[Path]:
    """Yield the source of each entry: (place in the bundle, source, sort), in lists of any depth."""
    if isinstance(entry, tuple) and len(entry) == 3 and all(isinstance(item, str) for item in entry):
        if entry[1]:
            yield Path(entry[1])
    elif isinstance(entry, (tuple, list)):
        for item in entry:
            yield from _files(item)


def _owner_of_libraries(folder: str) -> Iterator[str]:
    """Yield the package whose shared libraries lie in a folder of their own, such as ``numpy.libs``."""
    if folder.endswith(".libs"):
        yield folder.removesuffix(".libs")


def _distribution(name: str) -> Part:
    found = metadata.distribution(name)
    facts = found.metadata
    classifiers = [line.rpartition(" :: ")[2] for line in facts.get_all("Classifier") or [] if "License" in line]
    written = facts["License"].strip().splitlines()[0] if "License" in facts else "see its text"
    licence = facts["License-Expression"] if "License-Expression" in facts else ", ".join(classifiers) or written
    texts = [Path(str(found.locate_file(path))) for path in found.files or () if _IS_A_TEXT.search(str(path))]
    texts = [path for path in texts if path.is_file() and path.suffix != ".py"]
    texts += [TEXTS / text for text in WITHOUT_TEXTS.get(facts["Name"], ())]
    return Part(facts["Name"], found.version, licence, tuple(texts))


def _python() -> Part:
    text = Path(sysconfig.get_path("stdlib")) / "LICENSE.txt"
    if not text.is_file():  # as Debian keeps it
        text = Path(f"/usr/share/doc/python3.{sys.version_info.minor}/copyright")
    return Part("Python", sys.version.partition(" ")[0], "PSF-2.0", (text,) if text.is_file() else ())


def _system_package(library: Path) -> Part | None:
    """Return the Debian package that a library is from, or None where it is a package of no known kind."""
    for path in (library, library.resolve(), Path("/", *library.parts[2:]) if library.parts[1] == "usr" else library):
        done = subprocess.run(["dpkg", "-S", str(path)], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            name = done.stdout.partition(":")[0].strip()
            text = Path("/usr/share/doc") / name / "copyright"
            version = subprocess.run(
                ["dpkg-query", "-W", "-f", "${Version}", name], capture_output=True, text=True, check=False
            ).stdout
            return Part(name, version, "see its text", (text,) if text.is_file() else ())
    return Part(str(library), "", "", ())


def write(parts: list[Part], folder: Path) -> None:
    """Write a list of all parts and a folder of texts for each.

    Parameters
    ----------
    parts
        What is in the bundle.
    folder
        A new folder.
    """
    folder.mkdir(parents=True)
    own = (PROJECT / "LICENSE").read_text(encoding="utf-8")
    (folder / "VAE-Explorer.txt").write_text(own, encoding="utf-8")
    lines = [
        "VAE Explorer is under the MIT licence (VAE-Explorer.txt). What it is delivered with has licences of its own:",
        "",
    ]
    for part in parts:
        lines.append(f"{part.name} {part.version}: {part.licence}")
        place = folder / re.sub(r"[^\w.+-]", "_", part.name)
        place.mkdir()
        for number, text in enumerate(part.texts):
            (place / f"{number:02d}-{text.name}").write_bytes(text.read_bytes())
    lines += [
        "",
        "Qt and PySide6 are under the LGPL 3: their libraries lie in this folder as files of their own, which may be",
        "replaced by others of the same interface. Their sources are at https://download.qt.io/official_releases/.",
    ]
    (folder / "README.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
