"""A download that broke off goes on where it ended, and never glues together what doesn't belong together."""

from __future__ import annotations

import pytest

from tests.data.getting import CONTENT, IMPATIENT, LARGE, EnoughError, contents, get, ranges, refusal
from tests.loopback import (
    Loopback,
    Request,
    cut_after,
    ignore_range,
    say,
    stall_after,
    tell,
)
from vae_explorer.data.download_folder import bytes_here, folder_of


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


def test_that_a_file_pieced_together_wrongly_is_asked_for_as_a_whole(loopback: Loopback) -> None:
    wanted = loopback.wanted()
    folder_of(wanted).mkdir(parents=True)
    (folder_of(wanted) / f"{LARGE}.part").write_bytes(b"?" * 100_000)
    get(wanted)
    assert contents(wanted) == CONTENT
    assert ranges(loopback) == ["bytes=100000-", None]


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
