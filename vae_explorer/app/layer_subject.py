"""What a layer of the plane is computed from, as the window knows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from vae_explorer.app.model import Model
    from vae_explorer.app.state import PointCloud
    from vae_explorer.app.workspace import Workspace
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.latent.layer import Layer


@dataclass(frozen=True, slots=True, eq=False)
class LayerSubject:
    """What a layer is computed from; parts that it doesn't need are absent.

    Attributes
    ----------
    model
        The model.
    run
        Folder of its run, None before there is one.
    label
        Class with which a label-conditioned model decodes.
    cloud
        Encodings of the data.
    dataset, row
        The data, and the row in them of the picture whose posterior is shown.
    """

    model: Model
    run: Path | None = None
    label: int | None = None
    cloud: PointCloud | None = None
    dataset: ImageDataset | None = None
    row: int | None = None

    def is_kin(self, other: LayerSubject) -> bool:
        """Whether the other is of the same run, class and picture, so that its layer may stand for a while."""
        mine, others = (self.run, self.label, self.row), (other.run, other.label, other.row)
        return mine == others and self.dataset is other.dataset


def layer_subject(workspace: Workspace, layer: Layer) -> LayerSubject | None:
    """Return what a layer would be computed from now; None where something is missing that it needs."""
    model, info = workspace.model, workspace.model_info
    if model is None or info is None or layer.why_not(info):
        return None
    cloud = workspace.points if "posteriors" in layer.needs else None
    row = None if workspace.pinned is None else workspace.pinned.sample
    dataset = workspace.dataset
    if "posteriors" in layer.needs and cloud is None:
        return None
    if "sample" in layer.needs and not _has_picture(dataset, row, model):
        return None
    return LayerSubject(
        model,
        None if workspace.run is None else workspace.run.path,
        label=workspace.label if info.needs_label and "decoder" in layer.needs else None,
        cloud=cloud,
        dataset=dataset if "sample" in layer.needs else None,
        row=row if "sample" in layer.needs else None,
    )


def is_same_subject(first: LayerSubject | None, second: LayerSubject | None, layer: Layer) -> bool:
    """Whether a layer is the same for two subjects; new weights alone don't change what only the encodings give."""
    if first is None or second is None:
        return first is second
    looks_at_model = bool({"decoder", "classifier"} & set(layer.needs))
    same_model = first.model is second.model or not looks_at_model
    return same_model and first.cloud is second.cloud and first.is_kin(second)


def _has_picture(dataset: ImageDataset | None, row: int | None, model: Model) -> bool:
    if dataset is None or row is None or row >= len(dataset.images):
        return False
    return dataset.images.shape[1:] == tuple(model.image_shape)
