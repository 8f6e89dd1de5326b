"""The runs of a folder on the command line: ``vae-explorer runs`` lists, renames and copies them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.cli.reporting import say, show, show_json, show_table
from vae_explorer.errors import printable
from vae_explorer.language import marked, tr
from vae_explorer.runs.header import HEADER_FILE
from vae_explorer.runs.housekeeping import copy_name, duplicate_run, rename_run
from vae_explorer.runs.overview import RunEntry, entries, run_folders
from vae_explorer.runs.places import default_runs_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_HEADINGS = (
    marked("RUN"),
    marked("OBJECTIVE"),
    marked("DATA"),
    marked("TEST LOSS"),
    marked("EPOCHS"),
    marked("BEGUN"),
    "MiB",
    marked("STATE"),
)
_NOTHING = "-"
_LONGEST_NAME = 60
_MEBIBYTE = 1 << 20
NEWEST_FIRST = "begun"


def listing(chosen: argparse.Namespace) -> int:
    """List the runs of a folder, those that can't be opened with the reason."""
    folder = chosen.folder or default_runs_folder()
    found = sorted(entries(run_folders(folder), {}, lambda: None), key=SORTED[chosen.sort])
    words = tuple(chosen.search.casefold().split())
    found = [entry for entry in found if all(word in _searched(entry) for word in words)]
    if chosen.json:
        show_json({"folder": str(folder), "runs": [_as_object(entry) for entry in found]})
        return 0
    if not found:
        say(
            tr("There are no runs in {folder}.", folder=printable(folder))
            if not words
            else tr("No run has these words.")
        )
        return 0
    show_table([tuple(map(tr, _HEADINGS)), *map(_row, found)])
    for entry in found:
        if entry.reason:
            show(f"{printable(entry.name, _LONGEST_NAME)}: {entry.reason}")
    return 0


def rename(chosen: argparse.Namespace) -> int:
    """Give a run's folder another name."""
    renamed = rename_run(_folder(chosen), chosen.name)
    return _told(chosen, renamed)


def duplicate(chosen: argparse.Namespace) -> int:
    """Copy a run into a folder beside it."""
    path = _folder(chosen)
    return _told(chosen, duplicate_run(path, chosen.name or copy_name(path), lambda _share: None))


def _folder(chosen: argparse.Namespace) -> Path:
    """Return the run's folder, which may be named by the header in it."""
    path: Path = chosen.run.absolute()
    return path.parent if path.name == HEADER_FILE and path.is_file() else path


def _told(chosen: argparse.Namespace, path: Path) -> int:
    if chosen.json:
        show_json({"run": str(path)})
    else:
        show(printable(path, 1000))
    return 0


def _row(entry: RunEntry) -> tuple[str, ...]:
    return (
        printable(entry.name, _LONGEST_NAME),
        entry.objective or _NOTHING,
        printable(Path(entry.source).name or entry.source, 30) or _NOTHING,
        _NOTHING if entry.test_loss is None else f"{entry.test_loss:.2f}",
        f"{entry.epoch:.4g}/{entry.epochs}" if entry.epochs else _NOTHING,
        _NOTHING if entry.created is None else f"{entry.created.astimezone():%Y-%m-%d %H:%M}",
        f"{entry.bytes / _MEBIBYTE:.1f}",
        tr(entry.condition.value),
    )


def _as_object(entry: RunEntry) -> Mapping[str, object]:
    return {
        "name": entry.name,
        "path": str(entry.path),
        "state": entry.condition.value,
        "reason": entry.reason,
        "objective": entry.objective,
        "data": entry.source,
        "test_loss": entry.test_loss,
        "epoch": entry.epoch,
        "epochs": entry.epochs,
        "created": None if entry.created is None else entry.created.isoformat(),
        "bytes": entry.bytes,
        "note": entry.note,
        "can_be_changed": entry.can_be_changed,
    }


def _searched(entry: RunEntry) -> str:
    return f"{entry.name}\n{entry.objective}\n{entry.source}\n{entry.note}".casefold()


def _by_time(entry: RunEntry) -> float:
    return 0.0 if entry.created is None else -entry.created.timestamp()


SORTED: Mapping[str, Callable[[RunEntry], tuple[float, str]]] = {
    NEWEST_FIRST: lambda entry: (_by_time(entry), entry.name),
    "name": lambda entry: (0.0, entry.name.casefold()),
    "loss": lambda entry: (float("inf") if entry.test_loss is None else entry.test_loss, entry.name),
    "size": lambda entry: (-float(entry.bytes), entry.name),
}
"""Orders of the list, by name."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare what can be typed after ``runs``, the two commands that change something among it."""
    parser.add_argument("--folder", metavar="DIR", type=Path, help=tr("folder of runs instead of the usual one"))
    words = tr("only runs that have all these words in name, objective, data or note")
    parser.add_argument("--search", metavar="WORDS", default="", help=words)
    parser.add_argument("--sort", choices=tuple(SORTED), default=NEWEST_FIRST, help=tr("order: the newest come first"))
    _add_json(parser)
    kinds = parser.add_subparsers(metavar="[rename|duplicate]", required=False, parser_class=type(parser))
    renaming = _one(kinds, "rename", tr("Give a run's folder another name."), rename)
    renaming.add_argument("name", metavar="NAME", help=tr("its new name, without a folder before it"))
    copying = _one(kinds, "duplicate", tr("Copy a run into a folder beside it."), duplicate)
    copying.add_argument("name", metavar="NAME", nargs="?", default="", help=tr("name of the copy"))


def _one(
    kinds: argparse._SubParsersAction[argparse.ArgumentParser], name: str, summary: str, function: object
) -> argparse.ArgumentParser:
    one = kinds.add_parser(name, help=summary, description=summary, allow_abbrev=False)
    one.set_defaults(command=function)
    one.add_argument("run", metavar="RUN", type=Path, help=tr("the folder of a run"))
    _add_json(one)
    return one


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help=tr("print one JSON object on standard output"))
