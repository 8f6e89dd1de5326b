"""How the panels show what they show, kept with the session: folded sections, axes, smoothing and the like.

A control is remembered once it is marked by `remember`; sections and the quantities of the curves are by themselves.
What is kept comes from a file: a value of another type, or one that a control doesn't know, is passed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QByteArray, QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QComboBox, QDoubleSpinBox, QSpinBox, QWidget

from vae_explorer.gui.layout import clamp
from vae_explorer.gui.section import Section

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vae_explorer.app.frozen_json import Json
    from vae_explorer.app.saved_session import PanelViews
    from vae_explorer.gui.main_window import MainWindow
    from vae_explorer.gui.plotting.curve_table import CurveTable

REMEMBERED = "remembered"
"""Property that holds the name under which a control is kept; it is unique in its panel."""
CURVES = "curves"
_SHOWN, _SECTION = "shown quantities", "section"  # untranslated: names in a file
_MOST_QUANTITIES = 200


class Opener(Protocol):
    """Opens a window beside the program's own, once."""

    @property
    def opened(self) -> QWidget | None:
        """The window, while it is open."""
        ...

    def open(self) -> None:
        """Open the window, or bring it to the front."""
        ...


def remember(control: QObject, name: str) -> None:
    """Let what is chosen with a control be as it was left when the session is reopened."""
    control.setProperty(REMEMBERED, name)


def panel_views(window: MainWindow) -> dict[str, dict[str, Json]]:
    """Return how each panel shows what it shows, by the panel's name."""
    return {name: view for name in window.hosts if (view := panel_view(window, name))}


def panel_view(window: MainWindow, name: str) -> dict[str, Json]:
    """Return how one panel shows what it shows; nothing for one that wasn't made yet."""
    host = window.hosts[name]
    if host.panel is None:
        return {}
    table = _curve_table(window) if name == CURVES else None
    return kept_of(host) | ({} if table is None else {_SHOWN: dict(table.chosen)})


def show_panels(window: MainWindow, views: PanelViews) -> None:
    """Let each panel show what it shows as it did."""
    for name, view in views.items():
        host = window.hosts.get(name)
        if host is not None:
            bring_back(host, view)
    table = _curve_table(window)
    shown = views.get(CURVES, {}).get(_SHOWN)
    if table is not None and isinstance(shown, dict):
        wanted = {str(key): value for key, value in list(shown.items())[:_MOST_QUANTITIES] if isinstance(value, bool)}
        table.choose(wanted)


def kept_of(widget: QWidget) -> dict[str, Json]:
    """Return what is chosen with the remembered controls below a widget, by their names."""
    parts = enumerate(widget.findChildren(Section))  # by number: some take their heading from the model
    kept: dict[str, Json] = {f"{_SECTION} {number}": part.button.isChecked() for number, part in parts}
    for name, control in _controls(widget).items():
        value = _value(control)
        if value is not None:
            kept[name] = value
    return kept


def bring_back(widget: QWidget, kept: Mapping[str, Json]) -> None:
    """Choose with the remembered controls below a widget what was chosen."""
    for number, part in enumerate(widget.findChildren(Section)):
        is_open = kept.get(f"{_SECTION} {number}")
        if isinstance(is_open, bool):
            part.button.setChecked(is_open)
    for name, control in _controls(widget).items():
        if name in kept:
            _choose(control, kept[name])


def open_windows(window: MainWindow) -> dict[str, str]:
    """Return the names of the windows beside the program's own that are open, and where each is, as base64."""
    shown = ((name, opener.opened) for name, opener in _openers(window).items())
    return {name: bytes(found.saveGeometry().toBase64().data()).decode() for name, found in shown if found is not None}


def open_again(window: MainWindow, places: Mapping[str, str]) -> None:
    """Open windows that were open, where they were."""
    for name, opener in _openers(window).items():
        if name in places:
            opener.open()
            found = opener.opened
            if found is not None and found.restoreGeometry(
                QByteArray.fromBase64(places[name].encode("ascii", "replace"))
            ):
                clamp(found)


def _openers(window: MainWindow) -> Mapping[str, Opener]:
    return {"compare": window.comparing, "curves": window.enlarging, "runs": window.runs}


def _controls(widget: QWidget) -> dict[str, QObject]:
    found = widget.findChildren(QObject)
    return {str(child.property(REMEMBERED)): child for child in found if child.property(REMEMBERED)}


def _value(control: QObject) -> Json:
    if isinstance(control, (QAbstractButton, QAction)):
        return control.isChecked()
    if isinstance(control, QComboBox):
        chosen = control.currentData()  # what its entry stands for, which is the same in every language
        return chosen if isinstance(chosen, (str, int, float)) else control.currentText()
    if isinstance(control, (QSpinBox, QDoubleSpinBox, QAbstractSlider)):
        return control.value()
    return None


def _choose(control: QObject, value: Json) -> None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1 << 31
    if isinstance(control, QAbstractButton) and isinstance(value, bool):
        control.setChecked(value)
    elif isinstance(control, QAction) and isinstance(value, bool):
        if value != control.isChecked() and (value or control.actionGroup() is None):
            control.trigger()
    elif isinstance(control, QComboBox):
        place = max(control.findData(value), control.findText(value) if isinstance(value, str) else -1)
        control.setCurrentIndex(place if place >= 0 else control.currentIndex())
    elif isinstance(control, QDoubleSpinBox) and is_number:
        control.setValue(float(value))  # type: ignore[arg-type]
    elif isinstance(control, (QSpinBox, QAbstractSlider)) and is_number:
        control.setValue(int(value))  # type: ignore[arg-type]


def _curve_table(window: MainWindow) -> CurveTable | None:
    from vae_explorer.gui.panels.curves import CurvesPanel

    panel = window.panel(CURVES)
    return panel.table if isinstance(panel, CurvesPanel) else None
