"""log p(x) of pictures by integration over the plane, and the densities of the plane itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.errors import CapabilityError
from vae_explorer.language import tr
from vae_explorer.latent.measures import Pace

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt
    import torch

    from vae_explorer.latent.integration import Integrals
    from vae_explorer.latent.joint import Joint
    from vae_explorer.models.snapshot import ModelSnapshot

Corners = tuple[float, float, float, float]
_ENCODING_REACH = 4.0
_CHUNK = 1 << 21
_TOLERANCE = 0.02
"""Part of the encoder's posterior that may lie outside the cells for its mismatch to be told."""


def log_likelihoods(
    joint: Joint, means: npt.NDArray[np.float64] | None, deviations: npt.NDArray[np.float64] | None, pace: Pace
) -> Integrals:
    """Return log p(x) of all pictures of a joint density.

    Parameters
    ----------
    joint
        log p(x, z).
    means, deviations
        Where the encoder sees each picture, float64 [M, 2]; None without an encoder.
    pace
        Told how far it is.
    """
    from vae_explorer.latent.integration import BASE_TILES, COARSE_TILES, PRIOR_REACH, Witnesses, integrate
    from vae_explorer.latent.tiles import Square

    prior = joint.prior.means.numpy()
    reach = [np.concatenate([prior - PRIOR_REACH, prior + PRIOR_REACH])]
    witnesses = None
    if means is not None:
        spread = _ENCODING_REACH * (np.zeros_like(means) if deviations is None else deviations)
        reach += [means - spread, means + spread]
        witnesses = Witnesses(means, joint.scores_at(means))
    square = Square.around(np.concatenate(reach), 0.0).with_tiles(BASE_TILES if len(joint) > 1 else COARSE_TILES)
    return integrate(joint.scores, len(joint), square, pace=pace, witnesses=witnesses)


def posterior_field(
    model: ModelSnapshot, image: npt.NDArray[np.uint8], label: int | None, pace: Pace | None = None
) -> Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]:
    """Return what gives the true posterior p(z|x) of a picture at points [N, 2], float64 [N], per unit of area.

    Its integral over the plane is taken once, here.

    Parameters
    ----------
    model
        A model with a decoder.
    image
        [C, H, W]; a likelihood of binary pictures sees it thresholded.
    label
        Its class, for conditional models; a class-mean prior without one is the even mixture of all classes' priors.
    pace
        Told how far the integral is; may end it.

    Raises
    ------
    CapabilityError
        If the model has no decoder, or is label-conditioned and no class is named.
    Stopped
        If the pace ends it.
    """
    import torch

    if not model.can_decode or not model.has_likelihood:
        raise CapabilityError(
            tr("This model gives pictures no probability, so they have no posterior: choose another.")
        )
    if model.conditioning == "label" and label is None:
        raise CapabilityError(
            tr("This model is label-conditioned: name a class from 0 to {classes}.", classes=model.classes - 1)
        )
    joint = joint_of(model, image, label)
    means = deviations = None
    if model.can_encode:
        with torch.inference_mode():
            labels = None if label is None else torch.tensor([label])
            posterior = model.network.posterior(joint.x, labels)
        means, deviations = posterior.mean.double().numpy(), (0.5 * posterior.log_var.double()).exp().numpy()
    whole = log_likelihoods(joint, means, deviations, pace or _quiet()).log_values[0]
    row = np.zeros(1, dtype=np.int64)
    return lambda z: np.asarray(np.exp(joint.scores(z, row).numpy()[0] - whole))


def aggregate_density(
    mean: npt.NDArray[np.floating],
    log_var: npt.NDArray[np.floating],
    correlation: npt.NDArray[np.floating],
    corners: Corners,
    size: tuple[int, int],
) -> npt.NDArray[np.float64]:
    """Return q(z), the mean of the posteriors of all pictures, on a part of the plane, per unit of area.

    Parameters
    ----------
    mean, log_var
        [N, 2], and `correlation` [N]: as in `Encodings`.
    corners
        Lower z1, lower z2, upper z1, upper z2.
    size
        Columns and rows.

    Returns
    -------
    float64 [rows, columns], row 0 at the top, where z2 is largest. A posterior narrower than a cell counts as wide as
    half a cell, so that none falls between the nodes.
    """
    cell = ((corners[2] - corners[0]) / size[0], (corners[3] - corners[1]) / size[1])
    density = aggregate_field(mean, log_var, correlation)(cell_middles(corners, size), cell)
    return density.reshape(size[1], size[0])


def aggregate_field(
    mean: npt.NDArray[np.floating], log_var: npt.NDArray[np.floating], correlation: npt.NDArray[np.floating]
) -> Callable[[npt.NDArray[np.float64], tuple[float, float]], npt.NDArray[np.float64]]:
    """Return what gives q(z) at points [N, 2], float64 [N], per unit of area, told the width and height of a cell.

    A posterior narrower than a cell counts as wide as half a cell, so that none falls between the nodes.

    Parameters
    ----------
    mean, log_var
        [N, 2], and `correlation` [N]: as in `Encodings`.
    """
    from vae_explorer.latent.information import Gaussians

    means, log_vars = np.asarray(mean, dtype=np.float64), np.asarray(log_var, dtype=np.float64)
    correlations = np.asarray(correlation, dtype=np.float64)

    def density(z: npt.NDArray[np.float64], cell: tuple[float, float]) -> npt.NDArray[np.float64]:
        wide = np.maximum(log_vars, 2 * np.log(np.array(cell) / 2))
        kept = np.exp(0.5 * (log_vars - wide)).prod(axis=1)
        q = Gaussians(means, wide, correlations * kept)
        found = np.empty(len(z))
        rows = max(1, _CHUNK // max(1, len(q)))
        for start in range(0, len(z), rows):
            part = slice(start, start + rows)
            found[part] = np.exp(q.log_mean_density(z[part]))
        return found

    return density


def encoder_mismatch(
    density: npt.NDArray[np.floating], corners: Corners, mean: npt.ArrayLike, log_var: npt.ArrayLike, correlation: float
) -> float | None:
    """Return KL(q(z|x) to p(z|x)) in nats on the cells of a true posterior, the gap between evidence and ELBO.

    Parameters
    ----------
    density
        p(z|x) per unit of area, [rows, columns], row 0 at the top.
    corners
        Lower z1, lower z2, upper z1, upper z2.
    mean, log_var, correlation
        Of the encoder's posterior, [2], [2] and a number.

    Returns
    -------
    None where the cells don't hold the encoder's posterior to within two per cent, or don't resolve it.
    """
    sigma, middle = np.exp(0.5 * np.asarray(log_var, dtype=np.float64)), np.asarray(mean, dtype=np.float64)
    if not (np.isfinite(sigma).all() and (sigma > 0).all() and abs(correlation) < 1):
        return None
    rows, columns = density.shape
    (u, v) = ((cell_middles(corners, (columns, rows)) - middle) / sigma).T
    rest = 1.0 - correlation**2
    log_q = -0.5 * (u**2 - 2 * correlation * u * v + v**2) / rest - np.log(2 * np.pi * sigma.prod() * np.sqrt(rest))
    mass = np.exp(log_q) * (corners[2] - corners[0]) / columns * (corners[3] - corners[1]) / rows
    if abs(float(mass.sum()) - 1.0) > _TOLERANCE:
        return None
    log_p = np.log(np.maximum(density.astype(np.float64).ravel(), np.finfo(np.float64).tiny))
    return max(0.0, float((mass * (log_q - log_p)).sum()))


def cell_middles(corners: Corners, size: tuple[int, int]) -> npt.NDArray[np.float64]:
    """Return the middles of the cells of a picture of the plane, [rows * columns, 2], from the upper left."""
    columns = corners[0] + (np.arange(size[0]) + 0.5) * (corners[2] - corners[0]) / size[0]
    rows = corners[3] - (np.arange(size[1]) + 0.5) * (corners[3] - corners[1]) / size[1]
    z2, z1 = np.meshgrid(rows, columns, indexing="ij")
    return np.stack([z1, z2], axis=-1).reshape(-1, 2)


def joint_of(model: ModelSnapshot, image: npt.NDArray[np.uint8], label: int | None) -> Joint:
    """Return log p(x, z) of one picture [C, H, W]; a class-mean prior without a class is the even mixture of all."""
    from vae_explorer.latent.joint import Joint, as_floats, class_mean_prior, mixed_prior, standard_prior

    network = model.network
    x = network.observe(as_floats(image[None], network))
    prior = standard_prior()
    if model.conditioning == "class-mean":
        even = np.full(model.classes, 1 / model.classes)
        prior = mixed_prior(network, even) if label is None else class_mean_prior(network, _tensor(label))
    told = x if model.conditioning == "image" else None
    return Joint(network, x, prior, label if model.conditioning == "label" else None, told)


def _tensor(label: int) -> torch.Tensor:
    import torch

    return torch.tensor([label])


def _quiet() -> Pace:
    return Pace(lambda _what, _share: None, lambda: False)
