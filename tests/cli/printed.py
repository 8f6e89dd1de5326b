"""What commands give: one JSON object with values by their kind, and pictures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image

Capture = pytest.CaptureFixture[str]
Number = (int, float)


def one_object(text: str) -> dict[str, object]:
    """Return the JSON object that is all of the output."""
    value, end = json.JSONDecoder(parse_constant=_no_constant).raw_decode(text)
    assert text[end:].strip() == ""
    assert isinstance(value, dict)
    return value


def _no_constant(name: str) -> float:
    raise AssertionError(f"{name} isn't JSON")


def mapping(value: object) -> Mapping[str, object]:
    """Return the value, which has to be an object."""
    assert isinstance(value, dict)
    return value


def number(value: object) -> float:
    """Return the value, which has to be a number."""
    assert isinstance(value, Number)
    assert not isinstance(value, bool)
    return float(value)


def as_list(value: object) -> list[object]:
    """Return the value, which has to be a list."""
    assert isinstance(value, list)
    return value


def pixels(path: Path) -> tuple[int, int]:
    """Return width and height of a picture."""
    with Image.open(path) as picture:
        return picture.size
