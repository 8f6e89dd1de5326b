"""Formulas in the help: drawn, in the colours of the theme, and copied as LaTeX."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QPalette, QTextCursor
from PySide6.QtWidgets import QApplication, QWidget

from vae_explorer.app import formulas
from vae_explorer.gui.dialogs.help import HelpWindow
from vae_explorer.gui.laboratories.divergence_window import DivergenceWindow
from vae_explorer.gui.page_formulas import FORMULA, SOURCE, formula_book, set_formula_book
from vae_explorer.gui.theme import DARK, LIGHT, Theme, palette
from vae_explorer.resources import resource_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from vae_explorer.app.session import Session
    from vae_explorer.gui.main_window import MainWindow

SIGN = "\N{OBJECT REPLACEMENT CHARACTER}"


def drawn(pages: HelpWindow) -> list[str]:
    """Return the sources of the formulas that a page shows drawn."""
    document = pages.text.document()
    found, sources = document.find(SIGN), []
    while not found.isNull():
        assert found.charFormat().objectType() == FORMULA
        sources.append(str(found.charFormat().property(SOURCE)))
        found = document.find(SIGN, found)
    return sources


@pytest.fixture(autouse=True)
def undressed(qtbot: QtBot) -> Iterator[None]:
    """No style sheet on the program, which a window of another test may have left: palettes don't pass through it."""
    application = cast("QApplication", QApplication.instance())
    sheet = application.styleSheet()
    application.setStyleSheet("")
    yield
    application.setStyleSheet(sheet)


@pytest.fixture
def owner(loaded_session: Session, qtbot: QtBot) -> QWidget:
    """A window that belongs to a session."""
    made = QWidget()
    qtbot.addWidget(made)
    set_formula_book(made, loaded_session.formulas)
    return made


def open_page(owner: QWidget, qtbot: QtBot, page: str) -> HelpWindow:
    pages = HelpWindow(owner, page)
    pages.show()
    qtbot.waitExposed(pages)
    return pages


def place(pages: HelpWindow) -> QRect:
    """Return where the first formula stands in the browser's viewport."""
    found = pages.text.document().find(SIGN)
    end = pages.text.cursorRect(found)
    found.setPosition(found.selectionStart())
    return QRect(pages.text.cursorRect(found).topLeft(), end.bottomRight())


def colours(pages: HelpWindow, where: QRect) -> set[str]:
    image = pages.text.viewport().grab(where).toImage()
    return {image.pixelColor(QPoint(x, y)).name() for x in range(image.width()) for y in range(image.height())}


def test_that_a_page_keeps_the_room_of_formulas_free_until_they_are_drawn(owner: QWidget, qtbot: QtBot) -> None:
    pages = open_page(owner, qtbot, "vae")
    assert drawn(pages) == []
    assert pages.formulas.is_waiting
    source = pages.text.document().find("mathrm")
    where = QRect(0, pages.text.cursorRect(source).top(), pages.text.viewport().width(), 20)
    assert colours(pages, where) == {pages.text.palette().color(QPalette.ColorRole.Base).name()}, "LaTeX is seen"
    before = pages.text.document().size().height()
    qtbot.waitUntil(lambda: len(drawn(pages)) == 3)
    assert not pages.formulas.is_waiting
    assert r"\mathrm{KL}" not in pages.text.toPlainText()
    assert abs(pages.text.document().size().height() - before) < 12, "what is below the formulas jumps"
    assert drawn(pages)[1].startswith(r"z = \mu(x)")
    assert r"\sum_{j=1}^{2}" in pages.text.accessibleDescription()
    pages.show_page("map")
    assert drawn(pages) == []
    assert pages.text.accessibleDescription() == ""
    pages.show_page("vae")
    assert len(drawn(pages)) == 3, "they are kept"
    pages.close()


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_that_formulas_have_the_colour_of_the_text_in_every_theme(owner: QWidget, qtbot: QtBot, theme: Theme) -> None:
    pages = open_page(owner, qtbot, "vae")
    qtbot.waitUntil(lambda: len(drawn(pages)) == 3)
    pages.setPalette(palette(theme))
    shown = colours(pages, place(pages))
    assert QColor(theme.text).name() in shown
    assert QColor(theme.panel).name() in shown
    pages.close()


def test_that_a_formula_is_never_wider_than_its_page(owner: QWidget, qtbot: QtBot) -> None:
    pages = open_page(owner, qtbot, "vae")
    qtbot.waitUntil(lambda: len(drawn(pages)) == 3)
    before = place(pages).width()
    pages.resize(420, 500)
    qtbot.waitUntil(lambda: place(pages).width() < before)
    assert not pages.text.horizontalScrollBar().isVisible()
    pages.close()


def test_that_formulas_are_copied_as_latex(owner: QWidget, qtbot: QtBot) -> None:
    pages = open_page(owner, qtbot, "vae")
    qtbot.waitUntil(lambda: len(drawn(pages)) == 3)
    pages.text.moveCursor(QTextCursor.MoveOperation.Start)
    pages.text.selectAll()
    copied = pages.text.createMimeDataFromSelection()
    for kind in (copied.text(), copied.html()):
        assert SIGN not in kind
        assert r"\varepsilon \sim \mathcal{N}(0, I)" in kind
    assert "the variational autoencoder" in copied.text()
    pages.close()


def test_that_a_formula_that_cannot_be_drawn_stays_latex_in_the_colours_of_the_theme(
    owner: QWidget, qtbot: QtBot
) -> None:
    pages = open_page(owner, qtbot, "map")
    pages.text.setMarkdown("```math\n\\nosuch{x}\n```\n\nand\n\n```math\nx^2\n```\n")
    pages.formulas.begin()
    qtbot.waitUntil(lambda: drawn(pages) == ["x^2"])
    assert r"\nosuch{x}" in pages.text.toPlainText()
    pages.setPalette(palette(DARK))
    found = pages.text.document().find("nosuch")
    assert found.charFormat().foreground().color() == palette(DARK).color(QPalette.ColorRole.PlaceholderText)
    pages.close()


def test_that_sources_are_shown_where_drawing_fails_as_a_whole(
    owner: QWidget, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ImportError("no library")

    monkeypatch.setattr(formulas, "_outlines", fail)
    pages = open_page(owner, qtbot, "vae")
    qtbot.waitUntil(lambda: not pages.formulas.is_waiting)
    found = pages.text.document().find("mathrm")
    assert found.charFormat().foreground().color() == pages.text.palette().color(QPalette.ColorRole.PlaceholderText)
    pages.close()


def test_that_the_help_of_the_window_and_of_what_belongs_to_it_draws_formulas(window: MainWindow) -> None:
    window.laboratories.open_divergences()
    laboratory = window.findChild(DivergenceWindow)
    assert isinstance(laboratory, DivergenceWindow)
    assert formula_book(window) is formula_book(laboratory) is window.session.formulas
    alone = QWidget()
    assert formula_book(alone) is None


def test_that_short_formulas_in_chinese_pages_do_not_break() -> None:
    broken = re.compile(
        r"(?<![A-Za-z\\])[A-Za-zμσ]{1,3}(?:_\w+)?\([^() \u3000-\u9fff`]{1,9} [^()\u3000-\u9fff`]{1,9}\)"
    )
    for kind in ("help", "lessons"):
        for path in sorted(resource_path(kind).joinpath("zh_CN").iterdir()):
            for line in path.read_text(encoding="utf-8").splitlines():
                if any(letter >= "\u4e00" for letter in line):
                    assert not broken.search(line), f"{path.name}: {line}"
