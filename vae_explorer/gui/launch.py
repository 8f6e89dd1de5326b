"""Opening the window: first the window itself, then its panels, then the data, then torch."""

from __future__ import annotations

import argparse
import faulthandler
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vae_explorer.gui.main_window import MainWindow


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the window and return when it is closed.

    Parameters
    ----------
    arguments
        Words of the command line without the program's name; those of the process by default.

    Returns
    -------
    int
        Exit status: 0, or 2 when there is no display.
    """
    options = _parser().parse_args(sys.argv[1:] if arguments is None else arguments)
    if not has_display():
        sys.stderr.write(tr("There is no display to open a window on: use the command 'vae-explorer demo' instead.\n"))
        return 2
    if sys.stderr is not None:
        faulthandler.enable()
    from PySide6.QtWidgets import QApplication

    from vae_explorer.gui.signals import ClosesOnSignal

    app = QApplication.instance() or QApplication(sys.argv[:1])
    window = make_window(options.runs)
    from vae_explorer.gui.first_paint import FirstPaint

    window.show()
    FirstPaint(window).came.connect(window.crash_care.begin)
    window.begin(options.path or "", fresh=options.new)
    from vae_explorer.gui.renewal import OneWindow

    holder = OneWindow(window)
    ClosesOnSignal(holder, holder.close)
    status = app.exec()
    window = holder.window
    window.crash_care.watch.end(stopped_in_time=window.stopped_in_time)
    if window.crash_care.restarts:
        window.crash_care.start_again()
    if not window.stopped_in_time:
        # A thread that doesn't end would take the process down with an abort while Python tidies up.
        sys.stderr.flush()
        os._exit(status)
    return status


def make_window(runs_folder: Path | None = None) -> MainWindow:
    """Return the window, dressed and not yet shown, with an empty session.

    Parameters
    ----------
    runs_folder
        Where new runs go; by default the folder named in the environment, else one of the user's.
    """
    from PySide6.QtWidgets import QApplication

    from vae_explorer.gui.importing import leave_sources_unread

    leave_sources_unread()
    from vae_explorer.app.collection import GarbageCollection

    GarbageCollection.begin()  # else what is imported next is searched for garbage several times, before there is any
    from vae_explorer.app.session import Session
    from vae_explorer.gui.faults import FaultReporter
    from vae_explorer.gui.main_window import MainWindow
    from vae_explorer.gui.preferences import config_folder

    QApplication.setApplicationName("VAE Explorer")  # untranslated: the program's name
    QApplication.setDesktopFileName("vae-explorer")
    QApplication.setStyle("Fusion")
    session = Session(runs_folder)
    reporter = FaultReporter(session)
    reporter.install()
    window = MainWindow(session, config_folder())
    window.crash_care.listen(reporter)
    return window


def has_display() -> bool:
    """Whether Qt can open a window: it would end the process where it can't."""
    if os.environ.get("QT_QPA_PLATFORM") or not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="vae-explorer-window", description=tr("Open the window of VAE Explorer."))
    parser.add_argument(
        "path", nargs="?", metavar="RUN|DATA", help=tr("a run's folder, or data by name, file or folder")
    )
    parser.add_argument("--new", action="store_true", help=tr("begin a new session instead of reopening the last one"))
    parser.add_argument("--runs", type=Path, metavar="DIR", help=tr("folder for new runs"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
