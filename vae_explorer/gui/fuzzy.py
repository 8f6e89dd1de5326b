"""Finding words by a few of their letters: what is typed must occur in order, best at the beginnings of words."""

from __future__ import annotations

from dataclasses import dataclass

_BEGINNING, _NEXT, _FIRST, _GAP = 10, 8, 6, 1
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Match:
    """Where a pattern was found.

    Attributes
    ----------
    score
        The higher the better; texts of different length can be compared.
    places
        Indices of the letters of the text that were matched, in ascending order.
    """

    score: int
    places: tuple[int, ...]


def match(pattern: str, text: str) -> Match | None:
    """Find every word of a pattern in a text, None if one isn't there.

    Parameters
    ----------
    pattern
        Words apart by spaces, in any order; upper and lower case are the same.
    text
        Where to look, in its first two hundred letters.
    """
    score, places = 0, set[int]()
    for word in pattern.casefold().split():
        found = _match_word(word, text[:_LONGEST])
        if found is None:
            return None
        score += found.score
        places.update(found.places)
    return Match(score - len(text) // 16, tuple(sorted(places)))


def _match_word(word: str, text: str) -> Match | None:
    """Find a word as it stands, else by its letters: each begins a word, or is in the same word as the one before."""
    start = text.casefold().find(word)
    if start >= 0 and not _begins(text, start):
        inside = Match(len(word), tuple(range(start, min(start + len(word), len(text)))))
        return _match_letters(word, text) or inside
    return _match_letters(word, text)


def _match_letters(word: str, text: str) -> Match | None:
    """Place the letters of a word in order, with the best sum of rewards over all ways to do so.

    A table over letters of the word and places of the text, as in the alignment of sequences: the best score that ends
    with a letter at a place, and the place of the letter before.
    """
    begins = [_begins(text, place) for place in range(len(text))]
    words = [sum(begins[: place + 1]) for place in range(len(text))]
    best: list[dict[int, tuple[int, int]]] = []
    for index, letter in enumerate(word):
        row: dict[int, tuple[int, int]] = {}
        before = best[-1] if best else {}
        for place, sign in enumerate(text):
            if sign.casefold() != letter:
                continue
            reward = _BEGINNING if begins[place] else 1
            if index == 0:
                if begins[place]:
                    row[place] = (reward + (_FIRST if place == 0 else 0), -1)
                continue
            ways = [
                (value + reward + (_NEXT if last == place - 1 else -_GAP * min(8, place - last - 1)), last)
                for last, (value, _) in before.items()
                if last < place and (begins[place] or words[last] == words[place])
            ]
            if ways:
                row[place] = max(ways)
        if not row:
            return None
        best.append(row)
    return _best_way(best)


def _best_way(best: list[dict[int, tuple[int, int]]]) -> Match:
    place = max(best[-1], key=lambda end: (best[-1][end][0], -end))
    score, places = best[-1][place][0], []
    for row in reversed(best):
        places.append(place)
        place = row[place][1]
    return Match(score, tuple(reversed(places)))


def _begins(text: str, place: int) -> bool:
    """Whether a word begins at a place: after no letter, or with a capital after a small letter."""
    if place == 0 or not text[place - 1].isalnum():
        return text[place].isalnum()
    return text[place].isupper() and text[place - 1].islower()
