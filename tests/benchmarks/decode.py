"""How long it takes to make pictures of points: one, a tile of the map, and grids, against the plain network.

Three ways run by turns on one thread, from points to bytes: torch's network as it is written, in one batch;
``ModelSnapshot.decode``, which the exports call, and the window at rest; and ``ModelSnapshot.preview`` of a model in
passing, as the window shows it while it trains. The networks are untrained, but with weights so large that their
pictures have every grey level, and the largest differences from the first way are shown beside the times.
Run it with ``python3 packaging/dev.py bench decode``. Takes about a minute. Nothing here asserts a time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from vae_explorer.freed_memory import keep_freed_memory
from vae_explorer.latent.grids import latent_grid
from vae_explorer.models.build import build_model
from vae_explorer.models.family import Family, ImageSpec, LatentVariableModel
from vae_explorer.models.snapshot import ModelSnapshot
from vae_explorer.sections import ModelConfig

SHAPE = (1, 28, 28)
NETWORKS = {
    "mlp_256": ("MLP 256", ModelConfig(network="mlp", hidden=(256,))),
    "mlp_512_512": ("MLP 512-512", ModelConfig(network="mlp", hidden=(512, 512))),
    "conv_32_64": ("convolutional 32-64", ModelConfig(network="conv", channels=(32, 64))),
}
SIDES = {"one_point": 1, "tile_8x8": 8, "grid_20x20": 20, "grid_40x40": 40, "grid_60x60": 60}
_LEAST_ROUNDS, _MOST_ROUNDS = 5, 41
_STRENGTH = 2.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Medians of the ways of making the same pictures.

    Attributes
    ----------
    plain_ms, ours_ms, preview_ms
        Milliseconds of wall time.
    plain_processor_ms, ours_processor_ms, preview_processor_ms
        Milliseconds of the thread's processor time, which other programs change less.
    largest_difference_levels, preview_difference_levels
        Largest difference of two bytes.
    differing_share
        Share of the bytes that differ between the first two.
    """

    plain_ms: float
    ours_ms: float
    preview_ms: float
    plain_processor_ms: float
    ours_processor_ms: float
    preview_processor_ms: float
    largest_difference_levels: int
    preview_difference_levels: int
    differing_share: float

    @property
    def speedup_ratio(self) -> float:
        """How many times as fast ours is, by processor time."""
        return self.plain_processor_ms / self.ours_processor_ms

    def figures(self) -> dict[str, float]:
        """Return all of it by name."""
        return {name: getattr(self, name) for name in self.__slots__} | {"speedup_ratio": self.speedup_ratio}


def measure(seconds: float) -> dict[str, dict[str, dict[str, float]]]:
    """Return the figures of each network and number of points, spending about so long on each."""
    torch.set_num_threads(1)
    figures: dict[str, dict[str, dict[str, float]]] = {}
    for name, (_, config) in NETWORKS.items():
        snapshot = ModelSnapshot(model_of(config), step=0, epoch=0.0, in_passing=True)
        figures[name] = {what: compared(snapshot, side, seconds).figures() for what, side in SIDES.items()}
    return figures


def model_of(config: ModelConfig) -> LatentVariableModel:
    """Return a network that was not trained and nevertheless makes sharp pictures."""
    mean = np.random.default_rng(0).uniform(0.1, 0.9, SHAPE).astype(np.float32)
    generator = torch.Generator().manual_seed(0)
    model = build_model(ImageSpec(SHAPE, 10, mean), config, family=Family(), generator=generator)
    with torch.no_grad():
        for layer in model.modules():
            if isinstance(layer, (nn.Linear, nn.ConvTranspose2d)):
                layer.weight.mul_(_STRENGTH)
    return model


def compared(snapshot: ModelSnapshot, side: int, seconds: float) -> Comparison:
    """Decode a grid by turns in all ways until the time is over, and at least a few times."""
    z = latent_grid("quantile", side).reshape(-1, 2).astype(np.float32)
    ways: tuple[Callable[[], npt.NDArray[np.uint8]], ...]
    ways = (partial(plain, snapshot, z), partial(snapshot.decode, z), partial(snapshot.preview, z))
    first, second, rough = (way().astype(np.int16) for way in ways)
    difference = np.abs(first - second)
    taken: tuple[list[tuple[float, float]], ...] = ([], [], [])
    until = time.perf_counter() + seconds
    while len(taken[0]) < _LEAST_ROUNDS or (time.perf_counter() < until and len(taken[0]) < _MOST_ROUNDS):
        for way, times in zip(ways, taken, strict=True):
            begin, own = time.perf_counter(), time.thread_time()
            way()
            times.append((1000 * (time.perf_counter() - begin), 1000 * (time.thread_time() - own)))
    theirs, ours, shown = ([statistics.median(column) for column in zip(*times, strict=True)] for times in taken)
    return Comparison(
        plain_ms=theirs[0],
        ours_ms=ours[0],
        preview_ms=shown[0],
        plain_processor_ms=theirs[1],
        ours_processor_ms=ours[1],
        preview_processor_ms=shown[1],
        largest_difference_levels=int(difference.max()),
        preview_difference_levels=int(np.abs(first - rough).max()),
        differing_share=float((difference > 0).mean()),
    )


def plain(snapshot: ModelSnapshot, z: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Return the pictures that the network makes when it is simply called."""
    with torch.inference_mode():
        mean = snapshot.network.likelihood(torch.from_numpy(z)).mean
        pictures: npt.NDArray[np.uint8] = mean.mul(255).round_().to(torch.uint8).numpy()
    return pictures


def main() -> int:
    """Measure and print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="about how long each comparison takes")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    keep_freed_memory()
    figures = measure(options.seconds)
    if options.json:
        print(json.dumps(figures, indent=1))
        return 0
    print("| network | points | plain (ms) | ours (ms) | times as fast | off by | bytes off | preview (ms) | off by |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, rows in figures.items():
        for what, row in rows.items():
            print(
                f"| {NETWORKS[name][0]} | {what.replace('_', ' ')} | {row['plain_ms']:.2f} | {row['ours_ms']:.2f} | "
                f"{row['speedup_ratio']:.2f} | {row['largest_difference_levels']} | {row['differing_share']:.0e} | "
                f"{row['preview_ms']:.2f} | {row['preview_difference_levels']} |"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
