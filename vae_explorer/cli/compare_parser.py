"""What can be typed after ``vae-explorer compare``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.cli.export_parser import add_data, add_options
from vae_explorer.cli.moments import AT_HELP
from vae_explorer.export.comparison_figure import ComparisonOptions
from vae_explorer.language import tr
from vae_explorer.latent.measures import EvaluationOptions

if TYPE_CHECKING:
    import argparse


def add_compare(one: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    one.add_argument("run", metavar="RUN", type=Path, help=tr("the folder of the first run, A"))
    one.add_argument(
        "other", metavar="OTHER", type=Path, help=tr("the folder of the second run, B; it may be the same")
    )
    one.add_argument("--at", metavar="MOMENT", help=tr("of A: {at_help}", at_help=tr(AT_HELP)))
    one.add_argument("--other-at", metavar="MOMENT", help=tr("the same of B"))
    add_data(one)
    one.add_argument("--align", action="store_true", help=tr("draw B turned or mirrored onto A's encodings"))
    one.add_argument(
        "--stretch", action="store_true", help=tr("let the alignment change lengths and move the origin too")
    )
    one.add_argument("--measure", action="store_true", help=tr("measure both models too, which takes a while"))
    one.add_argument("--out", metavar="FILE.svg|.pdf|.png", type=Path, help=tr("draw both side by side as a figure"))
    # Each plane would have colours of its own span, with no room for two bars.
    add_options(one, ComparisonOptions, EvaluationOptions, without=("path", "layer", "layer_opacity"))
    one.add_argument("--json", action="store_true", help=tr("print one JSON object on standard output"))
