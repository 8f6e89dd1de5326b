"""What can go wrong while a file is fetched, in words for the person who waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vae_explorer.errors import printable
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_REASON: Final = 120
_STATUS_WORDS: Final[Mapping[int, str]] = {
    401: marked("it wants a password"),
    403: marked("it refuses access"),
    404: marked("the file isn't there any more"),
    407: marked("the proxy wants a password"),
    410: marked("the file isn't there any more"),
    429: marked("it has too many visitors"),
    500: marked("it has an error of its own"),
    502: marked("it has an error of its own"),
    503: marked("it is out of service for now"),
    504: marked("it has an error of its own"),
}
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


class FetchError(Exception):
    """One address didn't give a file.

    Parameters
    ----------
    reason
        What the server did, as the end of a sentence: ``it refuses access``.
    again
        Whether the same address may do better in a moment.
    wait_seconds
        How long the server asks one to wait before that.
    is_unreachable
        Whether nobody answered at all, as without a network.
    """

    def __init__(
        self, reason: str, *, again: bool = False, wait_seconds: float = 0.0, is_unreachable: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again
        self.wait_seconds = wait_seconds
        self.is_unreachable = is_unreachable


def fault_of(error: Exception) -> FetchError:
    """Return what an exception of the network libraries means."""
    import requests.exceptions as failed
    import urllib3.exceptions

    match error:
        case FetchError():
            return error
        case failed.SSLError() | urllib3.exceptions.SSLError():
            fault = FetchError(tr("its certificate can't be trusted ({error})", error=_told(error)))
        case failed.ProxyError():
            fault = FetchError(tr("the proxy named in the environment can't be reached"), is_unreachable=True)
        case failed.ConnectTimeout():
            fault = FetchError(tr("it doesn't answer"), is_unreachable=True)
        case failed.ConnectionError() if _has_cause(error, urllib3.exceptions.NewConnectionError):
            fault = FetchError(tr("it can't be reached"), is_unreachable=True)
        case failed.Timeout() | urllib3.exceptions.TimeoutError():
            fault = FetchError(tr("it stopped answering"), again=True)
        case failed.ConnectionError() | urllib3.exceptions.HTTPError() | OSError():
            fault = FetchError(tr("it broke the connection"), again=True)
        case _:
            fault = FetchError(tr("its answer makes no sense ({error})", error=_told(error)))
    return fault


def fault_of_status(status: int, headers: Mapping[str, str]) -> FetchError:
    """Return what a status that isn't a success means."""
    words = tr(_STATUS_WORDS.get(status, marked("it gives no file")))
    return FetchError(
        tr("{words} (status {status})", words=words, status=status),
        again=status in _PASSING,
        wait_seconds=_retry_after(headers),
    )


def _retry_after(headers: Mapping[str, str]) -> float:
    """Return the seconds that a server asks one to wait; a date counts as no wish."""
    text = headers.get("retry-after", "").strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0.0


def _has_cause(error: BaseException, kind: type[BaseException]) -> bool:
    """Whether an exception was made from one of a kind, however deep it lies."""
    seen: list[BaseException] = [error]
    for found in seen:
        if isinstance(found, kind):
            return True
        inner = (found.__cause__, found.__context__, getattr(found, "reason", None), *found.args)
        seen += [each for each in inner if isinstance(each, BaseException) and each not in seen]
    return False


def _told(error: Exception) -> str:
    return printable(str(error) or type(error).__name__, _LONGEST_REASON)
