"""Building models from settings, after checking that they fit the pictures and the memory."""

from __future__ import annotations

import torch

from vae_explorer.config import ModelConfig
from vae_explorer.errors import SettingError
from vae_explorer.models.family import Conditioning, ImageSpec, LatentVariableModel
from vae_explorer.models.layers import (
    ConvDecoderBody,
    ConvEncoderBody,
    Decoder,
    DenseDecoderBody,
    DenseEncoderBody,
    Encoder,
    initialise,
)

MAX_PARAMETERS = 200_000_000
_MAX_LAYERS = 12
_DARKEST = 1e-3


def build_model(
    spec: ImageSpec, config: ModelConfig, *, conditioning: Conditioning, generator: torch.Generator
) -> LatentVariableModel:
    """Return a new model on the CPU, its weights drawn from `generator`.

    The decoder's bias starts at ``logit(mean image)``, so that the first pictures are the mean of the data.

    Raises
    ------
    SettingError
        If the network doesn't fit the pictures, or would have more than `MAX_PARAMETERS` parameters.
    """
    check_network(spec, config)
    with torch.device("meta"):
        parameters = sum(parameter.numel() for parameter in _assemble(spec, config, conditioning).parameters())
    if parameters > MAX_PARAMETERS:
        raise SettingError(
            f"This network would have {parameters:,} parameters, more than the {MAX_PARAMETERS:,} allowed: "
            "make its layers narrower or the pictures smaller."
        )
    # Filling the weightless model instead would import a good part of torch's compiler, for a whole second. Layers
    # draw first weights of their own from the process-wide generator, which is put back as it was.
    with torch.random.fork_rng(devices=[]):
        model = _assemble(spec, config, conditioning)
    with torch.no_grad():
        initialise(model, generator)
        mean = torch.zeros(spec.shape) if spec.mean_image is None else torch.from_numpy(spec.mean_image.copy())
        model.decoder.bias.copy_(torch.logit(mean, eps=_DARKEST))
        if model.class_means is not None:
            # Distinct from the start, or all classes would share one gradient and the islands would drift as one.
            model.class_means.normal_(generator=generator)
    return model


def _assemble(spec: ImageSpec, config: ModelConfig, conditioning: Conditioning) -> LatentVariableModel:
    shape, activation = spec.shape, config.activation
    classes = spec.classes if conditioning == "label" else 0
    if config.network == "conv":
        encoder = Encoder(ConvEncoderBody(shape, config.channels, activation, classes))
        decoder = Decoder(ConvDecoderBody(shape, config.channels, activation, classes), shape)
    else:
        encoder = Encoder(DenseEncoderBody(shape, config.hidden, activation, classes))
        decoder = Decoder(DenseDecoderBody(shape, config.hidden, activation, classes), shape)
    return LatentVariableModel(encoder, decoder, spec, conditioning)


def check_network(spec: ImageSpec, config: ModelConfig) -> None:
    """Check what the ranges of single settings can't.

    Raises
    ------
    SettingError
        If there are no layers, too many, or more halvings than the pictures have room for.
    """
    name, widths = ("channels", config.channels) if config.network == "conv" else ("hidden", config.hidden)
    if not 1 <= len(widths) <= _MAX_LAYERS:
        raise SettingError(f"The setting model.{name} names {len(widths)} layers, but it must name 1 to {_MAX_LAYERS}.")
    side = min(spec.shape[1:])
    if config.network == "conv" and side < 2 ** len(widths):
        raise SettingError(
            f"The setting model.channels halves the picture {len(widths)} times, but its shorter side has only "
            f"{side} pixels: name fewer layers."
        )
