"""What a person is told when the system refuses something."""

from __future__ import annotations

import errno
import os
import ssl
from typing import TYPE_CHECKING

import pytest

from vae_explorer.language import use
from vae_explorer.system_errors import system_reason

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMON = [
    errno.ENOSPC,
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.EDQUOT,
    errno.EIO,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.ENAMETOOLONG,
    errno.EMFILE,
]


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    """Leave the process as it was."""
    yield
    use("en")


def error_of(code: int) -> OSError:
    return OSError(code, os.strerror(code))


@pytest.mark.parametrize("code", COMMON, ids=errno.errorcode.get)
def test_that_english_says_what_the_c_library_says(code: int) -> None:
    assert system_reason(error_of(code)) == os.strerror(code)


@pytest.mark.parametrize("code", COMMON, ids=errno.errorcode.get)
def test_that_a_reason_is_told_in_the_chosen_language(code: int) -> None:
    use("zh_CN")
    assert not system_reason(error_of(code)).isascii()


def test_that_a_reason_that_nobody_knows_is_what_the_system_says() -> None:
    use("zh_CN")
    assert system_reason(error_of(errno.ENOTTY)) == os.strerror(errno.ENOTTY)


def test_that_words_of_a_library_stay_its_own_though_its_number_is_one_of_the_system() -> None:
    use("zh_CN")
    assert system_reason(ssl.SSLError(errno.EPERM, "certificate verify failed")) == "certificate verify failed"


def test_that_an_error_without_a_number_is_told_by_its_text() -> None:
    assert system_reason(OSError("no such thing")) == "no such thing"
    assert system_reason(ValueError("it isn't whole")) == "it isn't whole"
