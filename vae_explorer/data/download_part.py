"""The part of a file that has arrived: kept beside its place, so that the next try goes on where this one ended."""

from __future__ import annotations

import errno
import json
import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from vae_explorer.data.download_faults import FetchError, fault_of_status
from vae_explorer.data.download_folder import PART_SUFFIX, size_on_disk
from vae_explorer.data.limits import byte_size
from vae_explorer.language import tr
from vae_explorer.storage import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from vae_explorer.data.download_stream import Answer
    from vae_explorer.data.downloadable import RemoteFile

_CONTENT_RANGE: Final = re.compile(r"bytes (\d{1,15})-\d{1,15}/(\d{1,15}|\*)")
_MOST_NOTE_BYTES: Final = 1 << 12


class Part:
    """What has arrived of one file, with a note of where it came from.

    Parameters
    ----------
    target
        Where the whole file will be.
    file
        Its published size.
    """

    def __init__(self, target: Path, file: RemoteFile) -> None:
        self.path = target.with_name(f"{target.name}{PART_SUFFIX}")
        self._note = target.with_name(f"{target.name}{PART_SUFFIX}.json")
        self._file = file

    @property
    def size(self) -> int:
        """Bytes that have arrived."""
        return size_on_disk(self.path)

    @property
    def is_whole(self) -> bool:
        """Whether as many bytes have arrived as were published."""
        return self.size == self._file.size

    def discard(self) -> None:
        """Forget what has arrived."""
        self.path.unlink(missing_ok=True)
        self.forget_source()

    def forget_source(self) -> None:
        """Forget where it came from, once nothing is left to be asked for."""
        self._note.unlink(missing_ok=True)

    def headers(self, url: str) -> dict[str, str]:
        """Return the headers that ask an address for what is missing, as long as its file is still the same one."""
        if self.size > self._file.size:
            self.discard()
        if not self.size:
            return {}
        asked = {"Range": f"bytes={self.size}-"}
        host, validator = self._read_note()
        # Another place has other marks for the same file; there, size and hash tell whether the parts fit.
        if validator and host == urlsplit(url).netloc:
            asked["If-Range"] = validator
        return asked

    def start_of(self, answer: Answer) -> int:
        """Return the byte at which the content of an answer begins.

        Raises
        ------
        FetchError
            If the answer holds nothing of the file.
        """
        match answer.status:
            case 200:
                self._require_file(answer)
                return 0
            case 206:
                return self._range_start(answer)
            case 416 if self.size:
                self.discard()
                raise FetchError(tr("it has nothing after the part that is here"), again=True)
            case _:
                raise fault_of_status(answer.status, answer.headers)

    @contextmanager
    def opened(self, start: int, answer: Answer, url: str) -> Iterator[Callable[[bytes], None]]:
        """Open the part to write behind its first bytes; what was written is brought to the disk at the end.

        Parameters
        ----------
        start
            How many bytes to keep.
        answer, url
            Where the content comes from, for the next try.
        """
        if start == 0:
            self.discard()
            self._write_note(answer, url)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        descriptor = os.open(self.path, flags, 0o666)
        held = start

        def write(piece: bytes) -> None:
            nonlocal held
            held += len(piece)
            if held > self._file.size:
                raise FetchError(
                    tr("it sends more than the {size} that were published", size=byte_size(self._file.size))
                )
            _write_all(descriptor, piece)

        try:
            yield write
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _require_file(self, answer: Answer) -> None:
        """Refuse an answer that is no file of the published size, before anything of it is read."""
        length = answer.headers.get("content-length", "").strip()
        if length == str(self._file.size):
            return
        if answer.headers.get("content-type", "").lower().startswith("text/html"):
            raise FetchError(
                tr("it sends a web page in place of the file; some networks want one to log in with a browser first")
            )
        packing = answer.headers.get("content-encoding", "").strip().lower()
        if length and packing not in {"", "identity"}:
            raise FetchError(tr("it packs the file anew on the way, though nobody asked for that"))
        if length:
            raise FetchError(
                tr(
                    "its file has {length} bytes in place of the {size:,} published",
                    length=length[:20],
                    size=self._file.size,
                )
            )

    def _range_start(self, answer: Answer) -> int:
        match = _CONTENT_RANGE.fullmatch(answer.headers.get("content-range", "").strip().lower())
        if match is None or int(match[1]) != self.size or match[2] not in {"*", str(self._file.size)}:
            self.discard()
            raise FetchError(tr("it sent another part of the file than the one asked for"), again=True)
        return self.size

    def _write_note(self, answer: Answer, url: str) -> None:
        etag = answer.headers.get("etag", "").strip()
        # A weak mark says that two files are alike, not that their bytes are the same.
        validator = etag if etag and not etag.startswith("W/") else answer.headers.get("last-modified", "").strip()
        note = {"host": urlsplit(url).netloc, "validator": validator[:200]}
        write_atomically(self._note, [json.dumps(note).encode("ascii")])

    def _read_note(self) -> tuple[str, str]:
        try:
            with self._note.open("rb") as stream:
                note = json.loads(stream.read(_MOST_NOTE_BYTES))
            host, validator = note["host"], note["validator"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return "", ""
        fits = isinstance(host, str) and isinstance(validator, str) and validator.isascii() and validator.isprintable()
        return (host, validator) if fits else ("", "")


def _write_all(descriptor: int, piece: bytes) -> None:
    """Write every byte: on a full disk one call writes a part and reports no error, and only the next one fails."""
    rest = memoryview(piece)
    while rest:
        written = os.write(descriptor, rest)
        if written <= 0:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        rest = rest[written:]
