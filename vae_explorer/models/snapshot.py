"""A frozen copy of a model: what everything outside training works with."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from vae_explorer.errors import CapabilityError

if TYPE_CHECKING:
    import torch

    from vae_explorer.models.family import Conditioning, LatentVariableModel

Labels = npt.NDArray[np.integer] | int | None

_CHUNK_VALUES = 1 << 20
"""Most pixel values that pass through the networks at once: enough to fill a processor, little memory."""


@dataclass(frozen=True, slots=True)
class Encodings:
    """Posteriors of some pictures.

    Attributes
    ----------
    mean, log_var
        Float32, ``[N, 2]``: mean and log variance of q(z|x).
    """

    mean: npt.NDArray[np.float32]
    log_var: npt.NDArray[np.float32]


class ModelSnapshot:
    """A read-only copy of a model on the CPU, safe to use from one thread while training goes on in another.

    Parameters
    ----------
    model
        The live model; it is copied, whatever its device, and may change afterwards.
    step, epoch
        The moment of training that the copy is from.
    """

    def __init__(self, model: LatentVariableModel, *, step: int, epoch: float) -> None:
        self._model = _frozen_copy(model)
        self.step = step
        self.epoch = epoch
        self.image_shape: tuple[int, int, int] = model.image_shape
        self.classes: int = model.classes
        self.conditioning: Conditioning = model.conditioning
        self.can_encode = True
        self.can_decode = True

    @property
    def parameters(self) -> int:
        """Number of trained values."""
        return sum(parameter.numel() for parameter in self._model.parameters())

    @property
    def class_means(self) -> npt.NDArray[np.float32] | None:
        """Means of a class-mean prior, ``[K, 2]``, or None for other priors."""
        means = self._model.class_means
        return None if means is None else means.numpy().copy()

    @cached_property
    def weights(self) -> Mapping[str, npt.NDArray[np.float32]]:
        """All weights by name, in a fixed order, for saving. Read only."""
        state = sorted(self._model.state_dict().items())
        weights = {name: np.ascontiguousarray(tensor.numpy()) for name, tensor in state}
        for values in weights.values():
            values.flags.writeable = False
        return weights

    @cached_property
    def weight_hash(self) -> str:
        """SHA-256 over names, shapes and values of the weights, in hexadecimal."""
        digest = hashlib.sha256()
        for name, values in self.weights.items():
            digest.update(f"{name}{values.shape}".encode())
            digest.update(values.tobytes())
        return digest.hexdigest()

    def decode(self, z: npt.ArrayLike, labels: Labels = None) -> npt.NDArray[np.uint8]:
        """Return the expected pictures ``[N, C, H, W]`` at points of the plane, as bytes.

        Parameters
        ----------
        z
            ``[N, 2]``.
        labels
            Classes ``[N]``, or one for all; only a label-conditioned model looks at them.

        Raises
        ------
        CapabilityError
            If the model needs a label and none was given, or the class doesn't exist.
        """
        import torch

        # A copy: torch warns of memory that it may not write to, and callers share theirs read-only.
        points = np.array(z, dtype=np.float32, order="C").reshape(-1, 2)
        classes = self._checked_labels(labels, len(points))
        pictures = np.empty((len(points), *self.image_shape), dtype=np.uint8)
        with torch.inference_mode():
            for part in self._chunks(len(points)):
                mean = self._model.likelihood(torch.from_numpy(points[part]), _part(classes, part)).mean
                pictures[part] = mean.mul_(255).round_().to(torch.uint8).numpy()
        return pictures

    def encode(self, images: npt.NDArray[np.uint8], labels: Labels = None) -> Encodings:
        """Return the posteriors of pictures ``[N, C, H, W]`` of bytes.

        Raises
        ------
        CapabilityError
            If the pictures have another shape than those of training, or a needed label is missing.
        """
        import torch

        if images.shape[1:] != self.image_shape:
            raise CapabilityError(
                f"The pictures are {_shape(images.shape[1:])}, but this model was trained on "
                f"{_shape(self.image_shape)}: choose the data set of the run, or train a new model."
            )
        classes = self._checked_labels(labels, len(images))
        mean = np.empty((len(images), 2), dtype=np.float32)
        log_var = np.empty_like(mean)
        with torch.inference_mode():
            for part in self._chunks(len(images)):
                x = torch.tensor(images[part]).to(torch.float32).div_(255)
                posterior = self._model.posterior(x, _part(classes, part))
                mean[part], log_var[part] = posterior.mean.numpy(), posterior.log_var.numpy()
        return Encodings(mean, log_var)

    def _chunks(self, count: int) -> list[slice]:
        size = max(1, _CHUNK_VALUES // int(np.prod(self.image_shape)))
        return [slice(start, min(start + size, count)) for start in range(0, count, size)]

    def _checked_labels(self, labels: Labels, count: int) -> npt.NDArray[np.int64] | None:
        if self.conditioning != "label":
            return None
        if labels is None:
            raise CapabilityError(f"This model is label-conditioned: name a class from 0 to {self.classes - 1}.")
        classes = np.array(np.broadcast_to(np.asarray(labels, dtype=np.int64), (count,)))
        if count and not 0 <= classes.min() <= classes.max() < self.classes:
            wrong = classes[(classes < 0) | (classes >= self.classes)][0]
            raise CapabilityError(f"There is no class {wrong}: this model knows the classes 0 to {self.classes - 1}.")
        return classes


def _frozen_copy(model: LatentVariableModel) -> LatentVariableModel:
    import copy

    import torch

    with torch.no_grad():
        frozen = copy.deepcopy(model).to("cpu").requires_grad_(False).eval()
    return frozen


def _part(classes: npt.NDArray[np.int64] | None, part: slice) -> torch.Tensor | None:
    import torch

    return None if classes is None else torch.from_numpy(classes[part])


def _shape(shape: tuple[int, ...]) -> str:
    channels, height, width = shape
    return f"{width}x{height} with {channels} channel{'s' if channels > 1 else ''}"
