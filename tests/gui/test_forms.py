"""Forms made from settings, driven by keys and mouse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QToolButton

from vae_explorer.config import Config, setting, settings_of
from vae_explorer.gui.editors import ChoiceEdit, NumberEdit, SwitchEdit, TextEdit
from vae_explorer.gui.form_row import allowed_values
from vae_explorer.gui.forms import ConfigForm
from vae_explorer.sections import DataConfig, ModelConfig, TrainingConfig

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@dataclass(frozen=True, slots=True)
class Everything(Config):
    """One setting of each kind."""

    section: ClassVar[str] = "everything"

    count: int = setting(3, label="Count", minimum=0, maximum=10, help="How many.", unit="things")
    power: int = setting(128, label="Power", minimum=1, maximum=1024, logarithmic=True, help="Doubles.")
    rate: float = setting(1e-3, label="Rate", minimum=1e-6, maximum=1.0, logarithmic=True, help="Steps 1, 2, 5.")
    share: float = setting(0.5, label="Share", minimum=0.0, maximum=1.0, help="Even steps.")
    on: bool = setting(True, label="On", help="Yes or no.")
    word: str = setting("a", label="Word", help="Any text.")
    hidden: int = setting(0, label="Only when off", minimum=0, help="Hidden at first.", when=("on", (False,)))
    rare: int = setting(1, label="Rare", minimum=0, help="Advanced.", advanced=True)


@pytest.fixture
def form(qtbot: QtBot) -> ConfigForm:
    made = ConfigForm(Everything())
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def type_into(form: ConfigForm, name: str, text: str, qtbot: QtBot) -> None:
    editor = form.row(name).editor
    editor.setFocus()
    line = editor.lineEdit() if isinstance(editor, NumberEdit) else editor
    assert isinstance(line, QLineEdit)
    line.selectAll()
    QTest.keyClicks(line, text)


def test_that_every_setting_has_a_row_with_label_unit_and_help(form: ConfigForm) -> None:
    for item in settings_of(Everything):
        row = form.row(item.name)
        assert row.editor.accessibleName() == item.declaration.label
        assert item.declaration.help in row.toolTip()
    assert "things" in [label.text() for label in form.row("count").findChildren(QLabel)]


def test_that_no_plural_stands_behind_a_one(qtbot: QtBot) -> None:
    form = ConfigForm(TrainingConfig(epochs=1))
    qtbot.addWidget(form)
    row = form.row("epochs")
    assert "epoch" in [label.text() for label in row.findChildren(QLabel)]
    needed = row.unit_width
    type_into(form, "epochs", "2", qtbot)
    assert "epochs" in [label.text() for label in row.findChildren(QLabel)]
    assert row.unit_width == needed


@pytest.mark.parametrize(
    ("name", "kind"), [("count", NumberEdit), ("on", SwitchEdit), ("word", TextEdit), ("rate", NumberEdit)]
)
def test_that_each_kind_of_setting_has_its_editor(form: ConfigForm, name: str, kind: type) -> None:
    assert isinstance(form.row(name).editor, kind)


def test_that_typed_values_reach_the_config_at_once(form: ConfigForm, qtbot: QtBot) -> None:
    changes: list[Config] = []
    form.config_changed.connect(changes.append)
    type_into(form, "count", "7", qtbot)
    assert changes == [Everything(count=7)]
    assert form.config == Everything(count=7)


def test_that_a_wrong_text_says_why_and_keeps_the_last_good_value(form: ConfigForm, qtbot: QtBot) -> None:
    type_into(form, "count", "70", qtbot)
    assert form.row("count").error.isVisible()
    assert "between 0 and 10" in form.row("count").error.text()
    assert form.config == Everything(count=7)
    assert not form.is_valid
    type_into(form, "count", "4", qtbot)
    assert not form.row("count").error.isVisible()
    assert form.config == Everything(count=4)


def test_that_another_config_replaces_a_wrong_text(form: ConfigForm, qtbot: QtBot) -> None:
    type_into(form, "count", "x", qtbot)
    form.set_config(Everything(count=9))
    assert form.is_valid
    editor = form.row("count").editor
    assert isinstance(editor, NumberEdit)
    assert editor.text() == "9"


@pytest.mark.parametrize(
    ("name", "key", "expected"),
    [
        ("count", Qt.Key.Key_Up, 4),
        ("count", Qt.Key.Key_Down, 2),
        ("power", Qt.Key.Key_Up, 256),
        ("power", Qt.Key.Key_Down, 64),
        ("rate", Qt.Key.Key_Up, 2e-3),
        ("rate", Qt.Key.Key_Down, 5e-4),
        ("share", Qt.Key.Key_Up, 0.6),
        ("count", Qt.Key.Key_PageUp, 10),
    ],
)
def test_that_arrow_keys_step_as_the_setting_likes(
    form: ConfigForm, qtbot: QtBot, name: str, key: Qt.Key, expected: float
) -> None:
    editor = form.row(name).editor
    editor.setFocus()
    QTest.keyClick(editor, key)
    assert getattr(form.config, name) == pytest.approx(expected)
    assert isinstance(getattr(form.config, name), type(expected))


def test_that_rows_without_effect_are_hidden(form: ConfigForm, qtbot: QtBot) -> None:
    assert not form.row("hidden").isVisible()
    form.row("on").editor.setFocus()
    QTest.keyClick(form.row("on").editor, Qt.Key.Key_Space)
    assert form.config == Everything(on=False)
    assert form.row("hidden").isVisible()


def test_that_advanced_rows_wait_behind_a_button(form: ConfigForm, qtbot: QtBot) -> None:
    assert not form.row("rare").isVisible()
    button = form.findChild(QToolButton)
    assert button is not None
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert form.row("rare").isVisible()


def test_that_choosing_a_network_shows_the_settings_of_that_network(qtbot: QtBot) -> None:
    form = ConfigForm(ModelConfig())
    qtbot.addWidget(form)
    form.show()
    assert form.row("hidden").isVisible()
    assert not form.row("channels").isVisible()
    editor = form.row("network").editor
    assert isinstance(editor, ChoiceEdit)
    editor.setFocus()
    QTest.keyClick(editor, Qt.Key.Key_Down)
    assert form.config == ModelConfig(network="conv")
    assert form.row("channels").isVisible()
    assert not form.row("hidden").isVisible()


def test_that_layers_are_typed_as_numbers_with_commas(qtbot: QtBot) -> None:
    form = ConfigForm(ModelConfig())
    qtbot.addWidget(form)
    form.show()
    type_into(form, "hidden", "256,", qtbot)
    assert form.config == ModelConfig(hidden=(256,))
    type_into(form, "hidden", "256, x", qtbot)
    assert "whole numbers" in form.row("hidden").error.text()


def test_that_a_costly_setting_counts_only_when_return_is_pressed(qtbot: QtBot) -> None:
    form = ConfigForm(Everything(), on_commit=True)
    qtbot.addWidget(form)
    form.show()
    type_into(form, "count", "8", qtbot)
    assert form.config == Everything()
    QTest.keyClick(form.row("count").editor, Qt.Key.Key_Return)
    assert form.config == Everything(count=8)


def test_that_range_and_default_are_told() -> None:
    rate = next(item for item in settings_of(TrainingConfig) if item.name == "learning_rate")
    assert allowed_values(rate) == "From 1e-06 to 1. Default: 0.002."
    threads = next(item for item in settings_of(TrainingConfig) if item.name == "threads")
    assert allowed_values(threads) == "From 1 to 256, or automatic. Default: automatic."


def test_that_a_value_with_a_meaning_of_its_own_is_shown_stepped_and_typed_as_a_word(qtbot: QtBot) -> None:
    form = ConfigForm(DataConfig())
    qtbot.addWidget(form)
    form.show()
    row = form.row("resize")
    editor = row.editor
    assert isinstance(editor, NumberEdit)
    unit = next(label for label in row.findChildren(QLabel) if label.text() == "pixels")
    assert (editor.text(), unit.isVisible()) == ("keep", False)
    editor.setFocus()
    QTest.keyClick(editor, Qt.Key.Key_Up)
    assert form.config == DataConfig(resize=1)
    assert (editor.text(), unit.isVisible()) == ("1", True)
    QTest.keyClick(editor, Qt.Key.Key_Down)
    assert (editor.text(), form.config) == ("keep", DataConfig())
    type_into(form, "resize", "64", qtbot)
    type_into(form, "resize", "Keep", qtbot)
    assert form.config == DataConfig()
    assert not row.has_error
