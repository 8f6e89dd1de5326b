"""How well a model explains one picture, in words and nats: the same lines for a sample and for a drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_explorer.gui.plotting.value_rows import ValueRow
from vae_explorer.gui.plotting.viewport import format_number
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from vae_explorer.app.state import ModelInfo
    from vae_explorer.latent.single import ExactLikelihood, PictureBound

_RECONSTRUCTION = marked("Mean of −log p(x|z) over q(z|x): what the decoder leaves unexplained")
_AT_ONE_PLACE = marked("−log p(x|z) at the one place that this encoder gives: it has no noise and no KL")
_KL = marked("KL divergence of q(z|x) from the prior: what it costs to say where the picture lies")
_ELBO = marked("−Reconstruction − KL: a lower bound of log p(x)")
_EXACT = marked("log p(x), integrated over the plane; the figure behind ± is its numerical error")
_TOLD = marked("log p(x|y), given the class, integrated over the plane")
_BAND = marked("Log-likelihood of the columns that the model isn't given, integrated over the plane")
_GAP = marked("log p(x) − ELBO: how far q(z|x) is from the true posterior p(z|x)")
_WORTH_TELLING = 0.005


def explained_rows(
    model: ModelInfo, bound: PictureBound | None, exact: ExactLikelihood | None, *, is_integrating: bool
) -> list[ValueRow]:
    """Return the lines on one picture.

    Parameters
    ----------
    model
        What it is explained by.
    bound
        Its ELBO in parts, None for a model without an encoder or a likelihood.
    exact
        Its likelihood, None while it isn't known.
    is_integrating
        Whether the likelihood is on its way.
    """
    rows = []
    elbo = None if bound is None else bound.elbo
    if bound is not None:
        tip = tr(_AT_ONE_PLACE if bound.kl is None else _RECONSTRUCTION)
        rows.append(ValueRow(tr("Reconstruction"), nats(bound.reconstruction), tip))
        if bound.kl is not None and elbo is not None:
            rows.append(ValueRow("KL", nats(bound.kl), tr(_KL)))
            rows.append(ValueRow("ELBO", nats(elbo), tr(_ELBO), is_strong=True))
    if not (model.has_likelihood and model.can_decode):
        return rows
    title, tip = _exact_title(model)
    if exact is None:
        if is_integrating:
            rows.append(ValueRow(title, tr("integrating …"), tip))
        return rows
    rows.append(ValueRow(title, _nats_and_error(exact.log_likelihood, exact.error), tip, is_strong=True))
    if elbo is not None:
        rows.append(ValueRow(tr("Gap"), nats(exact.log_likelihood - elbo), tr(_GAP)))
    return rows


def nats(value: float) -> str:
    """Return a value in nats with two decimals."""
    return tr("{value} nats", value=format_number(value, 2))


def _nats_and_error(value: float, error: float) -> str:
    if error < _WORTH_TELLING:
        return nats(value)
    return tr("{value} ± {error:.2g} nats", value=format_number(value, 2), error=error)


def likelihood_words(bound: PictureBound | None, exact: ExactLikelihood | None) -> str:
    """Return which likelihood the figures are of, since those of different ones are different quantities; or ""."""
    known = bound or exact
    return (
        "" if known is None or not known.likelihood else tr("Likelihood: {likelihood}", likelihood=tr(known.likelihood))
    )


def _exact_title(model: ModelInfo) -> tuple[str, str]:
    if model.completes:
        return tr("log p(rest | given)"), tr(_BAND)
    if model.knows_classes:
        return tr("log p(x|y), exact"), tr(_TOLD)
    return tr("log p(x), exact"), tr(_EXACT)
