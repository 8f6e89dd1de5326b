"""Building models from settings, after checking that they fit the pictures and the memory."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from vae_explorer.errors import SettingError
from vae_explorer.language import tr
from vae_explorer.models.family import Family, ImageSpec, LatentVariableModel
from vae_explorer.models.layers import (
    LATENT_DIMENSIONS,
    Classifier,
    ConvDecoderBody,
    ConvEncoderBody,
    Decoder,
    DenseDecoderBody,
    DenseEncoderBody,
    Encoder,
    initialise,
)
from vae_explorer.models.likelihoods import Likelihood, PixelwiseGaussian, build_likelihood
from vae_explorer.models.starting import scale_start
from vae_explorer.sections import ModelConfig

ISLAND_DISTANCE = 6.0
"""Least distance in deviations of the prior at which the means of classes begin."""
FARTHEST_ISLAND = 16.0
"""Largest distance from the origin at which they begin, however many there are."""
MAX_PARAMETERS = 200_000_000
_MAX_LAYERS = 12
_DARKEST = 1e-3
_CLASSIFIER_UNITS = 128


def build_model(
    spec: ImageSpec, config: ModelConfig, *, family: Family, generator: torch.Generator
) -> LatentVariableModel:
    """Return a new model on the CPU, its weights drawn from `generator`.

    The decoder's bias starts at ``logit(mean image)``, so that the first pictures are the mean of the data.

    Raises
    ------
    SettingError
        If the network doesn't fit the pictures, or would have more than `MAX_PARAMETERS` parameters.
    """
    check_network(spec, config)
    check_band(spec, family)
    with torch.device("meta"):
        parameters = sum(parameter.numel() for parameter in _assemble(spec, config, family).parameters())
    check_size(parameters)
    # Filling the weightless model instead would import a good part of torch's compiler, for a whole second. Layers
    # draw first weights of their own from the process-wide generator, which is put back as it was.
    with torch.random.fork_rng(devices=[]):
        model = _assemble(spec, config, family)
    with torch.no_grad():
        initialise(model, generator)
        if config.start == "scaled":
            scale_start(model, spec)
        for decoder in (model.decoder, model.regressor):
            if decoder is not None:
                start_at_mean(decoder, spec, model.pixels)
        if model.class_means is not None:
            model.class_means.copy_(islands(len(model.class_means), generator))
    return model


def islands(classes: int, generator: torch.Generator) -> Tensor:
    """Return places for the means of classes, float32 [classes, 2], `ISLAND_DISTANCE` apart or as far as there is room.

    The seeds of a sunflower, turned at random and in random order. The means follow their pictures while the encoder
    learns to tell these apart; where they begin close together, classes that look alike share an island for good.
    """
    number = torch.arange(classes) + 0.5
    angle = number * math.pi * (3 - math.sqrt(5)) + 2 * math.pi * torch.rand((), generator=generator)
    places = number.sqrt()[:, None] * torch.stack([angle.cos(), angle.sin()], dim=1)
    if classes > 1:
        scales = ISLAND_DISTANCE / torch.pdist(places).min(), FARTHEST_ISLAND / places.norm(dim=1).max()
        places *= torch.minimum(*scales)
    return places[torch.randperm(classes, generator=generator)]


def start_at_mean(decoder: Decoder, spec: ImageSpec, likelihood: Likelihood | None) -> None:
    """Set the decoder's bias so that its first pictures are the mean of the data."""
    mean = torch.zeros(spec.shape) if spec.mean_image is None else torch.from_numpy(spec.mean_image.copy())
    channels = spec.shape[0]
    decoder.bias[:channels].copy_(torch.logit(mean, eps=_DARKEST))
    if isinstance(likelihood, PixelwiseGaussian):
        decoder.bias[channels:].fill_(likelihood.first_bias())


def check_size(parameters: int) -> None:
    """Check the number of parameters of a model before it is made.

    Raises
    ------
    SettingError
        If it is above `MAX_PARAMETERS`.
    """
    if parameters > MAX_PARAMETERS:
        raise SettingError(
            tr(
                "This network would have {parameters:,} parameters, more than the {max_parameters:,} "
                "allowed: make its layers narrower or the pictures smaller.",
                parameters=parameters,
                max_parameters=MAX_PARAMETERS,
            )
        )


def _assemble(spec: ImageSpec, config: ModelConfig, family: Family) -> LatentVariableModel:
    classes = spec.classes if family.conditioning == "label" else 0
    band = spec.shape[0] * spec.shape[1] * family.band[1] if family.conditioning == "image" else 0
    likelihood = build_likelihood(config) if family.decodes else None
    maps = 1 if likelihood is None else likelihood.maps
    encoder = None
    if family.encoder != "none":
        kind = "point" if family.encoder == "point" else config.posterior
        encoder = Encoder(build_encoder_body(spec, config, classes), kind)  # type: ignore[arg-type]
    return LatentVariableModel(
        spec,
        family,
        encoder=encoder,
        decoder=build_decoder(spec, config, LATENT_DIMENSIONS + classes + band, maps) if family.decodes else None,
        likelihood=likelihood,
        classifier=build_classifier(spec, config) if family.classifies else None,
        regressor=build_decoder(spec, config, band, maps) if band else None,
    )


def build_encoder_body(spec: ImageSpec, config: ModelConfig, given: int) -> DenseEncoderBody | ConvEncoderBody:
    """Return the network of the settings from pictures, with `given` values beside them, to features."""
    if config.network == "conv":
        return ConvEncoderBody(spec.shape, config.channels, config.activation, given)
    return DenseEncoderBody(spec.shape, config.hidden, config.activation, given)


def build_decoder(spec: ImageSpec, config: ModelConfig, inputs: int, maps: int = 1) -> Decoder:
    """Return the network of the settings from `inputs` values to `maps` values for each of a picture."""
    shape = (spec.shape[0] * maps, *spec.shape[1:])
    if config.network == "conv":
        return Decoder(ConvDecoderBody(shape, config.channels, config.activation, inputs), shape)
    return Decoder(DenseDecoderBody(shape, config.hidden, config.activation, inputs), shape)


def build_classifier(spec: ImageSpec, config: ModelConfig) -> Classifier:
    """Return the network of the settings from the plane to the classes."""
    hidden = config.hidden if config.network == "mlp" else (_CLASSIFIER_UNITS,)
    return Classifier(hidden, config.activation, spec.classes)


def check_band(spec: ImageSpec, family: Family) -> None:
    """Check that the columns that a model is told lie in the picture and leave some to complete.

    Raises
    ------
    SettingError
        If they don't.
    """
    if family.conditioning != "image":
        return
    first, count = family.band
    width = spec.shape[2]
    if first + count > width or count >= width:
        raise SettingError(
            tr(
                "The settings objective.first_column and objective.columns name the columns {first} "
                "to {last}, but the pictures have the columns 0 to {last_of_all} and some must be left "
                "out.",
                first=first,
                last=first + count - 1,
                last_of_all=width - 1,
            )
        )


def check_network(spec: ImageSpec, config: ModelConfig) -> None:
    """Check what the ranges of single settings can't.

    Raises
    ------
    SettingError
        If there are no layers, too many, or more halvings than the pictures have room for.
    """
    name, widths = ("channels", config.channels) if config.network == "conv" else ("hidden", config.hidden)
    if not 1 <= len(widths) <= _MAX_LAYERS:
        raise SettingError(
            tr(
                "The setting model.{name} names {count} layers, but it must name 1 to {max_layers}.",
                name=name,
                count=len(widths),
                max_layers=_MAX_LAYERS,
            )
        )
    side = min(spec.shape[1:])
    if config.network == "conv" and side < 2 ** len(widths):
        raise SettingError(
            tr(
                "The setting model.channels halves the picture {count} times, but its shorter side "
                "has only {side} pixels: name fewer layers.",
                count=len(widths),
                side=side,
            )
        )
