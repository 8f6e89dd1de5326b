"""What is kept of an integrand on a tile: its mass, and how well the nodes follow it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from vae_explorer.latent.tiles import NODES, SIDES, Leaves, Tiles

if TYPE_CHECKING:
    import numpy.typing as npt

    from vae_explorer.latent.integration import Witnesses

_WITHOUT_WEIGHT = 4.0
"""Nats below the best node of a tile from which how its nodes bend says nothing."""


def summarised(
    values: torch.Tensor,
    images: npt.NDArray[np.int64],
    tiles: Tiles,
    witnesses: Witnesses | None,
    floor: npt.NDArray[np.float64],
) -> Leaves:
    """Return what is kept of log integrands [m, t, NODES, NODES] of m images on t tiles.

    A tile is left out for an image whose mass there may at most be what `floor` [m] says, in logs.
    """
    log_cell = tiles.square.log_cell(tiles.level)
    tops = values.amax(dim=(2, 3))
    weights = (values - tops[..., None, None]).exp_()
    masses = weights.sum(dim=(2, 3))
    log_mass = (tops + log_cell + masses.log()).numpy()
    drop = _steepest_falls(values, tops).numpy()
    surprise = np.zeros_like(drop)
    if witnesses is not None:
        near, inside = _whereabouts(images, tiles, witnesses)
        rise = np.where(near, witnesses.scores[images][:, None] - tops.numpy(), 0.0)
        drop = np.maximum(drop, 2 * rise)
        surprise[inside] = witnesses.scores[images][inside[0]] - _expected(values, images, tiles, witnesses, inside)
    potential = np.maximum(log_mass, tops.numpy() + drop / 2 + log_cell)
    kept = potential > floor[:, None]
    row, tile = np.nonzero(kept)
    chosen = torch.from_numpy(kept)
    shares = weights[chosen] / masses[chosen][:, None, None]
    rims, slopes = _rims(shares)
    return Leaves(
        images[row],
        np.full(len(row), tiles.level, dtype=np.int64),
        tiles.places[tile],
        log_mass[kept],
        torch.stack([2 * (shares * signs).sum(dim=(1, 2)) for signs in _stripes(values)], dim=-1).numpy(),
        potential[kept],
        drop[kept],
        surprise[kept],
        _bends(values[chosen], tops[chosen]).numpy(),
        rims.numpy(),
        slopes.numpy(),
    )


def _whereabouts(
    images: npt.NDArray[np.int64], tiles: Tiles, witnesses: Witnesses
) -> tuple[npt.NDArray[np.bool_], tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Return to which tiles each image's witness is near, [m, t], and pairs of image and tile that hold it.

    Near is closer than the distance of two nodes: a peak in the corner of a tile has its flanks in the next ones.
    """
    side = tiles.square.tile_side(tiles.level)
    offset = (witnesses.z[images][:, None] - np.asarray(tiles.square.low)) / side - tiles.places
    near = ((offset > -1 / NODES) & (offset < 1 + 1 / NODES)).all(axis=2)
    row, tile = np.nonzero(((offset >= 0) & (offset < 1)).all(axis=2))
    return near, (row, tile)


def _expected(
    values: torch.Tensor,
    images: npt.NDArray[np.int64],
    tiles: Tiles,
    witnesses: Witnesses,
    inside: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
) -> npt.NDArray[np.float64]:
    """Return the log integrand at witnesses inside tiles, interpolated by squares between the nine nodes round them.

    That is exact for a normal distribution, also beyond the outermost nodes.
    """
    row, tile = inside
    side = tiles.square.tile_side(tiles.level)
    at = ((witnesses.z[images][row] - np.asarray(tiles.square.low)) / side - tiles.places[tile]) * NODES - 0.5
    middle = np.clip(np.rint(at), 1, NODES - 2).astype(np.int64)
    over = at - middle
    weights = np.stack([over * (over - 1) / 2, 1 - over**2, over * (over + 1) / 2], axis=1)
    stencil = middle[:, None] + np.array([-1, 0, 1])[:, None]
    round_it = values.numpy()[row[:, None, None], tile[:, None, None], stencil[:, :, None, 0], stencil[:, None, :, 1]]
    return np.asarray(np.einsum("nij,ni,nj->n", round_it, weights[..., 0], weights[..., 1]))


def _stripes(values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return plus and minus one on every second column, row and node of a tile, [NODES, NODES] each."""
    signs = values.new_ones(NODES)
    signs[1::2] = -1
    columns, rows = signs[:, None].expand(NODES, NODES), signs.expand(NODES, NODES)
    return columns, rows, columns * rows


def _steepest_falls(values: torch.Tensor, tops: torch.Tensor) -> torch.Tensor:
    """Return how far each tile's best node is above the lowest of its neighbours in the tile, [m, t].

    Or half the mean of both second differences there, if that is more: where a peak lies in the middle between the
    outermost node and the next one, these differ little, and how far the nodes further in lie below them tells of it.
    """
    flat = values.flatten(2)
    at = flat.argmax(dim=2)
    column, row = at // NODES, at % NODES

    def node(column: torch.Tensor, row: torch.Tensor) -> torch.Tensor:
        return flat.gather(2, (column * NODES + row).unsqueeze(2)).squeeze(2)

    steepest = torch.zeros_like(tops)
    for over, up in SIDES:
        neighbour = node((column + over).clamp(0, NODES - 1), (row + up).clamp(0, NODES - 1))
        steepest = torch.maximum(steepest, tops - neighbour)
    x, y = column.clamp(1, NODES - 2), row.clamp(1, NODES - 2)
    across = 2 * node(x, row) - node(x - 1, row) - node(x + 1, row)
    along = 2 * node(column, y) - node(column, y - 1) - node(column, y + 1)
    return torch.maximum(steepest, (across.clamp(min=0) + along.clamp(min=0)) / 4)


def _bends(values: torch.Tensor, tops: torch.Tensor) -> torch.Tensor:
    """Return the largest second difference [K] of tiles [K, NODES, NODES], where a node has weight.

    At a rim, where the node beyond is unknown, it is at most twice the rise to the rim if the tile's own part of a
    peak falls off from there; the next nodes may be too low to show how the peak bends.
    """
    found = torch.zeros_like(tops)
    for rows in (values, values.mT):
        counts = rows > tops[:, None, None] - _WITHOUT_WEIGHT
        falls = rows[:, :-1] - rows[:, 1:]
        heavy = counts[:, :-2] | counts[:, 1:-1] | counts[:, 2:]
        found = torch.maximum(found, torch.where(heavy, falls.diff(dim=1), 0.0).amax(dim=(1, 2)))
        for rim, rise in ((0, falls[:, 0]), (-1, -falls[:, -1])):
            found = torch.maximum(found, torch.where(counts[:, rim], 2 * rise, 0.0).amax(dim=1))
    return found


def _rims(shares: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the shares of the outermost nodes at each side, and what the next ones hold less or more, [K, 4] each."""
    columns, rows = shares.sum(dim=2), shares.sum(dim=1)
    outer = torch.stack([columns[:, 0], columns[:, -1], rows[:, 0], rows[:, -1]], dim=1)
    inner = torch.stack([columns[:, 1], columns[:, -2], rows[:, 1], rows[:, -2]], dim=1)
    return outer, outer - inner
