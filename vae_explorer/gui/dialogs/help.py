"""The help window: pages that come with the program, and the keys from the list that makes the menus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from vae_explorer.gui.commands import COMMANDS, MENUS
from vae_explorer.gui.mnemonics import without_mnemonic
from vae_explorer.gui.page_dress import PageDress
from vae_explorer.gui.page_formulas import FormulaBrowser, PageFormulas, formula_book
from vae_explorer.gui.theme import SMALL_SPACING, SPACING
from vae_explorer.language import in_language, marked, tr
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.resources import resource_path

if TYPE_CHECKING:
    from collections.abc import Iterator

_INDEX_WIDTH = 220


@dataclass(frozen=True, slots=True)
class HelpPage:
    """A page: the name of its file without suffix, and its words in the index."""

    name: str
    title: str


PAGES = (
    HelpPage("start", marked("The first five minutes")),
    *(HelpPage(entry.name, entry.title) for entry in OBJECTIVES),
    HelpPage("training", marked("Training, and why it is fast")),
    HelpPage("map", marked("The plane as a map")),
    HelpPage("layers", marked("Layers of the plane")),
    HelpPage("paths", marked("Paths and geodesics")),
    HelpPage("drawing", marked("Draw and look closer")),
    HelpPage("time", marked("Travelling in time")),
    HelpPage("runs", marked("Runs and sessions")),
    HelpPage("following", marked("Following a training elsewhere")),
    HelpPage("comparing", marked("Comparing two models")),
    HelpPage("measuring", marked("What a model is worth")),
    HelpPage("exports", marked("Taking it home")),
    HelpPage("laboratories", marked("Two small laboratories")),
    HelpPage("data", marked("Data formats")),
    HelpPage("trouble", marked("When something goes wrong")),
    HelpPage("keyboard", marked("Keyboard and mouse")),
    HelpPage("command-line", marked("Command line")),
)
"""All pages, in the order of the index; each objective has a page of its own name."""


class HelpWindow(QDialog):
    """An index on the left and a page on the right; the main window stays usable beside it.

    Parameters
    ----------
    parent
        The window.
    page
        Name of the page to open.
    """

    def __init__(self, parent: QWidget | None = None, page: str = "start") -> None:
        super().__init__(parent)
        self.setObjectName("help")
        self.setWindowTitle(tr("Help"))
        self.setModal(False)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(860, 620)
        self.index = QListWidget()
        self.text = FormulaBrowser()
        self.formulas = PageFormulas(self.text, formula_book(parent))
        self.dress = PageDress(self.text, self)
        self._build()
        self.show_page(page)

    def _build(self) -> None:
        for page in PAGES:
            item = QListWidgetItem(tr(page.title))
            item.setData(Qt.ItemDataRole.UserRole, page.name)
            self.index.addItem(item)
        self.index.setAccessibleName(tr("Pages"))
        self.index.setFixedWidth(_INDEX_WIDTH)
        self.index.setUniformItemSizes(True)  # letters of another script are lower
        self.index.setSpacing(SMALL_SPACING // 2)
        self.text.setAccessibleName(tr("Page"))
        self.text.setOpenLinks(False)
        self.text.document().setDocumentMargin(2 * SPACING)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        row = QHBoxLayout()
        row.addWidget(self.index)
        row.addWidget(self.text, 1)
        layout = QVBoxLayout(self)
        layout.addLayout(row, 1)
        layout.addWidget(buttons)
        self.index.currentRowChanged.connect(self._show_row)
        self.text.anchorClicked.connect(self._follow)

    def show_page(self, name: str) -> None:
        """Turn to a page; an unknown name turns to the first."""
        names = [page.name for page in PAGES]
        self.index.setCurrentRow(names.index(name) if name in names else 0)

    @Slot(int)
    def _show_row(self, row: int) -> None:
        self.text.setMarkdown(page_text(PAGES[max(row, 0)].name))
        self.dress.dress()
        self.formulas.begin()
        self.text.verticalScrollBar().setValue(0)

    @Slot(QUrl)
    def _follow(self, url: QUrl) -> None:
        if url.scheme() in {"http", "https"}:
            QDesktopServices.openUrl(url)
        else:
            self.show_page(url.path().removesuffix(".md"))


def page_text(name: str) -> str:
    """Return a page as Markdown; that of the keyboard ends with the keys of all commands.

    An objective whose page isn't written yet has one of what its entry says.
    """
    path = resource_path("help").joinpath(*in_language("help", f"{name}.md")[1:])
    if name in OBJECTIVES and not path.exists():
        entry = OBJECTIVES.get(name)
        return tr(
            "# {title}\n\n{summary}\n\n> {formula}\n\n## Source\n\n{reference}\n",
            title=tr(entry.title),
            summary=tr(entry.summary),
            formula=tr(entry.formula),
            reference=entry.reference,
        )
    text = path.read_text(encoding="utf-8")
    return text + "".join(_command_tables()) if name == "keyboard" else text


def _command_tables() -> Iterator[str]:
    for menu, title in MENUS.items():
        commands = [command for command in COMMANDS if command.menu == menu and command.keys]
        if commands:
            heading = tr("{menu} menu", menu=without_mnemonic(tr(title)))
            yield f"\n## {heading}\n\n| {tr('Key')} | {tr('What it does')} |\n|---|---|\n"
        for command in commands:
            key = QKeySequence(command.keys[0]).toString(QKeySequence.SequenceFormat.NativeText)
            yield f"| {key.replace('|', '&#124;')} | {tr(command.tip)} |\n"
