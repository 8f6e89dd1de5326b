"""``vae-explorer download``: get published data sets, going on where an earlier try ended."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

from tqdm import tqdm

from vae_explorer.cli import INTERRUPTED
from vae_explorer.cli.bar import WithBar
from vae_explorer.cli.reporting import say, show, show_json
from vae_explorer.errors import SettingError, printable
from vae_explorer.language import listed, tr

if TYPE_CHECKING:
    from pathlib import Path

    from vae_explorer.data.download_meter import DownloadProgress
    from vae_explorer.data.downloadable import Downloadable

_SECONDS_BETWEEN_LINES = 10.0


def run(chosen: argparse.Namespace) -> int:
    """Download what was asked for by name, and say how to train on it."""
    reports = []
    for name, wanted in [(name, _find(name)) for name in chosen.names]:
        try:
            folder = _download(name, wanted)
        except KeyboardInterrupt:
            say(_kept(name, wanted))
            return INTERRUPTED
        reports.append(_facts(name, wanted, folder))
        if not chosen.json:
            show(tr("{title} is here: {folder}", title=tr(wanted.title), folder=printable(folder)))
            show(tr(wanted.terms))
            show(tr("Train on it with: vae-explorer train --data {name}", name=name))
    if chosen.json:
        show_json({"downloaded": reports})
    return 0


def _find(name: str) -> Downloadable:
    from vae_explorer.data.catalogue import SOURCES

    wanted = SOURCES.get(name).download
    if wanted is None:
        known = listed(each.name for each in SOURCES if each.download is not None)
        raise SettingError(
            tr(
                "The data set {name} needs no download; those that can be downloaded are {known}.",
                name=name,
                known=known,
            )
        )
    return wanted


def _download(name: str, wanted: Downloadable) -> Path:
    from vae_explorer.data.download import download
    from vae_explorer.data.limits import byte_size

    say(
        tr(
            "{title}: {size} from {publisher}, {licence}",
            title=tr(wanted.title),
            size=byte_size(wanted.size),
            publisher=tr(wanted.publisher),
            licence=tr(wanted.licence),
        )
    )
    with _Progress(wanted.size) as progress:
        return download(wanted, name, progress=progress)


def _kept(name: str, wanted: Downloadable) -> str:
    from vae_explorer.data.download_folder import bytes_here
    from vae_explorer.data.limits import byte_size

    return tr(
        "vae-explorer: interrupted; {kept} of {size} are kept, and vae-explorer download {name} goes on there",
        kept=byte_size(bytes_here(wanted)),
        size=byte_size(wanted.size),
        name=name,
    )


def _facts(name: str, wanted: Downloadable, folder: Path) -> dict[str, object]:
    return {
        "name": name,
        "folder": str(folder),
        "files": [str(folder / file.name) for file in wanted.files],
        "bytes": wanted.size,
        "licence": wanted.licence,
        "terms": wanted.terms,
    }


class _Progress(WithBar):
    """A bar of bytes on a terminal, elsewhere a line now and then; all on standard error."""

    def __init__(self, total: int) -> None:
        self._next_line = time.monotonic() + _SECONDS_BETWEEN_LINES
        if sys.stderr.isatty():
            self._bar = tqdm(total=total, unit="B", unit_scale=True, file=sys.stderr, leave=False)

    def __call__(self, progress: DownloadProgress) -> None:
        """Show how far a download is; a file that begins anew takes the bar back."""
        if self._bar is not None:
            self._bar.set_postfix_str(progress.waiting, refresh=False)
            self._bar.n = progress.done
            self._bar.refresh()
        elif time.monotonic() > self._next_line:
            self._next_line = time.monotonic() + _SECONDS_BETWEEN_LINES
            say(progress.words)
