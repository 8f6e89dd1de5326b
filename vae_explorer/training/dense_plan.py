"""Whether a model is one that the dense path knows, and of which layers it consists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from vae_explorer.models.family import LatentVariableModel
from vae_explorer.models.layers import (
    LATENT_DIMENSIONS,
    Decoder,
    DenseDecoderBody,
    DenseEncoderBody,
    Encoder,
    ExactLinear,
)
from vae_explorer.models.likelihoods import Likelihood
from vae_explorer.training.dense_layers import Activation, activation_of
from vae_explorer.training.dense_memory import Block
from vae_explorer.training.dense_terms import knows

_LINEAR = (nn.Linear, ExactLinear)


@dataclass(frozen=True, slots=True)
class DensePlan:
    """The layers of a model of fully connected layers, in the order in which values pass them.

    Attributes
    ----------
    encoder
        From pictures to features.
    heads
        From features to the mean and whatever else the posterior has.
    plane
        From a point of the plane to features.
    decoder
        Layers between features.
    logits, bias
        Weights from the last features to pictures, and a bias of their shape.
    activation
        After each layer but the heads and the last one.
    likelihood
        Of pictures.
    """

    encoder: tuple[nn.Linear, ...]
    heads: tuple[nn.Linear, ...]
    plane: nn.Linear
    decoder: tuple[nn.Linear, ...]
    logits: nn.Linear
    bias: Tensor
    activation: Activation
    likelihood: Likelihood

    @property
    def matrices(self) -> list[Tensor]:
        """Weights of the wide layers."""
        return [layer.weight for layer in (*self.encoder, *self.decoder, self.logits)]

    @property
    def head_blocks(self) -> tuple[Block, Block]:
        """Weights and biases of the heads."""
        return [head.weight for head in self.heads], [head.bias for head in self.heads]

    @property
    def others(self) -> list[Block]:
        """All parameters beside the matrices; the heads' lie side by side."""
        layers = (*self.encoder, *self.decoder, self.plane)
        return [*self.head_blocks, [self.plane.weight], *([layer.bias] for layer in layers), [self.bias]]

    @property
    def posterior_parameters(self) -> int:
        """How many numbers give the posterior of a picture."""
        return sum(head.out_features for head in self.heads)


def read_plan(model: LatentVariableModel) -> DensePlan | None:
    """Return the layers of a model, or None if it isn't of the kind that the dense path knows.

    Exact types decide: a subclass may compute something else.
    """
    encoder, decoder, likelihood = model.encoder, model.decoder, model.pixels
    if type(model) is not LatentVariableModel or model.conditioning != "none" or likelihood is None:
        return None
    if type(encoder) is not Encoder or type(decoder) is not Decoder or model.classifier is not None:
        return None
    if type(encoder.body) is not DenseEncoderBody or type(decoder.body) is not DenseDecoderBody:
        return None
    if not knows(likelihood):
        return None
    before, after = list(encoder.body.layers), list(decoder.body.layers)
    activation = activation_of(before[-1])
    plan_layers, plane_layers = _layers(before), _layers(after[:-1])
    if activation is None or plan_layers is None or plane_layers is None or type(after[-1]) is not nn.Linear:
        return None
    heads = tuple(head for head in (encoder.mean, encoder.log_var, encoder.lower) if head is not None)
    plan = DensePlan(
        encoder=plan_layers,
        heads=heads,
        plane=plane_layers[0],
        decoder=plane_layers[1:],
        logits=after[-1],
        bias=decoder.bias,
        activation=activation,
        likelihood=likelihood,
    )
    return plan if _is_whole(plan, model) else None


def _layers(modules: Sequence[nn.Module]) -> tuple[nn.Linear, ...] | None:
    """Return the linear layers of a sequence in which each is followed by an activation, all of one kind."""
    linear, activations = modules[::2], modules[1::2]
    if any(type(layer) not in _LINEAR for layer in linear) or len(linear) != len(activations):
        return None
    if any(str(each) != str(activations[0]) or type(each) is not type(activations[0]) for each in activations):
        return None
    return tuple(layer for layer in linear if isinstance(layer, nn.Linear))


def _is_whole(plan: DensePlan, model: LatentVariableModel) -> bool:
    """Return whether the plan has each parameter of the model once, with the shapes that it takes for granted."""
    planned = [*plan.matrices, *(parameter for block in plan.others for parameter in block)]
    own = list(model.parameters())
    return (
        len(planned) == len(own)
        and {id(parameter) for parameter in planned} == {id(parameter) for parameter in own}
        and plan.plane.in_features == LATENT_DIMENSIONS
        and plan.posterior_parameters in (2, 4, 5)
        and plan.logits.bias is None
        and all(parameter.requires_grad and parameter.dtype == own[0].dtype for parameter in own)
    )
