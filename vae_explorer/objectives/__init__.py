"""Objectives: what training minimises. A new one is one file here and one entry in this list."""

from __future__ import annotations

from vae_explorer.objectives import cvae, vae
from vae_explorer.registry import Registry

OBJECTIVES = Registry("objective", (vae.ENTRY, cvae.CLASS_MEAN, cvae.LABEL_CONDITIONED))
