"""``vae-explorer demo``: the whole main job without a window."""

from __future__ import annotations

import argparse
import os
import subprocess
from itertools import count
from pathlib import Path

import numpy as np

from vae_explorer.cli import INTERRUPTED
from vae_explorer.cli.reporting import say, show, show_json
from vae_explorer.cli.train import summary, train_run, was_completed
from vae_explorer.config import to_dict
from vae_explorer.errors import ExportError, printable
from vae_explorer.export.figures import grid_picture, path_frames
from vae_explorer.export.films import save_film
from vae_explorer.export.options import AnimationOptions, GridOptions
from vae_explorer.export.pictures import save_png
from vae_explorer.export.provenance import Provenance
from vae_explorer.language import tr
from vae_explorer.resources import own_program
from vae_explorer.runs.folder import Run
from vae_explorer.runs.places import require_free
from vae_explorer.training.experiment import Experiment

GRID = GridOptions(size=20)
WALK = AnimationOptions(frames=60, fps=20.0, scale=6)
WALK_POINTS = ((-1.6, -0.9), (1.3, 1.2))
WALK_METHOD = "spherical"
_WINDOW_TIMEOUT = 300


def run(chosen: argparse.Namespace) -> int:
    """Train on the bundled digits, then write grid, walk and a picture of the window, and say where they are."""
    folder = chosen.out or _free_folder(Path("vae-explorer-demo"))
    require_free(folder)
    experiment = Experiment()
    if chosen.epochs is not None:
        experiment = experiment.with_setting("training.epochs", chosen.epochs)
    say(tr("Training the default VAE on the bundled digits for {epochs} epochs", epochs=experiment.training.epochs))
    finished, device = train_run(experiment, folder / "run")
    if not was_completed(finished):
        say(tr("Training was interrupted: the run is in {path}", path=printable(finished.path)))
        return INTERRUPTED
    result = {**summary(finished, device), **_pictures(finished, folder, chosen.theme)}
    if chosen.json:
        show_json(result)
        return 0
    for name in ("run", "grid", "path", "window"):
        show(f"{name:>7}: {result[name]}")
    return 0


def _pictures(run: Run, folder: Path, theme: str) -> dict[str, str]:
    """Write grid, walk and a picture of the window into a folder, and return where each is."""
    model = run.load_model()

    def note(kind: str, view: dict[str, object]) -> Provenance:
        return Provenance.of(kind, model, experiment=run.experiment.to_dict(), view=view)

    say(tr("Decoding the picture grid"))
    grid = save_png(folder / "grid.png", grid_picture(model, GRID), note("grid", dict(to_dict(GRID))))
    say(tr("Walking across the plane"))
    frames = path_frames(model, np.array(WALK_POINTS), frames=WALK.frames, method=WALK_METHOD)
    view: dict[str, object] = {"points": WALK_POINTS, "method": WALK_METHOD, **to_dict(WALK)}
    walk = save_film(folder / "path.gif", frames, WALK, note("animation", view))
    say(tr("Drawing the window with the run in it"))
    window = folder / "window.png"
    _draw_window(run.path, window, theme)
    return {"grid": str(grid), "path": str(walk), "window": str(window.resolve())}


def _draw_window(run: Path, picture: Path, theme: str) -> None:
    """Render the window in a process of its own, so that Qt's choice of a platform concerns nothing else."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [*own_program(), "portrait", str(run), str(picture), "--theme", theme]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=_WINDOW_TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        raise ExportError(
            tr(
                "The picture of the window {picture} wasn't ready after {window_timeout} s.",
                picture=picture,
                window_timeout=_WINDOW_TIMEOUT,
            )
        ) from None
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or [tr("no reason was given")])[-1]
        raise ExportError(tr("The window couldn't be drawn to {picture}: {reason}", picture=picture, reason=reason))


def _free_folder(wished: Path) -> Path:
    if not wished.exists():
        return wished
    return next(path for number in count(2) if not (path := wished.with_name(f"{wished.name}-{number}")).exists())
