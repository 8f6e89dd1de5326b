from __future__ import annotations

import errno
import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tests.loopback import (
    Act,
    Loopback,
    Request,
    cut_after,
    drip,
    flip,
    hang_up,
    ignore_range,
    pack,
    redirect,
    say,
    send,
    serving,
    stall_after,
    tell,
    trusted,
)
from vae_explorer.data.download import download
from vae_explorer.data.download_folder import bytes_here, data_folder, folder_of, is_here
from vae_explorer.data.download_meter import DownloadProgress
from vae_explorer.data.download_stream import Rules
from vae_explorer.data.downloadable import Downloadable
from vae_explorer.errors import DownloadError

QUICK = Rules(tries=2, pause_seconds=0.01, longest_pause_seconds=1.0)
IMPATIENT = Rules(tries=1, pause_seconds=0.01, stall_seconds=0.5, stall_bytes=1000)
LARGE, SMALL = "large.bin", "small.bin"
CONTENT = {
    LARGE: np.random.Generator(np.random.PCG64(3)).bytes(400_000),
    SMALL: b"few bytes",
}


class EnoughError(Exception):
    """Raised by a test to cancel."""


def babble(request: Request) -> None:
    """Speak another protocol."""
    request.wfile.write(b"SSH-2.0-nonsense\r\n\r\n")


@pytest.fixture
def loopback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """A server with two files whose certificate is trusted."""
    with trusted(tmp_path, monkeypatch) as made:
        made.files.update(CONTENT)
        yield made


def get(wanted: Downloadable, rules: Rules = QUICK, **others: Callable[..., None]) -> Path:
    return download(wanted, "drawings", rules=rules, **others)


def contents(wanted: Downloadable) -> dict[str, bytes]:
    """All files in the folder but the lock."""
    return {path.name: path.read_bytes() for path in folder_of(wanted).iterdir() if path.name != ".lock"}


def refusal(wanted: Downloadable, rules: Rules = QUICK) -> str:
    with pytest.raises(DownloadError) as caught:
        get(wanted, rules)
    return str(caught.value)


def ranges(loopback: Loopback) -> list[str | None]:
    """The parts of the large file that were asked for."""
    return [headers.get("Range") for path, headers in loopback.seen if path.endswith(LARGE)]


def test_that_all_files_come_whole_and_nothing_else_is_left(loopback: Loopback) -> None:
    wanted = loopback.wanted()
    told: list[DownloadProgress] = []
    assert not is_here(wanted)
    assert get(wanted, progress=told.append) == data_folder() / "drawings"
    assert is_here(wanted)
    assert contents(wanted) == CONTENT
    assert (told[0].done, told[-1].done, told[-1].total) == (0, 400_009, 400_009)
    assert [each.done for each in told] == sorted(each.done for each in told)


def test_that_what_is_there_is_not_asked_for_again(loopback: Loopback) -> None:
    wanted = loopback.wanted()
    get(wanted)
    loopback.seen.clear()
    get(wanted)
    assert loopback.seen == []


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


def test_that_a_connection_that_is_cut_is_gone_on_with(loopback: Loopback) -> None:
    loopback.acts = [cut_after(150_000), cut_after(100_000)]
    wanted = loopback.wanted()
    get(wanted)
    assert contents(wanted) == CONTENT
    assert ranges(loopback) == [None, "bytes=150000-", "bytes=250000-"]
    assert loopback.seen[1][1]["If-Range"] == '"one"'


def test_that_a_download_that_was_left_goes_on_at_the_next_one(loopback: Loopback) -> None:
    loopback.always = cut_after(30_000)
    wanted = loopback.wanted()
    assert "it stopped after" in refusal(wanted, IMPATIENT) or "broke the connection" in refusal(wanted, IMPATIENT)
    held = bytes_here(wanted)
    assert held >= 30_000
    loopback.always = Request.serve
    loopback.seen.clear()
    get(wanted)
    assert ranges(loopback) == [f"bytes={held}-"]
    assert contents(wanted) == CONTENT


def test_that_a_cancelled_download_keeps_its_part(loopback: Loopback) -> None:
    loopback.acts = [stall_after(120_000)]
    wanted = loopback.wanted()

    def check() -> None:
        if bytes_here(wanted) >= 120_000:
            raise EnoughError

    with pytest.raises(EnoughError):
        get(wanted, check=check)
    assert set(contents(wanted)) == {f"{LARGE}.part", f"{LARGE}.part.json"}
    get(wanted)
    assert ranges(loopback) == [None, "bytes=120000-"]
    assert contents(wanted) == CONTENT


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


def test_that_a_file_pieced_together_wrongly_is_asked_for_as_a_whole(loopback: Loopback) -> None:
    wanted = loopback.wanted()
    folder_of(wanted).mkdir(parents=True)
    (folder_of(wanted) / f"{LARGE}.part").write_bytes(b"?" * 100_000)
    get(wanted)
    assert contents(wanted) == CONTENT
    assert ranges(loopback) == ["bytes=100000-", None]


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
        (send(b"x" * 500_000, Content_Length=""), "it sends more than the 400.0 kB that were published"),
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


def test_that_a_server_that_ignores_ranges_sends_the_file_from_the_start(loopback: Loopback) -> None:
    loopback.acts = [cut_after(150_000)]
    loopback.always = ignore_range
    wanted = loopback.wanted()
    get(wanted)
    assert contents(wanted) == CONTENT
    assert ranges(loopback) == [None, "bytes=150000-"]


def test_that_a_file_that_changed_between_its_parts_is_taken_from_the_start(loopback: Loopback) -> None:
    def act(request: Request) -> None:
        request.serve(content=b"old" * 50_000, told={"Content_Length": 400_000})
        loopback.etag = '"two"'

    loopback.acts = [act]
    wanted = loopback.wanted()
    get(wanted)
    assert contents(wanted) == CONTENT
    assert loopback.seen[1][1]["If-Range"] == '"one"'


@pytest.mark.parametrize("told", ["bytes 5-9/10", "bytes 100-399999/400000", "nonsense", ""])
def test_that_another_part_than_the_one_asked_for_is_not_glued_on(loopback: Loopback, told: str) -> None:
    loopback.acts = [
        cut_after(150_000),
        tell(Content_Range=told),
    ]
    wanted = loopback.wanted()
    get(wanted)
    assert contents(wanted) == CONTENT
    assert ranges(loopback) == [None, "bytes=150000-", None]


def test_that_a_server_that_has_nothing_after_the_part_is_asked_for_the_whole(loopback: Loopback) -> None:
    loopback.acts = [cut_after(150_000), say(416)]
    wanted = loopback.wanted()
    get(wanted)
    assert contents(wanted) == CONTENT
    assert ranges(loopback) == [None, "bytes=150000-", None]


def test_that_a_date_or_nothing_stands_in_for_a_mark_that_is_missing_or_weak(loopback: Loopback) -> None:
    loopback.acts = [
        tell(90_000, ETag='W/"weak"', Last_Modified="Tue, 01 Jan 2030 00:00:00 GMT"),
        tell(90_000, ETag=""),
    ]
    get(loopback.wanted())
    asked = [headers.get("If-Range") for path, headers in loopback.seen if path.endswith(LARGE)]
    assert asked[1] == "Tue, 01 Jan 2030 00:00:00 GMT"
    assert asked[2] is None


@pytest.mark.parametrize(
    "note", [b"", b"[]", b"{}", b'{"host": 1, "validator": 2}', b'{"host": "x", "validator": "\\n"}']
)
def test_that_a_damaged_note_beside_a_part_does_no_harm(loopback: Loopback, note: bytes) -> None:
    wanted = loopback.wanted()
    folder_of(wanted).mkdir(parents=True)
    (folder_of(wanted) / f"{LARGE}.part").write_bytes(CONTENT[LARGE][:1000])
    (folder_of(wanted) / f"{LARGE}.part.json").write_bytes(note)
    get(wanted)
    assert contents(wanted) == CONTENT
    assert "If-Range" not in loopback.seen[0][1]


def test_that_a_part_that_is_too_long_is_thrown_away(loopback: Loopback) -> None:
    wanted = loopback.wanted()
    folder_of(wanted).mkdir(parents=True)
    (folder_of(wanted) / f"{LARGE}.part").write_bytes(b"x" * 500_000)
    get(wanted)
    assert contents(wanted) == CONTENT
    assert ranges(loopback) == [None]


def test_that_a_part_that_is_whole_gets_its_name_without_a_request(loopback: Loopback) -> None:
    wanted = loopback.wanted()
    folder_of(wanted).mkdir(parents=True)
    (folder_of(wanted) / f"{LARGE}.part").write_bytes(CONTENT[LARGE])
    get(wanted)
    assert contents(wanted) == CONTENT
    assert ranges(loopback) == []


def test_that_a_damaged_file_is_found_by_its_hash_and_got_anew(loopback: Loopback) -> None:
    wanted = loopback.wanted()
    get(wanted)
    path = folder_of(wanted) / LARGE
    path.write_bytes(b"x" * 400_000)
    get(wanted)
    assert contents(wanted) == CONTENT


def test_that_what_a_killed_process_left_behind_is_swept(loopback: Loopback) -> None:
    wanted = loopback.wanted()
    folder_of(wanted).mkdir(parents=True)
    (folder_of(wanted) / "tmp_ab12xyz").write_bytes(b"half")
    (folder_of(wanted) / f"{LARGE}.damaged").write_bytes(b"bad")
    (folder_of(wanted) / "tmp-of-mine").write_bytes(b"kept")
    get(wanted)
    assert set(contents(wanted)) == {LARGE, SMALL, "tmp-of-mine"}


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


def test_that_files_put_there_by_hand_are_taken_without_a_request(loopback: Loopback) -> None:
    wanted = loopback.wanted()
    folder_of(wanted).mkdir(parents=True)
    for name, content in CONTENT.items():
        (folder_of(wanted) / name).write_bytes(content)
    assert is_here(wanted)
    get(wanted)
    assert loopback.seen == []


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


def test_that_two_windows_take_turns(loopback: Loopback) -> None:
    wanted = loopback.wanted()
    loopback.acts = [stall_after(100_000)]
    waiting = threading.Event()

    def check() -> None:
        if waiting.is_set():
            raise EnoughError

    def first() -> None:
        with pytest.raises(EnoughError):
            get(wanted, check=check)

    def notice(progress: DownloadProgress) -> None:
        if progress.waiting:
            assert progress.words == "another window is getting it; waiting for that"
            waiting.set()

    thread = threading.Thread(target=first)
    thread.start()
    while bytes_here(wanted) < 100_000:
        waiting.wait(0.01)
    get(wanted, progress=notice)
    thread.join()
    assert waiting.is_set()
    assert contents(wanted) == CONTENT


def test_that_too_little_room_is_told_before_anything_is_asked_for(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    text = refusal(loopback.wanted())
    assert "needs 400.0 kB more in" in text
    assert "where 1.0 kB are free" in text
    assert loopback.seen == []


def test_that_a_disk_that_fills_up_is_told_and_the_part_goes_on_later(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = loopback.wanted()
    genuine = os.write

    def full(descriptor: int, piece: memoryview) -> int:
        if bytes_here(wanted) >= 200_000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return genuine(descriptor, piece[:50_000])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        text = refusal(wanted)
    assert "No space left on device" in text
    assert "what has arrived is kept for the next try" in text
    held = bytes_here(wanted)
    assert 200_000 <= held < 400_000
    get(wanted)
    assert ranges(loopback)[-1] == f"bytes={held}-"
    assert contents(wanted) == CONTENT


def test_that_a_disk_that_takes_nothing_is_told(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda descriptor, piece: genuine(descriptor, piece) if len(piece) < 200 else 0)
        text = refusal(loopback.wanted())
    assert "can't be kept in" in text


def test_that_a_folder_that_can_not_be_made_is_told(loopback: Loopback, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"")
    assert "can't be kept in" in refusal(loopback.wanted())


def test_that_a_folder_in_the_place_of_a_file_is_told(loopback: Loopback) -> None:
    wanted = loopback.wanted()
    (folder_of(wanted) / LARGE).mkdir(parents=True)
    assert f"{folder_of(wanted) / LARGE} isn't a file: move it out of the way" in refusal(wanted)
