"""Whether a model is one that the dense path knows, and of which layers it consists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from vae_explorer.models.family import Band, Conditioning, LatentVariableModel
from vae_explorer.models.layers import (
    LATENT_DIMENSIONS,
    Decoder,
    DenseDecoderBody,
    DenseEncoderBody,
    Encoder,
    ExactLinear,
)
from vae_explorer.models.likelihoods import Likelihood
from vae_explorer.training.dense_activations import Activation, activation_of
from vae_explorer.training.dense_memory import Block
from vae_explorer.training.dense_terms import knows

_LINEAR = (nn.Linear, ExactLinear)


@dataclass(frozen=True, slots=True)
class EncoderPlan:
    """The layers of an encoder, in the order in which values pass them.

    Attributes
    ----------
    layers
        From pictures to features.
    heads
        From features to the mean and whatever else the posterior has.
    activation
        After each layer but the heads.
    """

    layers: tuple[nn.Linear, ...]
    heads: tuple[nn.Linear, ...]
    activation: Activation

    @property
    def parameters(self) -> int:
        """How many numbers give the posterior of a picture."""
        return sum(head.out_features for head in self.heads)

    @property
    def matrices(self) -> list[Tensor]:
        """Weights of the wide layers."""
        return [layer.weight for layer in self.layers]

    @property
    def others(self) -> list[Block]:
        """All parameters beside the matrices; the heads' lie side by side."""
        heads: list[Block] = [[head.weight for head in self.heads], [head.bias for head in self.heads]]
        return [*heads, *([layer.bias] for layer in self.layers)]


@dataclass(frozen=True, slots=True)
class DecoderPlan:
    """The layers of a decoder, in the order in which values pass them.

    Attributes
    ----------
    plane
        From a point of the plane, and what else the decoder is told, to features.
    layers
        Between features.
    logits, bias
        Weights from the last features to pictures, and a bias of their shape.
    activation
        After each layer but the last one.
    """

    plane: nn.Linear
    layers: tuple[nn.Linear, ...]
    logits: nn.Linear
    bias: Tensor
    activation: Activation

    @property
    def matrices(self) -> list[Tensor]:
        """Weights of the wide layers."""
        return [layer.weight for layer in (*self.layers, self.logits)]

    @property
    def others(self) -> list[Block]:
        """All parameters beside the matrices."""
        return [[self.plane.weight], *([layer.bias] for layer in (*self.layers, self.plane)), [self.bias]]


@dataclass(frozen=True, slots=True)
class DensePlan:
    """The fully connected networks of a model.

    Attributes
    ----------
    encoder
        None for a model without one.
    decoder, regressor
        The second for models that complete pictures.
    class_means
        ``[K, 2]`` of the prior, where it has any.
    conditioning, band
        What the model is told; the band where that is a part of the picture.
    likelihood
        Of pictures.
    """

    encoder: EncoderPlan | None
    decoder: DecoderPlan
    regressor: DecoderPlan | None
    class_means: Tensor | None
    conditioning: Conditioning
    band: Band | None
    likelihood: Likelihood

    @property
    def known_encoder(self) -> EncoderPlan:
        """The encoder of a model that has one."""
        if self.encoder is None:
            raise TypeError("this model has no encoder")
        return self.encoder

    @property
    def networks(self) -> list[EncoderPlan | DecoderPlan]:
        """Those that there are."""
        return [each for each in (self.encoder, self.decoder, self.regressor) if each is not None]

    @property
    def matrices(self) -> list[Tensor]:
        """Weights of the wide layers."""
        return [matrix for network in self.networks for matrix in network.matrices]

    @property
    def others(self) -> list[Block]:
        """All parameters beside the matrices and those apart."""
        return [block for network in self.networks for block in network.others]

    @property
    def apart(self) -> list[Block]:
        """Parameters that move at a rate of their own."""
        return [] if self.class_means is None else [[self.class_means]]


def read_plan(model: LatentVariableModel) -> DensePlan | None:
    """Return the layers of a model, or None if it isn't of the kind that the dense path knows.

    Exact types decide: a subclass may compute something else.
    """
    likelihood = model.pixels
    if type(model) is not LatentVariableModel or likelihood is None or not knows(likelihood):
        return None
    if model.decoder is None or model.classifier is not None:
        return None
    encoder = None if model.encoder is None else read_encoder(model.encoder)
    decoder = read_decoder(model.decoder)
    regressor = None if model.regressor is None else read_decoder(model.regressor)
    if decoder is None or (encoder is None) != (model.encoder is None):
        return None
    if (regressor is None) != (model.regressor is None):
        return None
    means, band = model.class_means, model.band
    plan = DensePlan(encoder, decoder, regressor, means, model.conditioning, band, likelihood)
    return plan if _is_whole(plan, model) else None


def read_encoder(encoder: Encoder) -> EncoderPlan | None:
    """Return the layers of an encoder, or None if it isn't one of those known."""
    if type(encoder) is not Encoder or type(encoder.body) is not DenseEncoderBody:
        return None
    modules = list(encoder.body.layers)
    layers, activation = read_layers(modules), activation_of(modules[-1])
    if layers is None or activation is None:
        return None
    heads = tuple(head for head in (encoder.mean, encoder.log_var, encoder.lower) if head is not None)
    return EncoderPlan(layers, heads, activation) if sum(head.out_features for head in heads) in (2, 4, 5) else None


def read_decoder(decoder: Decoder) -> DecoderPlan | None:
    """Return the layers of a decoder, or None if it isn't one of those known."""
    if type(decoder) is not Decoder or type(decoder.body) is not DenseDecoderBody:
        return None
    *modules, last = decoder.body.layers
    layers, activation = read_layers(modules), activation_of(modules[-1])
    if layers is None or activation is None or type(last) is not nn.Linear or last.bias is not None:
        return None
    return DecoderPlan(layers[0], layers[1:], last, decoder.bias, activation)


def read_layers(modules: Sequence[nn.Module]) -> tuple[nn.Linear, ...] | None:
    """Return the linear layers of a sequence in which each is followed by an activation, all of one kind."""
    linear, activations = modules[::2], modules[1::2]
    if any(type(layer) not in _LINEAR for layer in linear) or len(linear) != len(activations):
        return None
    if any(str(each) != str(activations[0]) or type(each) is not type(activations[0]) for each in activations):
        return None
    return tuple(layer for layer in linear if isinstance(layer, nn.Linear))


def is_each_once(planned: Sequence[Tensor], own: Sequence[Tensor]) -> bool:
    """Return whether parameters that a plan has are those of a network, each once, and all of them move."""
    return (
        len(planned) == len(own)
        and {id(parameter) for parameter in planned} == {id(parameter) for parameter in own}
        and all(parameter.requires_grad and parameter.dtype == own[0].dtype for parameter in own)
    )


def _is_whole(plan: DensePlan, model: LatentVariableModel) -> bool:
    """Return whether the plan has each parameter of the model, with the shapes that it takes for granted."""
    told = {
        "none": 0,
        "class-mean": 0,
        "label": model.classes,
        "image": 0 if plan.band is None else plan.band.values,
    }[plan.conditioning]
    planned = [*plan.matrices, *(parameter for block in (*plan.others, *plan.apart) for parameter in block)]
    return (
        is_each_once(planned, list(model.parameters()))
        and plan.decoder.plane.in_features == LATENT_DIMENSIONS + told
        and (plan.regressor is None or plan.regressor.plane.in_features == told)
    )
