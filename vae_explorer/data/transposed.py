"""Stored pictures whose rows and columns are exchanged, read the right way round."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.data.stored import StoredArray

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vae_explorer.data.stored import Numbers


@dataclass(frozen=True, slots=True)
class _Transposed(StoredArray):
    """An array [N, H, W] over one that is stored as [N, W, H]."""

    def chunks(self) -> Iterator[Numbers]:
        count, height, width = self.shape
        stored = StoredArray(self.where, (count, width, height), self.dtype, self.open)
        for chunk in stored.chunks():
            yield np.ascontiguousarray(chunk.swapaxes(1, 2))

    def whole(self) -> Numbers:
        return np.concatenate(list(self.chunks()))


def transposed(array: StoredArray) -> StoredArray:
    """Return an array [N, W, H] as one of [N, H, W]; one of other dimensions as it is.

    EMNIST is stored so: each picture is mirrored at its diagonal (Cohen et al., 2017).
    """
    if len(array.shape) != 3 or array.fortran:
        return array
    count, width, height = array.shape
    # Without a place, because the pixels can't be used as they lie.
    return _Transposed(array.where, (count, height, width), array.dtype, array.open)
