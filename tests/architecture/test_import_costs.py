"""What importing the rooms brings with it, tried in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.architecture.import_graph import modules, room

ROOT = Path(__file__).resolve().parents[2]

IMPORT_WITHOUT_QT = """
import importlib, sys
for name in ("PySide6", "shiboken6", "pyqtgraph"):
    sys.modules[name] = None  # importing it is an ImportError
for name in sys.argv[1:]:
    importlib.import_module(name)
"""

IMPORT_WITHOUT_EXTRAS = IMPORT_WITHOUT_QT.replace(
    '"PySide6", "shiboken6", "pyqtgraph"', '"matplotlib", "onnx", "onnxruntime", "av"'
)

IMPORT_AND_LIST = """
import importlib, sys
for name in sys.argv[2:]:
    importlib.import_module(name)
    if sys.argv[1] in sys.modules:
        sys.exit(f"importing {name} has imported {sys.argv[1]}")
"""

MEASURE_AND_LIST = """
import sys
import numpy as np, torch
from vae_explorer.latent.geodesics import refined
from vae_explorer.latent.geometry import PullbackMetric
from vae_explorer.latent.layers import compute_layer
from vae_explorer.models.build import build_model
from vae_explorer.models.family import Family, ImageSpec
from vae_explorer.models.snapshot import ModelSnapshot
from vae_explorer.sections import ModelConfig
model = build_model(ImageSpec((1, 8, 8), 0), ModelConfig(hidden=(4,)), family=Family(), generator=torch.Generator())
snapshot = ModelSnapshot(model, step=0, epoch=0.0)
for name in ("magnification", "magnification-fisher"):
    print(np.isfinite(compute_layer(snapshot, name, (-1.0, -1.0, 1.0, 1.0), (2, 2)).values).all())
path = np.linspace((-1.0, 0.0), (1.0, 0.5), 5)
print(refined(PullbackMetric.of_model(snapshot.network), path).corners.shape)
print([name for name in sys.argv[1:] if name in sys.modules])
"""


def python(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "error", "-c", program, *arguments]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)


def modules_of(*rooms: str) -> list[str]:
    return [module for module in modules(ROOT) if room(module) in rooms]


def test_that_all_rooms_but_app_and_gui_can_be_imported_where_qt_cannot() -> None:
    others = [module for module in modules(ROOT) if room(module) not in {"app", "gui"}]
    assert "vae_explorer.config" in others
    done = python(IMPORT_WITHOUT_QT, *others)
    assert done.returncode == 0, done.stderr


def test_that_importing_all_of_the_window_does_not_import_torch() -> None:
    window = modules_of("app", "gui")
    assert "vae_explorer.gui" in window
    done = python(IMPORT_AND_LIST, "torch", *window)
    assert done.returncode == 0, done.stderr


def test_that_libraries_for_exports_wait_until_something_is_exported() -> None:
    done = python(IMPORT_WITHOUT_EXTRAS, *modules_of("app", "gui", "cli", "export"))
    assert done.returncode == 0, done.stderr


def test_that_a_forbidden_import_is_noticed() -> None:
    done = python(IMPORT_AND_LIST, "vae_explorer.errors", "vae_explorer.config")
    assert done.returncode == 1
    assert "importing vae_explorer.config has imported vae_explorer.errors" in done.stderr


def test_that_the_metric_of_the_plane_and_its_shortest_paths_do_not_import_torch_s_compiler() -> None:
    done = python(MEASURE_AND_LIST, "torch._dynamo", "torch.fx.experimental.symbolic_shapes", "sympy")
    assert done.stdout.splitlines() == ["True", "True", "(5, 2)", "[]"], done.stderr
