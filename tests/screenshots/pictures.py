"""Pictures of every panel and every state of the window: each language, light and dark, at scale 1 and 2.

Trains three small runs, brings the real window into each state through its session, and writes a PNG of it, with an
``index.html`` that shows all of them. What Qt can tell to be clipped is listed, and so are pictures of different states
that are the same to the last pixel; the exit status is 1 then.

Run it with ``python3 packaging/dev.py screenshots``. Takes half an hour on one core; each of the options that restrict
it takes it down by its share.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict
from fnmatch import fnmatch
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication

from tests.proving._telling import tell
from tests.proving._window import listening, live_in
from tests.screenshots._camera import Order, Picture, take
from tests.screenshots._gallery import write_gallery
from tests.screenshots._runs import train
from tests.screenshots._sameness import alike
from tests.screenshots._screen import wide_screen
from tests.screenshots._states import STATES, State
from vae_explorer.language import LANGUAGES, PSEUDO

THEMES = ("light", "dark")
SCALES = ("1", "2")
_RECORDS = "pictures-{scale}x.json"


def chosen(patterns: list[str]) -> tuple[State, ...]:
    """Return the states whose names fit one of some patterns of the shell, by their windows; all where there are none.

    Raises
    ------
    LookupError
        If a pattern fits no state.
    """
    for pattern in patterns:
        if not any(fnmatch(state.name, pattern) for state in STATES):
            raise LookupError(f"There is no state {pattern}; the states are {', '.join(each.name for each in STATES)}.")
    fitting = [state for state in STATES if not patterns or any(fnmatch(state.name, each) for each in patterns)]
    settings = list(dict.fromkeys(state.setting for state in STATES))
    return tuple(sorted(fitting, key=lambda state: settings.index(state.setting)))


def main(arguments: list[str] | None = None) -> int:
    """Take the pictures; return 1 if something is clipped or alike in them, 2 if a state can't be pictured."""
    options = _parser().parse_args(arguments)
    try:
        states = chosen(options.names)
    except LookupError as error:
        tell(str(error))
        return 2
    if options.list:
        tell("\n".join(state.name for state in states))
        return 0
    if options.runs is not None:
        return take_at_scale(options, states)
    words = sys.argv[1:] if arguments is None else arguments
    with tempfile.TemporaryDirectory(prefix="screenshots-runs-") as runs:
        train(Path(runs), tell)
        statuses = [_take_elsewhere(words, scale, Path(runs)) for scale in options.scale or SCALES]
    return max(*statuses, finish(options.out, options.scale or SCALES))


def _take_elsewhere(words: list[str], scale: str, runs: Path) -> int:
    """Take the pictures of one scale in a process of its own: Qt takes its scale once."""
    variables = os.environ | {"QT_SCALE_FACTOR": scale}
    program = [sys.executable, __file__, *words, "--runs", str(runs), "--scale", scale]
    return subprocess.run(program, env=variables, check=False).returncode


def take_at_scale(options: argparse.Namespace, states: tuple[State, ...]) -> int:
    """Take the pictures of the scale that this process runs at, and write down what they are."""
    languages, scale = tuple(options.language or (*LANGUAGES, PSEUDO)), options.scale[-1]
    order = Order(states, languages, tuple(options.theme or THEMES), float(scale))
    pictures: list[Picture] = []
    with tempfile.TemporaryDirectory(prefix="screenshots-") as folder, listening() as warnings:
        live_in(Path(folder))
        QApplication.setStyle("Fusion")
        with wide_screen(Path(folder)):
            _application = QApplication.instance() or QApplication(sys.argv[:1])
        if "zh_CN" in languages and not _has_chinese():
            tell("There is no font with Chinese letters on this system: install one, such as WenQuanYi or Noto CJK.")
            return 2
        failed = take(order, options.runs, options.out, pictures.append, tell)
    for warning in dict.fromkeys(warnings):
        tell(f"Qt warned: {warning}")
    records = options.out / _RECORDS.format(scale=scale)
    records.write_text(json.dumps([asdict(picture) for picture in pictures]), encoding="utf-8")
    return 2 if failed else 0


def _has_chinese() -> bool:
    return bool(QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese))


def finish(out: Path, scales: list[str] | tuple[str, ...]) -> int:
    """Write the page of all pictures, list what is clipped and what is alike; return 1 if anything is."""
    pictures: list[Picture] = []
    for scale in scales:
        records = out / _RECORDS.format(scale=scale)
        if records.is_file():
            pictures += [Picture(**record) for record in json.loads(records.read_text(encoding="utf-8"))]
            records.unlink()
    write_gallery(out / "index.html", pictures)
    places: dict[str, list[str]] = {}
    for picture in pictures:
        for sentence in picture.clipped:
            places.setdefault(f"{picture.language}: {sentence}", []).append(picture.path)
    for sentence, paths in places.items():
        tell(f"{sentence}\n    in {paths[0]}" + (f" and {len(paths) - 1} more" if len(paths) > 1 else ""))
    groups = alike(pictures, out)
    for group in groups:
        tell("These are the same to the last pixel: " + ", ".join(picture.path for picture in group))
    tell(
        f"{len(pictures)} pictures in {out / 'index.html'}; {len(places)} things are clipped, "
        f"{len(groups)} times several are alike"
    )
    return 1 if places or groups else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dev.py screenshots", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these states, such as panel-curves-* (all)")
    parser.add_argument("--out", type=Path, default=Path("screenshots"), metavar="DIR", help="folder for the pictures")
    parser.add_argument("--language", action="append", choices=(*LANGUAGES, PSEUDO), help="only this language")
    parser.add_argument("--theme", action="append", choices=THEMES, help="only this theme")
    parser.add_argument("--scale", action="append", choices=SCALES, help="only this scale")
    parser.add_argument("--list", action="store_true", help="only list the states")
    parser.add_argument("--runs", type=Path, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
