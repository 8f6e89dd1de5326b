"""Grids of the latent plane: where to decode so that the pictures form a map.

A grid is an array [n, n, 2] whose row 0 is the top (largest z2) and whose column 0 is the left (smallest z1), so
that tiles laid out in array order agree with a scatter plot in which z2 grows upward.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from vae_explorer.errors import SettingError
from vae_explorer.language import marked, tr
from vae_explorer.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable

FloatArray: TypeAlias = npt.NDArray[np.float64]
_BISECTIONS = 80
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Spacing:
    """One way of placing nodes on an axis.

    Attributes
    ----------
    name
        As typed on the command line.
    title, summary
        Words for a form and its help.
    nodes
        ``nodes(n, range)`` returns n ascending values [n], symmetric about 0.
    along
        ``along(n, range, means)`` returns n ascending values [n] that cover an axis with a unit Gaussian at each of
        `means` [K].
    follows
        What the grid follows beside the prior: the places of the ``classes``, all ``encodings``, or nothing.
    """

    name: str
    title: str
    summary: str
    nodes: Callable[[int, float], FloatArray]
    along: Callable[[int, float, FloatArray], FloatArray]
    follows: Literal["", "classes", "encodings"] = ""


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """Encodings that a grid can follow.

    Attributes
    ----------
    mean, log_var
        Of the posteriors, [N, 2].
    correlation
        Of the two dimensions [N], or None where they are independent.
    labels
        Class of each [N], or None.
    """

    mean: npt.NDArray[np.floating]
    log_var: npt.NDArray[np.floating]
    correlation: npt.NDArray[np.floating] | None = None
    labels: npt.NDArray[np.integer] | None = None

    def of_class(self, label: int) -> Encoded:
        """Return the encodings of one class.

        Raises
        ------
        SettingError
            If there are none.
        """
        if self.labels is None or not (self.labels == label).any():
            raise SettingError(
                tr("No image of class {label} is encoded, so there is no place for its grid.", label=label)
            )
        kept = self.labels == label
        correlation = None if self.correlation is None else self.correlation[kept]
        return Encoded(self.mean[kept], self.log_var[kept], correlation, self.labels[kept])

    def class_means(self) -> FloatArray:
        """Return the mean place of each class that has images [K, 2].

        Raises
        ------
        SettingError
            If the images have no classes.
        """
        if self.labels is None:
            raise SettingError(tr("The images have no classes for a class-mean grid: choose another spacing."))
        known = np.isfinite(self.mean).all(axis=1)
        classes = np.unique(self.labels[known & (self.labels >= 0)])
        return np.array([self.mean[known & (self.labels == label)].mean(axis=0, dtype=np.float64) for label in classes])


def plane_grid(
    spacing: str,
    n: int,
    range: float = 3.0,
    *,
    means: npt.ArrayLike | None = None,
    label: int | None = None,
    encoded: Encoded | None = None,
    check: Callable[[], None] | None = None,
) -> FloatArray:
    """Return a grid [n, n, 2] of the plane for a model and its encodings, row 0 on top.

    Parameters
    ----------
    spacing
        A name of `SPACINGS`.
    n, range
        As for `latent_grid`.
    means
        mu_y of every class [K, 2] of a class-mean prior.
    label
        The class that the grid is for, None for all.
    encoded
        Encodings, for the spacings that follow them.
    check
        Called now and then; raises to leave the work.

    Raises
    ------
    SettingError
        If the spacing needs encodings or classes that aren't there.
    """
    follows = SPACINGS.get(spacing).follows
    if follows and encoded is None and (follows == "encodings" or means is None):
        raise SettingError(
            tr(
                "A grid of spacing {spacing} follows encoded images, and there are none: choose another.",
                spacing=spacing,
            )
        )
    if follows == "encodings" and encoded is not None:
        from vae_explorer.latent.aggregate import PosteriorMixture

        _check_size(n)
        chosen = encoded if label is None else encoded.of_class(label)
        return PosteriorMixture.of(chosen.mean, chosen.log_var, chosen.correlation).grid(n, check)
    if follows == "classes" and means is None and encoded is not None:
        means = encoded.class_means() if label is None else encoded.of_class(label).class_means()
        label = None
    if means is None:
        return latent_grid(spacing, n, range)
    centres = np.asarray(means, dtype=np.float64).reshape(-1, 2)
    return (
        class_means_grid(spacing, n, range, centres)
        if label is None
        else latent_grid(spacing, n, range, centres[label])
    )


def quantile_nodes(n: int) -> FloatArray:
    """Return Phi^-1((i + 1/2) / n) for i = 0 ... n-1: n nodes [n] of equal prior mass (Kingma & Welling 2014).

    The nodes are exactly symmetric: ``nodes == -nodes[::-1]``.
    """
    _check_size(n)
    half = [_NORMAL.inv_cdf((i + 0.5) / n) for i in range(n // 2)]
    middle = [0.0] if n % 2 else []
    return np.array([*half, *middle, *(-value for value in reversed(half))])


def uniform_nodes(n: int, range: float) -> FloatArray:
    """Return n equally spaced nodes [n] from -range to range; a single node lies at 0.

    Raises
    ------
    SettingError
        If `n` or `range` isn't positive.
    """
    _check_size(n)
    if not (math.isfinite(range) and range > 0):
        raise SettingError(tr("The range of a grid is {range!r}, but it must be a positive number.", range=range))
    if n == 1:
        return np.zeros(1)
    nodes = np.linspace(-range, range, n)
    return np.asarray((nodes - nodes[::-1]) / 2)


def latent_grid(spacing: str, n: int, range: float = 3.0, centre: npt.ArrayLike = (0.0, 0.0)) -> FloatArray:
    """Return a grid [n, n, 2] of the plane, row 0 on top.

    Parameters
    ----------
    spacing
        A name of `SPACINGS`.
    n
        Nodes along each axis, at least 1.
    range
        Half the width of a uniform grid, in prior standard deviations; a quantile grid doesn't use it.
    centre
        Point [2] round which the grid lies: mu_y for the class y of a class-mean prior.

    Raises
    ------
    SettingError
        If the spacing is unknown, or `n` or `range` isn't positive.
    """
    nodes = SPACINGS.get(spacing).nodes(n, range)
    middle = np.asarray(centre, dtype=np.float64).reshape(2)
    return _cross(middle[0] + nodes, middle[1] + nodes)


def class_means_grid(spacing: str, n: int, range: float, means: npt.ArrayLike) -> FloatArray:
    """Return one grid [n, n, 2] over all the islands of a class-mean prior, row 0 on top.

    A quantile grid takes the quantiles of each axis of the mixture of N(mu_y, I); a uniform grid reaches `range`
    beyond the outermost means. With all means at 0 both are the grid of N(0, I).

    Parameters
    ----------
    means
        mu_y of every class [K, 2].
    """
    centres = np.asarray(means, dtype=np.float64).reshape(-1, 2)
    along = SPACINGS.get(spacing).along
    return _cross(along(n, range, centres[:, 0]), along(n, range, centres[:, 1]))


def _mixture_quantiles(n: int, _reach: float, means: FloatArray) -> FloatArray:
    """Invert the mixture's distribution function, mean over y of Phi(z - mu_y), by bisection."""
    targets = (np.arange(n) + 0.5) / n
    nodes = quantile_nodes(n)
    low, high = nodes + means.min(), nodes + means.max()
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        below = _mixture_cdf(middle, means) < targets
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray((low + high) / 2)


def _mixture_cdf(z: FloatArray, means: FloatArray) -> FloatArray:
    return np.array([sum(_NORMAL.cdf(value - mean) for mean in means) / len(means) for value in z])


def _uniform_over(n: int, range: float, means: FloatArray) -> FloatArray:
    low, high = float(means.min()), float(means.max())
    return (low + high) / 2 + uniform_nodes(n, (high - low) / 2 + range)


def _cross(z1: FloatArray, z2: FloatArray) -> FloatArray:
    columns, rows = np.meshgrid(z1, z2[::-1])
    return np.stack([columns, rows], axis=-1)


def _check_size(n: int) -> None:
    if n < 1:
        raise SettingError(tr("The size of a grid is {n}, but it must be at least 1.", n=n))


SPACINGS: Registry[Spacing] = Registry(
    marked("grid spacing"),
    [
        Spacing(
            "quantile",
            marked("Quantile"),
            marked("Each tile stands for an equal share of the prior, so common pictures get the most room."),
            lambda n, _reach: quantile_nodes(n),
            _mixture_quantiles,
        ),
        Spacing(
            "uniform",
            marked("Uniform"),
            marked("Equal steps over the range, so the far corners that the prior rarely visits are seen too."),
            uniform_nodes,
            _uniform_over,
        ),
        Spacing(
            "class-mean",
            marked("Class mean"),
            marked("Quantiles of a unit Gaussian round the mean place of the class, or of the mixture of all classes."),
            lambda n, _reach: quantile_nodes(n),
            _mixture_quantiles,
            "classes",
        ),
        Spacing(
            "aggregate",
            marked("Aggregate posterior"),
            marked(
                "Each tile stands for an equal share of q(z), of where the encoder puts the images (Rosenblatt 1952)."
            ),
            lambda n, _reach: quantile_nodes(n),
            _mixture_quantiles,
            "encodings",
        ),
    ],
)
"""All grid spacings; the first is the default."""
