"""A registry keeps its order, refuses doubles, and helps with a name that is spelt wrong."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from vae_explorer.errors import SettingError, VaeExplorerError, printable
from vae_explorer.registry import Registry, unknown_name


@dataclass(frozen=True)
class Fruit:
    name: str


def fruits() -> Registry[Fruit]:
    return Registry("fruit", (Fruit("pear"), Fruit("apple"), Fruit("plum")))


def test_that_entries_keep_the_order_in_which_they_were_given() -> None:
    assert fruits().names() == ("pear", "apple", "plum")
    assert [entry.name for entry in fruits()] == ["pear", "apple", "plum"]
    assert len(fruits()) == 3


def test_that_an_entry_is_found_by_its_exact_name_only() -> None:
    assert fruits().get("apple") == Fruit("apple")
    assert "apple" in fruits()
    assert "Apple" not in fruits()


def test_that_a_second_entry_of_a_name_is_refused() -> None:
    with pytest.raises(ValueError, match="'pear' is registered twice"):
        fruits().add(Fruit("pear"))


def test_that_a_name_spelt_wrong_is_answered_with_the_closest_and_all_names() -> None:
    with pytest.raises(SettingError, match=r"no fruit 'appel': did you mean 'apple'\? Known are pear, apple, plum\."):
        fruits().get("appel")


def test_that_the_beginning_of_a_name_is_answered_with_it_and_a_word_unlike_all_with_none() -> None:
    assert "did you mean 'cvae-label'?" in unknown_name("objective", "cvae", ["vae", "cvae-label"])
    assert "did you mean" not in unknown_name("command", "nope", ["compare", "train"])
    assert "did you mean" not in unknown_name("command", "", ["compare", "train"])


def test_that_a_name_close_to_none_gets_the_list_alone() -> None:
    assert unknown_name("fruit", "xyz", ["pear", "plum"]) == "There is no fruit 'xyz': known are pear, plum."


@pytest.mark.parametrize("name", ["a\nb", "x" * 100_000], ids=["line break", "long"])
def test_that_an_unknown_name_is_shown_on_one_line_of_readable_length(name: str) -> None:
    message = unknown_name("fruit", name, ["pear"])
    assert message.isprintable()
    assert len(message) < 400


def test_that_an_entry_added_for_a_block_is_gone_after_it_even_after_an_error() -> None:
    registry = fruits()

    def look_then_fail() -> None:
        with registry.added(Fruit("fig")):
            assert "fig" in registry
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        look_then_fail()
    assert registry.names() == ("pear", "apple", "plum")


def test_that_every_error_for_the_user_has_one_base() -> None:
    import vae_explorer.errors as errors

    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert len(kinds) >= 8
    assert all(issubclass(kind, VaeExplorerError) for kind in kinds)


@pytest.mark.parametrize(
    "name",
    ["a\nb", "tab\there", "\x1b[31mred", "bad\udcff", "x" * 5000, "\u202eabc"],
    ids=lambda name: ascii(name)[:20],
)
def test_that_a_file_name_is_shown_as_one_line_of_plain_text(name: str) -> None:
    shown = printable(name)
    assert shown.isprintable()
    assert len(shown) <= 210
