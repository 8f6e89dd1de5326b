"""A web server on this computer that offers files by HTTPS and misbehaves in whichever way a test asks for."""

from __future__ import annotations

import gzip
import hashlib
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.data.catalogue import Source
from vae_explorer.data.download_sets import PublishedSet
from vae_explorer.data.downloadable import (
    TEST_IMAGES,
    TEST_LABELS,
    TRAIN_IMAGES,
    TRAIN_LABELS,
    Downloadable,
    RemoteFile,
)

if TYPE_CHECKING:
    import pytest
    from numpy.typing import NDArray

# For tests on this computer alone: it names 127.0.0.1, and protects nothing.
CERTIFICATE = """\
-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIF6XmKqI9GWAp4F0pWvkzkxXn3wD9VNFazazIlrnBW4EoAoGCCqGSM49
AwEHoUQDQgAEYKgnS1UzCTTIPHjOqbRkCvlSdrzXfx/cY6gmLY9IONpKfeT5PdhW
WdxlUE4BI26E2KsSS0uI1xD5zHgW2blsYA==
-----END EC PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBqjCCAVCgAwIBAgIBATAKBggqhkjOPQQDAjAdMRswGQYDVQQDDBJWQUUgRXhw
bG9yZXIgdGVzdHMwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMB0x
GzAZBgNVBAMMElZBRSBFeHBsb3JlciB0ZXN0czBZMBMGByqGSM49AgEGCCqGSM49
AwEHA0IABGCoJ0tVMwk0yDx4zqm0ZAr5Una8138f3GOoJi2PSDjaSn3k+T3YVlnc
ZVBOASNuhNirEktLiNcQ+cx4Ftm5bGCjfzB9MA8GA1UdEwEB/wQFMAMBAf8wDgYD
VR0PAQH/BAQDAgKEMBoGA1UdEQQTMBGHBH8AAAGCCWxvY2FsaG9zdDAdBgNVHQ4E
FgQU9s6OzXQmpyg32kV1b2cfCO+RdOcwHwYDVR0jBBgwFoAU9s6OzXQmpyg32kV1
b2cfCO+RdOcwCgYIKoZIzj0EAwIDSAAwRQIhAOTD0hNxmvpQhez+csD/M4RNJI8m
/NYbiWfAHv05Bow8AiAseUnGqq4jwIi/pCBsa9NauV3999TS1IS2VZPchaTjCw==
-----END CERTIFICATE-----
"""

Act = Callable[["Request"], None]
"""What the server does with one request in place of what it should."""


class Request(BaseHTTPRequestHandler):
    """One request, with the ways to answer it."""

    protocol_version = "HTTP/1.1"
    server: LoopbackServer

    def do_GET(self) -> None:
        """Answer as the test wants, or as a good server would."""
        self.close_connection = True
        self.server.loopback.seen.append((self.path, dict(self.headers.items())))
        with suppress(OSError):  # whoever asked has gone
            (self.server.loopback.next_act())(self)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    @property
    def content(self) -> bytes:
        """The file that is asked for."""
        return self.server.loopback.files[self.path.rpartition("/")[2]]

    @property
    def start(self) -> int:
        """The byte from which the file is asked for."""
        asked = self.headers.get("Range", "bytes=0-")
        wants_same = self.headers.get("If-Range")
        return int(asked[6:-1]) if wants_same in {None, self.server.loopback.etag} else 0

    def head(self, status: int, **headers: object) -> None:
        """Send a status and headers, underscores in place of dashes."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def serve(
        self, *, content: bytes | None = None, most: int | None = None, told: dict[str, object] | None = None
    ) -> None:
        """Send a file from where it is asked for, or only `most` bytes of that, with headers of one's own.

        A header of ``""`` isn't sent.
        """
        content, start = self.content if content is None else content, self.start
        headers: dict[str, object] = {"Content_Length": len(content) - start, "ETag": self.server.loopback.etag}
        if start:
            headers["Content_Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        headers |= told or {}
        self.head(206 if start else 200, **{name: value for name, value in headers.items() if value != ""})
        rest = content[start:]
        self.wfile.write(rest if most is None else rest[:most])


class LoopbackServer(ThreadingHTTPServer):
    """A server that knows what the test wants."""

    daemon_threads = True
    loopback: Loopback

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that leaves is what is tested."""


@dataclass
class Loopback:
    """What is offered, and what is done about it.

    Attributes
    ----------
    url
        Address in front of the names of the files.
    files
        Content by name.
    acts
        What to do with the next requests, in turn; after them `always`.
    seen
        Path and headers of each request.
    released
        Set at the end of a test, so that acts that wait for it end.
    """

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    acts: list[Act] = field(default_factory=list)
    always: Act = Request.serve
    etag: str = '"one"'
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def next_act(self) -> Act:
        """Return what to do with this request."""
        return self.acts.pop(0) if self.acts else self.always

    def wanted(self, *mirrors: str) -> Downloadable:
        """Return the files that are offered now as something to download."""
        return Downloadable(
            folder="drawings",
            title="Drawings",
            publisher="Somebody",
            licence="MIT",
            terms="Drawings by somebody, MIT licence.",
            mirrors=mirrors or (self.url,),
            files=tuple(
                RemoteFile(name, len(content), hashlib.sha256(content).hexdigest())
                for name, content in self.files.items()
            ),
        )


def idx(array: NDArray[np.uint8]) -> bytes:
    """Return an array as a compressed IDX file."""
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return gzip.compress(header + array.tobytes(), mtime=0)


def offer_drawings(loopback: Loopback) -> Source:
    """Offer a data set of 60 pictures of noise in two classes, 40 to train with, and return it as a source."""
    generator = np.random.Generator(np.random.PCG64(5))
    labels = np.arange(60, dtype=np.uint8) % 2
    images = generator.integers(0, 256, (60, 28, 28), dtype=np.uint8)
    for name, array in (
        (TRAIN_IMAGES, images[:40]),
        (TRAIN_LABELS, labels[:40]),
        (TEST_IMAGES, images[40:]),
        (TEST_LABELS, labels[40:]),
    ):
        loopback.files[name] = idx(array)
    made = PublishedSet("drawings", "Drawings", "Sixty drawings of noise.", loopback.wanted(), ("even", "odd"))
    return Source(made.name, made.title, made.summary, made.load, made.download)


@contextmanager
def serving(folder: Path, *, secure: bool = True) -> Iterator[Loopback]:
    """Run a server for the length of a ``with`` block; `folder` takes its certificate, ``loopback.pem``."""
    pem = folder / "loopback.pem"
    pem.write_text(CERTIFICATE)
    loopback = Loopback()
    with LoopbackServer(("127.0.0.1", 0), Request) as server:
        server.loopback = loopback
        if secure:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(pem)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        loopback.url = f"{'https' if secure else 'http'}://127.0.0.1:{server.server_port}/"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield loopback
        finally:
            loopback.released.set()
            server.shutdown()
            thread.join()


@contextmanager
def trusted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """Run a server whose certificate is trusted, and that no proxy stands before."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(folder) as made:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(folder / "loopback.pem"))
        yield made


def cut_after(count: int) -> Act:
    """Promise the whole file, send `count` bytes of it, and hang up."""
    return lambda request: request.serve(most=count)


def stall_after(count: int) -> Act:
    """Send `count` bytes, then nothing more until the test is over."""

    def act(request: Request) -> None:
        request.serve(most=count)
        request.server.loopback.released.wait()

    return act


def drip(request: Request) -> None:
    """Send one byte now and then."""
    request.serve(most=0)
    for byte in request.content:
        request.wfile.write(bytes([byte]))
        if request.server.loopback.released.wait(0.02):
            return


def flip(request: Request) -> None:
    """Send the file with one bit turned."""
    content = bytearray(request.content)
    content[len(content) // 2] ^= 4
    request.serve(content=bytes(content))


def send(content: bytes, **headers: object) -> Act:
    """Send something else, whole, with headers of its own; one of ``""`` isn't sent."""
    return lambda request: request.serve(content=content, told=headers)


def tell(most: int | None = None, **headers: object) -> Act:
    """Send the file, or `most` bytes of it, with other headers."""
    return lambda request: request.serve(most=most, told=headers)


def say(status: int, **headers: object) -> Act:
    """Send a status and nothing else."""
    return lambda request: request.head(status, Content_Length=0, **headers)


def redirect(url: str, status: int = 302) -> Act:
    """Send the request on to another address."""
    return say(status, Location=url)


def ignore_range(request: Request) -> None:
    """Send the whole file, whatever part of it is asked for."""
    request.head(200, Content_Length=len(request.content), ETag='"one"')
    request.wfile.write(request.content)


def pack(request: Request) -> None:
    """Pack the file on its way, as though that had been asked for."""
    packed = gzip.compress(request.content)
    request.head(200, Content_Length=len(packed), Content_Encoding="gzip")
    request.wfile.write(packed)


def hang_up(request: Request) -> None:
    """Close the connection without a word."""
    request.connection.close()
