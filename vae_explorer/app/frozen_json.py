"""Frozen values as JSON and back: what is read is checked against the types of the fields, and never trusted."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import types
from typing import TYPE_CHECKING, TypeVar, Union, get_args, get_origin, get_type_hints

from vae_explorer.app.choices import Rows
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MOST_ITEMS = 10_000
"""Longest tuple and largest frozen set that is read."""
MOST_TEXT = 4096
"""Longest text that is read; names of files are the longest."""
MOST_ROWS = 20_000_000
LARGEST = 10**9
"""Largest whole number that is read, in size."""
FARTHEST = 1e6
"""Largest other number that is read, in size: beyond it nothing on the plane makes sense."""

_T = TypeVar("_T")
Json = Union[None, bool, int, float, str, "list[Json]", "dict[str, Json]"]


def to_json(value: object) -> Json:
    """Return a frozen value as what JSON can hold.

    Raises
    ------
    TypeError
        If a part of it is of a type that `from_json` couldn't bring back.
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Rows):
        return base64.b64encode(value.packed).decode("ascii")
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: to_json(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, frozenset):
        return [to_json(item) for item in sorted(value)]
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    raise TypeError(f"{type(value).__name__} can't be kept as JSON")


def from_json(wanted: type[_T], value: object) -> _T:
    """Return the dataclass `wanted` that `value` stands for; fields that are left out take their defaults.

    Raises
    ------
    ValueError
        If a value is of another type than its field, not finite, or too long; the message names the field.
    """
    result = _read(wanted, value, wanted.__name__)
    if not isinstance(result, wanted):
        raise ValueError(tr("{name} is missing", name=wanted.__name__))
    return result


def _read(wanted: object, value: object, name: str) -> object:
    origin = get_origin(wanted)
    if origin in {Union, types.UnionType}:
        return _read_union(get_args(wanted), value, name)
    if origin is tuple:
        return _read_tuple(get_args(wanted), value, name)
    if origin is frozenset:
        (item,) = get_args(wanted)
        return frozenset(_read(item, part, name) for part in _items(value, name))
    if wanted is Rows:
        return _read_rows(value, name)
    if isinstance(wanted, type) and dataclasses.is_dataclass(wanted):
        return _read_fields(wanted, value, name)
    reader = _PLAIN.get(wanted) if isinstance(wanted, type) else None
    if reader is None:
        raise ValueError(tr("{name} can't be read", name=name))
    return reader(value, name)


def _read_union(choices: tuple[object, ...], value: object, name: str) -> object:
    if value is None and type(None) in choices:
        return None
    (wanted,) = (choice for choice in choices if choice is not type(None))
    return _read(wanted, value, name)


def _read_tuple(parts: tuple[object, ...], value: object, name: str) -> tuple[object, ...]:
    items = _items(value, name)
    if len(parts) == 2 and parts[1] is Ellipsis:
        return tuple(_read(parts[0], item, name) for item in items)
    if len(items) != len(parts):
        raise ValueError(tr("{name} needs {count} values", name=name, count=len(parts)))
    return tuple(_read(part, item, name) for part, item in zip(parts, items, strict=True))


def _read_fields(wanted: type, value: object, name: str) -> object:
    if not isinstance(value, dict):
        raise ValueError(tr("{name} needs names and values", name=name))
    hints = get_type_hints(wanted)
    known = {item.name for item in dataclasses.fields(wanted)}
    # Names that are unknown come from a newer program: what is known of the rest still holds.
    read = {key: _read(hints[key], part, f"{name}.{key}") for key, part in value.items() if key in known}
    try:
        return wanted(**read)
    except TypeError as error:
        raise ValueError(tr("{name} is incomplete", name=name)) from error


def _read_rows(value: object, name: str) -> Rows:
    if value == "":
        return Rows()
    import numpy as np

    if not isinstance(value, str) or len(value) > MOST_ROWS * 6:
        raise ValueError(tr("{name} isn't a set of rows", name=name))
    try:
        packed = base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise ValueError(tr("{name} isn't a set of rows", name=name)) from error
    if len(packed) % 4:
        raise ValueError(tr("{name} isn't a set of rows", name=name))
    rows = np.frombuffer(packed, dtype="<i4")
    if len(rows) and (rows[0] < 0 or not np.all(rows[1:] > rows[:-1])):
        raise ValueError(tr("{name} isn't in order", name=name))
    return Rows(packed)


def _items(value: object, name: str) -> list[object]:
    if not isinstance(value, list) or len(value) > MOST_ITEMS:
        raise ValueError(tr("{name} needs a list of at most {most_items:,} values", name=name, most_items=MOST_ITEMS))
    return value


def _read_bool(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError(tr("{name} must be true or false", name=name))
    return value


def _read_int(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST:
        raise ValueError(tr("{name} must be a whole number", name=name))
    return value


def _read_float(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= FARTHEST:
        raise ValueError(tr("{name} must be a number of at most {farthest:,.0f}", name=name, farthest=FARTHEST))
    return float(value)


def _read_text(value: object, name: str) -> str:
    if not isinstance(value, str) or len(value) > MOST_TEXT:
        raise ValueError(
            tr("{name} must be a text of at most {most_text:,} characters", name=name, most_text=MOST_TEXT)
        )
    return value


_PLAIN: Mapping[type, Callable[[object, str], object]] = {
    bool: _read_bool,
    int: _read_int,
    float: _read_float,
    str: _read_text,
}
