"""By what the points can be coloured: their class, a true factor of the data, a measured value, or nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.gui.plotting.legend import class_palette
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.app.state import ModelInfo, PointCloud
    from vae_explorer.data.columns import Column, ColumnTable
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.latent.measures import PerImage

NOT_MEASURED = marked("Measure first (Metrics) to colour by")
COLUMN_PREFIX = "column "
"""What the names of colourings by a column of a table begin with."""
_UNDEFINED = marked("Undefined for this model")
_LIFT = 0.15
_LONGEST_HEADING = 10
_LIKELIHOODS = {
    "none": "log p(x)",
    "class-mean": "log p(x | y)",
    "label": "log p(x | y)",
    "image": marked("log p(rest | band)"),
}


class Computed(Enum):
    """A value that follows from the posteriors of the points, with or without measured ones."""

    KL = "kl"
    RECONSTRUCTION = "reconstruction"


@dataclass(frozen=True, slots=True)
class Colouring:
    """One choice of what the points' colours show.

    Attributes
    ----------
    name
        Stable name.
    title, heading, summary
        Words for the menu, a few letters for the legend, and a sentence.
    factor
        Column of the data's factors, or None.
    measured
        Name of an array of `PerImage`, or None.
    unit
        Of a measured value.
    absent
        Why it can't be chosen now, or "".
    computed
        What follows from the posteriors, or None.
    column
        Name of a column of the user's table, or "".
    """

    name: str
    title: str
    heading: str
    summary: str = ""
    factor: int | None = None
    measured: str | None = None
    unit: str = ""
    absent: str = ""
    computed: Computed | None = None
    column: str = ""


ONE_COLOUR = Colouring("one", marked("One colour"), marked("Points"))
BY_CLASS = Colouring("class", marked("Class"), marked("Class"), marked("The class that the data give each image."))


def colourings(
    dataset: ImageDataset | None,
    model: ModelInfo | None = None,
    values: PerImage | None = None,
    table: ColumnTable | None = None,
) -> tuple[Colouring, ...]:
    """Return what points can be coloured by, the best choice first; measured values last, absent or not."""
    if dataset is None:
        return ()
    factors = () if dataset.factors is None else dataset.factor_names
    by_factor = tuple(
        Colouring(f"factor {index}", name, name, factor=index) for index, name in enumerate(factors)
    )  # untranslated: a name
    if dataset.labels is not None and dataset.classes:
        own: tuple[Colouring, ...] = (_said(BY_CLASS), *by_factor)
    else:
        own = by_factor or (_said(ONE_COLOUR),)
    by_column = () if table is None else tuple(_by_column(table, column) for column in table.columns)
    return (*own, *by_column, *_by_posterior(model, values), *_by_measure(model, values))


def _said(colouring: Colouring) -> Colouring:
    """Return a colouring with its words in the chosen language."""
    title, heading, summary = tr(colouring.title), tr(colouring.heading), tr(colouring.summary)
    return replace(colouring, title=title, heading=heading, summary=summary)


def _by_column(table: ColumnTable, column: Column) -> Colouring:
    name = column.name
    heading = name if len(name) <= _LONGEST_HEADING else name[: _LONGEST_HEADING - 1] + "\N{HORIZONTAL ELLIPSIS}"
    return Colouring(COLUMN_PREFIX + name, name, heading, tr("A column of {name}.", name=table.name), column=name)


def _by_posterior(model: ModelInfo | None, values: PerImage | None) -> tuple[Colouring, ...]:
    if model is None or not model.can_encode or not model.is_stochastic:
        return ()
    summary = tr("How far each posterior is from the prior: what the place of the image costs.")
    kl = Colouring("kl", tr("KL to the prior"), "KL", summary, unit="nats", computed=Computed.KL)
    if model.can_classify or not (model.has_likelihood and model.can_decode):
        return (kl,)
    summary = tr("How badly each test image is reconstructed: what its ELBO loses beside the KL.")
    absent = _absence("elbo", values)
    wrong = Computed.RECONSTRUCTION
    error = Colouring(
        "reconstruction", tr("Reconstruction error"), tr("Error"), summary, None, None, "nats", absent, wrong
    )
    return (kl, error)


def _by_measure(model: ModelInfo | None, values: PerImage | None) -> tuple[Colouring, ...]:
    if model is None or not model.can_encode:
        return ()
    entries: list[tuple[str, str, str, str]] = []
    if model.can_classify:
        entries.append(
            ("loss", tr("Cross-entropy"), tr("Cross-entropy"), tr("How badly each test image's class is told."))
        )
    elif model.has_likelihood and model.can_decode:
        likelihood = tr(_LIKELIHOODS[model.conditioning])
        summary = tr("The log-likelihood of each test image, integrated over the plane.")
        entries.append(("log_likelihood", tr("Exact {likelihood}", likelihood=likelihood), likelihood, summary))
        if model.is_stochastic:
            entries.append(("elbo", "ELBO", "ELBO", tr("The evidence lower bound of each test image.")))
            summary = tr("How far the ELBO of each test image stays below its exact log-likelihood.")
            entries.append(("gap", tr("Inference gap"), tr("Gap"), summary))
        else:
            entries.append(
                ("loss", tr("Reconstruction loss"), tr("Loss"), tr("How badly each test image is reconstructed."))
            )
    return tuple(
        Colouring(
            f"measured {name}", title, heading, summary, None, name, "nats", _absence(name, values)
        )  # untranslated: a name
        for name, title, heading, summary in entries
    )


def _absence(name: str, values: PerImage | None) -> str:
    if values is None:
        return tr(NOT_MEASURED)
    return "" if np.isfinite(measured_values(values, name)).any() else tr(_UNDEFINED)


def measured_values(values: PerImage, name: str) -> NDArray[np.float64]:
    """Return one of the values of measured images by its name, float64 [N], NaN where undefined."""
    column: NDArray[np.float64] = getattr(values, name)
    return column


def on_points(cloud: PointCloud, values: PerImage, name: str) -> NDArray[np.float64]:
    """Return a measured value of each point of a cloud, float64 [N], NaN for images that weren't measured."""
    result = np.full(len(cloud.rows), np.nan)
    if not len(values.rows):
        return result
    order = np.argsort(values.rows)
    ranked = values.rows[order]
    place = np.minimum(np.searchsorted(ranked, cloud.rows), len(ranked) - 1)
    found = ranked[place] == cloud.rows
    result[found] = measured_values(values, name)[order[place[found]]]
    return result


def lifted(palette: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the colours a little brighter, as they must be to stand out from dark pictures, uint8 [K, 3]."""
    return np.round(palette + _LIFT * (255.0 - palette)).astype(np.uint8)


def class_names(dataset: ImageDataset) -> tuple[str, ...]:
    """Return the names of the classes, their numbers where they have none."""
    if dataset.labels is None:
        return ()
    return dataset.class_names or tuple(str(label) for label in range(dataset.classes))


def class_colours(
    labels: NDArray[np.int64] | None, count: int, shown: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return the palette row of each of `count` points [N], -1 for one of a hidden class, and the palette uint8 [K, 3].

    Parameters
    ----------
    labels
        Class of each point [N], negative for none; None where nothing has a class.
    count
        Number of points.
    shown
        Which classes are shown, bool [K].
    """
    if labels is None or not len(shown):
        return np.zeros(count, dtype=np.int64), class_palette(1)
    known = (labels >= 0) & (labels < len(shown))
    visible = known & shown[np.where(known, labels, 0)]
    return np.where(visible, labels, -1), class_palette(len(shown))
