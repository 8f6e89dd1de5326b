"""The parts of a model as ONNX graphs, layer by layer."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt
from torch import Tensor, nn

from vae_explorer.errors import ExportError
from vae_explorer.export.onnx_graph import Name, OnnxGraph
from vae_explorer.language import tr
from vae_explorer.models.layers import (
    MOST_LOG_VAR,
    Classifier,
    ConvDecoderBody,
    ConvEncoderBody,
    Decoder,
    DenseDecoderBody,
    DenseEncoderBody,
    Encoder,
)
from vae_explorer.models.likelihoods import (
    ContinuousBernoulliLikelihood,
    Likelihood,
    PixelwiseGaussian,
    SampledBernoulli,
    ThresholdBernoulli,
)
from vae_explorer.models.pixels import NEAR_HALF

if TYPE_CHECKING:
    import onnx

    from vae_explorer.models.family import LatentVariableModel

_THRESHOLD = 0.5


def decoder_graph(model: LatentVariableModel) -> onnx.ModelProto:
    """Return p(x|z)'s mean as a graph: from ``z`` (and ``label`` or ``picture``) to ``mean``."""
    if model.decoder is None:
        raise TypeError("this model has no decoder")
    graph = OnnxGraph()
    joined = z = graph.input("z", 2)
    picture = ""
    if model.conditioning == "label":
        joined = graph.op("Concat", z, _one_hot(graph, model.classes), axis=1)
    if model.band is not None:
        picture = graph.input("picture", *model.image_shape)
        first, count = model.band.first, model.band.count
        told = graph.op("Flatten", graph.columns(picture, first, first + count, 3))
        joined = graph.op("Concat", z, told, axis=1)
    mean = _mean(graph, _decoded(graph, model.decoder, joined), model.pixels, model.image_shape[0])
    if model.band is not None:
        seen = np.zeros((1, 1, 1, model.image_shape[2]), dtype=bool)
        seen[..., model.band.first : model.band.first + model.band.count] = True
        mean = graph.op("Where", graph.constant(seen), picture, mean)
    graph.output(mean, "mean", *model.image_shape)
    return graph.model("decoder")


def encoder_graph(model: LatentVariableModel) -> onnx.ModelProto:
    """Return q(z|x) as a graph: from ``picture`` (and ``label``) to ``mean``, ``log_var`` and ``correlation``."""
    if model.encoder is None:
        raise TypeError("this model has no encoder")
    graph = OnnxGraph()
    picture = graph.input("picture", *model.image_shape)
    label = _one_hot(graph, model.classes) if model.conditioning == "label" else ""
    if isinstance(model.pixels, (SampledBernoulli, ThresholdBernoulli)):
        picture = graph.op("Cast", graph.op("Greater", picture, graph.number(_THRESHOLD)), to=1)
    features = _features(graph, model.encoder, picture, label)
    mean = _linear(graph, model.encoder.mean, features)
    graph.output(mean, "mean", 2)
    log_var, correlation = _spread(graph, model.encoder, features, mean)
    graph.output(log_var, "log_var", 2)
    graph.output(correlation, "correlation")
    return graph.model("encoder")


def classifier_graph(model: LatentVariableModel) -> onnx.ModelProto:
    """Return p(y|z) as a graph: from ``z`` to ``probability``."""
    if not isinstance(model.classifier, Classifier):
        raise TypeError("this model has no classifier")
    graph = OnnxGraph()
    logits = _sequence(graph, model.classifier.layers, graph.input("z", 2))
    graph.output(graph.op("Softmax", logits, axis=-1), "probability", model.classes)
    return graph.model("classifier")


GRAPHS: Mapping[str, Callable[[LatentVariableModel], onnx.ModelProto]] = {
    "decoder": decoder_graph,
    "encoder": encoder_graph,
    "classifier": classifier_graph,
}
"""What makes the graph of each part."""


def _one_hot(graph: OnnxGraph, classes: int) -> Name:
    label = graph.input("label", whole=True)
    off_on = graph.constant(np.array([0.0, 1.0], dtype=np.float32))
    return graph.op("OneHot", label, graph.constant(np.array([classes], dtype=np.int64)), off_on, axis=-1)


def _decoded(graph: OnnxGraph, decoder: Decoder, joined: Name) -> Name:
    body = decoder.body
    if isinstance(body, ConvDecoderBody):
        small = graph.shaped(_sequence(graph, body.dense, joined), *body.start)
        pixels = _sequence(graph, body.layers, small)
    elif isinstance(body, DenseDecoderBody):
        pixels = graph.shaped(_sequence(graph, body.layers, joined), *decoder.bias.shape)
    else:
        raise _unknown(body)
    return graph.op("Add", pixels, graph.constant(_values(decoder.bias), "decoder.bias"))


def _features(graph: OnnxGraph, encoder: Encoder, picture: Name, label: Name) -> Name:
    body = encoder.body
    if not isinstance(body, (ConvEncoderBody, DenseEncoderBody)):
        raise _unknown(body)
    convolved = _sequence(graph, body.layers, picture) if isinstance(body, ConvEncoderBody) else picture
    flat = graph.op("Flatten", convolved)
    joined = graph.op("Concat", flat, label, axis=1) if label else flat
    return _sequence(graph, body.dense if isinstance(body, ConvEncoderBody) else body.layers, joined)


def _spread(graph: OnnxGraph, encoder: Encoder, features: Name, mean: Name) -> tuple[Name, Name]:
    """Return log variance and correlation of the posterior, as the distributions of the models define them."""
    none = graph.op("Mul", graph.shaped(graph.columns(mean, 0, 1, 1)), graph.number(0.0))
    if encoder.log_var is None:
        return graph.op("Add", graph.op("Mul", mean, graph.number(0.0)), graph.number(-math.inf)), none
    log_var = graph.op("Min", _linear(graph, encoder.log_var, features), graph.number(MOST_LOG_VAR))
    if encoder.lower is None:
        return log_var, none
    lower = _linear(graph, encoder.lower, features)
    diagonal = graph.op("Exp", graph.columns(log_var, 1, 2, 1))
    second = graph.op("Log", graph.op("Add", diagonal, graph.op("Mul", lower, lower)))
    deviation = graph.op("Exp", graph.op("Mul", second, graph.number(-0.5)))
    whole = graph.op("Concat", graph.columns(log_var, 0, 1, 1), second, axis=1)
    return whole, graph.shaped(graph.op("Mul", lower, deviation))


def _mean(graph: OnnxGraph, parameters: Name, likelihood: Likelihood | None, channels: int) -> Name:
    """Return the expected picture of a likelihood with these parameters; without one they are logits."""
    if isinstance(likelihood, ContinuousBernoulliLikelihood):
        return _continuous_mean(graph, parameters)
    if isinstance(likelihood, PixelwiseGaussian):
        parameters = graph.columns(parameters, 0, channels, 1)
    return graph.op("Sigmoid", parameters)


def _continuous_mean(graph: OnnxGraph, logits: Name) -> Name:
    """Return ``1 / (1 - exp(-l)) - 1 / l`` in double precision, and near zero the beginning of its series."""
    double, single = 11, 1
    one = graph.number(1.0, np.float64)
    wide = graph.op("Cast", logits, to=double)
    near = graph.op("Less", graph.op("Abs", wide), graph.number(NEAR_HALF, np.float64))
    safe = graph.op("Where", near, one, wide)
    grown = graph.op("Sub", one, graph.op("Exp", graph.op("Neg", safe)))
    far = graph.op("Sub", graph.op("Div", one, grown), graph.op("Div", one, safe))
    first = graph.op("Div", wide, graph.number(12.0, np.float64))
    cube = graph.op("Mul", wide, graph.op("Mul", wide, wide))
    third = graph.op("Div", cube, graph.number(720.0, np.float64))
    series = graph.op("Sub", graph.op("Add", first, graph.number(0.5, np.float64)), third)
    return graph.op("Cast", graph.op("Where", near, series, far), to=single)


def _sequence(graph: OnnxGraph, layers: nn.Module, value: Name) -> Name:
    for layer in layers.children():
        value = _layer(graph, layer, value)
    return value


def _layer(graph: OnnxGraph, layer: nn.Module, value: Name) -> Name:
    match layer:
        case nn.Linear():
            return _linear(graph, layer, value)
        case nn.Conv2d():
            return graph.op("Conv", value, *_weights(graph, layer), **_places(layer))
        case nn.ConvTranspose2d():
            extra = {"output_padding": list(layer.output_padding)}
            return graph.op("ConvTranspose", value, *_weights(graph, layer), **_places(layer), **extra)
        case _:
            return _activation(graph, layer, value)


def _activation(graph: OnnxGraph, layer: nn.Module, value: Name) -> Name:
    match layer:
        case nn.SiLU():
            return graph.op("Mul", value, graph.op("Sigmoid", value))
        case nn.ReLU():
            return graph.op("Relu", value)
        case nn.LeakyReLU():
            return graph.op("LeakyRelu", value, alpha=float(layer.negative_slope))
        case nn.Tanh():
            return graph.op("Tanh", value)
        case nn.GELU(approximate="none"):
            bent = graph.op("Erf", graph.op("Mul", value, graph.number(math.sqrt(0.5))))
            half = graph.op("Mul", value, graph.number(0.5))
            return graph.op("Mul", half, graph.op("Add", bent, graph.number(1.0)))
        case _:
            raise _unknown(layer)


def _linear(graph: OnnxGraph, layer: nn.Linear, value: Name) -> Name:
    return graph.op("Gemm", value, *_weights(graph, layer), transB=1)


def _weights(graph: OnnxGraph, layer: nn.Linear | nn.Conv2d | nn.ConvTranspose2d) -> list[Name]:
    bias = [] if layer.bias is None else [graph.constant(_values(layer.bias))]
    return [graph.constant(_values(layer.weight)), *bias]


def _places(layer: nn.Conv2d | nn.ConvTranspose2d) -> dict[str, list[int]]:
    before = [int(side) for side in cast("tuple[int, int]", layer.padding)]
    return {"strides": list(layer.stride), "pads": [*before, *before], "kernel_shape": list(layer.kernel_size)}


def _values(weights: Tensor) -> npt.NDArray[np.float32]:
    values: npt.NDArray[np.float32] = weights.detach().cpu().numpy()
    return values


def _unknown(layer: object) -> ExportError:
    return ExportError(
        tr("The network has a layer {name}, which can't be written as ONNX yet.", name=type(layer).__name__)
    )
