"""How the second plane of a comparison lies on the first: fitted to the images that both place, and held still."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_explorer.app.state import RunState
from vae_explorer.errors import CapabilityError
from vae_explorer.language import tr

if TYPE_CHECKING:
    from vae_explorer.app.comparison_choice import ComparisonChoice
    from vae_explorer.app.state import PointCloud
    from vae_explorer.app.workspace import Workspace
    from vae_explorer.latent.alignment import Alignment


class PlaneFit:
    """Keeps an alignment up to date with what is chosen; while A trains the first one holds.

    Parameters
    ----------
    workspace
        Whose encodings are those of A.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._alignment: Alignment | None = None
        self._misfit = ""
        self._reason: object = None

    @property
    def alignment(self) -> Alignment | None:
        """The map from what is shown to B's own plane; None where B's plane is shown as it is."""
        return self._alignment

    @property
    def misfit(self) -> str:
        """Why there is none though one is wanted, in whole sentences."""
        return self._misfit

    def forget(self) -> None:
        """Begin anew: B or the images are others."""
        self._alignment, self._misfit, self._reason = None, "", None

    def loosen(self) -> None:
        """Let the next `renew` fit anew, though A trains."""
        self._reason = None

    def renew(self, cloud: PointCloud | None, choice: ComparisonChoice) -> None:
        """Fit the alignment to where A's encodings are now.

        Parameters
        ----------
        cloud
            Where B puts the images, on its own plane.
        choice
            Whether they are to be aligned, and how freely.
        """
        reason = (choice.stretched, id(cloud)) if choice.aligned else None
        if reason is not None and reason == self._reason and self._must_hold:
            return
        found, self._misfit = None, ""
        if reason is not None and cloud is not None:
            found, self._misfit = self._fitted(cloud, stretched=choice.stretched)
        self._alignment, self._reason = found, reason if found is not None else None

    @property
    def _must_hold(self) -> bool:
        """Whether B's plane keeps still: A trains, or its encodings are still on their way."""
        info = self._workspace.model_info
        awaited = self._workspace.points is None and (info is None or info.can_encode)
        return awaited or self._workspace.state is RunState.TRAINING

    def _fitted(self, second: PointCloud, *, stretched: bool) -> tuple[Alignment | None, str]:
        import numpy as np

        from vae_explorer.latent.alignment import align

        first = self._workspace.points
        if first is None:
            return None, tr("The planes can't be aligned: model A places no images on its plane.")
        _, one, other = np.intersect1d(first.rows, second.rows, assume_unique=True, return_indices=True)
        try:
            return align(first.z[one], second.z[other], scale=stretched, shift=stretched), ""
        except CapabilityError as error:
            return None, tr("The planes can't be aligned. {error}", error=error)


def is_same_map(one: Alignment | None, other: Alignment | None) -> bool:
    """Whether two alignments show every point at the same place, however well they fit."""
    if one is None or other is None:
        return one is other
    return (one.turn, one.scale, one.shift) == (other.turn, other.scale, other.shift)
