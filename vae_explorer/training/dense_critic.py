"""The layers of a discriminator on the dense path, with the slope of its logit at the data and what that adds.

The R1 penalty (Mescheder et al. 2018, section 4.1) is the square of a slope, whose own gradient autograd finds by going
through the network twice more. Between rectifiers a network is linear in its input: pushed forward through the same
masks, the slope s gives what each weight has to do with ``|s|^2 / 2``, and both kinds of gradients are one product.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn

from vae_explorer.training.dense_layers import Weights, converted, summed
from vae_explorer.training.dense_networks import Site
from vae_explorer.training.dense_products import Call


class Critic:
    """Layers from pictures to features, leaky rectifiers between and after them.

    Its memory has three blocks of N rows: real pictures, generated ones, and for the penalty the slopes pushed forward
    and the logit's gradients they came from.

    Parameters
    ----------
    site
        Where it is built.
    layers
        From pictures to features.
    slope
        Of the rectifiers below zero, more than zero.

    Attributes
    ----------
    inputs
        ``[3 N, D]``, in the precision of the products.
    features, by_features
        ``[3 N, F]``, in the precision of the weights: what comes out, and where the gradient by it is to be put.
    by_inputs
        ``[N, D]``, in the precision of the products: the gradient by the first rows of the inputs.
    """

    def __init__(self, site: Site, layers: Sequence[nn.Linear], slope: float) -> None:
        self._site, self._slope = site, slope
        rows = 3 * site.batch
        self._weights: list[Weights] = [site.memory.wide(layer.weight, layer.bias) for layer in layers]
        widths = [layers[0].in_features, *(layer.out_features for layer in layers)]
        self._values = [torch.zeros(rows, width, dtype=site.low) for width in widths]
        self._gradients = [torch.zeros(rows, width, dtype=site.low) for width in widths[1:]]
        last = site.signal(rows, widths[-1])
        self._values[-1], self._gradients[-1] = last.low, last.low_gradient
        self.inputs, self.features, self.by_features = self._values[0], last.full, last.gradient
        self.by_inputs = torch.zeros(site.batch, widths[0], dtype=site.low)

    def forward(self, rows: slice) -> list[Call]:
        """Return the calls from the inputs to the features of some rows."""
        leaky = torch.ops.aten.leaky_relu.out
        calls: list[Call] = []
        for weights, (before, after) in zip(self._weights, pairwise(self._values), strict=True):
            out = after[rows]
            calls.append(self._site.products.linear(before[rows], weights.weight, weights.bias, 1.0, out))
            seen = self.features[rows] if after is self._values[-1] else out
            calls += [*_raised(out, seen), partial(leaky, seen, self._slope, out=seen)]
        return calls

    def backward(self, rows: slice, masks: slice, *, moves: bool) -> list[Call]:
        """Return the calls from the gradient by the features of some rows to that of the layers' sums.

        Parameters
        ----------
        rows
            Of the gradients.
        masks
            Rows where the rectifiers were as they are to be taken.
        moves
            Whether these gradients are by biases, too.
        """
        calls: list[Call] = []
        for place in reversed(range(len(self._weights))):
            low, weights = self._gradients[place][rows], self._weights[place]
            is_last = place == len(self._weights) - 1
            gradient, seen = (self.by_features[rows], self.features) if is_last else (low, self._values[place + 1])
            calls.append(self._masked(gradient, seen[masks]))
            if moves:
                calls += summed(gradient, weights.bias_gradient)
            calls += _raised(gradient, low)
            if place:
                below = self._gradients[place - 1][rows]
                calls.append(self._site.products.input_gradient(low, weights.weight, below))
        return calls

    def to_inputs(self, rows: slice) -> list[Call]:
        """Return the call from the gradients of the first layer's sums to those by N rows of inputs."""
        return [self._site.products.input_gradient(self._gradients[0][rows], self._weights[0].weight, self.by_inputs)]

    def push(self, rows: slice, masks: slice) -> list[Call]:
        """Return the calls that push inputs forward as if the rectifiers were as for other rows, without biases."""
        calls: list[Call] = []
        for weights, (before, after) in zip(self._weights, pairwise(self._values), strict=True):
            out = after[rows]
            none = torch.zeros_like(weights.bias)
            calls.append(self._site.products.linear(before[rows], weights.weight, none, 1.0, out))
            is_last = after is self._values[-1]
            seen = self.features if is_last else after
            calls += [*_raised(out, seen[rows]), self._masked(seen[rows], seen[masks])]
        return calls

    def weight_gradients(self, rows: slice) -> list[Call]:
        """Return the calls that compute the gradients of the weights from gradients and inputs of each layer."""
        parts = zip(self._weights, self._gradients, self._values[:-1], strict=True)
        return [
            self._site.products.weight_gradient(
                gradient[rows], before[rows], 1 / self._site.batch, weights.weight_gradient
            )
            for weights, gradient, before in parts
        ]

    def _masked(self, gradient: Tensor, seen: Tensor) -> Call:
        backward = torch.ops.aten.leaky_relu_backward.grad_input
        return partial(backward, gradient, seen, self._slope, True, grad_input=gradient)


def _raised(source: Tensor, target: Tensor) -> list[Call]:
    """Return the call that copies rows to others, unless they are the same memory."""
    return [] if source.data_ptr() == target.data_ptr() else converted(source, target)
