"""What lengths on the plane are measured in.

A prior N(0, I), or N(mu_y, I), makes its standard deviation the unit of z. The code of an autoencoder has no prior: its
scale is whatever training made of it, so that a length on its plane says nothing beside another model's.
"""

from __future__ import annotations

from typing import Final, Protocol

from vae_explorer.language import marked

PRIOR_UNITS: Final = marked("prior standard deviations")
CODE_UNITS: Final = marked("code units")
ANY_UNITS: Final = marked("units of z")
"""Where no model is known."""


class Coder(Protocol):
    """What is asked of a model: whether it encodes, and whether that has a spread."""

    @property
    def can_encode(self) -> bool:
        """Whether it has an encoder."""
        ...

    @property
    def is_stochastic(self) -> bool:
        """Whether q(z|x) has a spread."""
        ...


def units_of(model: Coder | None) -> str:
    """Return what lengths on a model's plane are measured in, to be translated; those of a prior where there is none.

    What encodes without noise has no prior; what only decodes, as a GAN, draws from one.
    """
    has_prior = model is None or model.is_stochastic or not model.can_encode
    return PRIOR_UNITS if has_prior else CODE_UNITS
