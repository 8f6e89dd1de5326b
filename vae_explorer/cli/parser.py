"""What can be typed after ``vae-explorer``."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

from vae_explorer import __version__
from vae_explorer.cli.export_parser import add_data, add_export, add_moment, add_older_names, add_options
from vae_explorer.cli.moments import AT_HELP
from vae_explorer.cli.usage import Parser
from vae_explorer.errors import SettingError
from vae_explorer.language import listed, tr
from vae_explorer.latent.measures import EvaluationOptions
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.registry import unknown_name

COMMANDS = (
    "train",
    "follow",
    "evaluate",
    "compare",
    "export",
    "decode",
    "grid",
    "path",
    "encode",
    "moments",
    "runs",
    "data",
    "download",
    "prepare",
    "objectives",
    "settings",
    "portrait",
    "demo",
)
_PROGRAM_OPTIONS = ("-h", "--help", "--version")
_WINDOW_OPTIONS = ("--runs", "--new")
_TAKES_A_POINT = ("--z", "--centre", "--from", "--to", "--via")
_MINUS_NUMBER = re.compile(r"-[\d.]")
_PROGRAM = "vae-explorer"


def opens_window(words: Sequence[str]) -> bool:
    """Whether these arguments ask for the window: none, or the path of a run or of data.

    Raises
    ------
    SettingError
        If the first argument is neither a command, nor an option, nor anything on disk.
    """
    if not words or words[0] in _WINDOW_OPTIONS or any(words[0].startswith(f"{name}=") for name in _WINDOW_OPTIONS):
        return True
    first = words[0]
    if first in COMMANDS or first.startswith("-"):
        return False
    from vae_explorer.data.catalogue import SOURCES, not_found

    if first in SOURCES or _exists(first):
        return True
    raise SettingError(not_found(first, tr("command, run or data set"), (*COMMANDS, *SOURCES.names())))


def _exists(name: str) -> bool:
    try:
        return Path(name).expanduser().exists()
    except (OSError, ValueError, RuntimeError):  # too long, with a zero byte, or the home of nobody
        return False


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Return the parsed arguments; ``command`` among them is the function to call with them.

    Raises
    ------
    SettingError
        If they make no sense.
    """
    if words[0].startswith("-") and words[0] not in _PROGRAM_OPTIONS:
        # argparse would only say that a command is missing.
        raise SettingError(unknown_name(tr("option"), words[0], (*_PROGRAM_OPTIONS, *_WINDOW_OPTIONS)))
    return command_parser().parse_args(_with_minus_numbers_attached(words))


def _with_minus_numbers_attached(words: Sequence[str]) -> list[str]:
    """Turn ``--z -1,2`` into ``--z=-1,2``, because argparse takes what begins with a minus for an option."""
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] in _TAKES_A_POINT and _MINUS_NUMBER.match(word):
            joined[-1] = f"{joined[-1]}={word}"
        else:
            joined.append(word)
    return joined


def command_parser() -> Parser:
    """Return the parser of the whole command line; the manual page is made from it."""
    parser = Parser(
        prog=_PROGRAM,
        description=tr(
            "Train generative models with a two-dimensional latent space and walk in it. Without "
            "a command, or with the path of a run or of data, the window opens."
        ),
        allow_abbrev=False,
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"VAE Explorer {__version__}",  # untranslated: a name
        help=tr("show program's version number and exit"),
    )
    # Taken from the words before they come here, wherever it stands.
    parser.add_argument("--traceback", action="store_true", help=tr("with any command: show what led to an error"))
    parser.add_argument("--limit", metavar="NAME=VALUE", help=tr("with any command: what files may ask for"))
    # Taken by the window's own parser, where no command is named.
    parser.add_argument("--new", action="store_true", help=tr("begin a new session instead of reopening the last one"))
    parser.add_argument("--runs", metavar="DIR", help=tr("folder for new runs"))
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    _add_training(commands)
    _add_measuring(commands)
    _add_showing(commands)
    _add_figures(commands)
    _add_lists(commands)
    return parser


_Commands = argparse._SubParsersAction  # the only name argparse has for it


def _add_training(commands: _Commands[Parser]) -> None:
    from vae_explorer.cli import train

    one = _command(commands, "train", tr("Train a model and keep it as a run folder."), train.run)
    one.add_argument("--data", metavar="NAME|PATH", help=tr("data set: a name of `data list`, a file or a folder"))
    one.add_argument("--objective", metavar="NAME", help=tr("one of {names}", names=listed(OBJECTIVES.names())))
    one.add_argument("--epochs", metavar="N", help=tr("how often each image is seen"))
    one.add_argument("--device", metavar="NAME", help=tr("auto, cpu, cuda or mps"))
    one.add_argument("--seed", metavar="N", help=tr("start of all random numbers"))
    one.add_argument("--set", metavar="SECTION.FIELD=VALUE", action="append", default=[], help=tr("any other setting"))
    one.add_argument("--out", metavar="RUN", type=Path, help=tr("a new folder for the run"))
    one.add_argument(
        "--resume",
        metavar="RUN",
        type=Path,
        help=tr("go on with a run from its newest checkpoint, to --epochs in all; its own settings count"),
    )
    one.add_argument(
        "--fork",
        metavar="RUN",
        type=Path,
        help=tr("start from the weights of another run's moment, with its settings where no others are given"),
    )
    one.add_argument("--at", metavar="EPOCH|step:N", help=tr("with --fork: {at_help}", at_help=tr(AT_HELP)))
    _add_json(one)


def _add_measuring(commands: _Commands[Parser]) -> None:
    from vae_explorer.cli import compare, evaluate, follow
    from vae_explorer.cli.compare_parser import add_compare

    one = _command(commands, "follow", tr("Watch a run that is trained elsewhere until it ends."), follow.run)
    _add_run(one)
    _add_json(one)

    one = _command(commands, "evaluate", tr("Measure a run on test images."), evaluate.run)
    _add_run(one)
    add_moment(one)
    add_data(one)
    add_options(one, EvaluationOptions)
    _add_json(one)

    add_compare(_command(commands, "compare", tr("Compare two runs, or two moments of one."), compare.run))


def _add_showing(commands: _Commands[Parser]) -> None:
    from vae_explorer.cli import demo, portrait

    one = _command(commands, "portrait", tr("Draw the window with a run in it, as a picture."), portrait.run)
    _add_run(one)
    one.add_argument("picture", metavar="FILE", type=Path, help=tr("the PNG to write"))
    one.add_argument("--theme", choices=portrait.THEMES, default="light")
    one.add_argument("--size", type=int, nargs=2, default=portrait.SIZE, metavar=("WIDTH", "HEIGHT"))

    one = _command(commands, "demo", tr("Do the whole main job without a window."), demo.run)
    one.add_argument("--out", metavar="DIR", type=Path, help=tr("a new folder for the results"))
    one.add_argument("--epochs", metavar="N", help=tr("how often each image is seen"))
    one.add_argument(
        "--theme", choices=portrait.THEMES, default="light", help=tr("colours of the picture of the window")
    )
    _add_json(one)


def _add_figures(commands: _Commands[Parser]) -> None:
    group = _command(commands, "export", tr("Export a picture, film, figure, table or network."), None)
    add_export(group.add_subparsers(metavar="KIND", required=True, parser_class=Parser))
    add_older_names(commands)


def _add_lists(commands: _Commands[Parser]) -> None:
    from vae_explorer.cli import download, lists, moments, prepare, runs

    one = _command(
        commands, "moments", tr("List the moments of a run whose weights were kept, or pin one."), moments.run
    )
    _add_run(one)
    moments.add_options(one)
    _add_json(one)
    runs.add_options(_command(commands, "runs", tr("List all runs; rename or copy one."), runs.listing))
    group = _command(commands, "data", tr("List the data sets, or show one."), None)
    kinds = group.add_subparsers(metavar="list|show", required=True, parser_class=Parser)
    one = _command(kinds, "list", tr("List the data sets and file formats."), lists.data_list)
    _add_json(one)
    one = _command(kinds, "show", tr("Load a data set and say what is in it."), lists.data_show)
    one.add_argument("data", metavar="NAME|PATH")
    _add_json(one)
    one = _command(commands, "download", tr("Get a published data set, or go on with one."), download.run)
    one.add_argument("names", metavar="NAME", nargs="+", help=tr("a name of `data list`, such as fashion-mnist"))
    _add_json(one)
    one = _command(commands, "prepare", tr("Write data as a file that needn't be held in memory."), prepare.run)
    one.add_argument("source", metavar="NAME|PATH", help=tr("data of any form and size"))
    one.add_argument("target", metavar="FILE", type=Path, help=tr("a new file that ends in .npz, or in .npy"))
    one.add_argument(
        "--set", metavar="data.FIELD=VALUE", action="append", default=[], help=tr("size, colour and so on")
    )
    one.add_argument("--overwrite", action="store_true", help=tr("replace the file if it is there"))
    _add_json(one)
    _add_json(_command(commands, "objectives", tr("List the objectives."), lists.objectives))
    one = _command(commands, "settings", tr("List all settings with their ranges."), lists.settings)
    one.add_argument("--objective", metavar="NAME", help=tr("whose settings to list"))
    _add_json(one)


def _command(commands: _Commands[Parser], name: str, summary: str, function: object) -> Parser:
    one = commands.add_parser(name, help=summary, description=summary, allow_abbrev=False)
    if function is not None:
        one.set_defaults(command=function)
    return one


def _add_json(parser: Parser) -> None:
    parser.add_argument("--json", action="store_true", help=tr("print one JSON object on standard output"))


def _add_run(parser: Parser) -> None:
    parser.add_argument("run", metavar="RUN", type=Path, help=tr("the folder of a run"))
