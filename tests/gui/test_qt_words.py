"""What Qt itself says in the chosen language."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from PySide6.QtCore import QCoreApplication, QFileInfo, QLocale
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDoubleSpinBox, QFileIconProvider

from vae_explorer import language
from vae_explorer.gui.qt_words import speak_with_qt
from vae_explorer.resources import resource_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

NATIVE = QKeySequence.SequenceFormat.NativeText
SOURCE = resource_path("languages", "zh_CN", "qt_words.ts")
WORDS = [
    (context.findtext("name", ""), message.findtext("source", ""), message.findtext("translation", ""))
    for context in ET.parse(SOURCE).iter("context")
    for message in context.iter("message")
]


@pytest.fixture
def chinese(qtbot: QtBot) -> Iterator[QtBot]:
    """Qt speaks Chinese, and English at the end."""
    language.use("zh_CN")
    speak_with_qt()
    yield qtbot
    language.use("en")
    speak_with_qt()


@pytest.mark.parametrize(("context", "source", "translation"), WORDS)
def test_that_the_compiled_words_are_those_of_the_source(
    chinese: QtBot, context: str, source: str, translation: str
) -> None:
    assert chinese
    assert QCoreApplication.translate(context, source) == translation, "run pyside6-lrelease, as the file says"


@pytest.mark.usefixtures("chinese")
def test_that_keys_keep_the_names_that_are_printed_on_them() -> None:
    for key, name in (("Ctrl+Backspace", "Ctrl+Backspace"), ("Alt+Left", "Alt+←"), ("Shift+F1", "Shift+F1")):
        sequence = QKeySequence(key, QKeySequence.SequenceFormat.PortableText)
        assert sequence.toString(NATIVE) == name


@pytest.mark.usefixtures("chinese")
def test_that_a_folder_is_called_one_in_the_list_of_files(tmp_path: Path) -> None:
    assert QFileIconProvider().type(QFileInfo(str(tmp_path))) == "文件夹"


def test_that_numbers_are_written_and_read_alike_in_both_languages(chinese: QtBot) -> None:
    box = QDoubleSpinBox()
    chinese.addWidget(box)
    box.setRange(-1e6, 1e6)
    box.setValue(-1234.5)
    assert box.text() == "-1234.50"
    box.lineEdit().setText("2.25")
    assert box.value() == 2.25


def test_that_the_locale_is_the_systems_again_in_english(chinese: QtBot) -> None:
    assert chinese
    assert QLocale().name() == "zh_CN"
    language.use("en")
    speak_with_qt()
    assert QLocale() == QLocale.system()
