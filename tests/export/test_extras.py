"""What is installed on wish only, asked for without it."""

from __future__ import annotations

import sys

import pytest

from vae_explorer.errors import ExportError
from vae_explorer.export import extras
from vae_explorer.resources import own_program


@pytest.mark.parametrize(
    ("frozen", "advice"),
    [(False, "aren't installed: install them with pip"), (True, "this bundle of the program leaves out: install the")],
)
def test_that_a_missing_extra_is_told_with_a_way_that_exists(
    frozen: bool, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extras, "has_extra", lambda _name: False)
    monkeypatch.setattr(sys, "frozen", frozen, raising=False)
    with pytest.raises(ExportError, match=advice):
        extras.require_extra("onnx")


def test_that_a_frozen_program_starts_itself_again_without_a_module_of_python(monkeypatch: pytest.MonkeyPatch) -> None:
    assert own_program() == [sys.executable, "-m", "vae_explorer"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert own_program() == [sys.executable]
