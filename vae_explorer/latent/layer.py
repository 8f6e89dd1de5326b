"""What a layer of the plane is: its words, its colours, what it needs, and what it is computed from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from vae_explorer.latent.lattice import Corners, Field
    from vae_explorer.models.snapshot import ModelSnapshot

    FloatArray = npt.NDArray[np.float64]

Need = Literal["decoder", "encoder", "noise", "likelihood", "classifier", "posteriors", "sample", "moments"]
Kind = Literal["density", "log10", "value", "class"]
Colours = tuple[tuple[int, int, int], ...]


_RAISED = str.maketrans("-.0123456789", "⁻·⁰¹²³⁴⁵⁶⁷⁸⁹")
"""How the characters of an exponent are written."""
_LOWEST_PLAIN, _HIGHEST_PLAIN = -3.0, 5.0
"""Decimal logarithms of values that are easier to read as numbers than as powers of ten."""
_OUTLIERS = 2.0
"""Per cent of the values that may lie beyond the colours, at each end where there are extremes."""


class Capabilities(Protocol):
    """What a model can do; snapshots tell it, and what panels know of them."""

    @property
    def can_encode(self) -> bool:
        """Whether it has an encoder."""
        ...

    @property
    def can_decode(self) -> bool:
        """Whether it has a decoder."""
        ...

    @property
    def can_classify(self) -> bool:
        """Whether it has p(y|z)."""
        ...

    @property
    def is_stochastic(self) -> bool:
        """Whether q(z|x) has a spread."""
        ...

    @property
    def has_likelihood(self) -> bool:
        """Whether it has p(x|z)."""
        ...


class Posteriors(Protocol):
    """q(z|x) of some pictures: means and log variances [N, 2], and correlations [N]."""

    @property
    def mean(self) -> npt.NDArray[np.float32]:
        """Means."""
        ...

    @property
    def log_var(self) -> npt.NDArray[np.float32]:
        """Log variances."""
        ...

    @property
    def correlation(self) -> npt.NDArray[np.float32]:
        """Correlations of the two dimensions."""
        ...


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True, eq=False)
class LayerSource:
    """What layers are computed from; those parts that a layer doesn't need may be absent.

    Attributes
    ----------
    model
        The model.
    label
        Class with which a label-conditioned model decodes.
    posteriors
        Of the pictures whose q(z) is shown.
    image, image_label
        The picture ``[C, H, W]`` whose posterior is shown, and its class.
    moments
        The model at several late moments of its training.
    cancelled
        Asked while a layer is prepared, which ends with `Stopped` then.
    """

    model: ModelSnapshot
    label: int | None = None
    posteriors: Posteriors | None = None
    image: npt.NDArray[np.uint8] | None = None
    image_label: int | None = None
    moments: tuple[ModelSnapshot, ...] = ()
    cancelled: Callable[[], bool] = _never


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer.

    Attributes
    ----------
    name
        For settings and the command line.
    title
        On its legend.
    switch
        On its switch, in few letters.
    unit
        Of its values, or "".
    tip
        One sentence for a student.
    needs
        What it can't do without.
    kind
        ``density``: fades to nothing at 0; ``log10``: values are decimal logarithms; ``value``: from 0 up;
        ``class``: regions of classes, whose values are how sure the class is.
    colours
        From the lowest value to the highest, each lighter than the one before, so that the order can be read without
        telling hues apart; () for classes, which have their own.
    field
        Prepares the computation.
    finest
        How many times the cells of a view are halved, at most.
    note
        One more line for the legend, or "".
    """

    name: str
    title: str
    switch: str
    unit: str
    tip: str
    needs: tuple[Need, ...]
    kind: Kind
    colours: Colours
    field: Callable[[LayerSource], Field]
    finest: int = 3
    note: str = ""

    def why_not(self, model: Capabilities) -> str:
        """Return why a model has no such layer, in one sentence; "" where it has."""
        return next((tr(_LACKS[need]) for need in self.needs if not _has(model, need)), "")

    def text(self, value: float) -> str:
        """Return a value as a person writes it, without its unit."""
        if self.kind == "log10":
            plain = _LOWEST_PLAIN <= value < _HIGHEST_PLAIN
            return significant(10.0**value) if plain else "10" + f"{value:.1f}".translate(_RAISED)
        return significant(value)

    def span(self, values: npt.NDArray[np.floating]) -> tuple[float, float]:
        """Return the values of the first and the last colour for values of any shape.

        Densities from nothing to the highest; other values that begin at zero from there, and logarithms from the
        second to the ninety-eighth hundredth, so that a few extreme places don't take all the colours.
        """
        import numpy as np

        known = values[np.isfinite(values)]
        if not known.size:
            return 0.0, 1.0
        if self.kind == "density":
            return 0.0, float(known.max())
        low, high = (float(value) for value in np.percentile(known, (_OUTLIERS, 100 - _OUTLIERS)))
        return (0.0, high) if self.kind == "value" else (low, high)

    def lacks(self, source: LayerSource) -> str:
        """Return what a source lacks for this layer, in one sentence; "" where it has all."""
        absent = (tr(_ABSENT[need]) for need in self.needs if _is_absent(source, need))
        return self.why_not(source.model) or next(absent, "")


@dataclass(frozen=True, slots=True, eq=False)
class LayerValues:
    """A layer on a rectangle of the plane.

    Attributes
    ----------
    name, title, unit
        Of the layer.
    corners
        Lower z1, lower z2, upper z1, upper z2.
    values
        float64 [rows, columns], row 0 at the top, where z2 is largest; in the middle of each cell. NaN where there is
        none.
    classes
        For regions the likeliest class of each cell, intp [rows, columns], else None.
    axes
        For a metric the axes of its unit balls, as in `FieldValues`, else None.
    """

    name: str
    title: str
    unit: str
    corners: Corners
    values: FloatArray
    classes: npt.NDArray[np.intp] | None = None
    axes: FloatArray | None = None


def significant(value: float) -> str:
    """Return a number with three significant digits, as a person writes it."""
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return text.replace("-", "\N{MINUS SIGN}")


_LACKS: dict[Need, str] = {
    "decoder": marked("This model has no decoder, so it makes no pictures."),
    "encoder": marked("This model has no encoder, so images have no place on its plane."),
    "noise": marked("This model's encoder gives single points: there is no posterior with a spread."),
    "likelihood": marked("This model has no likelihood, and without one there is no true posterior."),
    "classifier": marked("This model has no classifier."),
}
_ABSENT: dict[Need, str] = {
    "posteriors": marked("Encode some pictures first: q(z) is the mean of their posteriors."),
    "sample": marked("Choose a sample first: a posterior belongs to a picture."),
    "moments": marked("This needs weights of two moments at least, and the run has kept fewer so far."),
}


def _has(model: Capabilities, need: Need) -> bool:
    match need:
        case "decoder":
            return model.can_decode
        case "encoder":
            return model.can_encode
        case "noise":
            return model.can_encode and model.is_stochastic
        case "likelihood":
            return model.has_likelihood
        case "classifier":
            return model.can_classify
    return True


def _is_absent(source: LayerSource, need: Need) -> bool:
    match need:
        case "posteriors":
            return source.posteriors is None
        case "sample":
            return source.image is None
        case "moments":
            return len(source.moments) < 2
    return False
