"""The editor of one coordinate of a point."""

from __future__ import annotations

from vae_explorer.gui.calm import CalmDoubleSpinBox
from vae_explorer.language import tr
from vae_explorer.latent.units import PRIOR_UNITS

_LIMIT = 1000.0
_ARROWS = 34


def coordinate_box(number: int) -> CalmDoubleSpinBox:
    """Return the editor of z1 or z2; it tells of a typed value when the typing has ended."""
    box = CalmDoubleSpinBox()
    box.setObjectName(f"z{number}")
    box.setRange(-_LIMIT, _LIMIT)
    box.setDecimals(3)
    box.setSingleStep(0.1)
    box.setKeyboardTracking(False)
    # By its own wish it is as wide as "-1000.000", and two of them wider than their panel.
    box.setMinimumWidth(box.fontMetrics().horizontalAdvance("\N{MINUS SIGN}88.888") + _ARROWS)
    name_coordinate(box, number, PRIOR_UNITS)
    return box


def name_coordinate(box: CalmDoubleSpinBox, number: int, unit: str) -> None:
    """Say which coordinate is edited, and its unit, as `units_of` a model tells it."""
    box.setAccessibleName(tr("z{number}, in {unit}", number=number, unit=tr(unit)))
    box.setToolTip(tr("z{number} in {unit}: type to pin another point", number=number, unit=tr(unit)))
