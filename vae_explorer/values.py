"""The values that settings can have: bringing what is given to a type, and reading them from text."""

from __future__ import annotations

import math

from vae_explorer.errors import SettingError
from vae_explorer.language import tr

Value = bool | int | float | str | tuple[int, ...]
"""The types that a setting can have."""

_BOOLEANS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def as_type(where: str, kind: type, value: object) -> Value:
    """Return a value as the type of its setting.

    Parameters
    ----------
    where
        Name of the setting, for the message.
    kind
        One of the types of `Value`.
    value
        What was given; whole numbers serve as floats and the other way round, lists as tuples.

    Raises
    ------
    SettingError
        If it is of another type, or not finite.
    """
    if kind is bool and isinstance(value, bool):
        return value
    if kind is int and isinstance(value, (int, float)) and not isinstance(value, bool) and value % 1 == 0:
        return int(value)
    if kind is float and isinstance(value, (int, float)) and not isinstance(value, bool) and _is_finite(value):
        return float(value)
    if kind is str and isinstance(value, str):
        return value
    if kind is tuple and isinstance(value, (tuple, list)) and all(type(item) is int for item in value):
        return tuple(value)
    raise SettingError(_refusal(where, kind, value))


def parse_value(where: str, kind: type, text: str) -> object:
    """Return what a text such as ``yes`` or ``512,512`` stands for; `as_type` has still to check it.

    Raises
    ------
    SettingError
        If it isn't a text of this type.
    """
    try:
        if kind is bool:
            return _BOOLEANS[text.lower()]
        if kind is tuple:
            return tuple(int(part) for part in text.replace(" ", ",").split(",") if part)
        return kind(text)
    except (KeyError, ValueError):
        raise SettingError(_refusal(where, kind, text)) from None


def _refusal(where: str, kind: type, value: object) -> str:
    return tr(
        "The setting {where} is {value}, but it must be {allowed}.",
        where=where,
        value=_short(value),
        allowed=_describe(kind),
    )


def _describe(kind: type) -> str:
    return {
        bool: tr("yes or no"),
        int: tr("a whole number"),
        float: tr("a finite number"),
        str: tr("a text"),
        tuple: tr("whole numbers separated by commas"),
    }[kind]


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond the largest float
        return False


def short_number(value: float) -> str:
    """Return a number in few digits, or in full where that would be another number."""
    rounded = "" if isinstance(value, int) else f"{value:g}"
    return rounded if rounded and float(rounded) == value else _short(value)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
