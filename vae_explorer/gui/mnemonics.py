"""Words of menus and buttons without their mnemonics."""

from __future__ import annotations

import re
from typing import Final

_IN_BRACKETS: Final = re.compile(r"\s*\(&[A-Za-z0-9]\)")
"""How languages without Latin letters give a mnemonic: behind the words."""


def without_mnemonic(text: str) -> str:
    """Return the words of a menu or a button as one reads them: ``"&Save"`` is Save, ``"A && B"`` is A & B."""
    return _IN_BRACKETS.sub("", text).replace("&&", "\0").replace("&", "").replace("\0", "&")
