"""Who may import whom, read from the source."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.import_graph import FLOORS, PACKAGE, Import, floor, imports, modules, room, users, wrong_arrows

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def project_imports() -> list[Import]:
    return imports(ROOT)


def test_that_every_room_has_a_place_in_the_order() -> None:
    rooms = {room(module) for module in modules(ROOT)} - {""}
    homeless = sorted(name for name in rooms if floor(name) is None)
    assert homeless == [], "name their place in FLOORS (tests/architecture/import_graph.py)"


def test_that_no_room_imports_a_room_above_or_beside_it(project_imports: list[Import]) -> None:
    assert wrong_arrows(project_imports) == []


def test_that_the_package_itself_imports_none_of_its_rooms(project_imports: list[Import]) -> None:
    assert [str(item) for item in project_imports if item.module == PACKAGE and item.target.startswith(PACKAGE)] == []


@pytest.mark.parametrize(
    ("library", "allowed"),
    [
        ("PySide6", {"app", "gui"}),
        ("shiboken6", {"app", "gui"}),
        ("pyqtgraph", {"gui"}),
        ("matplotlib", {"export"}),
        ("onnx", {"export"}),
        ("onnxruntime", {"export"}),
        ("av", {"export"}),
    ],
)
def test_that_only_the_rooms_meant_for_it_import_a_library(
    project_imports: list[Import], library: str, allowed: set[str]
) -> None:
    found = users(project_imports, library)
    assert {name: where for name, where in found.items() if name not in allowed} == {}


def test_that_the_gui_never_imports_torch_anywhere(project_imports: list[Import]) -> None:
    assert users(project_imports, "torch").get("gui", []) == []


def test_that_an_arrow_in_the_wrong_direction_is_found(tmp_path: Path) -> None:
    write(tmp_path, "data/readers.py", "def read():\n    from vae_explorer.gui.theme import LIGHT\n")
    write(
        tmp_path, "training/trainer.py", "import vae_explorer.latent.grids\nfrom vae_explorer.models import network\n"
    )
    write(tmp_path, "models/network.py", "from ..objectives import vae\nfrom .. import config\n")
    assert wrong_arrows(imports(tmp_path)) == [
        "vae_explorer.data.readers:2 imports vae_explorer.gui.theme.LIGHT",
        "vae_explorer.models.network:1 imports vae_explorer.objectives.vae",
        "vae_explorer.training.trainer:1 imports vae_explorer.latent.grids",
    ]


def test_that_imports_by_name_and_for_type_checking_are_found_too(tmp_path: Path) -> None:
    source = "import importlib\nif TYPE_CHECKING:\n    from torch import Tensor\nimportlib.import_module('torch.nn')\n"
    write(tmp_path, "gui/panel.py", source)
    found = users(imports(tmp_path), "torch")
    assert found == {
        "gui": ["vae_explorer.gui.panel:3 imports torch.Tensor", "vae_explorer.gui.panel:4 imports torch.nn"]
    }


def test_that_the_floors_name_each_room_once() -> None:
    names = [name for names in FLOORS for name in names]
    assert len(names) == len(set(names))


def write(root: Path, name: str, source: str) -> None:
    path = root / PACKAGE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
