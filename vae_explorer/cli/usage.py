"""The parser of the command line: what argparse says of its own accord, in the chosen language and in one line."""

from __future__ import annotations

import argparse
import re
from typing import Final, NoReturn

from vae_explorer.errors import SettingError
from vae_explorer.language import marked, tr

_FAULTS: Final = (
    (
        re.compile(r"the following arguments are required: (?P<names>.*)"),
        marked("The following arguments are required: {names}"),
    ),
    (re.compile(r"unrecognized arguments: (?P<words>.*)"), marked("Unrecognized arguments: {words}")),
    (re.compile(r"argument (?P<name>.*): expected one argument"), marked("Argument {name}: expected one argument")),
    (
        re.compile(r"argument (?P<name>.*): expected at least one argument"),
        marked("Argument {name}: expected at least one argument"),
    ),
    (
        re.compile(r"argument (?P<name>.*): expected (?P<count>\d+) arguments"),
        marked("Argument {name}: expected {count} arguments"),
    ),
    (
        re.compile(r"argument (?P<name>.*): invalid choice: (?P<word>.*) \(choose from (?P<choices>.*)\)"),
        marked("Argument {name}: invalid choice: {word} (choose from {choices})"),
    ),
    (
        re.compile(r"argument (?P<name>.*): invalid (?P<kind>\w+) value: (?P<word>.*)"),
        marked("Argument {name}: invalid {kind} value: {word}"),
    ),
)
"""What argparse finds wrong, as it says it, and the same as a template."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as everything else does."""

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong as an error of the program.

        Raises
        ------
        SettingError
            Always.
        """
        raise SettingError(tr("{problem}: see {program} --help.", problem=_said(message), program=self.prog))

    def format_help(self) -> str:
        """Return the help with argparse's own words in the chosen language."""
        self._positionals.title, self._optionals.title = tr("positional arguments"), tr("options")
        for action in self._actions:
            if action.dest == "help":
                action.help = tr("show this help message and exit")
        text = super().format_help().replace("usage: ", tr("usage: "), 1)
        for group in self._action_groups:
            heading = tr("{heading}:", heading=group.title)
            text = text.replace(f"\n{group.title}:\n", f"\n{heading}\n")
        return text


def _said(message: str) -> str:
    for pattern, template in _FAULTS:
        found = pattern.fullmatch(message)
        if found is not None:
            return tr(template, **found.groupdict())
    return message[:1].upper() + message[1:]
