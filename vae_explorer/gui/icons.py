"""The icons: single-colour drawings that take their colour from the theme."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QIcon, QImage, QPainter, QPixmap

from vae_explorer.gui.theme import ICON_SIZE, Theme
from vae_explorer.resources import resource_path

if TYPE_CHECKING:
    from PySide6.QtSvg import QSvgRenderer

_SCALES = (1.0, 2.0, 3.0)


def icon(name: str, theme: Theme, token: str = "text") -> QIcon:  # noqa: S107 - a colour, no password
    """Return an icon of ``resources/icons`` in a colour of the theme, faded where it is disabled.

    Parameters
    ----------
    name
        File name without suffix.
    theme
        Where the colours come from.
    token
        Which colour, such as ``accent_text``.
    """
    result = QIcon()
    for colour, mode in ((str(getattr(theme, token)), QIcon.Mode.Normal), (theme.disabled, QIcon.Mode.Disabled)):
        for scale in _SCALES:
            result.addPixmap(pixmap(name, colour, scale), mode)
    return result


def pixmap(name: str, colour: str, scale: float = 1.0) -> QPixmap:
    """Return an icon as a pixmap in a colour such as ``#3355c8``."""
    result = QPixmap.fromImage(_picture(name, colour, scale))
    result.setDevicePixelRatio(scale)
    return result


def application_icon() -> QIcon:
    """Return the program's own icon."""
    return QIcon(str(resource_path("icons", "application.svg")))


@lru_cache(maxsize=64)
def _drawing(name: str) -> str:
    return resource_path("icons", f"{name}.svg").read_text(encoding="utf-8")


# Pictures, because pixmaps must not outlive the application.
@lru_cache(maxsize=1024)
def _picture(name: str, colour: str, scale: float) -> QImage:
    side = round(ICON_SIZE * scale)
    result = QImage(QSize(side, side), QImage.Format.Format_ARGB32_Premultiplied)
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    _renderer(name, colour).render(painter)
    painter.end()
    return result


@lru_cache(maxsize=4)
def _renderer(name: str, colour: str) -> QSvgRenderer:
    from PySide6.QtSvg import QSvgRenderer

    return QSvgRenderer(QByteArray(_drawing(name).replace("currentColor", colour).encode()))
