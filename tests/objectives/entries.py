"""Every objective in the list, with a small model of its own, asked for what it has instead of for its name."""

from __future__ import annotations

from collections.abc import Callable

import torch

from tests.models.networks import NETWORKS, random_images
from tests.training.tiny import SMALL_PICTURES
from vae_explorer.config import from_dict
from vae_explorer.models.family import ImageSpec, LatentVariableModel
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.objectives.base import (
    AlternatingObjective,
    Batch,
    Moment,
    MultiSampleObjective,
    Objective,
    ObjectiveConfig,
    ObjectiveEntry,
    ObjectiveTerms,
)

LABELS = torch.tensor([0, 1, 2, 0, 1, 2])
SPEC = ImageSpec((1, 8, 8), 3)


def batch(count: int = 6) -> Batch:
    """Return noise pictures of three classes."""
    return Batch(torch.from_numpy(random_images(count)).float() / 255, LABELS[:count])


def config_of(entry: ObjectiveEntry, **values: object) -> ObjectiveConfig:
    """Return the default settings of an objective, but for those that small pictures need and those named."""
    return from_dict(entry.config_type, {**SMALL_PICTURES.get(entry.name, {}), **values})


def created(entry: ObjectiveEntry, **values: object) -> Objective:
    """Return an objective of the list."""
    return entry.create(config_of(entry, **values))


def built(objective: Objective, network: str = "mlp", seed: int = 4) -> LatentVariableModel:
    """Return a new model of an objective."""
    return objective.build_model(SPEC, NETWORKS[network], torch.Generator().manual_seed(seed))


def evaluated(
    objective: Objective,
    model: LatentVariableModel,
    images: Batch | None = None,
    *,
    seed: int = 8,
    moment: Moment | None = None,
) -> ObjectiveTerms:
    """Return the terms of an objective for one batch."""
    generator = torch.Generator().manual_seed(seed)
    return objective(model, batch() if images is None else images, moment=moment or Moment(), generator=generator)


def descends(entry: ObjectiveEntry) -> bool:
    """Whether training follows the gradient of one loss."""
    return not isinstance(created(entry), AlternatingObjective)


def has_beta(entry: ObjectiveEntry) -> bool:
    """Whether the KL has a weight that a person chooses."""
    return hasattr(entry.config_type(), "beta")


def decodes_one_sample_with_exact_kl(entry: ObjectiveEntry) -> bool:
    """Whether the loss is a reconstruction at one point and a KL in closed form."""
    objective = created(entry)
    terms = evaluated(objective, built(objective)).scalars
    return {"reconstruction", "kl_z1"} <= set(terms) and not isinstance(objective, MultiSampleObjective)


def those(have: Callable[[ObjectiveEntry], bool]) -> tuple[str, ...]:
    """Return the names of the objectives that have something."""
    return tuple(entry.name for entry in OBJECTIVES if have(entry))
