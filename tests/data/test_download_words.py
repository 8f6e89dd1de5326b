"""What a person reads while something is downloaded, and when it fails."""

from __future__ import annotations

import pytest
import requests.exceptions as failed
import urllib3.exceptions

from vae_explorer.data.download_faults import fault_of
from vae_explorer.data.download_meter import DownloadProgress, Meter
from vae_explorer.data.download_stream import require_https


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        (DownloadProgress(0, 30_878_645), "0 bytes of 29.4 MiB"),
        (DownloadProgress(12_300_000, 30_878_645, 4_200_000), "11.7 of 29.4 MiB, 4.0 MiB/s, 4 s left"),
        (DownloadProgress(500_000, 30_878_645, 100_000), "488.3 KiB of 29.4 MiB, 97.7 KiB/s, 5:04 min left"),
        (DownloadProgress(1_048_576, 561_753_746, 50_000), "1.0 of 535.7 MiB, 48.8 KiB/s, 3:06 h left"),
        (DownloadProgress(1_048_576, 561_753_746, 1), "1.0 of 535.7 MiB, 1 byte/s"),
        (DownloadProgress(30_878_645, 30_878_645, 100_000), "29.4 of 29.4 MiB, 97.7 KiB/s"),
        (DownloadProgress(5, 10, 0.0, "waiting for something"), "waiting for something"),
    ],
)
def test_that_progress_is_told_in_bytes_rate_and_time_left(progress: DownloadProgress, words: str) -> None:
    assert progress.words == words


def test_that_nothing_to_get_is_all_done() -> None:
    assert DownloadProgress(0, 0).share == 1.0


def test_that_bytes_that_were_there_before_have_no_rate() -> None:
    told: list[DownloadProgress] = []
    times = iter((100.0, 100.05, 101.0, 104.0, 106.5, 111.0))
    meter = Meter(1_000_000, told.append, lambda: next(times))
    meter.begin(500_000)
    meter.show(510_000)
    meter.show(600_000)
    assert [(each.done, each.rate) for each in told] == [(500_000, 0.0), (600_000, 100_000.0)]
    for _ in range(3):
        meter.tick()
    assert told[-1].rate == 0.0


@pytest.mark.parametrize(
    ("error", "reason", "again", "is_unreachable"),
    [
        (failed.ConnectTimeout("slow"), "it doesn't answer", False, True),
        (failed.ReadTimeout("slow"), "it stopped answering", True, False),
        (urllib3.exceptions.ReadTimeoutError(None, "/", "slow"), "it stopped answering", True, False),  # type: ignore[arg-type]
        (failed.SSLError("bad"), "its certificate can't be trusted (bad)", False, False),
        (failed.ProxyError("gone"), "the proxy named in the environment can't be reached", False, True),
        (failed.ConnectionError("reset"), "it broke the connection", True, False),
        (urllib3.exceptions.ProtocolError("cut"), "it broke the connection", True, False),
        (OSError(104, "reset"), "it broke the connection", True, False),
        (ValueError(), "its answer makes no sense (ValueError)", False, False),
    ],
)
def test_that_each_fault_of_a_network_has_its_words(
    error: Exception, reason: str, again: bool, is_unreachable: bool
) -> None:
    fault = fault_of(error)
    assert (fault.reason, fault.again, fault.is_unreachable) == (reason, again, is_unreachable)
    assert fault_of(fault) is fault


@pytest.mark.parametrize("url", ["https:///x", "https://127.0.0.1:0/", "x"])
def test_that_an_address_without_a_host_a_port_or_a_kind_is_refused(url: str) -> None:
    with pytest.raises(Exception, match="only https is allowed"):
        require_https(url)
