"""By what a step on the plane can be measured, in words; free of torch, so that a window can offer it at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vae_explorer.errors import SettingError
from vae_explorer.registry import unknown_name

Metric = Literal["pixel", "fisher"]
"""What a step costs: the change of the mean picture, or how well the two distributions can be told apart."""


@dataclass(frozen=True, slots=True)
class MetricEntry:
    """Words for a metric.

    Attributes
    ----------
    title, summary
        For a form and its help.
    unit
        What lengths are counted in.
    """

    title: str
    summary: str
    unit: str


METRICS: dict[Metric, MetricEntry] = {
    "pixel": MetricEntry(
        "Pixels",
        "Distance between the mean pictures: how much what one sees changes.",
        "grey levels from black to white, as the root of the sum of squares over pixels",
    ),
    "fisher": MetricEntry(
        "Fisher",
        "How well the pictures' distributions can be told apart (Fisher information).",
        "standard deviations of the likelihood",
    ),
}
"""The metrics by name; the first is the default."""


def metric_named(name: str) -> Metric:
    """Return a metric by its name.

    Raises
    ------
    SettingError
        If there is none of this name.
    """
    for metric in METRICS:
        if metric == name:
            return metric
    raise SettingError(unknown_name("metric", name, METRICS))
