"""The program's icon in the forms that Windows and macOS want, drawn from the SVG; run in the project's environment.

``python -m development.icon FOLDER`` writes ``vae-explorer.ico`` and ``vae-explorer.icns``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

SOURCE = Path(__file__).resolve().parents[2] / "resources" / "icons" / "application.svg"
SIDES = (16, 24, 32, 48, 64, 128, 256)


def main() -> int:
    """Write both files and return 0."""
    folder = Path(sys.argv[1])
    write_icons(SOURCE, folder)
    return 0


def write_icons(source: Path, folder: Path) -> None:
    """Draw the icon at each size of its own, so that small ones stay sharp.

    Parameters
    ----------
    source
        The SVG.
    folder
        Takes ``vae-explorer.ico`` and ``vae-explorer.icns``.
    """
    drawn = [drawing(source, side) for side in SIDES]
    sizes = [(side, side) for side in SIDES]
    drawn[-1].save(folder / "vae-explorer.ico", sizes=sizes, append_images=drawn[:-1])
    drawing(source, 1024).save(folder / "vae-explorer.icns", append_images=[drawing(source, 512), *drawn])


def drawing(source: Path, side: int) -> Image.Image:
    """Return the SVG as a square picture with transparency."""
    image = QImage(side, side, QImage.Format.Format_RGBA8888)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(source)).render(painter)
    painter.end()
    return Image.frombytes("RGBA", (side, side), bytes(image.constBits()), "raw", "RGBA", image.bytesPerLine())


if __name__ == "__main__":
    sys.exit(main())
