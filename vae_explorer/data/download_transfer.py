"""One file from the places that offer it, in turn, going on where an earlier try ended."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from vae_explorer.data.download_faults import FetchError
from vae_explorer.data.download_part import Part
from vae_explorer.data.download_stream import Rules, Stream
from vae_explorer.language import SEMICOLON, listed, tr

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pooch

    from vae_explorer.data.download_meter import Meter
    from vae_explorer.data.downloadable import RemoteFile

_GETTING_SOMEWHERE: Final = 1 << 16
"""Bytes after which a try that broke off counts as one that got somewhere."""
_LOOK_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class Watch:
    """What goes on while files are got.

    Attributes
    ----------
    meter
        Told of the progress.
    check
        Called often; what it raises ends the transfer, and the part is kept.
    rules
        When to give up.
    """

    meter: Meter
    check: Callable[[], None]
    rules: Rules


class NoPlaceLeftError(Exception):
    """None of the places gave the file.

    Parameters
    ----------
    faults
        Name of each host, with what it did.
    """

    def __init__(self, faults: tuple[tuple[str, FetchError], ...]) -> None:
        super().__init__(listed((f"{host}: {fault.reason}" for host, fault in faults), SEMICOLON))
        self.faults = faults

    @property
    def is_offline(self) -> bool:
        """Whether nobody answered at all."""
        return all(fault.is_unreachable for _, fault in self.faults)


class Transfer:
    """Gets one file; called by pooch in place of its own downloaders, which can't resume or be cancelled.

    Parameters
    ----------
    file
        What to get.
    target
        Where the whole file will be.
    mirrors
        Addresses in front of its name.
    before
        Bytes of other files that are done.
    watch
        Told of the progress, and asked whether to go on.
    """

    def __init__(self, file: RemoteFile, target: Path, mirrors: tuple[str, ...], before: int, watch: Watch) -> None:
        self.part = Part(target, file)
        self._file, self._mirrors, self._before = file, list(mirrors), before
        self._meter, self._check, self._rules = watch.meter, watch.check, watch.rules
        self._faults: list[tuple[str, FetchError]] = []
        self._pieced = False

    def __call__(self, url: str, output_file: str, pup: pooch.Pooch) -> None:
        """Get the file into `output_file`; `url` and `pup` are pooch's and aren't needed.

        Raises
        ------
        NoPlaceLeftError
            If no address gives it.
        """
        del url, pup
        while self._mirrors:
            try:
                self._get(f"{self._mirrors[0]}{self._file.name}")
            except FetchError as fault:
                self._give_up(fault)
                continue
            self.part.path.replace(output_file)
            self.part.forget_source()
            return
        raise NoPlaceLeftError(tuple(self._faults))

    def reject(self) -> None:
        """Take note that the file that came last had another hash than the published one.

        One that was put together from the parts of several tries is asked for once more as a whole.
        """
        if not self._pieced:
            self._give_up(FetchError(tr("its file has another content than the published one")))

    def _give_up(self, fault: FetchError) -> None:
        self._faults.append((urlsplit(self._mirrors.pop(0)).netloc, fault))

    def _get(self, url: str) -> None:
        failures = 0
        self._pieced = self.part.size > 0
        while not self.part.is_whole:
            held = self.part.size
            try:
                self._try(url)
            except FetchError as fault:
                got_somewhere = self.part.size - held >= _GETTING_SOMEWHERE
                failures = 0 if got_somewhere else failures + 1
                too_long = fault.wait_seconds > self._rules.longest_pause_seconds
                if not fault.again or failures >= self._rules.tries or too_long:
                    raise
                self._pieced = self.part.size > 0
                self._pause(max(self._rules.pause_seconds, fault.wait_seconds), url)

    def _try(self, url: str) -> None:
        stream = Stream(url, self.part.headers(url), self._rules, self._look)
        try:
            answer = stream.answer()
            start = self.part.start_of(answer)
            done = self._before + start
            self._meter.begin(done)
            with self.part.opened(start, answer, url) as write:
                for piece in stream.pieces():
                    write(piece)
                    done += len(piece)
                    self._meter.show(done)
        finally:
            stream.close()
        if not self.part.is_whole:
            raise FetchError(
                tr("it stopped after {size:,} of {whole:,} bytes", size=self.part.size, whole=self._file.size),
                again=True,
            )

    def _look(self) -> None:
        self._check()
        self._meter.tick()

    def _pause(self, seconds: float, url: str) -> None:
        end = time.monotonic() + seconds
        while (rest := end - time.monotonic()) > 0:
            self._meter.wait(
                tr("{hostname} broke off; asking again in {rest:.0f} s", hostname=urlsplit(url).hostname, rest=rest)
            )
            self._check()
            time.sleep(min(_LOOK_SECONDS, rest))
