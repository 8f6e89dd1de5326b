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
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    import torch

    from vae_explorer.models.decoding import PictureMaker
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
        Float32, ``[N, 2]``: mean and log variance of q(z|x); minus infinity where the encoder has no noise.
    correlation
        Float32, ``[N]``: correlation of the two dimensions under q(z|x).
    """

    mean: npt.NDArray[np.float32]
    log_var: npt.NDArray[np.float32]
    correlation: npt.NDArray[np.float32]


class ModelSnapshot:
    """A read-only copy of a model on the CPU, safe to use from one thread while training goes on in another.

    Parameters
    ----------
    model
        The live model; it is copied, whatever its device, and may change afterwards.
    step, epoch
        The moment of training that the copy is from.
    in_passing
        Whether a newer one comes soon, so that its previews may be rough.
    """

    def __init__(self, model: LatentVariableModel, *, step: int, epoch: float, in_passing: bool = False) -> None:
        self._model = _frozen_copy(model)
        self.step = step
        self.epoch = epoch
        self.in_passing = in_passing
        self.image_shape: tuple[int, int, int] = model.image_shape
        self.classes: int = model.classes
        self.conditioning: Conditioning = model.conditioning
        self.can_encode = model.encoder is not None
        self.can_decode = model.decoder is not None
        self.can_classify = model.classifier is not None
        self.can_regress = model.regressor is not None
        self.is_stochastic = model.encoder is not None and model.encoder.log_var is not None
        self.has_likelihood = model.pixels is not None
        self._condition: npt.NDArray[np.uint8] | None = None

    @property
    def network(self) -> LatentVariableModel:
        """The frozen model itself, on the CPU, for measuring in one worker thread; never change it."""
        return self._model

    @property
    def condition(self) -> npt.NDArray[np.uint8] | None:
        """The picture ``[C, H, W]`` whose band a model of conditioning ``image`` completes, if one was chosen."""
        return self._condition

    @property
    def band(self) -> tuple[int, int] | None:
        """First column and number of columns that the model is told, or None for other conditionings."""
        band = self._model.band
        return None if band is None else (band.first, band.count)

    def given(self, picture: npt.NDArray[np.uint8]) -> ModelSnapshot:
        """Return this model with a picture ``[C, H, W]`` whose band it completes wherever nothing else is named.

        The weights are shared, not copied.

        Raises
        ------
        CapabilityError
            If the picture has another shape than those of training.
        """
        import copy

        self._check_shape(picture.shape)
        bound = copy.copy(self)
        bound._condition = np.ascontiguousarray(picture)
        return bound

    def with_weights(self, weights: Mapping[str, npt.NDArray[np.float32]], *, step: int, epoch: float) -> ModelSnapshot:
        """Return a model of the same network with other weights, of the same names and shapes, from another moment.

        Much quicker than building the network, whose first weights are drawn at random.
        """
        import torch

        other = ModelSnapshot(self._model, step=step, epoch=epoch)
        other._model.load_state_dict({name: torch.from_numpy(values) for name, values in weights.items()})
        return other

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

    def decode(
        self, z: npt.ArrayLike, labels: Labels = None, condition: npt.NDArray[np.uint8] | None = None
    ) -> npt.NDArray[np.uint8]:
        """Return the expected pictures ``[N, C, H, W]`` at points of the plane, as bytes.

        Parameters
        ----------
        z
            ``[N, 2]``.
        labels
            Classes ``[N]``, or one for all; only a label-conditioned model looks at them.
        condition
            Pictures ``[N, C, H, W]`` or ``[C, H, W]`` whose band is completed; only a model of conditioning ``image``
            looks at them, and takes the one chosen by `given` (else nothing but black) where none is named.

        Raises
        ------
        CapabilityError
            If the model needs a label and none was given, or the class doesn't exist.
        """
        return self._decoded(z, labels, condition, is_preview=False)

    def preview(
        self, z: npt.ArrayLike, labels: Labels = None, condition: npt.NDArray[np.uint8] | None = None
    ) -> npt.NDArray[np.uint8]:
        """Return what `decode` does, for the eye alone: of many points in passing, pixels are a few grey levels off."""
        return self._decoded(z, labels, condition, is_preview=self.in_passing and len(np.reshape(z, (-1, 2))) > 1)

    def _decoded(
        self, z: npt.ArrayLike, labels: Labels, condition: npt.NDArray[np.uint8] | None, *, is_preview: bool
    ) -> npt.NDArray[np.uint8]:
        import torch

        # A copy: torch warns of memory that it may not write to, and callers share theirs read-only.
        points = np.array(z, dtype=np.float32, order="C").reshape(-1, 2)
        self._require(
            self.can_decode,
            marked("This model has no decoder, so it makes no pictures: choose a run of another objective."),
        )
        classes = self._checked_labels(labels, len(points))
        given = self._checked_condition(condition, len(points))
        with torch.inference_mode():
            maker = self._preview_maker if is_preview else self._picture_maker
            pictures = maker.pictures(points, classes, given)
        return pictures if given is None else self._with_band(pictures, given)

    @cached_property
    def _picture_maker(self) -> PictureMaker:
        from vae_explorer.models.decoding import picture_maker

        return picture_maker(self._model)

    @cached_property
    def _preview_maker(self) -> PictureMaker:
        from vae_explorer.models.decoding import preview_maker

        return preview_maker(self._model, self._picture_maker)

    def regress(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Return how the plain regressor completes the band of each picture ``[N, C, H, W]``.

        Raises
        ------
        CapabilityError
            If the model has no regressor, or the pictures have another shape than those of training.
        """
        import torch

        self._require(self.can_regress, marked("This model has no regressor: choose a run of another objective."))
        self._check_shape(images.shape[1:])
        completed = np.empty(images.shape, dtype=np.uint8)
        with torch.inference_mode():
            for part in self._chunks(len(images)):
                mean = self._model.regression(self._model.observe(_as_floats(images[part]))).mean
                completed[part] = mean.mul(255).round_().clamp_(0, 255).to(torch.uint8).numpy()
        return self._with_band(completed, images)

    def classify(self, z: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Return p(y|z) at points ``[N, 2]``, float32 ``[N, K]``.

        Raises
        ------
        CapabilityError
            If the model has no classifier.
        """
        import torch

        self._require(self.can_classify, marked("This model has no classifier: choose a run of another objective."))
        points = np.array(z, dtype=np.float32, order="C").reshape(-1, 2)
        with torch.inference_mode():
            logits = self._model.class_logits(torch.from_numpy(points))
            probabilities: npt.NDArray[np.float32] = torch.softmax(logits, dim=1).numpy()
        return probabilities

    def encode(self, images: npt.NDArray[np.uint8], labels: Labels = None) -> Encodings:
        """Return the posteriors of pictures ``[N, C, H, W]`` of bytes.

        Raises
        ------
        CapabilityError
            If the pictures have another shape than those of training, or a needed label is missing.
        """
        import torch

        self._require(
            self.can_encode,
            marked(
                "This model has no encoder, so pictures have no place on its plane: choose a run of another objective."
            ),
        )
        self._check_shape(images.shape[1:])
        classes = self._checked_labels(labels, len(images))
        mean = np.empty((len(images), 2), dtype=np.float32)
        log_var = np.empty_like(mean)
        correlation = np.empty(len(images), dtype=np.float32)
        with torch.inference_mode():
            for part in self._chunks(len(images)):
                x = self._model.observe(_as_floats(images[part]))
                posterior = self._model.posterior(x, _part(classes, part))
                mean[part], log_var[part] = posterior.mean.numpy(), posterior.log_var.numpy()
                correlation[part] = posterior.correlation.numpy()
        return Encodings(mean, log_var, correlation)

    def _require(self, can: bool, lack: str) -> None:
        if not can:
            raise CapabilityError(tr(lack))

    def _check_shape(self, shape: tuple[int, ...]) -> None:
        if tuple(shape) != tuple(self.image_shape):
            raise CapabilityError(
                tr(
                    "The pictures are {shape}, but this model was trained on {own}: choose the "
                    "data set of the run, or train a new model.",
                    shape=_shape(shape),
                    own=_shape(self.image_shape),
                )
            )

    def _checked_condition(self, condition: npt.NDArray[np.uint8] | None, count: int) -> npt.NDArray[np.uint8] | None:
        if self.conditioning != "image":
            return None
        chosen = self._condition if condition is None else condition
        if chosen is None:
            chosen = np.zeros(self.image_shape, dtype=np.uint8)
        self._check_shape(chosen.shape[-3:])
        return np.broadcast_to(chosen, (count, *self.image_shape))

    def _with_band(self, pictures: npt.NDArray[np.uint8], given: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        band = self._model.band
        if band is not None:
            columns = slice(band.first, band.first + band.count)
            pictures[..., columns] = given[..., columns]
        return pictures

    def _chunks(self, count: int) -> list[slice]:
        size = max(1, _CHUNK_VALUES // int(np.prod(self.image_shape)))
        return [slice(start, min(start + size, count)) for start in range(0, count, size)]

    def _checked_labels(self, labels: Labels, count: int) -> npt.NDArray[np.int64] | None:
        if self.conditioning != "label":
            return None
        if labels is None:
            raise CapabilityError(
                tr("This model is label-conditioned: name a class from 0 to {classes}.", classes=self.classes - 1)
            )
        classes = np.array(np.broadcast_to(np.asarray(labels, dtype=np.int64), (count,)))
        if count and not 0 <= classes.min() <= classes.max() < self.classes:
            wrong = classes[(classes < 0) | (classes >= self.classes)][0]
            raise CapabilityError(
                tr(
                    "There is no class {wrong}: this model knows the classes 0 to {classes}.",
                    wrong=wrong,
                    classes=self.classes - 1,
                )
            )
        return classes


def _frozen_copy(model: LatentVariableModel) -> LatentVariableModel:
    from vae_explorer.models.frozen import frozen_copy

    return frozen_copy(model)


def _as_floats(images: npt.NDArray[np.uint8]) -> torch.Tensor:
    import torch

    return torch.tensor(images).to(torch.float32).div_(255)


def _part(classes: npt.NDArray[np.int64] | None, part: slice) -> torch.Tensor | None:
    import torch

    return None if classes is None else torch.from_numpy(classes[part])


def _shape(shape: tuple[int, ...]) -> str:
    channels, height, width = shape
    return tr(
        "{width}x{height} with {channels} channel{s}",
        width=width,
        height=height,
        channels=channels,
        s="s" if channels > 1 else "",
    )
