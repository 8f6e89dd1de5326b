"""The bar over the plane: which layers are shown and how, the class, and the view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSlider,
    QToolButton,
    QWidget,
    QWidgetAction,
)

from vae_explorer.app.choices import Appearance
from vae_explorer.gui.flow_layout import FlowLayout
from vae_explorer.gui.plotting.class_choice import offer
from vae_explorer.gui.plotting.layer_switches import SHOWN_AT_FIRST, LayerSwitches
from vae_explorer.gui.plotting.plane_tools import PlaneTools
from vae_explorer.gui.plotting.point_parts import Part
from vae_explorer.gui.plotting.view_bar import ViewBar
from vae_explorer.gui.theme import SMALL_SPACING
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

_NARROW = (
    "QToolButton { padding-left: 2px; padding-right: 2px; } "
    "QToolButton:focus { padding-left: 1px; padding-right: 1px; } "
    "QToolButton::menu-indicator { image: none; }"
)  # untranslated: Qt's style sheet
"""With it all buttons stand in one row in a window of the usual size."""
TILE_OPACITY = 80
POINT_SIZE = 5
POINT_OPACITY = 100
LAYER_OPACITY = 100
_USUAL_LOOK = Appearance(Part.TEST.name, TILE_OPACITY, POINT_SIZE, POINT_OPACITY, LAYER_OPACITY)


class PlaneControls(ViewBar):
    """Switches of the plane."""

    layer_toggled = Signal(str, bool)
    layers_chosen = Signal(object)
    """A person wants other layers than before; told what that is, for the Edit menu."""
    appearance_changed = Signal()
    class_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = FlowLayout(self, SMALL_SPACING)
        self._layout.setContentsMargins(2, SMALL_SPACING, 2, SMALL_SPACING)
        self.switches = LayerSwitches(self)
        for button in (self.switches.menu_button(), *self.switches.buttons()):
            button.setStyleSheet(_NARROW)
            self._layout.addWidget(button)
        self.switches.toggled.connect(self.layer_toggled)
        self.switches.chosen.connect(self.layers_chosen)
        self.tile_opacity = _slider("tile-opacity", tr("Tile opacity"), 10, 100, TILE_OPACITY)
        self.layer_opacity = _slider("layer-opacity", tr("Layer opacity"), 10, 100, LAYER_OPACITY)
        self.point_size = _slider("point-size", tr("Point size"), 1, 14, POINT_SIZE)
        self.point_opacity = _slider("point-opacity", tr("Point opacity"), 10, 100, POINT_OPACITY)
        self.part_box = _part_box()
        self._add_appearance()
        self._class_choice, self.class_box = self._add_choice(tr("Class"), tr("Class with which the plane is decoded"))
        self.class_box.activated.connect(self.class_chosen)
        self.tools = PlaneTools()
        self._add_view_buttons()
        self.set_classes((), 0)

    def is_shown(self, layer: str) -> bool:
        """Whether a layer is switched on and can be shown."""
        return self.switches.is_shown(layer)

    @property
    def wanted(self) -> frozenset[str] | None:
        """Names of the layers that were chosen, those included that this model can't show; None as at first."""
        return None if self.switches.wanted == SHOWN_AT_FIRST else self.switches.wanted

    def want(self, names: frozenset[str] | None) -> None:
        """Switch layers on and off as they were chosen elsewhere; None as a newcomer sees them."""
        self.switches.set_wanted(names)

    @property
    def appearance(self) -> Appearance | None:
        """How the plane is to be drawn; None as at first."""
        opacities = self.tile_opacity.value(), self.point_opacity.value()
        look = Appearance(
            self.part.name, opacities[0], self.point_size.value(), opacities[1], self.layer_opacity.value()
        )
        return None if look == _USUAL_LOOK else look

    def show_appearance(self, look: Appearance | None) -> None:
        """Show how the plane is to be drawn; None as a newcomer sees it."""
        if look == self.appearance:
            return
        look = look or _USUAL_LOOK
        self.blockSignals(True)
        self.part_box.setCurrentIndex(max(0, self.part_box.findData(look.part)))
        self.tile_opacity.setValue(look.tile_opacity)
        self.layer_opacity.setValue(look.layer_opacity)
        self.point_size.setValue(look.point_size)
        self.point_opacity.setValue(look.point_opacity)
        self.blockSignals(False)
        self.appearance_changed.emit()

    def toggle(self, layer: str) -> QToolButton:
        """Return the button of a layer that has one beside its entry in the menu."""
        return self.switches.button(layer)

    @property
    def part(self) -> Part:
        """Whose encodings are shown."""
        return Part[str(self.part_box.currentData())]

    def set_classes(self, names: Sequence[str], chosen: int) -> None:
        """Offer classes to decode with; none hides the choice."""
        offer(self.class_box, names)
        if 0 <= chosen < len(names):
            self.class_box.setCurrentIndex(chosen)
        _show(bool(names), self._class_choice, self.class_box)

    def _add_view_buttons(self) -> None:
        buttons = (
            ("zoom-out", "\N{MINUS SIGN}", "", tr("Zoom out (−)"), self._zoom_out),
            ("zoom-in", "+", "", tr("Zoom in (+)"), self._zoom_in),
            ("fit", "", "fit", tr("Show all encodings (F)"), self.fit_pressed),
            ("reset", "", "home", tr("Show the prior (Home)"), self.reset_pressed),
        )
        for name, text, drawing, tip, pressed in buttons:
            button = self._button(name, text, tip)
            button.clicked.connect(pressed)
            self.tools.add(button, drawing)
        self._layout.add_at_end(self.tools)

    def _button(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip.split(" (", maxsplit=1)[0])
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _add_choice(self, title: str, tip: str) -> tuple[QWidget, QComboBox]:
        holder = QWidget(self)
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SMALL_SPACING)
        label, box = QLabel(title), QComboBox()
        label.setProperty("role", "muted")
        label.setBuddy(box)
        box.setObjectName(f"{title.lower()}-choice")
        box.setToolTip(tip)
        box.setAccessibleName(tip)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        row.addWidget(label)
        row.addWidget(box)
        self._layout.addWidget(holder)
        return holder, box

    def _add_appearance(self) -> None:
        button = self._button(
            "appearance",
            tr("Look ▾"),
            tr("Which images show their encodings; opacity of tiles and layers; size and opacity of the points"),
        )
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setStyleSheet(_NARROW)
        menu, content = QMenu(button), QWidget()
        form = QFormLayout(content)
        form.addRow(tr("Encodings of"), self.part_box)
        self.part_box.currentIndexChanged.connect(self.appearance_changed)
        for slider in (self.tile_opacity, self.layer_opacity, self.point_size, self.point_opacity):
            form.addRow(slider.accessibleName(), slider)
            slider.valueChanged.connect(self.appearance_changed)
        action = QWidgetAction(menu)
        action.setDefaultWidget(content)
        menu.addAction(action)
        button.setMenu(menu)
        self._layout.addWidget(button)


def _part_box() -> QComboBox:
    box = QComboBox()
    box.setObjectName("encodings")
    box.setAccessibleName(tr("Encodings of"))
    box.setToolTip(tr("Whose places are shown: test images were never trained on"))
    for part in Part:
        box.addItem(tr(part.value), part.name)
    return box


def _slider(name: str, title: str, low: int, high: int, value: int) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setObjectName(name)
    slider.setAccessibleName(title)
    slider.setRange(low, high)
    slider.setValue(value)
    slider.setMinimumWidth(140)
    return slider


def _show(shown: bool, *widgets: QWidget) -> None:
    for widget in widgets:
        widget.setVisible(shown)
