"""The switches of the plane's layers: a menu with all of them, and buttons for those that are used most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from vae_explorer.gui.menu_sections import add_section
from vae_explorer.language import marked, tr, within_sentence
from vae_explorer.latent.layers import LAYERS

if TYPE_CHECKING:
    from collections.abc import Iterable

Group = Literal["drawn", "heat", "over"]


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch.

    Attributes
    ----------
    name
        Of the layer.
    title
        In the menu.
    tip
        One sentence for a student.
    group
        ``drawn``: marks; ``heat``: colours that hide each other, so that one is shown at a time; ``over``: colours in
        a small place.
    button
        Words of a button of its own, or "" for an entry of the menu only.
    """

    name: str
    title: str
    tip: str
    group: Group
    button: str = ""


_BUTTONS = {
    "regions": marked("Regions"),
    "aggregate": "q(z)",
    "magnification": marked("Magnification"),
    "round-trip": marked("Doubt"),
}
_FAMILIES = {"averaged": "regions", "magnification-fisher": "magnification", "disagreement": "round-trip"}
"""The layer whose button stands for another one, too, that shows the same thing by other means."""
_OVER = {"exact"}
_LAYERS = tuple(
    Switch(
        layer.name,
        layer.switch,
        layer.tip,
        "over" if layer.name in _OVER else "heat",
        _BUTTONS.get(layer.name, ""),
    )
    for layer in LAYERS
)
SWITCHES = (
    Switch(
        "tiles",
        marked("Tiles"),
        marked("Show the decoded pictures as a map under everything."),
        "drawn",
        marked("Tiles"),
    ),
    Switch(
        "points",
        marked("Points"),
        marked("Show where the encoder puts the images, in the colours of the legend."),
        "drawn",
        marked("Points"),
    ),
    Switch(
        "prior",
        marked("Rings of the prior"),
        marked("Show circles of 1, 2 and 3 standard deviations of the prior."),
        "drawn",
    ),
    Switch(
        "posterior",
        marked("Encoder's posterior q(z|x)"),
        marked("Show the encoder's posterior of the chosen sample: an ellipse at 1 and 2 standard deviations."),
        "drawn",
    ),
    *_LAYERS,
)
SHOWN_AT_FIRST = frozenset({"tiles", "points", "prior", "posterior", "regions"})
"""What a newcomer sees."""
_SECTIONS: dict[Group, str] = {
    "drawn": "",
    "heat": marked("Colours, one at a time"),
    "over": marked("Of the chosen sample"),
}
_ARROW = "\N{BLACK DOWN-POINTING SMALL TRIANGLE}"


class LayerSwitches(QObject):
    """The state of all switches; widgets for it are made by `button` and `menu_button`.

    Parameters
    ----------
    parent
        Owner of the widgets.
    """

    chosen = Signal(object)
    """A person wants other layers than before; told what that is, for the Edit menu."""

    toggled = Signal(str, bool)
    """A layer is shown or hidden from now on."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._owner = parent
        self._by_name = {switch.name: switch for switch in SWITCHES}
        self._wanted = SHOWN_AT_FIRST
        self._buttons: dict[str, QToolButton] = {}
        self._actions = {switch.name: self._action(switch) for switch in SWITCHES}
        self.menu = _StayingMenu(parent)
        self._fill_menu()

    @property
    def wanted(self) -> frozenset[str]:
        """What a person wants to see, whether the model has it or not."""
        return self._wanted

    def action(self, name: str) -> QAction:
        """Return the switch of a layer."""
        return self._actions[name]

    def is_shown(self, name: str) -> bool:
        """Whether a layer is switched on and can be shown."""
        return self._actions[name].isChecked()

    def set_wanted(self, names: Iterable[str] | None) -> None:
        """Show these layers, as far as the model has them; None for those that a newcomer sees."""
        self._wanted = SHOWN_AT_FIRST if names is None else frozenset(names)
        for name, action in self._actions.items():
            self._set_shown(name, name in self._wanted and action.isEnabled())

    def set_available(self, name: str, reason: str = "") -> None:
        """Let a layer be switched, or switch it off and say why it can't be shown; its switch comes back as it was."""
        action = self._actions[name]
        action.setEnabled(not reason)
        action.setToolTip(reason or tr(self._by_name[name].tip))
        action.blockSignals(True)
        action.setChecked(name in self._wanted and not reason)
        action.blockSignals(False)
        self._show_on_button(name)

    def set_offered(self, name: str, offered: bool) -> None:
        """Show the switch of a layer only for models to which it means something."""
        self._actions[name].setVisible(offered)
        self._show_on_button(name)

    def buttons(self) -> tuple[QToolButton, ...]:
        """Return a button for each layer that has one, in their order."""
        for switch in SWITCHES:
            if switch.button and switch.name not in self._buttons:
                self._buttons[switch.name] = self._button(switch)
        return tuple(self._buttons.values())

    def button(self, name: str) -> QToolButton:
        """Return the button of a layer that has one."""
        return self._buttons[name]

    def menu_button(self) -> QToolButton:
        """Return a button that opens the menu with all layers."""
        button = QToolButton(self._owner)
        button.setObjectName("layers")
        button.setText(tr("Layers {arrow}", arrow=_ARROW))
        button.setToolTip(tr("All layers of the plane; Space switches one and leaves the menu open"))
        button.setAccessibleName(tr("Layers of the plane"))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setMenu(self.menu)
        return button

    def _action(self, switch: Switch) -> QAction:
        action = QAction(tr(switch.title), self._owner)
        action.setObjectName(f"layer-{switch.name}")
        action.setCheckable(True)
        action.setToolTip(tr(switch.tip))
        action.setChecked(switch.name in self._wanted)
        action.toggled.connect(self._choose)
        return action

    def _button(self, switch: Switch) -> QToolButton:
        button = QToolButton(self._owner)
        button.setObjectName(f"layer-{switch.name}")
        button.setProperty("role", "toggle")
        button.setText(tr(switch.button))
        button.setCheckable(True)
        button.setAccessibleName(tr("Show {layer}", layer=within_sentence(switch.title)))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.toggled.connect(self._press)
        self._buttons[switch.name] = button
        self._show_on_button(switch.name)
        return button

    def _fill_menu(self) -> None:
        self.menu.setToolTipsVisible(True)
        for group, title in _SECTIONS.items():
            if title:
                add_section(self.menu, tr(title))
            self.menu.addActions([self._actions[switch.name] for switch in SWITCHES if switch.group == group])

    def _family(self, name: str) -> tuple[QAction, ...]:
        """Return the switches of all layers for which a button stands, the one that it is named after first."""
        kin = (other for other, head in _FAMILIES.items() if head == name)
        return self._actions[name], *(self._actions[other] for other in kin)

    def _of_button(self, name: str) -> QAction:
        """Return the switch that a press on a button turns off, or on: the one of its family that is on, or its own."""
        family = self._family(name)
        return next((action for action in family if action.isChecked()), family[0])

    def _show_on_button(self, name: str) -> None:
        name = _FAMILIES.get(name, name)
        button = self._buttons.get(name)
        if button is not None:
            action = self._of_button(name)
            button.blockSignals(True)
            button.setChecked(action.isChecked())
            button.blockSignals(False)
            button.setEnabled(action.isEnabled())
            button.setVisible(action.isVisible())
            if button.toolTip() != action.toolTip():  # Qt would tell everybody of the same one again.
                button.setToolTip(action.toolTip())

    def _set_shown(self, name: str, shown: bool) -> None:
        action = self._actions[name]
        if action.isChecked() != shown:
            action.blockSignals(True)
            action.setChecked(shown)
            action.blockSignals(False)
            self._show_on_button(name)
            self.toggled.emit(name, shown)

    @Slot(bool)
    def _press(self, shown: bool) -> None:
        for name, button in self._buttons.items():
            if button is self.sender():
                self._of_button(name).setChecked(shown)

    @Slot(bool)
    def _choose(self, shown: bool) -> None:
        """Want a layer or not; of those that hide each other the one that was switched on last."""
        name = next(name for name, action in self._actions.items() if action is self.sender())
        switch = self._by_name[name]
        others = {
            other.name
            for other in SWITCHES
            if other.group == switch.group == "heat" and self._actions[other.name].isEnabled()
        }
        wanted = (self._wanted - others) | {name} if shown else self._wanted - {name}
        self._show_on_button(name)
        self.toggled.emit(name, shown)
        self.set_wanted(wanted)
        title = tr(switch.title)
        self.chosen.emit(tr("Show {layer}", layer=title) if shown else tr("Hide {layer}", layer=title))


class _StayingMenu(QMenu):
    """A menu that stays open when something is checked in it, so that several layers can be switched in one go."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Switch what can be checked without closing."""
        action = self.actionAt(event.position().toPoint())
        if not self._switch(action):
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Switch with Space without closing; Return closes as everywhere."""
        if event.key() != Qt.Key.Key_Space or not self._switch(self.activeAction()):
            super().keyPressEvent(event)

    def _switch(self, action: QAction | None) -> bool:
        if action is None or not action.isCheckable() or not action.isEnabled():
            return False
        action.trigger()
        return True
