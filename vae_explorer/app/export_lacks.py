"""What is missing in the session for each kind of export, as a sentence for the dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from vae_explorer.app.session import Session

_NO_MODEL = marked("There is no model yet: train one or open a run first.")


def no_model(session: Session) -> str:
    """Return what is missing to export the model itself, or ""."""
    return tr(_NO_MODEL) if session.model_info is None else ""


def no_decoder(session: Session) -> str:
    """Return what is missing to decode pictures, or ""."""
    info = session.model_info
    if info is None:
        return tr(_NO_MODEL)
    return "" if info.can_decode else tr("This model makes no pictures: it has no decoder.")


def no_path(session: Session) -> str:
    """Return what is missing to walk along the path, or ""."""
    absent = no_decoder(session)
    if absent or session.path.is_complete:
        return absent
    if session.path.start is not None:
        return tr("The path has no end yet: choose one first.")
    if session.path.end is not None:
        return tr("The path has no start yet: choose one first.")
    return tr("There is no path yet: choose a start and an end first.")


def no_images(session: Session) -> str:
    """Return what is missing to place images on the plane, or ""."""
    info, dataset = session.model_info, session.dataset
    if info is None:
        return tr(_NO_MODEL)
    if not info.can_encode:
        return tr("This model places no images: it has no encoder.")
    if dataset is None:
        return tr("There are no data to encode: open data first.")
    if dataset.images.shape[1:] != tuple(info.image_shape):
        return tr("The data have another shape than the model's pictures: open the data that it was trained on.")
    return ""


def no_curves(session: Session) -> str:
    """Return what is missing to export curves, or ""."""
    return no_model(session) or ("" if session.metrics else tr("There are no curves yet: train for a moment first."))


def no_history(session: Session) -> str:
    """Return what is missing to show the training as a film, or ""."""
    absent = no_model(session)
    if absent:
        return absent
    if session.run is None or not session.moments.kept:
        return tr("No earlier moments of a training are kept: train, or open a run that kept some.")
    return ""


def no_measures(session: Session) -> str:
    """Return what is missing to export what was measured, or ""."""
    if no_model(session):
        return tr(_NO_MODEL)
    measured = session.evaluation.result is not None and session.evaluation.is_current
    return "" if measured else tr("This model wasn't measured yet: press Measure in the Metrics panel first.")
