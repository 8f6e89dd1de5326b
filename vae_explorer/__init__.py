"""VAE Explorer: train generative models with a two-dimensional latent space and walk in it."""

from __future__ import annotations

__version__ = "0.1.0"
