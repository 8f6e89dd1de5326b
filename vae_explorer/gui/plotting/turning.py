"""A button with a small sheet on which settings are turned while a run trains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt, Slot
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QToolButton, QWidget

from vae_explorer.errors import SettingError
from vae_explorer.gui.editors import NumberEdit
from vae_explorer.gui.icons import icon
from vae_explorer.gui.theme import ICON_SIZE, SMALL_SPACING, SPACING
from vae_explorer.language import OR, listed, marked, tr

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from vae_explorer.app.session import Session
    from vae_explorer.gui.theme import Theme

_TIP = marked("Adjust {settings} while it trains; the curves mark where")
_WAITING = marked("Settings such as beta and the learning rate can be adjusted here while a run trains")


class TurnButton(QToolButton):
    """Opens the sheet; there is something to turn only while a run trains.

    Parameters
    ----------
    session
        Whose training is steered.
    parent
        Owner.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._steering = session, session.steering
        self.sheet = TurnSheet(session, self)
        self.setText(tr("Adjust…"))
        self.setIconSize(QSize(ICON_SIZE, ICON_SIZE))
        self.setAccessibleName(tr("Adjust settings while it trains"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.clicked.connect(self.open)
        self._steering.changed.connect(self._follow)
        session.following.changed.connect(self._follow)
        self._follow()

    def set_theme(self, theme: Theme) -> None:
        """Tint the icon, which stands for the words where room is short."""
        self.setIcon(icon("adjust", theme))

    @Slot()
    def open(self) -> None:
        """Show the sheet under the button, with the keyboard in its first field."""
        if not self._steering.can_turn:
            return
        self.sheet.adjustSize()
        place = self.mapToGlobal(QPoint(0, self.height()))
        area = self.screen().availableGeometry()
        x = min(place.x(), area.right() - self.sheet.width())
        below = place.y() + self.sheet.height() <= area.bottom()
        y = place.y() if below else self.mapToGlobal(QPoint(0, 0)).y() - self.sheet.height()
        self.sheet.move(max(area.left(), x), max(area.top(), y))
        self.sheet.show()

    @Slot()
    def _follow(self) -> None:
        can = self._steering.can_turn
        self.setEnabled(can)
        settings = listed((tr(item.declaration.label) for _, item in self._steering.settings), OR)
        self.setToolTip(tr(_TIP, settings=settings) if can else self._session.why_not_train or tr(_WAITING))
        if not can:
            self.sheet.hide()


class TurnSheet(QFrame):
    """One field for each setting that can be turned; what is typed counts from the next step on."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._steering = session.steering
        self.editors: dict[str, NumberEdit] = {}
        self._names: tuple[str, ...] = ()
        self.setObjectName("turn-sheet")
        self.setAccessibleName(tr("Settings to adjust while it trains"))
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._problem = QLabel()
        self._problem.setProperty("role", "error")
        self._problem.setWordWrap(True)
        self._problem.hide()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(SPACING, SPACING, SPACING, SPACING)
        self._grid.setHorizontalSpacing(SPACING)
        self._grid.setVerticalSpacing(SMALL_SPACING)
        self._steering.changed.connect(self._follow)
        self._follow()

    def showEvent(self, event: QShowEvent) -> None:
        """Show the values in force, and take the keyboard."""
        super().showEvent(event)
        self._problem.hide()
        self._show_values()
        first = next(iter(self.editors.values()), None)
        if first is not None:
            first.setFocus(Qt.FocusReason.PopupFocusReason)
            first.selectAll()

    @Slot()
    def _follow(self) -> None:
        names = tuple(path for path, _ in self._steering.settings)
        if names != self._names:
            self._names = names
            self._build()
        if not any(editor.hasFocus() for editor in self.editors.values()):
            self._show_values()

    def _build(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None and widget is not self._problem:
                widget.hide()
                widget.deleteLater()
        self.editors = {}
        for row, (path, setting) in enumerate(self._steering.settings):
            declared = setting.declaration
            label = QLabel(listed((tr(declared.label), tr(declared.unit))) if declared.unit else tr(declared.label))
            editor = NumberEdit(setting)
            editor.setMinimumWidth(110)
            editor.setAccessibleName(tr(declared.label))
            editor.setToolTip(tr(declared.help))
            editor.setProperty("setting", path)
            editor.committed.connect(self._turn)
            label.setBuddy(editor)
            self.editors[path] = editor
            self._grid.addWidget(label, row, 0)
            self._grid.addWidget(editor, row, 1)
        self._grid.addWidget(self._problem, len(self.editors), 0, 1, 2)

    def _show_values(self) -> None:
        for path, editor in self.editors.items():
            editor.show_value(self._steering.value(path))

    @Slot()
    def _turn(self) -> None:
        editor = self.sender()
        if not isinstance(editor, NumberEdit):
            return
        try:
            self._steering.turn(str(editor.property("setting")), editor.text())
        except SettingError as error:
            self._problem.setText(str(error))
            self._problem.show()
        else:
            self._problem.hide()
        self.adjustSize()
