"""One request for a file: by HTTPS, read by a thread of its own, so that whoever waits for it can give up at once."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from vae_explorer.data.download_faults import FetchError, fault_of
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from requests import Response, Session

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PIECE_BYTES: Final = 1 << 16
_PIECES_AHEAD: Final = 16
_LOOK_SECONDS: Final = 0.05
"""How often whoever waits is asked whether it still wants to."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How patient a download is.

    Attributes
    ----------
    connect_seconds
        For a connection to be made.
    stall_seconds, stall_bytes
        A download that gets fewer bytes than these in this time is given up.
    redirects
        How often an address may send one on to another.
    tries
        How often in a row an address is asked without getting anywhere.
    pause_seconds
        Before an address is asked again.
    longest_pause_seconds
        Of those that a server may ask for.
    """

    connect_seconds: float = 15.0
    stall_seconds: float = 30.0
    stall_bytes: int = 1000
    redirects: int = 5
    tries: int = 3
    pause_seconds: float = 1.0
    longest_pause_seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server says before the content: its status, its headers by lower-case name, and the final address."""

    status: int
    headers: Mapping[str, str]
    url: str


class Stream:
    """The answer to one request.

    Parameters
    ----------
    url
        An address that begins with ``https://``.
    headers
        To be sent with the request.
    rules
        When to give up.
    check
        Called every twentieth of a second while there is nothing to do; what it raises ends the waiting.
    """

    def __init__(self, url: str, headers: Mapping[str, str], rules: Rules, check: Callable[[], None]) -> None:
        self._url, self._headers, self._rules, self._check = url, dict(headers), rules, check
        self._arrived: queue.Queue[Answer | bytes | FetchError] = queue.Queue(_PIECES_AHEAD)
        self._unwanted = threading.Event()
        self._response: Response | None = None
        self._window_start, self._window_bytes = time.monotonic(), 0
        # A daemon: looking up a name can't be interrupted, and nothing may wait for it.
        self._thread = threading.Thread(
            target=self._run,
            name=f"download {url}",  # untranslated: name of a thread
            daemon=True,
        )

    def answer(self) -> Answer:
        """Send the request and return what the server answers.

        Raises
        ------
        FetchError
            If there is no answer, or it leads to an address that isn't allowed.
        """
        self._thread.start()
        found = self._next()
        assert isinstance(found, Answer)
        return found

    def pieces(self) -> Iterator[bytes]:
        """Yield the content as it arrives, exactly as it is sent.

        Raises
        ------
        FetchError
            If it is cut short or too slow.
        """
        while piece := self._next():
            if isinstance(piece, bytes):
                yield piece

    def close(self) -> None:
        """Stop reading; the thread ends as soon as the system lets it."""
        self._unwanted.set()
        response = self._response
        if response is not None:
            try:
                response.raw.shutdown()
            except (OSError, RuntimeError, ValueError):  # it has ended by itself
                return

    def _next(self) -> Answer | bytes:
        while True:
            try:
                found = self._arrived.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                self._check()
                self._require_pace(0)
                continue
            self._check()
            if isinstance(found, FetchError):
                raise found
            self._require_pace(len(found) if isinstance(found, bytes) else 0)
            return found

    def _require_pace(self, count: int) -> None:
        self._window_bytes += count
        elapsed = time.monotonic() - self._window_start
        if elapsed < self._rules.stall_seconds:
            return
        if self._window_bytes < self._rules.stall_bytes:
            raise FetchError(tr("it sent almost nothing for {elapsed:.0f} seconds", elapsed=elapsed), again=True)
        self._window_start, self._window_bytes = time.monotonic(), 0

    def _run(self) -> None:
        try:
            with _session() as session:
                self._response = response = self._follow(session)
                with response:
                    headers = {name.lower(): value for name, value in response.headers.items()}
                    self._put(Answer(response.status_code, headers, response.url))
                    while not self._unwanted.is_set():
                        piece = response.raw.read1(_PIECE_BYTES, decode_content=False)
                        self._put(piece)
                        if not piece:
                            return
        except Exception as error:  # whatever a network or a server can do, the person reads a sentence about it
            self._put(fault_of(error))

    def _follow(self, session: Session) -> Response:
        url = self._url
        for _ in range(self._rules.redirects + 1):
            require_https(url)
            response = session.get(
                url,
                headers=self._headers,
                stream=True,
                allow_redirects=False,
                timeout=(self._rules.connect_seconds, self._rules.stall_seconds),
            )
            if response.status_code not in _REDIRECTS or "location" not in response.headers:
                return response
            response.close()
            url = urljoin(url, response.headers["location"])
        raise FetchError(tr("it sent the request on more than {redirects} times", redirects=self._rules.redirects))

    def _put(self, item: Answer | bytes | FetchError) -> None:
        while not self._unwanted.is_set():
            try:
                self._arrived.put(item, timeout=_LOOK_SECONDS)
            except queue.Full:
                continue
            return


def require_https(url: str) -> None:
    """Refuse an address that isn't HTTPS, or that carries a name and a password.

    Raises
    ------
    FetchError
        If it may not be used.
    """
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        raise FetchError(tr("it led to an address that can't be read")) from None
    if parts.scheme != "https" or not parts.hostname or not port_is_fine:
        raise FetchError(
            tr(
                "it led to an address of the kind {scheme}, and only https is allowed",
                scheme=parts.scheme or tr("unknown"),
            )
        )
    if parts.username is not None or parts.password is not None:
        raise FetchError(tr("it led to an address with a password in it, which is never sent"))


def _session() -> Session:
    """Return a session that sends no passwords and keeps no cookies; the proxy is that of the environment."""
    import http.cookiejar

    import requests

    from vae_explorer import __version__

    session = requests.Session()
    # Without it, passwords for the host would be taken from the user's .netrc.
    session.auth = lambda request: request
    session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
    session.headers.update(
        {"User-Agent": f"vae-explorer/{__version__}", "Accept": "*/*", "Accept-Encoding": "identity"}
    )
    return session
