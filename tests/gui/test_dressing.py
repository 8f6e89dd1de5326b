"""The theme: what is visible is dressed at once, what is hidden when it is shown, and all as if begun in that theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QDockWidget,
    QStyle,
    QStyleOptionButton,
)

from vae_explorer.gui.panels.plane import PlanePanel
from vae_explorer.gui.theme import DARK, LIGHT, STYLE_SHEET, THEMES

if TYPE_CHECKING:
    from PySide6.QtGui import QImage
    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow


def pictures(window: MainWindow) -> dict[str, QImage]:
    """Return what the window looks like with each panel at the front, but for the drawing inside of the plane.

    Tiles and points are drawn anew while nobody waits, a pixel finer than at first.
    """
    plane = window.panel("plane")
    assert isinstance(plane, PlanePanel)
    found = {}
    window.show_tab("plane")
    for name in window.hosts:
        window.reveal(name)
        QApplication.processEvents()
        image = window.grab().toImage()
        if plane.view.isVisible():
            painter = QPainter(image)
            painter.fillRect(QRect(plane.view.mapTo(window, QPoint()), plane.view.size()), Qt.GlobalColor.gray)
            painter.end()
        found[name] = image
    return found


@pytest.mark.parametrize("ways", [("dark",), ("dark", "light"), ("light", "dark", "light", "dark")])
def test_that_the_window_looks_as_if_qt_had_dressed_it_anew(
    ways: tuple[str, ...], window: MainWindow, qtbot: QtBot
) -> None:
    pictures(window)
    for choice in ways:
        window.set_theme(choice)
    qtbot.waitUntil(lambda: not window.dressing.is_at_work)
    pictures(window)
    ours = pictures(window)
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    app.setStyleSheet("")
    app.setStyleSheet(STYLE_SHEET)
    anew = pictures(window)
    assert [name for name in ours if ours[name] != anew[name]] == []
    colour = ours["plane"].pixelColor(ours["plane"].width() // 2, 2)
    assert (colour.lightness() < 128) is THEMES[ways[-1]].dark


def test_that_what_is_shown_before_its_turn_wears_the_new_theme(window: MainWindow, qtbot: QtBot) -> None:
    window.set_theme("light")
    pictures(window)
    qtbot.waitUntil(lambda: not window.dressing.is_at_work)
    window.show_tab("plane")
    window.set_theme("dark")
    assert window.dressing.is_at_work
    at_once = pictures(window)
    qtbot.waitUntil(lambda: not window.dressing.is_at_work)
    later = pictures(window)
    assert [name for name in later if at_once[name] != later[name]] == []


def test_that_a_hidden_panel_takes_the_last_theme_when_it_is_shown(window: MainWindow) -> None:
    window.show_tab("plane")
    hidden = window.panel("manifold")
    assert hidden is not None
    window.set_theme("light")
    window.reveal("manifold")
    window.show_tab("plane")
    window.set_theme("dark")
    assert hidden.theme is LIGHT
    window.reveal("manifold")
    assert hidden.theme is DARK


def test_that_an_empty_end_of_the_path_is_drawn_in_the_new_theme(window: MainWindow, qtbot: QtBot) -> None:
    from vae_explorer.gui.panels.path_end import PathEnd

    window.reveal("path")
    end = window.findChildren(PathEnd)[0]
    for choice in ("light", "dark"):
        window.set_theme(choice)
        qtbot.waitUntil(lambda: not window.dressing.is_at_work)
        image = end.icon().pixmap(end.iconSize()).toImage()
        colours = {image.pixelColor(x, 1).name() for x in range(image.width())}
        assert THEMES[choice].muted in colours


def test_that_the_outline_of_a_check_box_is_seen(window: MainWindow, qtbot: QtBot, subtests: pytest.Subtests) -> None:
    window.reveal("draw")
    panel = window.panel("draw")
    assert panel is not None
    box = next(box for box in panel.findChildren(QCheckBox) if box.isVisible())
    for choice in ("light", "dark", "light"):
        window.set_theme(choice)
        qtbot.waitUntil(lambda: not window.dressing.is_at_work)
        for ticked in (False, True):
            box.setChecked(ticked)
            with subtests.test(choice=choice, ticked=ticked):
                assert outline_contrast(box, choice) > 3.0


def outline_contrast(box: QCheckBox, choice: str) -> float:
    option = QStyleOptionButton()
    box.initStyleOption(option)
    place = box.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, box)
    picture, row = box.grab().toImage(), place.center().y()
    outline = (picture.pixelColor(x, row) for x in range(place.left(), place.left() + 3))
    return max(contrast(colour, QColor(THEMES[choice].panel)) for colour in outline)


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_that_the_choices_of_an_open_list_are_read(choice: str, window: MainWindow, qtbot: QtBot) -> None:
    window.set_theme(choice)
    qtbot.waitUntil(lambda: not window.dressing.is_at_work)
    box = QComboBox(window)
    box.addItems(["chosen", "another"])
    box.show()
    box.showPopup()
    frame = box.view().window()
    qtbot.waitUntil(frame.isVisible)
    picture = frame.grab().toImage()
    box.hidePopup()
    lower = [
        picture.pixelColor(x, y) for x in range(picture.width()) for y in range(picture.height() // 2, picture.height())
    ]
    paper = QColor(THEMES[choice].panel)
    assert lower.count(paper) > len(lower) // 2
    assert max(contrast(colour, paper) for colour in lower) > 7.0


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_that_the_buttons_in_the_titles_of_docks_are_seen(choice: str, window: MainWindow, qtbot: QtBot) -> None:
    window.set_theme(choice)
    dock = window.findChild(QDockWidget, "dock.path")
    assert dock is not None
    for floating in (False, True, False):
        dock.setFloating(floating)
        qtbot.wait(1)
        for each in ("qt_dockwidget_floatbutton", "qt_dockwidget_closebutton"):
            button = dock.findChild(QAbstractButton, each)
            assert button is not None
            picture = button.icon().pixmap(button.iconSize()).toImage()
            places = ((x, y) for x in range(picture.width()) for y in range(picture.height()))
            ink = max((picture.pixelColor(*place) for place in places), key=QColor.alpha)
            assert ink.alpha() > 200
            assert contrast(ink, QColor(THEMES[choice].panel)) > 4.5


def contrast(first: QColor, second: QColor) -> float:
    """Return the contrast of two colours as WCAG 2 defines it, 1 to 21."""
    darker, lighter = sorted(map(_luminance, (first, second)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: QColor) -> float:
    rgb = colour.redF(), colour.greenF(), colour.blueF()
    parts = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb)
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))
