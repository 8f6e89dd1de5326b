"""Formulas in the experiment's form."""

from __future__ import annotations

import re

import pytest

from vae_explorer.gui.formulas import typeset
from vae_explorer.objectives import OBJECTIVES


def plain(text: str) -> str:
    """Return a formula without what keeps it on one line."""
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{WORD JOINER}", "")


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        ("-log p(x | z),   z = mu(x)", "\N{MINUS SIGN}log p(x | z)<br>z = \u03bc(x)"),
        ("a\N{FULLWIDTH COMMA}   z_i 取自 q", "a<br>z<sub>i</sub> 取自 q"),
        ("KL( q ‖ N(mu_y, I) ) - I_c", "KL(q ‖ N(\u03bc<sub>y</sub>, I)) \N{MINUS SIGN} I<sub>c</sub>"),
        ("sum_i sigma · eps", "\u03a3<sub>i</sub> \u03c3 · \u03b5"),
        ("beta · maximum < lambda", "beta · maximum &lt; lambda"),
        ("log(1 - D), non-saturating", "log(1 \N{MINUS SIGN} D), non-saturating"),
    ],
)
def test_that_names_of_signs_become_signs_and_words_stay(formula: str, shown: str) -> None:
    assert plain(typeset(formula)) == shown


def test_that_a_line_is_not_broken_within_short_brackets() -> None:
    pieces = {piece for entry in OBJECTIVES for piece in re.split(" |<br>", typeset(entry.formula))}
    together = {
        "|∇<sub>x</sub> log(D / (1 \N{MINUS SIGN} D))|²",
        "KL(q(z | x) ‖ N(0, I))",
        "p(rest | z, band)",
    }
    assert {plain(piece) for piece in pieces} >= together
    assert not [piece for piece in pieces if re.search("\\|(?!$)[^ \N{WORD JOINER}]", piece)]
    assert max(map(len, pieces)) < 60


def test_that_no_formula_keeps_an_underscore_or_a_hyphen() -> None:
    for entry in OBJECTIVES:
        assert not set("_-") & set(typeset(entry.formula)), entry.name
