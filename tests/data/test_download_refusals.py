"""Servers and networks that misbehave are left, in words, and nothing of what they sent is kept."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from tests.data.getting import CONTENT, IMPATIENT, LARGE, SMALL, EnoughError, contents, get, ranges, refusal
from tests.loopback import (
    Act,
    Loopback,
    Request,
    drip,
    flip,
    hang_up,
    pack,
    redirect,
    say,
    send,
    serving,
    stall_after,
    tell,
)
from vae_explorer.data.download_folder import folder_of
from vae_explorer.data.download_meter import DownloadProgress
from vae_explorer.data.download_stream import Rules


def babble(request: Request) -> None:
    """Speak another protocol."""
    request.wfile.write(b"SSH-2.0-nonsense\r\n\r\n")


def test_that_no_password_cookie_or_packing_is_offered(
    loopback: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = tmp_path / "netrc"
    secrets.write_text("machine 127.0.0.1 login me password secret\n")
    secrets.chmod(0o600)
    monkeypatch.setenv("NETRC", str(secrets))
    loopback.acts = [say(302, Location=f"{loopback.url}{LARGE}", Set_Cookie="id=1")]
    get(loopback.wanted())
    for _, headers in loopback.seen:
        assert {"Authorization", "Cookie"}.isdisjoint(headers)
        assert headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("act", [stall_after(0), stall_after(100), drip], ids=["at once", "half-way", "drip"])
def test_that_a_server_that_sends_almost_nothing_is_given_up(loopback: Loopback, act: Act) -> None:
    loopback.always = act
    assert "127.0.0.1" in (text := refusal(loopback.wanted(), IMPATIENT))
    assert "almost nothing for" in text or "stopped answering" in text


def test_that_a_server_that_never_answers_is_given_up(loopback: Loopback) -> None:
    def act(request: Request) -> None:
        loopback.released.wait()

    loopback.always = act
    text = refusal(loopback.wanted(), IMPATIENT)
    assert "almost nothing for" in text or "stopped answering" in text


def test_that_another_place_is_asked_when_one_sends_a_flipped_bit(loopback: Loopback) -> None:
    loopback.acts = [flip]
    wanted = loopback.wanted(loopback.url, f"{loopback.url}mirror/")
    get(wanted)
    assert contents(wanted) == CONTENT
    assert [path for path, _ in loopback.seen] == [f"/{LARGE}", f"/mirror/{LARGE}", f"/{SMALL}"]


def test_that_a_file_of_the_wrong_content_never_gets_its_name(loopback: Loopback) -> None:
    loopback.always = flip
    wanted = loopback.wanted()
    assert "127.0.0.1" in (text := refusal(wanted))
    assert "its file has another content than the published one" in text
    assert contents(wanted) == {}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_that_a_request_that_is_sent_on_is_followed(loopback: Loopback, status: int) -> None:
    loopback.acts = [redirect(f"/elsewhere/{LARGE}", status)]
    wanted = loopback.wanted()
    get(wanted)
    assert contents(wanted) == CONTENT


def test_that_a_circle_of_addresses_is_left(loopback: Loopback) -> None:
    loopback.always = redirect(f"{loopback.url}again")
    assert "more than 5 times" in refusal(loopback.wanted())
    assert len(loopback.seen) == 6


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("http://127.0.0.1/x", "of the kind http, and only https"),
        ("file:///etc/passwd", "of the kind file, and only https"),
        ("ftp://127.0.0.1/x", "of the kind ftp, and only https"),
        ("data:,x", "of the kind data, and only https"),
        ("https://me:secret@127.0.0.1/x", "with a password in it"),
        ("https://127.0.0.1:99999/x", "can't be read"),
    ],
)
def test_that_no_redirect_leads_away_from_https(loopback: Loopback, target: str, reason: str) -> None:
    loopback.always = redirect(target)
    assert reason in refusal(loopback.wanted())
    assert len(loopback.seen) == 1


def test_that_nothing_is_asked_for_without_encryption(tmp_path: Path) -> None:
    with serving(tmp_path, secure=False) as plain:
        plain.files.update(CONTENT)
        assert "only https is allowed" in refusal(plain.wanted())
        assert plain.seen == []


def test_that_a_certificate_that_nobody_vouches_for_is_refused(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    assert "certificate can't be trusted" in refusal(loopback.wanted())
    assert loopback.seen == []


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (send(b"x" * 10), "has 10 bytes in place of the 400,000 published"),
        (send(b"x" * 500_000), "has 500000 bytes in place of"),
        (send(b"x" * 500_000, Content_Length=""), "it sends more than the 390.6 KiB that were published"),
        (send(b"x" * 10, Content_Length=""), "it stopped after 10 of 400,000 bytes"),
        (send(b"x" * 10, Content_Length=400_000), "it broke the connection"),
        (send(b"x" * 10, Content_Length="many"), "bytes in place of"),
        (send(b"<html>", Content_Type="text/html; charset=utf-8"), "a web page in place of the file"),
        (send(b"<html>", Content_Type="text/html", Content_Length=""), "a web page in place of the file"),
        (pack, "packs the file anew"),
        (say(401), "wants a password (status 401)"),
        (say(403), "refuses access (status 403)"),
        (say(404), "isn't there any more (status 404)"),
        (say(416), "gives no file (status 416)"),
        (say(418), "gives no file (status 418)"),
        (say(302), "gives no file (status 302)"),
        (say(500), "an error of its own (status 500)"),
        (say(503, Retry_After="3600"), "out of service for now (status 503)"),
        (say(503, Retry_After="Fri, 31 Dec 2027 23:59:59 GMT"), "out of service for now (status 503)"),
        (hang_up, "broke the connection"),
        (babble, "broke the connection"),
    ],
)
def test_that_an_answer_that_is_no_file_is_named_and_nothing_of_it_kept(
    loopback: Loopback, act: Act, reason: str
) -> None:
    loopback.always = act
    wanted = loopback.wanted()
    assert reason in refusal(wanted, Rules(tries=1))
    assert LARGE not in contents(wanted)


def test_that_a_length_that_is_true_for_a_file_named_as_packed_is_accepted(loopback: Loopback) -> None:
    loopback.always = tell(Content_Encoding="gzip")
    wanted = loopback.wanted()
    get(wanted)
    assert contents(wanted) == CONTENT


def test_that_a_file_without_a_length_comes_whole(loopback: Loopback) -> None:
    loopback.always = tell(Content_Length="")
    wanted = loopback.wanted()
    get(wanted)
    assert contents(wanted) == CONTENT


def test_that_more_than_was_promised_is_not_read(loopback: Loopback) -> None:
    def act(request: Request) -> None:
        request.serve()
        request.wfile.write(b"more" * 1000)

    loopback.always = act
    wanted = loopback.wanted()
    get(wanted)
    assert contents(wanted) == CONTENT


def test_that_a_busy_server_is_asked_again_after_the_time_it_names(loopback: Loopback) -> None:
    loopback.acts = [say(503, Retry_After="1")]
    told: list[str] = []
    get(loopback.wanted(), progress=lambda progress: told.append(progress.words))
    assert "127.0.0.1 broke off; asking again in 1 s" in told
    assert len(ranges(loopback)) == 2


def test_that_nobody_waits_for_a_server_that_asks_for_an_hour(loopback: Loopback) -> None:
    def refuse(progress: DownloadProgress) -> None:
        assert not progress.waiting

    loopback.acts = [say(503, Retry_After="3600")]
    wanted = loopback.wanted(loopback.url, f"{loopback.url}mirror/")
    get(wanted, progress=refuse)
    assert [path for path, _ in loopback.seen] == [f"/{LARGE}", f"/mirror/{LARGE}", f"/{SMALL}"]


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_that_the_next_place_is_asked_when_one_refuses_the_connection(loopback: Loopback) -> None:
    wanted = loopback.wanted(f"https://127.0.0.1:{closed_port()}/", loopback.url)
    get(wanted)
    assert contents(wanted) == CONTENT


def test_that_without_a_network_the_way_by_hand_is_told(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*args: object, **kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    wanted = loopback.wanted("https://data.example/files/", f"https://127.0.0.1:{closed_port()}/")
    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    text = refusal(wanted)
    assert "because data.example and 127.0.0.1" in text
    assert "can't be reached: check the connection to the internet, and try again" in text
    assert f"get {LARGE} and {SMALL} from https://data.example/files/ on any computer" in text
    assert f"put them into the folder {folder_of(wanted)}, then choose it with --data drawings" in text


def test_that_waiting_for_a_name_to_be_found_can_be_cancelled(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = threading.Event()

    def slow(*args: object, **kwargs: object) -> None:
        asked.set()
        loopback.released.wait()
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure")

    def check() -> None:
        if asked.is_set():
            raise EnoughError

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with pytest.raises(EnoughError):
        get(loopback.wanted("https://data.example/"), check=check)


def test_that_the_proxy_of_the_environment_is_asked(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{closed_port()}")
    monkeypatch.delenv("NO_PROXY")
    text = refusal(loopback.wanted("https://data.example/"))
    assert "can't be reached: check the connection to the internet" in text
    assert loopback.seen == []
