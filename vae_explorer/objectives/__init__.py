"""Objectives: what training minimises. A new one is one file here and one entry in this list."""

from __future__ import annotations

from vae_explorer.language import marked
from vae_explorer.objectives import autoencoder, cvae, gan, iwae, vae, vdb, vib
from vae_explorer.registry import Registry

OBJECTIVES = Registry(
    marked("objective"),
    (
        vae.ENTRY,
        autoencoder.ENTRY,
        vae.SAMPLED_KL,
        vae.BETA_VAE,
        iwae.ENTRY,
        iwae.PRIOR_SAMPLING,
        cvae.CLASS_MEAN,
        cvae.LABEL_CONDITIONED,
        cvae.IMAGE_CONDITIONED,
        vib.ENTRY,
        gan.ENTRY,
        vdb.ENTRY,
    ),
)
