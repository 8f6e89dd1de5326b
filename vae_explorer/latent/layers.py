"""The layers of the plane: what each shows, what it needs, and its values, for the window and the command line alike.

To add one: a function that takes a `LayerSource` and returns its `Field`, and an entry in `LAYERS`. The switches,
the legend, the readings under the pointer and the figures follow from it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.errors import CapabilityError, SettingError
from vae_explorer.language import listed, marked, tr
from vae_explorer.latent import layer_fields as fields
from vae_explorer.latent.layer import Layer, LayerSource, LayerValues
from vae_explorer.latent.units import ANY_UNITS

if TYPE_CHECKING:
    from vae_explorer.latent.lattice import Corners, Field
    from vae_explorer.models.snapshot import ModelSnapshot

_COMPUTED_AT_ONCE = 1024
_ELLIPSES = marked("ellipses: steps of equal change")

LAYERS = (
    Layer(
        "regions",
        marked("Likeliest class by p(y|z)"),
        marked("Regions"),
        "",
        marked("Show which class p(y|z) holds for likeliest; the surer, the stronger the colour."),
        ("classifier",),
        "class",
        (),
        fields.regions,
        finest=5,
    ),
    Layer(
        "averaged",
        marked("Likeliest class by p(y|z)"),
        marked("Regions, averaged"),
        "",
        marked(
            "Average p(y|z) over {samples} samples of the noise that the encoder adds, as a "
            "prediction does; the noise is the median over the images.",
            samples=fields.NOISE_SAMPLES,
        ),
        ("classifier", "noise", "posteriors"),
        "class",
        (),
        fields.averaged_regions,
        finest=5,
        note=marked("averaged over {samples} samples of the noise", samples=fields.NOISE_SAMPLES),
    ),
    Layer(
        "aggregate",
        marked("Aggregate posterior q(z)"),
        marked("Density q(z)"),
        marked("per unit area"),
        marked(
            "Show the density of the encodings with their noise, the aggregate posterior q(z): "
            "where the decoder was trained."
        ),
        ("encoder", "noise", "posteriors"),
        "density",
        ((38, 52, 148), (36, 132, 190), (56, 190, 160), (176, 222, 96), (253, 240, 110)),
        fields.aggregate,
    ),
    Layer(
        "magnification",
        marked("Magnification √det G (log scale)"),
        marked("Magnification"),
        marked("squared pixel changes per unit area"),
        marked(
            "Show how much the picture changes for a step at each place: bright where a small "
            "step changes many pixels; an ellipse is the set of steps that change it equally, "
            "long where it changes least. A pixel change of 1 is one from black to white."
        ),
        ("decoder",),
        "log10",
        ((24, 26, 68), (42, 76, 130), (76, 138, 150), (164, 190, 136), (252, 238, 176)),
        partial(fields.magnification, metric="pixel"),
        note=_ELLIPSES,
    ),
    Layer(
        "magnification-fisher",
        marked("Magnification √det G, Fisher (log scale)"),
        marked("Magnification, Fisher"),
        marked("squared steps of ½ nat per unit area"),
        marked(
            "Show the same by how well p(x|z) can be told apart from its neighbours: a step of length 1 "
            "costs ½ nat of KL divergence, one of length s costs s²/2."
        ),
        ("decoder", "likelihood"),
        "log10",
        ((30, 22, 60), (68, 62, 132), (110, 120, 176), (166, 182, 200), (240, 244, 226)),
        partial(fields.magnification, metric="fisher"),
        note=_ELLIPSES,
    ),
    Layer(
        "round-trip",
        marked("Decoder doubt: |E(D(z)) − z|"),
        marked("Doubt: round trip"),
        ANY_UNITS,
        marked(
            "Show how far from a place the encoder puts the picture that the decoder makes "
            "there: far means that the decoder invents something that no image lies near."
        ),
        ("encoder", "decoder"),
        "value",
        ((18, 34, 34), (26, 88, 76), (84, 140, 66), (190, 178, 66), (255, 230, 162)),
        fields.round_trip,
    ),
    Layer(
        "disagreement",
        marked("Decoder doubt: late weights disagree"),
        marked("Doubt: late weights"),
        marked("grey levels"),
        marked(
            "Show how much the pictures of the last {moments} kept moments of the training differ at "
            "the same place, in grey levels of 255: where training hasn't settled, the picture is a "
            "matter of chance.",
            moments=fields.LATE_MOMENTS,
        ),
        ("decoder", "moments"),
        "value",
        ((36, 24, 58), (96, 50, 112), (166, 82, 118), (226, 138, 116), (255, 216, 172)),
        fields.disagreement,
    ),
    Layer(
        "exact",
        marked("True posterior p(z|x)"),
        marked("True posterior p(z|x)"),
        marked("per unit area"),
        marked(
            "Show the true posterior of the chosen sample, computed exactly, under the encoder's "
            "ellipse. Z zooms to it."
        ),
        ("encoder", "decoder", "likelihood", "sample"),
        "density",
        ((86, 10, 70), (176, 30, 90), (232, 92, 60), (252, 170, 60), (255, 240, 190)),
        fields.posterior,
    ),
)

OF_THE_MODEL = tuple(layer for layer in LAYERS if "sample" not in layer.needs)
"""Layers that belong to no single picture: those that a figure can show."""


def compute_layer(
    source: LayerSource | ModelSnapshot,
    name: str,
    corners: Corners,
    size: tuple[int, int],
    *,
    check: Callable[[float], None] | None = None,
) -> LayerValues:
    """Return a layer on a rectangle of the plane.

    Parameters
    ----------
    source
        The model, or all that the layer needs.
    name
        Of one of `LAYERS`.
    corners
        Lower z1, lower z2, upper z1, upper z2.
    size
        Columns and rows.
    check
        Told between pieces of the work which share of it is done; may raise to give up.

    Raises
    ------
    CapabilityError
        If the model has no such layer, or something that it needs wasn't given.
    SettingError
        If there is no such layer.
    """
    from vae_explorer.latent.quadrature import cell_middles

    layer = find_layer(name)
    field = prepare(layer, source if isinstance(source, LayerSource) else LayerSource(source))
    z = cell_middles(corners, size)
    cell = ((corners[2] - corners[0]) / size[0], (corners[3] - corners[1]) / size[1])
    parts = []
    for start in range(0, len(z), _COMPUTED_AT_ONCE):
        if check is not None:
            check(start / len(z))
        parts.append(field(z[start : start + _COMPUTED_AT_ONCE], cell))
    grid = (size[1], size[0])
    values = np.concatenate([part.values for part in parts]).reshape(grid)
    classes = [part.classes for part in parts if part.classes is not None]
    axes = [part.axes for part in parts if part.axes is not None]
    return LayerValues(
        name,
        layer.title,
        layer.unit,
        corners,
        values,
        np.concatenate(classes).reshape(grid) if classes else None,
        np.concatenate(axes).reshape(*grid, 2) if axes else None,
    )


def prepare(layer: Layer, source: LayerSource) -> Field:
    """Return what gives the values of a layer; this may take a while.

    Raises
    ------
    CapabilityError
        If the model has no such layer, or something that it needs wasn't given.
    """
    reason = layer.lacks(source)
    if reason:
        raise CapabilityError(reason)
    return layer.field(source)


def find_layer(name: str) -> Layer:
    """Return a layer by its name.

    Raises
    ------
    SettingError
        If there is none of this name.
    """
    for layer in LAYERS:
        if layer.name == name:
            return layer
    names = listed(layer.name for layer in LAYERS)
    raise SettingError(tr("There is no layer {name!r}: choose one of {names}.", name=name, names=names))
