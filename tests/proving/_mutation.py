"""Making many wrong files out of a few right ones: blind changes of bytes, and changes that know what JSON is."""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Callable, Sequence

Change = Callable[[bytearray, random.Random, Sequence[bytes]], None]

_NUMBERS = (0, 1, 2, 7, 8, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1)
_LARGE = (*_NUMBERS, 2**32, 2**53, 2**63 - 1, 2**63, 2**64 - 1)
_FORMS = (("B", _NUMBERS), ("<H", _NUMBERS), (">H", _NUMBERS), ("<I", _NUMBERS), (">I", _NUMBERS), ("<Q", _LARGE))
LONGEST = 1 << 16
"""No file of these grows beyond this: large ones are the corpus's business."""


def mutate(content: bytes, chance: random.Random, tokens: Sequence[bytes], others: Sequence[bytes]) -> bytes:
    """Return a file with one to eight blind changes.

    Parameters
    ----------
    content
        The file.
    chance
        Decides.
    tokens
        Bytes that mean something in the format.
    others
        Files of the format, of which parts may be taken.
    """
    changed = bytearray(content)
    for _ in range(1 << chance.randrange(4)):
        chance.choice(_CHANGES)(changed, chance, tokens)
        if chance.random() < 0.05:
            other = chance.choice(others)
            cut = chance.randrange(len(other) + 1)
            changed[chance.randrange(len(changed) + 1) :] = other[cut:]
    return bytes(changed[:LONGEST])


def _place(content: bytearray, chance: random.Random) -> int:
    """Return a place, more often near the beginning, where headers are."""
    if not content:
        return 0
    return chance.randrange(min(len(content), 64)) if chance.random() < 0.5 else chance.randrange(len(content))


def _flip(content: bytearray, chance: random.Random, _tokens: Sequence[bytes]) -> None:
    if content:
        content[_place(content, chance)] ^= 1 << chance.randrange(8)


def _number(content: bytearray, chance: random.Random, _tokens: Sequence[bytes]) -> None:
    form, values = chance.choice(_FORMS)
    size = struct.calcsize(form)
    packed = struct.pack(form, chance.choice(values) % (1 << (8 * size)))
    place = _place(content, chance)
    content[place : place + size] = packed


def _cut(content: bytearray, chance: random.Random, _tokens: Sequence[bytes]) -> None:
    del content[_place(content, chance) :]


def _remove(content: bytearray, chance: random.Random, _tokens: Sequence[bytes]) -> None:
    place = _place(content, chance)
    del content[place : place + 1 + chance.randrange(16)]


def _repeat(content: bytearray, chance: random.Random, _tokens: Sequence[bytes]) -> None:
    place = _place(content, chance)
    piece = content[place : place + 1 + chance.randrange(64)]
    content[place:place] = piece * (1 << chance.randrange(5))


def _insert(content: bytearray, chance: random.Random, _tokens: Sequence[bytes]) -> None:
    place = _place(content, chance)
    content[place:place] = chance.randbytes(1 + chance.randrange(8))


def _token(content: bytearray, chance: random.Random, tokens: Sequence[bytes]) -> None:
    if tokens:
        token, place = chance.choice(tokens), _place(content, chance)
        content[place : place + (len(token) if chance.random() < 0.5 else 0)] = token


_CHANGES: tuple[Change, ...] = (_flip, _flip, _number, _number, _cut, _remove, _repeat, _insert, _token)

_VALUES: tuple[object, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 10**400, -(10**400), 1e308, -0.0, 0.5, 1e-320, "", "a", "\0", "NaN",
    "../..", "/dev/zero", "a" * 5000, "<b>a\n</b>", "\ud800", "日本", [], {}, [[]], [0] * 50, {"": 0},
    [[[[[[[[[[[[[[]]]]]]]]]]]]]],
)  # fmt: skip
_WORDS = (
    b"NaN",
    b"Infinity",
    b"-Infinity",
    b"1e999",
    b"1" * 5000,
    b"[" * 40 + b"]" * 40,
    b'{"a":1,"a":2}',
    b"[" * 3000,
)


def mutate_json(content: bytes, chance: random.Random) -> bytes:
    """Return JSON with one to four changes of its values, names and structure; blind ones if it isn't JSON."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return mutate(content, chance, _WORDS, (content,))
    for _ in range(1 << chance.randrange(3)):
        value = _changed(value, chance)
    text = json.dumps(value).encode()
    if chance.random() < 0.2:
        numbers = [place for place, sign in enumerate(text) if sign in b"0123456789"]
        if numbers:
            place = chance.choice(numbers)
            text = text[:place] + chance.choice(_WORDS) + text[place + 1 :]
    return text[:LONGEST]


def _changed(value: object, chance: random.Random) -> object:
    """Return a value with one of its nodes changed."""
    if isinstance(value, dict) and value and chance.random() < 0.85:
        name = chance.choice(sorted(value, key=str))
        match chance.randrange(8):
            case 0:
                return {key: each for key, each in value.items() if key != name}
            case 1:
                return {**value, str(chance.choice(_VALUES))[:50]: chance.choice(_VALUES)}
            case 2:
                return {**value, name: value[chance.choice(sorted(value, key=str))]}
            case _:
                return {**value, name: _changed(value[name], chance)}
    if isinstance(value, list) and value and chance.random() < 0.85:
        place = chance.randrange(len(value))
        match chance.randrange(8):
            case 0:
                return value[:place] + value[place + 1 :]
            case 1:
                return value * (1 + chance.randrange(4))
            case _:
                return [*value[:place], _changed(value[place], chance), *value[place + 1 :]]
    if isinstance(value, (int, float)) and not isinstance(value, bool) and chance.random() < 0.4:
        return chance.choice((value + 1, value - 1, -value, value * 1000, float(value) if abs(value) < 1e300 else 0))
    return chance.choice(_VALUES)
