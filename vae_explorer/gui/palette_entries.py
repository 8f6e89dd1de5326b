"""A line of the palette of commands, and how lines are found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vae_explorer.gui.fuzzy import Match, match

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_PLACE_SHARE, _ENGLISH_SHARE, _TIP_SHARE = 0.5, 0.5, 0.25
_RECENT_BONUS = 6
_OFTEN = {"train.toggle", "explore.random-sample", "file.export"}
"""What is offered first to those who have chosen nothing yet: nothing that closes anything."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the palette.

    Attributes
    ----------
    name
        Stable name, by which it is remembered.
    title, place, tip
        What it is, where it is found without the palette, and one sentence.
    act
        Does it.
    key
        Its key as the platform writes it, or "".
    obstacle
        Why it can't be done now, or "".
    english
        What it is in English, by which it is found in any language, or "".
    """

    name: str
    title: str
    place: str
    tip: str
    act: Callable[[], object]
    key: str = ""
    obstacle: str = ""
    english: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """An entry that matches what was typed, with the letters of its title that do."""

    entry: Entry
    places: tuple[int, ...] = ()
    is_recent: bool = False


def search(pattern: str, offered: Sequence[Entry], recent: Sequence[str]) -> tuple[Found, ...]:
    """Return the entries that match a pattern, best first; without one all of them, those chosen lately first."""
    order = {name: place for place, name in enumerate(recent)}
    if not pattern.strip():
        offered = sorted(offered, key=lambda entry: entry.name not in _OFTEN)
        ranked = sorted(offered, key=lambda entry: order.get(entry.name, len(order)))
        return tuple(Found(entry, is_recent=entry.name in order) for entry in ranked)
    scored = []
    for place, entry in enumerate(offered):
        found = _match_entry(pattern, entry)
        if found is not None:
            bonus = _RECENT_BONUS if entry.name in order else 0
            penalty = 2 * _RECENT_BONUS if entry.obstacle else 0
            scored.append((-found.score - bonus + penalty, place, Found(entry, found.places, entry.name in order)))
    return tuple(found for _, _, found in sorted(scored, key=lambda item: item[:2]))


def _match_entry(pattern: str, entry: Entry) -> Match | None:
    """Match each word in the title, else in the place, else in English, else as it stands in the tip."""
    score, places = 0.0, set[int]()
    for word in pattern.split():
        in_title = match(word, entry.title)
        if in_title is not None:
            score += in_title.score
            places.update(in_title.places)
            continue
        in_place = match(word, entry.place)
        if in_place is not None:
            score += _PLACE_SHARE * in_place.score
        elif (in_english := match(word, entry.english)) is not None:
            score += _ENGLISH_SHARE * in_english.score
        elif word.casefold() in entry.tip.casefold():
            score += _TIP_SHARE * 10 * len(word)
        else:
            return None
    return Match(round(score), tuple(sorted(places)))
