"""A line of the palette of commands, and how lines are found."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vae_explorer.gui.fuzzy import Match, match

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_PLACE_SHARE, _ENGLISH_SHARE, _TIP_SHARE = 0.5, 0.5, 0.25
_RECENT_BONUS = 6
_NAME_BONUS, _WORD_BONUS, _READ_PENALTY = 3, 3, 12
_KIND_ENDS = (": ", "\N{FULLWIDTH COLON}")
"""What stands between the kind of a line and its name."""
_FULL_STOPS = (".", "\N{IDEOGRAPHIC FULL STOP}")
_SENTENCES = re.compile(r"[.?!…] |[\N{IDEOGRAPHIC FULL STOP}？！]")
"""Where one sentence ends and another begins."""
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
    others
        Other words by which it is looked for, apart by spaces, or "".
    is_read
        Whether one reads it: whoever types the name of something wants to do it before reading about it.
    """

    name: str
    title: str
    place: str
    tip: str
    act: Callable[[], object]
    key: str = ""
    obstacle: str = ""
    english: str = ""
    others: str = ""
    is_read: bool = False

    @property
    def note(self) -> str:
        """What is told below the title, why it can't be done or what it does; one sentence has no full stop there."""
        text = self.obstacle or self.tip
        return text[:-1] if text.endswith(_FULL_STOPS) and not _SENTENCES.search(text[:-1]) else text


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
            penalty = 2 * _RECENT_BONUS * bool(entry.obstacle) + _READ_PENALTY * entry.is_read
            scored.append((-found.score - bonus + penalty, place, Found(entry, found.places, entry.name in order)))
    return tuple(found for _, _, found in sorted(scored, key=lambda item: item[:2]))


def _match_entry(pattern: str, entry: Entry) -> Match | None:
    """Match each word in the title or among other words, else in the place, in English, or as it stands in the tip."""
    score, places = 0.0, set[int]()
    for word in pattern.split():
        in_title, other = _match_title(word, entry.title), _match_other(word, entry.others)
        if in_title is not None and in_title.score >= other:
            score += in_title.score
            places.update(in_title.places)
            continue
        if other:
            score += other
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


def _match_title(word: str, title: str) -> Match | None:
    """Match a word in a title; best where it is whole, and where the name behind the kind of line begins with it."""
    found = match(word, title)
    if found is None:
        return None
    first, last = found.places[0], found.places[-1]
    ends = last + 1 == len(title) or not title[last + 1].isalnum()
    is_whole = ends and last - first + 1 == len(word)
    begins_name = title[:first].endswith(_KIND_ENDS) and last - first + 1 == len(word)
    return Match(found.score + _WORD_BONUS * is_whole + _NAME_BONUS * begins_name, found.places)


def _match_other(word: str, others: str) -> int:
    """Return the score of a word that begins one of other words: less than in a title, more than for loose letters."""
    begun = [other for other in others.casefold().split() if other.startswith(word.casefold())]
    found = match(word, f" {begun[0]}") if begun else None
    return 0 if found is None else found.score - 1
