"""Open a collection of hostile files and folders, and see that each loads or is refused exactly as is written down.

Lying headers, bombs of every packing, pickles that would run a command, links, pipes and devices, names that lead
outside, pictures of every odd kind, and runs that somebody else made. Each is opened in a process of its own, which may
take 512 MB of memory and 10 seconds; a canary that some of them point to must neither be opened nor changed, and no
process may be started.

Run it with ``python3 packaging/dev.py prove corpus``; there is no larger one for a release. Takes half a minute.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.proving import _hostile_arrays, _hostile_pictures, _hostile_runs
from tests.proving._guarded import guarded
from tests.proving._hostile import Case, Loads
from tests.proving._telling import conclude

CASES: tuple[Case, ...] = (*_hostile_arrays.CASES, *_hostile_pictures.CASES, *_hostile_runs.CASES)
_CANARY = b"nobody may read this"
_FORBIDDEN = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "pickle.find_class")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a case; `wrong` says what wasn't as expected, "" where all was."""

    name: str
    outcome: str
    wrong: str
    seconds: float
    peak_bytes: int


def try_case(case: Case, folder: Path, canary: Path) -> Verdict:
    """Make a case in a folder, open it in a process of its own, and compare what happens with what has to."""
    folder.mkdir(parents=True)
    path = case.make(folder, canary)
    before = canary.stat()
    done = guarded(lambda: _opened(case, path, canary))
    outcome = str(done.value) if done.value is not None else done.failure
    after = canary.stat()
    wrong = done.failure or _difference(case, done.value)
    if done.noise:
        wrong = wrong or f"it wrote to the terminal: {done.noise[:300]}"
    if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size) or canary.read_bytes() != _CANARY:
        wrong = "the canary was changed"
    return Verdict(case.name, outcome, wrong, done.seconds, done.peak_bytes)


def _difference(case: Case, value: object) -> str:
    assert isinstance(value, dict)
    if value["touched"]:
        return f"it touched {value['touched']}"
    if isinstance(case.expected, Loads):
        if value["refused"]:
            return f"it was refused: {value['refused']}"
        notes = " ".join(value["notes"])
        if value["images"] != case.expected.images:
            return f"{value['images']} images instead of {case.expected.images}; {notes}"
        return "" if case.expected.words in notes else f"its notes don't say {case.expected.words!r}: {notes}"
    refused = value["refused"]
    if not refused:
        return f"it loaded, with {value['images']} images"
    if not refused.isprintable() or len(refused) > 1500:
        return f"the refusal is no short line: {refused[:300]!r}"
    return "" if case.expected.words in refused else f"the refusal doesn't say {case.expected.words!r}: {refused}"


def _opened(case: Case, path: Path, canary: Path) -> dict[str, object]:
    """Open a case; return how many images there are and what is noted, or the refusal, and what mustn't be touched."""
    from vae_explorer.errors import VaeExplorerError

    touched: list[str] = []
    watched = {str(canary), str(canary.resolve()), "/etc/passwd"}

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        if event in _FORBIDDEN:
            touched.append(event)
        elif event == "open" and isinstance(arguments[0], (str, bytes)) and _aim(arguments[0], case.kind) in watched:
            touched.append(f"{arguments[0]!r}")

    sys.addaudithook(hear)
    images, refused = 0, ""
    notes: list[str] = []
    try:
        images, notes = _OPENERS[case.kind](case, path)
    except VaeExplorerError as error:
        refused = str(error)
    return {"images": images, "notes": notes, "refused": refused, "touched": touched}


def _aim(name: str | bytes, kind: str) -> str:
    """Return what a name leads to; parts of a run may be links, since a person may keep them on another disk."""
    return os.fsdecode(name) if kind == "run" else os.path.realpath(os.fsdecode(name))


def _open_data(case: Case, path: Path) -> tuple[int, list[str]]:
    from vae_explorer.data.catalogue import load
    from vae_explorer.sections import DataConfig

    dataset = load(DataConfig(source=str(path), **dict(case.settings)))  # type: ignore[arg-type]
    names = [*dataset.class_names, dataset.name, *dataset.notes]
    assert all(name.isprintable() for name in names), f"names that aren't plain text: {names}"
    return len(dataset), list(dataset.notes)


def _open_run(_case: Case, path: Path) -> tuple[int, list[str]]:
    from vae_explorer.runs.folder import open_run

    run = open_run(path)
    assert run.moments is not None
    model = run.load_model()
    assert model.parameters > 0
    return 0, [*run.newest[1], *run.history_notes]


def _open_table(_case: Case, path: Path) -> tuple[int, list[str]]:
    import numpy as np

    from vae_explorer.data.columns import read_columns

    return len(read_columns(path, np.arange(6)).columns), []


def _open_canvas(_case: Case, path: Path) -> tuple[int, list[str]]:
    from vae_explorer.data.foreign import read_foreign
    from vae_explorer.data.framing import Framing

    found = read_foreign(path, Framing((1, 28, 28), (0,), True, None, "none", (14.0, 14.0), 2.0))
    return 1, list(found.notes)


def _open_note(_case: Case, path: Path) -> tuple[int, list[str]]:
    from vae_explorer.export.notes import read_provenance

    return int(read_provenance(path) is not None), []


_OPENERS = {"data": _open_data, "run": _open_run, "table": _open_table, "canvas": _open_canvas, "note": _open_note}


def prove(only: list[str], folder: Path) -> list[Verdict]:
    """Try all cases, or those whose names hold one of some words."""
    canary = folder / "canary"
    canary.write_bytes(_CANARY)
    _warm()
    chosen = [case for case in CASES if not only or any(word in case.name for word in only)]
    return [try_case(case, folder / str(number), canary) for number, case in enumerate(chosen)]


def _warm() -> None:
    """Import what the children need, once, so that its memory and time are nobody's."""
    import safetensors.numpy
    import torch

    import vae_explorer.data.catalogue
    import vae_explorer.data.folder
    import vae_explorer.data.foreign
    import vae_explorer.export.notes
    import vae_explorer.models.snapshot
    import vae_explorer.runs.weights  # noqa: F401

    torch.set_num_threads(1)
    assert safetensors.numpy


def main(arguments: list[str] | None = None) -> int:
    """Try the corpus, and return 1 if something wasn't as expected."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("only", nargs="*", metavar="WORD", help="only cases with one of these words in their names")
    parser.add_argument("--release", action="store_true", help="the same: there is no larger corpus")
    parser.add_argument("--seed", type=int, default=0, help="nothing here is drawn at random")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    wanted = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        verdicts = prove(wanted.only, Path(name))
    failed = [f"{verdict.name}: {verdict.wrong}" for verdict in verdicts if verdict.wrong]
    figures = {"cases": [asdict(verdict) for verdict in verdicts], "failed": len(failed)}
    words = f"{len(verdicts)} cases, {len(failed)} not as expected; {_most(verdicts)}"
    return conclude(figures, [words], failed, as_json=wanted.json)


def _most(verdicts: list[Verdict]) -> str:
    if not verdicts:
        return "nothing was tried"
    hungriest, slowest = max(verdicts, key=lambda v: v.peak_bytes), max(verdicts, key=lambda v: v.seconds)
    return (
        f"most memory {hungriest.peak_bytes / 1e6:.0f} MB ({hungriest.name}), longest {slowest.seconds:.1f} s "
        f"({slowest.name})"
    )


if __name__ == "__main__":
    sys.exit(main())
