"""The bar over the plane: which layers are shown and how, the class, and the view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
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
from vae_explorer.gui.plotting.point_parts import Part
from vae_explorer.gui.theme import SMALL_SPACING

if TYPE_CHECKING:
    from collections.abc import Sequence

LAYERS = (
    ("tiles", "Tiles", "Show the decoded pictures as a map under everything."),
    ("regions", "Regions", "Show which class p(y|z) holds for likeliest; the surer, the stronger the colour."),
    (
        "averaged",
        "Averaged",
        "Average p(y|z) over 12 samples of the noise that the encoder adds, as a prediction does; "
        "the noise is the median over the images.",
    ),
    ("points", "Points", "Show where the encoder puts the images, in the colours of the legend."),
    ("aggregate", "q(z)", "Show the density of the encodings with their noise: the aggregate posterior q(z)."),
    ("prior", "Prior", "Show circles of 1, 2 and 3 standard deviations of the prior."),
    (
        "posterior",
        "q(z|x)",
        "Show the encoder's posterior of the chosen sample: an ellipse at 1 and 2 standard deviations.",
    ),
    (
        "exact",
        "p(z|x)",
        "Show the true posterior of the chosen sample, computed exactly, under the encoder's ellipse. Z zooms to it.",
    ),
)
_OFF_AT_FIRST = {"averaged", "aggregate", "exact"}
_NARROW = "QToolButton { padding-left: 1px; padding-right: 1px; }"
TILE_OPACITY = 80
POINT_SIZE = 5
POINT_OPACITY = 100
_USUAL_LOOK = Appearance(Part.TEST.name, TILE_OPACITY, POINT_SIZE, POINT_OPACITY)


class PlaneControls(QWidget):
    """Switches of the plane."""

    layer_toggled = Signal(str, bool)
    appearance_changed = Signal()
    class_chosen = Signal(int)
    zoom_pressed = Signal(float)
    fit_pressed = Signal()
    reset_pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = FlowLayout(self, SMALL_SPACING)
        self._layout.setContentsMargins(2, SMALL_SPACING, 2, SMALL_SPACING)
        self._tips = {name: tip for name, _, tip in LAYERS}
        self._wanted = {name: name not in _OFF_AT_FIRST for name, _, _ in LAYERS}
        self._toggles = {name: self._add_toggle(name, title, tip) for name, title, tip in LAYERS}
        self.tile_opacity = _slider("Tile opacity", 10, 100, TILE_OPACITY)
        self.point_size = _slider("Point size", 1, 14, POINT_SIZE)
        self.point_opacity = _slider("Point opacity", 10, 100, POINT_OPACITY)
        self.part_box = _part_box()
        self._add_appearance()
        self._class_choice, self.class_box = self._add_choice("Class", "Class with which the plane is decoded")
        self.class_box.activated.connect(self.class_chosen)
        self._add_view_buttons()
        self.set_classes((), 0)

    def is_shown(self, layer: str) -> bool:
        """Whether a layer is switched on."""
        return self._toggles[layer].isChecked()

    @property
    def wanted(self) -> frozenset[str] | None:
        """Names of the layers that were chosen, those included that this model can't show; None as at first."""
        names = frozenset(name for name, is_wanted in self._wanted.items() if is_wanted)
        return None if names == self._wanted.keys() - _OFF_AT_FIRST else names

    def want(self, names: frozenset[str] | None) -> None:
        """Switch layers on and off as they were chosen elsewhere; None as a newcomer sees them."""
        for name, button in self._toggles.items():
            shown = name not in _OFF_AT_FIRST if names is None else name in names
            changed, self._wanted[name] = shown != self._wanted[name], shown
            if button.isEnabled() and changed:
                button.setChecked(shown)

    @property
    def appearance(self) -> Appearance | None:
        """How the plane is to be drawn; None as at first."""
        opacities = self.tile_opacity.value(), self.point_opacity.value()
        look = Appearance(self.part.name, opacities[0], self.point_size.value(), opacities[1])
        return None if look == _USUAL_LOOK else look

    def show_appearance(self, look: Appearance | None) -> None:
        """Show how the plane is to be drawn; None as a newcomer sees it."""
        if look == self.appearance:
            return
        look = look or _USUAL_LOOK
        self.blockSignals(True)
        self.part_box.setCurrentIndex(max(0, self.part_box.findData(look.part)))
        self.tile_opacity.setValue(look.tile_opacity)
        self.point_size.setValue(look.point_size)
        self.point_opacity.setValue(look.point_opacity)
        self.blockSignals(False)
        self.appearance_changed.emit()

    def toggle(self, layer: str) -> QToolButton:
        """Return the switch of a layer."""
        return self._toggles[layer]

    def set_available(self, layer: str, reason: str = "") -> None:
        """Let a layer be switched, or switch it off and say why it can't be shown; its switch comes back as it was."""
        button = self._toggles[layer]
        button.setEnabled(not reason)
        button.setToolTip(reason or self._tips[layer])
        button.blockSignals(True)
        button.setChecked(self._wanted[layer] and not reason)
        button.blockSignals(False)

    def set_offered(self, layer: str, offered: bool) -> None:
        """Show the switch of a layer only for models to which it means something."""
        self._toggles[layer].setVisible(offered)

    @property
    def part(self) -> Part:
        """Whose encodings are shown."""
        return Part[str(self.part_box.currentData())]

    def set_classes(self, names: Sequence[str], chosen: int) -> None:
        """Offer classes to decode with; none hides the choice."""
        _fill(self.class_box, names, chosen)
        _show(bool(names), self._class_choice, self.class_box)

    def _add_toggle(self, name: str, title: str, tip: str) -> QToolButton:
        button = self._button(f"layer-{name}", title, tip)
        button.setProperty("role", "toggle")
        button.setCheckable(True)
        button.setChecked(self._wanted[name])
        button.setAccessibleName(f"Show {title.lower()}")
        button.toggled.connect(self._tell_toggled)
        self._layout.addWidget(button)
        return button

    def _add_view_buttons(self) -> None:
        group = QWidget(self)
        row = QHBoxLayout(group)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SMALL_SPACING // 2)
        buttons = (
            ("zoom-out", "\N{MINUS SIGN}", "Zoom out (\N{MINUS SIGN})", self._zoom_out),
            ("zoom-in", "+", "Zoom in (+)", self._zoom_in),
            ("fit", "Fit", "Show all encodings (F)", self.fit_pressed),
            ("reset", "Reset", "Show the prior (Home)", self.reset_pressed),
        )
        for name, text, tip, pressed in buttons:
            button = self._button(name, text, tip)
            button.clicked.connect(pressed)
            button.setStyleSheet(_NARROW)
            row.addWidget(button)
        self._layout.add_at_end(group)

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
            "Look \N{BLACK DOWN-POINTING SMALL TRIANGLE}",
            "Which images show their encodings; opacity of the tiles; size and opacity of the points",
        )
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setStyleSheet("QToolButton { padding-right: 4px; } QToolButton::menu-indicator { image: none; }")
        menu, content = QMenu(button), QWidget()
        form = QFormLayout(content)
        form.addRow("Encodings of", self.part_box)
        self.part_box.currentIndexChanged.connect(self.appearance_changed)
        for slider in (self.tile_opacity, self.point_size, self.point_opacity):
            form.addRow(slider.accessibleName(), slider)
            slider.valueChanged.connect(self.appearance_changed)
        action = QWidgetAction(menu)
        action.setDefaultWidget(content)
        menu.addAction(action)
        button.setMenu(menu)
        self._layout.addWidget(button)

    @Slot(bool)
    def _tell_toggled(self, shown: bool) -> None:
        for name, button in self._toggles.items():
            if button is self.sender():
                self._wanted[name] = shown
                self.layer_toggled.emit(name, shown)

    @Slot()
    def _zoom_in(self) -> None:
        self.zoom_pressed.emit(1.5)

    @Slot()
    def _zoom_out(self) -> None:
        self.zoom_pressed.emit(1 / 1.5)


def _part_box() -> QComboBox:
    box = QComboBox()
    box.setObjectName("encodings")
    box.setAccessibleName("Encodings of")
    box.setToolTip("Whose places are shown: test images were never trained on")
    for part in Part:
        box.addItem(part.value, part.name)
    return box


def _slider(name: str, low: int, high: int, value: int) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setObjectName(name.lower().replace(" ", "-"))
    slider.setAccessibleName(name)
    slider.setRange(low, high)
    slider.setValue(value)
    slider.setMinimumWidth(140)
    return slider


def _show(shown: bool, *widgets: QWidget) -> None:
    for widget in widgets:
        widget.setVisible(shown)


def _fill(box: QComboBox, names: Sequence[str], chosen: int) -> None:
    if [box.itemText(index) for index in range(box.count())] != list(names):
        box.clear()
        box.addItems(list(names))
    if 0 <= chosen < len(names):
        box.setCurrentIndex(chosen)
