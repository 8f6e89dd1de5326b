"""Formulas as they read best in a narrow column: signs instead of their names, one equation on a line."""

from __future__ import annotations

import re
from html import escape

_SIGNS = {"mu": "\u03bc", "sigma": "\u03c3", "eps": "\u03b5", "sum": "\u03a3", "grad": "\u2207"}
_NAME = re.compile(rf"(?<![A-Za-z])({'|'.join(_SIGNS)})(?![A-Za-z])")
_INDEX = re.compile(r"_(\w)")
_BETWEEN = re.compile("[,\N{FULLWIDTH COMMA}] {3}")
_MINUS = re.compile(r"(?<!\w)-(?=[\w\s])")
_BRACKETS = re.compile(r"\([^()]*\)"), re.compile(r"\([^()]*(?:\([^()]*\)[^()]*)*\)")
"""Brackets with none in them, and those with at most one pair deeper."""
_SHORT = 28
"""Signs within brackets up to which these are kept on one line."""


def typeset(formula: str) -> str:
    """Return a formula of an objective's entry as rich text.

    ``mu(x)``, ``sum_i`` and ``-log`` get their signs; weights such as ``beta`` keep the names of their settings. A line
    isn't broken within short brackets.
    """
    text = escape(_kept_together(formula.replace("( ", "(").replace(" )", ")")), quote=False)
    text = _NAME.sub(lambda found: _SIGNS[found[1]], text)
    text = _MINUS.sub("\N{MINUS SIGN}", _INDEX.sub(r"<sub>\1</sub>", text))
    return "<br>".join(line.strip() for line in _BETWEEN.split(text))


def _kept_together(formula: str) -> str:
    """Return the formula with spaces at which no line is broken: those in short brackets, and behind a gradient."""
    glue = "\N{NO-BREAK SPACE}"
    for brackets in _BRACKETS:
        formula = brackets.sub(
            lambda found: found[0].replace(" ", glue) if len(found[0]) <= _SHORT else found[0], formula
        )
    formula = re.sub(r"(?<=grad_x) ", glue, formula)
    return re.sub(r"\|(?! )", "|\N{WORD JOINER}", formula)  # Qt breaks lines behind a bar, too
