r"""Formulas as outlines, and those of all pages of the help."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from vae_explorer.errors import ExportError
from vae_explorer.export.formula import CLOSE, MOVE, formula_outline
from vae_explorer.resources import resource_path

if TYPE_CHECKING:
    from pathlib import Path

PAGES = resource_path("help")
FENCE = re.compile(r"^```math\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WITH_FORMULAS = sorted(page.name for page in PAGES.glob("*.md") if "```math" in page.read_text(encoding="utf-8"))


def formulas(page: Path) -> list[str]:
    return [block.rstrip("\n") for block in FENCE.findall(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("name", WITH_FORMULAS)
def test_that_every_formula_of_a_page_can_be_drawn_and_stands_on_a_line_of_its_own(name: str) -> None:
    for formula in formulas(PAGES / name):
        assert formula.count("\n") == 0
        assert formula_outline(formula).width < 40, "too wide for a page"


def test_that_pages_have_the_same_formulas_in_every_language() -> None:
    assert len(WITH_FORMULAS) > 10
    for page in PAGES.glob("*/*.md"):
        assert formulas(page) == formulas(PAGES / page.name), page


def test_that_no_page_quotes_a_formula_any_more() -> None:
    quoting = [page for page in PAGES.glob("**/*.md") if re.search(r"(?m)^> ", page.read_text(encoding="utf-8"))]
    assert quoting == []


def test_that_an_outline_is_as_large_as_its_ink() -> None:
    low, high = formula_outline("x"), formula_outline(r"x = \dfrac{\sigma}{2}")
    assert low.codes[0] == MOVE
    assert low.codes[-1] == CLOSE
    assert low.vertices.shape == (len(low.codes), 2)
    assert 0.3 < low.width < 0.7
    assert 0.4 < low.ascent < 0.5
    assert low.depth == pytest.approx(0, abs=0.05)
    assert high.ascent > 1.0
    assert high.depth > 0.5
    ink = high.vertices[high.codes != CLOSE]
    assert np.ptp(ink[:, 1]) == pytest.approx(high.ascent + high.depth)


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        (r"\nosuch{x}", r"nknown symbol: \\nosuch"),
        (r"\dfrac{1}", "xpected"),
        ("β", "ASCII"),
        ("a $ b", "dollar"),
        (" ", "LaTeX"),
        (r"\,", "nothing"),
    ],
)
def test_that_what_cannot_be_drawn_is_refused_in_one_sentence(formula: str, reason: str) -> None:
    with pytest.raises(ExportError, match=reason) as refused:
        formula_outline(formula)
    assert "\n" not in str(refused.value)
    assert str(refused.value).startswith("The formula ")
    assert str(refused.value).endswith(".")
