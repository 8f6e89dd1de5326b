"""A first way between two points of the plane on a lattice, which finds the side to go round."""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    import numpy.typing as npt

    from vae_explorer.latent.geometry import PullbackMetric

    FloatArray = npt.NDArray[np.float64]
    IndexArray = npt.NDArray[np.intp]

_ALONG = 20
"""Pieces of the lattice from end to end."""
_BEYOND, _ASIDE = 6, 12
"""Pieces of the lattice behind each end, and to each side of the straight line."""
_NEIGHBOURS = ((0, 1), (1, 0), (1, 1), (1, -1), (1, 2), (1, -2), (2, 1), (2, -1))
"""One of each pair of opposite steps to the 16 neighbours. Their directions are at most 27 degrees apart, so a way on
the lattice is at most 2.8 % longer than it need be, and 1.4 % on average over all directions."""


def lattice_path(metric: PullbackMetric, start: FloatArray, end: FloatArray) -> FloatArray:
    """Return the shortest way [K, 2] between two different points over a lattice that holds both.

    The lattice is turned so that the straight line is one of its rows: the way is no longer than that, as the lattice
    measures it.
    """
    nodes, number = _lattice(start, end)
    pairs = [_edges(number, step) for step in _NEIGHBOURS]
    with torch.no_grad():
        squares = metric.squared_distances(
            torch.tensor(nodes, dtype=metric.dtype), [(torch.from_numpy(a), torch.from_numpy(b)) for a, b in pairs]
        )
    lengths = torch.cat(squares).double().clamp_min(0).sqrt().tolist()
    first, second = (np.concatenate(ends).tolist() for ends in zip(*pairs, strict=True))
    edges: list[list[tuple[int, float]]] = [[] for _ in nodes]
    for one, other, length in zip(first, second, lengths, strict=True):
        edges[one].append((other, length))
        edges[other].append((one, length))
    source, target = int(number[_BEYOND, _ASIDE]), int(number[_BEYOND + _ALONG, _ASIDE])
    path = nodes[shortest_way(edges, source, target)]
    path[0], path[-1] = start, end
    return path


def shortest_way(edges: list[list[tuple[int, float]]], source: int, target: int) -> list[int]:
    """Return the nodes of the shortest way between two nodes that are joined (Dijkstra 1959).

    For a lattice of some hundred nodes this takes a hundredth of the time that importing a library for it does.

    Parameters
    ----------
    edges
        Neighbours of each node with their distances, which aren't negative.
    source, target
        Where the way begins and ends.
    """
    reached = [math.inf] * len(edges)
    before = [source] * len(edges)
    reached[source] = 0.0
    waiting = [(0.0, source)]
    while waiting:
        far, node = heapq.heappop(waiting)
        if node == target:
            break
        if far > reached[node]:
            continue
        for neighbour, length in edges[node]:
            if far + length < reached[neighbour]:
                reached[neighbour], before[neighbour] = far + length, node
                heapq.heappush(waiting, (far + length, neighbour))
    way = [target]
    while way[-1] != source:
        way.append(before[way[-1]])
    return way[::-1]


def _lattice(start: FloatArray, end: FloatArray) -> tuple[FloatArray, IndexArray]:
    """Return the nodes [N, 2] and the number of each by its place along and aside."""
    along, aside = np.arange(-_BEYOND, _ALONG + _BEYOND + 1), np.arange(-_ASIDE, _ASIDE + 1)
    step = (end - start) / _ALONG
    across = np.array([-step[1], step[0]])
    nodes = start + along[:, None, None] * step + aside[None, :, None] * across
    number = np.arange(len(along) * len(aside)).reshape(len(along), len(aside))
    return nodes.reshape(-1, 2), number


def _edges(number: IndexArray, step: tuple[int, int]) -> tuple[IndexArray, IndexArray]:
    """Return the two ends [E] of every edge in one direction."""
    down, right = step
    rows, columns = number.shape
    left, here = max(0, -right), columns - max(0, right)
    first = number[: rows - down, left:here]
    second = number[down:, left + right : here + right]
    return first.ravel(), second.ravel()
