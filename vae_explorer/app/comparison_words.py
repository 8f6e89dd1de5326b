"""What must be known to read a comparison: which parts of it two models don't allow, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from vae_explorer.app.model import Model
    from vae_explorer.app.second_run import SecondRun
    from vae_explorer.app.state import ModelInfo
    from vae_explorer.app.workspace import Workspace
    from vae_explorer.data.dataset import ImageDataset


def obstacle_to_points(model: Model, dataset: ImageDataset | None) -> str:
    """Return why the images at hand have no place on a model's plane; empty where they have one."""
    if not model.can_encode:
        return tr("it has no encoder, so no image has a place on its plane")
    if dataset is None:
        return tr("there are no images")
    if dataset.images.shape[1:] != tuple(model.image_shape):
        return tr(
            "it was trained on pictures of {own}, not of {other}",
            own=size(model.image_shape),
            other=size(dataset.images.shape[1:]),
        )
    if model.conditioning == "label" and not 0 < dataset.classes <= model.classes:
        if not dataset.classes:
            return tr("it is told one of {classes} classes, and the images have none", classes=model.classes)
        return tr(
            "it is told one of {classes} classes, and the images have {count}",
            classes=model.classes,
            count=dataset.classes,
        )
    return ""


def remarks(workspace: Workspace, second: SecondRun, info: ModelInfo) -> tuple[str, ...]:
    """Return whole sentences on what the two models don't have in common, the most telling first."""
    first, dataset = workspace.model_info, workspace.dataset
    said: list[str] = []
    if first is not None and first.image_shape != info.image_shape:
        said.append(
            tr(
                "The models make pictures of different sizes, {first} and {second}: they have no difference.",
                first=size(first.image_shape),
                second=size(info.image_shape),
            )
        )
    elif dataset is not None and dataset.sha256 != second.dataset_sha256:
        said.append(tr("Model B was trained on other images than those at hand: its points are the images at hand."))
    if first is not None and not first.can_encode:
        said.append(tr("Model A shows no points: it has no encoder, so no image has a place on its plane."))
    obstacle = obstacle_to_points(second.model, dataset)
    if obstacle:
        said.append(tr("Model B shows no points: {obstacle}.", obstacle=obstacle))
    said += [tr("Model {name} makes no pictures: it has no decoder.", name=name) for name in _silent(first, info)]
    if first is not None and first.knows_classes and info.knows_classes and first.class_names != info.class_names:
        said.append(tr("The models were told different classes: choose one for each."))
    own = workspace.run
    is_same_run = own is not None and own.path.absolute() == second.path.absolute()
    if is_same_run and first is not None and first.step == info.step:
        said.append(tr("Both are the same moment of the same run: nothing differs."))
    return tuple(said)


def no_alignment(first: ModelInfo | None, second: ModelInfo | None) -> str:
    """Return why two planes can't be laid over each other, in one sentence; empty where they can."""
    for name, info in (("A", first), ("B", second)):
        if info is not None and not info.can_encode:
            return tr(
                "The planes can't be aligned: model {name} has no encoder, so no image has a place on its plane.",
                name=name,
            )
    return ""


def size(shape: tuple[int, ...]) -> str:
    """Return the size of pictures [C, H, W] in words: 28 x 28 in grey."""
    channels, height, width = shape
    template = marked("{width} x {height} in grey") if channels == 1 else marked("{width} x {height} in colour")
    return tr(template, width=width, height=height)


def _silent(first: ModelInfo | None, second: ModelInfo) -> list[str]:
    return [name for name, info in (("A", first), ("B", second)) if info is not None and not info.can_decode]
