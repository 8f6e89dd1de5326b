"""How the walk along a path is shown: a button whose menu keeps the panel narrow."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton

from vae_explorer.gui.menu_sections import add_section
from vae_explorer.gui.panel_views import remember
from vae_explorer.gui.panels.path_player import Easing, PlayMode
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from vae_explorer.app.state import LatentPath

_Choice = TypeVar("_Choice", bound=Enum)
_HELP = {
    PlayMode.THERE_AND_BACK: marked("At the end the walk turns back"),
    PlayMode.LOOP: marked("At the end the walk begins anew"),
    PlayMode.ONCE: marked("At the end the walk stops"),
    Easing.STEADY: marked("The walk keeps one pace"),
    Easing.GENTLE: marked("The walk begins and ends slowly"),
}


class PathOptions(QToolButton):
    """What happens at the end, how it begins and ends, equal speed on the plane, and the profile."""

    pace_chosen = Signal()
    """`mode` or `easing` has changed."""
    equal_speed_chosen = Signal(bool)
    profile_chosen = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        self.modes = self._choices(menu, marked("At the end"), PlayMode)
        self.easings = self._choices(menu, marked("Pace"), Easing)
        menu.addSeparator()
        self.equal_speed = _switch(
            menu,
            "equal-speed",
            tr("&Equal speed on the plane"),
            tr("Equal times cover equal lengths on the plane, in pictures and exports too"),
        )
        self.profile = _switch(
            menu,
            "profile",
            tr("Show &profile"),
            tr("Under the pictures: how fast they change, and how likely their places are"),
        )
        remember(self.profile, "profile")
        self.equal_speed.toggled.connect(self.equal_speed_chosen)
        self.profile.toggled.connect(self.profile_chosen)
        self.setMenu(menu)
        self.setObjectName("path-options")
        self.setText(tr("Walk"))
        self.setAccessibleName(tr("How the walk is shown"))
        self.setToolTip(tr("What happens at the end of the path, its pace, and its profile"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @property
    def mode(self) -> PlayMode:
        """What happens at the end of the path."""
        return PlayMode(_checked(self.modes))

    @property
    def easing(self) -> Easing:
        """How the walk begins and ends."""
        return Easing(_checked(self.easings))

    def choices(self) -> tuple[QAction, ...]:
        """Return everything that can be chosen in the menu."""
        return (*self.modes.actions(), *self.easings.actions(), self.equal_speed, self.profile)

    def show_path(self, path: LatentPath) -> None:
        """Show whether the path is walked at equal speed."""
        self.equal_speed.blockSignals(True)
        self.equal_speed.setChecked(path.equal_speed)
        self.equal_speed.blockSignals(False)

    def _choices(self, menu: QMenu, title: str, kind: type[_Choice]) -> QActionGroup:
        add_section(menu, tr(title))
        group = QActionGroup(menu)
        for choice in kind:
            action = _switch(menu, choice.name.lower(), tr(choice.value), tr(_HELP[choice]))
            action.setData(choice.value)
            remember(action, f"{title}: {choice.value}")
            group.addAction(action)
        group.actions()[0].setChecked(True)
        group.triggered.connect(self._tell_pace)
        return group

    @Slot()
    def _tell_pace(self) -> None:
        self.pace_chosen.emit()


def _switch(menu: QMenu, name: str, text: str, help: str) -> QAction:
    action = menu.addAction(text)
    action.setObjectName(name)
    action.setCheckable(True)
    action.setToolTip(help)
    action.setStatusTip(help)
    return action


def _checked(group: QActionGroup) -> str:
    action = group.checkedAction()
    return "" if action is None else str(action.data())
