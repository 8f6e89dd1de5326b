"""Words of menus without what marks their keys, in languages with and without Latin letters."""

from __future__ import annotations

import pytest

from vae_explorer.gui.mnemonics import without_mnemonic


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("&Save", "Save"),
        ("R&edo", "Redo"),
        ("Black && white", "Black & white"),
        ("文件(&F)", "文件"),
        ("打开数据文件(&O)…", "打开数据文件…"),
        ("Walk (film)", "Walk (film)"),
    ],
)
def test_that_a_text_is_left_without_its_mnemonic(text: str, words: str) -> None:
    assert without_mnemonic(text) == words
