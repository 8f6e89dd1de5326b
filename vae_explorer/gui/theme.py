"""The look of the program: colours, spacing, palettes and the one style sheet.

Fusion draws the widgets; a `Theme` gives it its colours, because the platform's own colour scheme can't be set
everywhere. Panels take their colours from the theme they are handed by ``Panel.set_theme`` and from nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette

from vae_explorer.export.palette import class_colour as palette_colour

SPACING = 8
"""Distance between neighbours, in device-independent pixels; half of it between things that belong together."""

SMALL_SPACING = SPACING // 2
LARGE_SPACING = 2 * SPACING
RADIUS = 5
"""Radius of rounded corners, in device-independent pixels."""

ICON_SIZE = 18

_OUTLINE_LIGHTER = 127
"""Per cent by which a colour is lighter than the outline that Fusion makes of it: 140 % darker, then 110 % lighter."""
_LINE_LIGHTER = 150
"""Per cent by which lines of dark menus are lighter than other lines: nothing but they tells groups apart."""

_MESSAGE_WIDTH = 284
"""Least width of what a question says besides itself, in device-independent pixels: else it becomes a column."""


@dataclass(frozen=True, slots=True)
class Theme:
    """Named colours, each as ``#rrggbb``."""

    name: str
    dark: bool
    window: str
    panel: str
    raised: str
    text: str
    muted: str
    disabled: str
    accent: str
    accent_text: str
    selection: str
    border: str
    grid: str
    plot: str
    good: str
    warning: str
    error: str
    train: str
    test: str

    def colour(self, token: str) -> QColor:
        """Return the colour of a token, such as ``accent``."""
        return QColor(str(getattr(self, token)))


LIGHT = Theme(
    name="light",
    dark=False,
    window="#eef0f4",
    panel="#ffffff",
    raised="#f7f8fa",
    text="#1d2330",
    muted="#596274",
    disabled="#868fa0",
    accent="#3355c8",
    accent_text="#ffffff",
    selection="#dbe3fb",
    border="#d0d5df",
    grid="#e3e6ec",
    plot="#ffffff",
    good="#1f7a4d",
    warning="#946200",
    error="#b3261e",
    train="#3355c8",
    test="#c65a11",
)

DARK = Theme(
    name="dark",
    dark=True,
    window="#14171d",
    panel="#1c2028",
    raised="#262b35",
    text="#e6e9f0",
    muted="#a0a8b8",
    disabled="#737c8d",
    accent="#8aa6ff",
    accent_text="#10131a",
    selection="#31406e",
    border="#363c49",
    grid="#2a2f39",
    plot="#171a21",
    good="#5fcf95",
    warning="#e8b54a",
    error="#ff8a80",
    train="#8aa6ff",
    test="#ffab70",
)

THEMES = {"light": LIGHT, "dark": DARK}


def theme_named(choice: str) -> Theme:
    """Return the theme for a choice of the View menu: ``light``, ``dark`` or ``system``."""
    if choice in THEMES:
        return THEMES[choice]
    from PySide6.QtGui import QGuiApplication

    dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return DARK if dark else LIGHT


def class_colour(label: int) -> QColor:
    """Return the colour of a class, or grey for none."""
    return QColor(palette_colour(label))


def palette(theme: Theme) -> QPalette:
    """Return the palette from which Fusion and the style sheet draw."""
    roles = {
        QPalette.ColorRole.Window: theme.window,
        QPalette.ColorRole.WindowText: theme.text,
        QPalette.ColorRole.Base: theme.panel,
        QPalette.ColorRole.AlternateBase: theme.raised,
        QPalette.ColorRole.Text: theme.text,
        QPalette.ColorRole.PlaceholderText: theme.muted,
        QPalette.ColorRole.Button: theme.raised,
        QPalette.ColorRole.ButtonText: theme.text,
        QPalette.ColorRole.BrightText: theme.error,
        QPalette.ColorRole.Highlight: theme.accent,
        QPalette.ColorRole.HighlightedText: theme.accent_text,
        QPalette.ColorRole.Accent: theme.accent,
        QPalette.ColorRole.ToolTipText: theme.text,
        QPalette.ColorRole.Link: theme.accent,
        QPalette.ColorRole.Light: theme.raised,
        QPalette.ColorRole.Mid: theme.border,
        QPalette.ColorRole.Dark: theme.border,
        # From these Fusion draws nothing here: they carry what the style sheet needs besides.
        QPalette.ColorRole.ToolTipBase: theme.raised if theme.dark else theme.panel,
        QPalette.ColorRole.Midlight: theme.selection,
        QPalette.ColorRole.Shadow: theme.disabled,
        QPalette.ColorRole.LinkVisited: theme.good,
    }
    result = QPalette()
    for role, colour in roles.items():
        result.setColor(role, QColor(colour))
    faded = (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText)
    for role in faded:
        result.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.disabled))
    # Else the groove of a slider that can't be moved shines like that of any other.
    result.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Highlight, QColor(theme.border))
    result.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.HighlightedText, QColor(theme.disabled))
    return result


def box_palette(theme: Theme) -> QPalette:
    """Return the palette of check boxes, whose outline Fusion derives from the colour of the window.

    That of a dark window would be darker still, and a ticked box not be seen around its tick.
    """
    result = palette(theme)
    for group, colour in (
        (QPalette.ColorGroup.Active, theme.muted),
        (QPalette.ColorGroup.Inactive, theme.muted),
        (QPalette.ColorGroup.Disabled, theme.disabled),
    ):
        result.setColor(group, QPalette.ColorRole.Window, QColor(colour).lighter(_OUTLINE_LIGHTER))
    return result


def menu_palette(theme: Theme) -> QPalette:
    """Return the palette of menus: boxes are seen as `box_palette` has them, and so are lines between groups.

    Qt gives it to the lists of combo boxes too, and would fill those with the colour that is for the outline of boxes:
    the style sheet gives them their own.
    """
    result = box_palette(theme)
    if theme.dark:
        result.setColor(QPalette.ColorRole.Dark, QColor(theme.border).lighter(_LINE_LIGHTER))
    return result


# Of a dock's title Qt takes twice the upper padding for its height: less below leaves Chinese letters, which are higher
# than the font says, the rows that they need.
STYLE_SHEET = f"""
QMainWindow, QMainWindow::separator {{ background: palette(window); }}
QMainWindow::separator {{ width: {SMALL_SPACING}px; height: {SMALL_SPACING}px; }}
QMainWindow::separator:hover {{ background: palette(highlight); }}
QDockWidget {{ color: palette(placeholder-text); font-weight: 700; }}
QDockWidget::title {{
    background: palette(base); padding: 6px {SPACING}px 3px {SPACING}px; border-bottom: 1px solid palette(mid);
}}
QWidget[role="panel"] {{ background: palette(base); }}
QWidget[role="bar"] {{ background: palette(base); border-bottom: 1px solid palette(mid); }}
QScrollArea[role="panel"] > #qt_scrollarea_viewport > QWidget {{ background: palette(base); }}
QLabel[role="muted"] {{ color: palette(placeholder-text); }}
QLabel[role="error"] {{ color: palette(bright-text); }}
QLabel[role="done"] {{ color: palette(link-visited); font-weight: 700; }}
QLabel[role="heading"] {{ font-weight: 700; }}
QLabel[role="section"] {{ color: palette(highlight); font-weight: 700; }}
QLabel[role="empty"] {{ color: palette(placeholder-text); padding: {LARGE_SPACING}px; }}
QFrame[role="card"] {{ background: palette(button); border: 1px solid palette(mid); border-radius: {RADIUS}px; }}
QFrame[role="palette"] {{ background: palette(base); border: 1px solid palette(mid); border-radius: {SPACING}px; }}
QTableView#runs-table {{ border: 1px solid palette(mid); }}
QTableView#runs-table QHeaderView {{ background: palette(base); }}
QTableView#runs-table QHeaderView::section {{ background: palette(base); color: palette(placeholder-text);
  border: none; border-bottom: 1px solid palette(mid); padding: 5px {SPACING}px; }}
QLineEdit#palette-line {{ padding: 6px {SPACING}px; border: 1px solid palette(mid);
  border-radius: {RADIUS}px; background: palette(button); color: palette(text); }}
QLineEdit#palette-line:focus {{ border: 1px solid palette(highlight); }}
QAbstractSpinBox, QLineEdit {{ background-color: palette(tooltip-base); }}
QAbstractSpinBox:disabled, QLineEdit:disabled {{ background-color: palette(button);
  placeholder-text-color: palette(shadow); }}
QLineEdit > QToolButton, QFileDialog QToolButton {{ padding: 0; }}
QLineEdit {{ padding: 2px; }}
QAbstractSpinBox > QLineEdit, QComboBox > QLineEdit {{ padding: 0; }}
QComboBox QAbstractItemView {{ background: palette(base); }}
QListView#palette-list {{ background: transparent; border: none; outline: none; }}
QPushButton, QToolButton {{ background: palette(button); border: 1px solid palette(mid);
  border-radius: {RADIUS}px; padding: 4px 10px; color: palette(text); }}
QToolButton {{ padding: 4px; }}
QToolButton[popupMode="2"] {{ padding-right: {LARGE_SPACING}px; }}
QToolButton::menu-indicator {{ subcontrol-origin: padding; subcontrol-position: right center; right: 4px; }}
QPushButton:hover, QToolButton:hover {{ border-color: palette(highlight); }}
QPushButton:pressed, QToolButton:pressed, QToolButton:checked, QPushButton:checked {{ background: palette(midlight); }}
QToolButton[role="toggle"]:checked {{ border-color: palette(highlight); }}
QPushButton:focus {{ border: 2px solid palette(highlight); padding: 3px 9px; }}
QToolButton:focus {{ border: 2px solid palette(highlight); padding: 3px; }}
QToolButton[popupMode="2"]:focus {{ padding-right: {LARGE_SPACING - 1}px; }}
QToolButton[role="toggle"]:focus {{ border: 2px solid palette(text); }}
QPushButton:disabled, QToolButton:disabled {{ color: palette(shadow); }}
QPushButton[role="primary"], QToolButton[role="primary"] {{ background: palette(highlight);
  color: palette(highlighted-text); border-color: palette(highlight); font-weight: 700; }}
QPushButton[role="primary"]:disabled, QToolButton[role="primary"]:disabled {{ background: palette(button);
  color: palette(shadow); border-color: palette(mid); }}
QPushButton[role="primary"]:focus, QToolButton[role="primary"]:focus {{ border: 2px solid palette(text); }}
QPushButton[role="flat"], QToolButton[role="flat"], QPushButton[role="link"], QToolButton[role="link"] {{
  background: transparent; border-color: transparent; }}
QPushButton[role="link"]:enabled, QToolButton[role="link"]:enabled {{ color: palette(link); }}
QPushButton[role="flat"]:hover, QToolButton[role="flat"]:hover, QPushButton[role="link"]:hover,
  QToolButton[role="link"]:hover {{ background: palette(midlight); }}
QPushButton[role="flat"]:focus, QToolButton[role="flat"]:focus, QPushButton[role="link"]:focus,
  QToolButton[role="link"]:focus {{ border-color: palette(highlight); }}
QPushButton[role="section"] {{ background: transparent; border: none; border-radius: {RADIUS}px; text-align: left;
  color: palette(highlight); font-weight: 700; padding: 3px 2px; }}
QPushButton[role="section"]:hover {{ background: palette(button); }}
QPushButton[role="section"]:focus {{ border: 2px solid palette(highlight); padding: 1px 0px; }}
QCheckBox::indicator {{ width: 13px; height: 13px; }}
QRadioButton::indicator {{ width: 12px; height: 12px; border: 1px solid palette(placeholder-text);
  background: palette(button); border-radius: 7px; }}
QRadioButton::indicator:checked {{ width: 6px; height: 6px; border: 4px solid palette(highlight); }}
QRadioButton::indicator:disabled {{ border-color: palette(shadow); }}
QProgressBar {{ background: palette(button); border: 1px solid palette(mid); border-radius: {RADIUS}px;
  text-align: center; color: palette(text); padding: 1px; }}
QProgressBar::chunk {{ background: palette(highlight); border-radius: {RADIUS - 2}px; }}
QMessageBox QLabel#qt_msgbox_informativelabel {{ min-width: {_MESSAGE_WIDTH}px; }}
QPlainTextEdit[role="muted"] {{ background: transparent; border: none; color: palette(placeholder-text); }}
QStatusBar {{ background: palette(base); color: palette(placeholder-text); border-top: 1px solid palette(mid); }}
QStatusBar::item {{ border: none; }}
QStatusBar QLabel {{ color: palette(placeholder-text); }}
QToolBar {{ border: none; padding: 0; spacing: 0; background: palette(base); }}
QMenuBar {{ background: palette(base); }}
QMenuBar::item {{ padding: 5px 10px; background: transparent; }}
QMenuBar::item:selected {{ background: palette(midlight); color: palette(text); }}
QMenuBar > QMenu::separator {{ height: 1px; background: palette(dark); margin: 3px 0; }}
QToolTip {{ background: palette(button); color: palette(text); border: 1px solid palette(mid); padding: 4px; }}
QTabWidget::pane {{ border: none; }}
QTabBar::tab {{ background: transparent; color: palette(placeholder-text); padding: 6px 12px; border: none;
  border-bottom: 2px solid transparent; }}
QMainWindow > QTabBar::tab {{ padding: 6px 7px; }}
QTabBar::tab:selected {{ color: palette(text); border-bottom-color: palette(highlight); }}
QTabBar::tab:hover {{ color: palette(text); }}
QTabBar::tab:focus {{ color: palette(highlight); }}
"""  # untranslated: Qt's style sheet
"""The one style sheet of all themes; everything that isn't in it is drawn by Fusion.

It names roles of the palette rather than colours, so that a change of theme leaves it as it is: to take another sheet,
Qt asks all rules for all widgets again, and takes four times as long.
"""
