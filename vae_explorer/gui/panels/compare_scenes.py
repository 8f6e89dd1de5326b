"""What is drawn over two planes: priors, the chosen sample where each model puts it, and the path that they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_explorer.app import path_walk
from vae_explorer.gui.plotting import plane_scene
from vae_explorer.gui.plotting.scene import Ellipse, Scene
from vae_explorer.latent.units import units_of

if TYPE_CHECKING:
    from vae_explorer.app.session import Session
    from vae_explorer.app.state import LatentPoint, ModelInfo, Point, PointCloud
    from vae_explorer.latent.paths import Course

_DOT = (1e-9, 1e-9)


def scene_of(
    session: Session,
    model: tuple[ModelInfo | None, PointCloud | None, Course | None],
    *,
    shows_prior: bool,
    hint: str,
) -> Scene:
    """Return what lies over one of the planes.

    Parameters
    ----------
    session
        Has the pin and the path, in the coordinates that both planes share.
    model
        What is known of the model, its encodings, and its way where the path follows it.
    shows_prior
        Whether the circles of the prior are drawn.
    hint
        What is said over an empty plane.
    """
    info, cloud, course = model
    path, pin = session.path, session.pinned
    return Scene(
        rings=plane_scene.rings(info) if shows_prior and info is not None else (),
        ellipse=_place_of_sample(cloud, pin),
        curve=plane_scene.curve(path, info, course),
        is_tentative=path_walk.awaits_course(path, course),
        handles=plane_scene.handles(path),
        position=plane_scene.slider_place(path, info, course),
        pin=None if pin is None else pin.z,
        hint=hint,
        unit=units_of(info),
    )


def hull(corners: list[tuple[Point, Point]]) -> tuple[Point, Point]:
    """Return the corners of the smallest rectangle that holds some others."""
    lows, highs = zip(*corners, strict=True)
    return (
        (min(low[0] for low in lows), min(low[1] for low in lows)),
        (max(high[0] for high in highs), max(high[1] for high in highs)),
    )


def _place_of_sample(cloud: PointCloud | None, pin: LatentPoint | None) -> Ellipse | None:
    """Return the posterior of the chosen sample; a dot where the encoder gives a point."""
    found = plane_scene.ellipse(cloud, pin)
    index = plane_scene.encoding(cloud, None if pin is None else pin.sample)
    if found is not None or cloud is None or index is None:
        return found
    z1, z2 = cloud.z[index].tolist()
    return Ellipse((z1, z2), _DOT)
