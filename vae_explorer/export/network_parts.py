"""The parts of a model as networks of plain tensors, as other programs run them, with pictures to try them on."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from vae_explorer.errors import CapabilityError
from vae_explorer.language import marked, tr
from vae_explorer.latent.units import CODE_UNITS, PRIOR_UNITS, units_of

if TYPE_CHECKING:
    from vae_explorer.models.family import LatentVariableModel
    from vae_explorer.models.snapshot import ModelSnapshot

_SEED = 20_14
_SPREAD = 3.0


@dataclass(frozen=True, slots=True)
class NetworkPart:
    """A part of a model that can stand alone.

    Attributes
    ----------
    name
        ``decoder``, ``encoder`` or ``classifier``.
    module
        Takes tensors in the order of `inputs` and gives those of `outputs`.
    inputs, outputs
        Names with what they hold, in words; the first dimension of each is the number of items.
    """

    name: str
    module: nn.Module
    inputs: dict[str, str]
    outputs: dict[str, str]

    def examples(self, count: int) -> tuple[Tensor, ...]:
        """Return inputs for `count` items, the same each time: points within some deviations, random pictures."""
        generator = torch.Generator().manual_seed(_SEED + count)
        return tuple(self._example(name, count, generator) for name in self.inputs)

    def _example(self, name: str, count: int, generator: torch.Generator) -> Tensor:
        network: LatentVariableModel = self.module.network  # type: ignore[assignment]
        if name == "z":
            return _SPREAD * torch.randn(count, 2, generator=generator)
        if name == "label":
            return torch.randint(0, network.classes, (count,), generator=generator)
        return torch.rand(count, *network.image_shape, generator=generator)


class _Part(nn.Module):
    """A part that keeps a copy of the whole network, of which only what it uses is written."""

    def __init__(self, network: LatentVariableModel) -> None:
        super().__init__()
        self.network = network


class _Decoder(_Part):
    def forward(self, z: Tensor) -> Tensor:
        return self.network.likelihood(z).mean


class _LabelDecoder(_Part):
    def forward(self, z: Tensor, label: Tensor) -> Tensor:
        return self.network.likelihood(z, label).mean


class _Completer(_Part):
    """Gives back the columns that it was told, and completes the others."""

    def forward(self, z: Tensor, picture: Tensor) -> Tensor:
        band = self.network.band
        if band is None:
            raise TypeError("this model completes nothing")
        made = self.network.likelihood(z, images=picture).mean
        unseen = band.unseen(made)
        return made * unseen + picture * (1 - unseen)


class _Encoder(_Part):
    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        posterior = self.network.posterior(self.network.observe(picture))
        return posterior.mean, posterior.log_var, posterior.correlation


class _LabelEncoder(_Part):
    def forward(self, picture: Tensor, label: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        posterior = self.network.posterior(self.network.observe(picture), label)
        return posterior.mean, posterior.log_var, posterior.correlation


class _Classifier(_Part):
    def forward(self, z: Tensor) -> Tensor:
        return torch.softmax(self.network.class_logits(z), dim=-1)


_Z = {
    PRIOR_UNITS: marked("points of the plane [n, 2], in prior standard deviations"),
    CODE_UNITS: marked("points of the plane [n, 2], in code units"),
}
_PICTURE = {"picture": marked("pictures [n, C, H, W], black 0 to white 1")}
_LABEL = {"label": marked("class of each [n]")}
_POSTERIOR = {
    "mean": marked("means of q(z|x) [n, 2]"),
    "log_var": marked("log variances of q(z|x) [n, 2], minus infinity without noise"),
    "correlation": marked("correlations of z₁ and z₂ under q(z|x) [n]"),
}


def network_part(model: ModelSnapshot, name: str) -> NetworkPart:
    """Return a part of a model, ``decoder``, ``encoder`` or ``classifier``, with weights of its own.

    Raises
    ------
    CapabilityError
        If the model has no such part.
    """
    has = {"decoder": model.can_decode, "encoder": model.can_encode, "classifier": model.can_classify}
    if not has[name]:
        raise CapabilityError(
            tr("This model has no {name}: choose another part, or a run of another objective.", name=name)
        )
    network = copy.deepcopy(model.network).eval()
    labelled = model.conditioning == "label"
    z = {"z": _Z[units_of(model)]}
    if name == "classifier":
        return NetworkPart(name, _Classifier(network), z, {"probability": marked("p(y|z) of each class [n, K]")})
    if name == "encoder":
        module = _LabelEncoder(network) if labelled else _Encoder(network)
        return NetworkPart(name, module, _PICTURE | (_LABEL if labelled else {}), _POSTERIOR)
    made = {"mean": marked("expected pictures [n, C, H, W], black 0 to white 1")}
    if labelled:
        return NetworkPart(name, _LabelDecoder(network), z | _LABEL, made)
    if model.conditioning == "image":
        return NetworkPart(name, _Completer(network), z | _PICTURE, made)
    return NetworkPart(name, _Decoder(network), z, made)
