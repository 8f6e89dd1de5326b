"""What a person allows files to ask for: declared once, kept in the folder of preferences, and in force everywhere.

The file is looked at whenever bounds are asked for, and read again once it has changed, so that all windows and
commands, and the processes that they start, go by the same. Words in the environment, which ``--limit`` puts there,
count before the file.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar, Final

from vae_explorer.config import Config, from_dict, setting, settings_of, to_dict, with_text
from vae_explorer.data.limits import Limits
from vae_explorer.errors import SettingError
from vae_explorer.language import marked, tr
from vae_explorer.resources import config_folder
from vae_explorer.storage import write_atomically

VARIABLE: Final = "VAE_EXPLORER_LIMITS"
"""Environment variable with limits that count before those of the file: ``pixels=100;files=1000``."""
FILE: Final = "limits.json"
_VERSION: Final = 1
_MOST_BYTES: Final = 1 << 16
_USUAL_MEMORY: Final = 8 << 30
"""Memory of a machine that doesn't say how much it has."""


@dataclass(frozen=True, slots=True)
class Allowance(Config):
    """How much a file may ask for before it is refused."""

    section: ClassVar[str] = "limits"

    memory: int = setting(
        0,
        label=marked("Memory for images"),
        unit="MiB",
        minimum=0,
        maximum=16_777_216,
        special=(0, marked("automatic")),
        help=marked(
            "Most memory for images, whatever an experiment wants to hold there; automatic is "
            "three quarters of the machine's."
        ),
    )
    images: int = setting(
        50_000_000,
        label=marked("Images of a data set"),
        minimum=2,
        maximum=1_000_000_000,
        help=marked("Most images in one data set."),
    )
    pixels: int = setting(
        25,
        label=marked("Pixels of a picture"),
        unit=marked("million pixels"),
        minimum=1,
        maximum=10_000,
        help=marked(
            "Width times height of one file; a JPEG may have twice as many. A million may take 16 MiB to decode."
        ),
    )
    picture: int = setting(
        256,
        label=marked("Size of a picture file"),
        unit="MiB",
        minimum=1,
        maximum=65_536,
        help=marked("Largest picture file that is opened."),
    )
    files: int = setting(
        500_000,
        label=marked("Files in a folder"),
        minimum=1,
        maximum=100_000_000,
        help=marked("Most files looked at in one folder."),
    )
    weights: int = setting(
        2048,
        label=marked("Weights of a run"),
        unit="MiB",
        minimum=1,
        maximum=1_048_576,
        help=marked("Largest file of weights that is read; the state of a training may be twice as large."),
    )
    depth: int = setting(
        8,
        label=marked("Nested folders"),
        minimum=1,
        maximum=64,
        advanced=True,
        help=marked("Levels of folders that are looked into."),
    )
    labels: int = setting(
        1024,
        label=marked("Labels"),
        unit="MiB",
        minimum=1,
        maximum=65_536,
        advanced=True,
        help=marked("Stored labels of one array."),
    )
    expanded: int = setting(
        64,
        label=marked("Unpacked array"),
        unit="GiB",
        minimum=1,
        maximum=65_536,
        advanced=True,
        help=marked(
            "Size of one array after decompression. It is read in pieces: this bounds the time, not the memory."
        ),
    )
    header: int = setting(
        4,
        label=marked("Header of an array"),
        unit="KiB",
        minimum=1,
        maximum=1024,
        advanced=True,
        help=marked("Text header of NPY files."),
    )
    arrays: int = setting(
        256,
        label=marked("Arrays in an archive"),
        minimum=1,
        maximum=65_535,
        advanced=True,
        help=marked("Most arrays in one NPZ file."),
    )
    table: int = setting(
        128,
        label=marked("Table"),
        unit="MiB",
        minimum=1,
        maximum=65_536,
        advanced=True,
        help=marked("Tables of columns for points."),
    )
    document: int = setting(
        16,
        label=marked("Small file of a run"),
        unit="MiB",
        minimum=1,
        maximum=1024,
        advanced=True,
        help=marked("Header, state and list of files of a run."),
    )
    metrics: int = setting(
        256,
        label=marked("Metrics of a run"),
        unit="MiB",
        minimum=1,
        maximum=65_536,
        advanced=True,
        help=marked("Log of the curves."),
    )
    session: int = setting(
        64,
        label=marked("Session"),
        unit="MiB",
        minimum=1,
        maximum=1024,
        advanced=True,
        help=marked("What was kept of the last session."),
    )

    @property
    def limits(self) -> Limits:
        """These bounds in bytes."""
        return Limits(
            memory_bytes=self.memory << 20 or _automatic_memory(),
            memory_name="limits.memory",
            label_bytes=self.labels << 20,
            expanded_bytes=self.expanded << 30,
            images=self.images,
            picture_pixels=self.pixels * 1_000_000,
            picture_bytes=self.picture << 20,
            files=self.files,
            depth=self.depth,
            header_bytes=self.header << 10,
            members=self.arrays,
            table_bytes=self.table << 20,
            document_bytes=self.document << 20,
            metrics_bytes=self.metrics << 20,
            weights_bytes=self.weights << 20,
            session_bytes=self.session << 20,
        )


def limits_in_force() -> Limits:
    """Return the bounds that count now; a file or words that make no sense leave the defaults."""
    return _in_force(_stamp(config_folder() / FILE), os.environ.get(VARIABLE, ""))


def kept_allowance(folder: Path) -> tuple[Allowance, str]:
    """Return what is kept in a folder, and a sentence for the user where the file makes no sense: then the defaults."""
    path = folder / FILE
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError:
        return Allowance(), ""
    try:
        if len(content) > _MOST_BYTES:
            raise ValueError(tr("it is too large"))
        values = json.loads(content)
        if not isinstance(values, dict) or not isinstance(values.get("limits"), dict):
            raise ValueError(tr("it holds no limits"))
        known = {item.name for item in settings_of(Allowance)}
        return from_dict(Allowance, {name: each for name, each in values["limits"].items() if name in known}), ""
    except (ValueError, RecursionError, SettingError) as error:
        reason = " ".join(str(error).split())
        return Allowance(), tr(
            "The limits of files in {path} make no sense ({reason}): the defaults are used.", path=path, reason=reason
        )


def keep_allowance(folder: Path, allowance: Allowance) -> None:
    """Write what differs from the defaults; from then on it is in force.

    Raises
    ------
    OSError, StorageError
        If the folder can't be written.
    """
    usual = to_dict(Allowance())
    changed = {name: value for name, value in to_dict(allowance).items() if value != usual[name]}
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / FILE, [json.dumps({"version": _VERSION, "limits": changed}, indent=2).encode()])


def with_words(allowance: Allowance, words: str) -> Allowance:
    """Return an allowance with what words such as ``pixels=100;files=1000`` change.

    Raises
    ------
    SettingError
        If they have another form, or name no limit or a wrong value.
    """
    for word in filter(None, (word.strip() for word in words.split(";"))):
        name, equals, text = word.partition("=")
        if not equals:
            raise SettingError(tr("The limit {word!r} must have the form name=value, such as pixels=100.", word=word))
        allowance = with_text(allowance, name.strip().removeprefix("limits."), text)
    return allowance


Stamp = tuple[str, int, int]


def _stamp(path: Path) -> Stamp:
    """Return what tells a file from another of the same name; zeros where there is none."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return str(path), 0, 0
    return str(path), status.st_size, status.st_mtime_ns


@lru_cache(maxsize=8)
def _in_force(stamp: Stamp, words: str) -> Limits:
    allowance, _ = kept_allowance(Path(stamp[0]).parent)
    try:
        return with_words(allowance, words).limits
    except SettingError:
        return allowance.limits


def _automatic_memory() -> int:
    """Return three quarters of the machine's memory in bytes."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        total = _windows_memory()
    return max(1 << 20, total // 4 * 3)


def _windows_memory() -> int:
    import ctypes

    class Status(ctypes.Structure):
        """What GlobalMemoryStatusEx of Windows fills."""

        _fields_ = (
            ("length", ctypes.c_uint32),
            ("load", ctypes.c_uint32),
            *((name, ctypes.c_uint64) for name in ("total", "free", *"abcde")),
        )

    status = Status(length=ctypes.sizeof(Status))
    kernel = getattr(ctypes, "windll", None)
    if kernel is None or not kernel.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        return _USUAL_MEMORY
    return int(status.total)
