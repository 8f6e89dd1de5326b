"""What the help says that can be looked up is so, in each language: keys, menus, panels, settings and options."""

from __future__ import annotations

import argparse
import dataclasses
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

import vae_explorer
from vae_explorer import language
from vae_explorer.cli.parser import command_parser
from vae_explorer.config import settings_of
from vae_explorer.data.allowance import Allowance
from vae_explorer.data.download_sets import PUBLISHED
from vae_explorer.gui.commands import COMMANDS, MENUS
from vae_explorer.gui.dialogs.runs_acts import _ACTS
from vae_explorer.gui.mnemonics import without_mnemonic
from vae_explorer.gui.panels import PANELS
from vae_explorer.language import LANGUAGES, tr
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.resources import resource_path
from vae_explorer.training.experiment import Experiment

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDERS: Final = {"en": resource_path("help"), "zh_CN": resource_path("help", "zh_CN")}
PAGES: Final = [(code, path.name) for code, folder in FOLDERS.items() for path in sorted(folder.glob("*.md"))]
KEY: Final = re.compile(r"(?<![\w+])(?:(?:Ctrl|Alt|Shift)\+)+(?:Page \w+|\w+|[←→.\[\]])|\bF\d+\b")
QUOTED: Final = re.compile(r"[*“]+([^*“”,▸]+)(?:, | ▸ )([^*“”]+?)[*”]+(?:\s?[（(]([^）)]+)[）)])?")
SETTING: Final = re.compile(r"`((?:data|model|objective|training|limits)\.\w+)")
ELSEWHERE: Final = frozenset({"Ctrl+C", "Ctrl+F", "F5"})
"""Keys of a terminal, and of the list of runs beside its actions."""
OF_ALL: Final = frozenset({"--help", "--json", "--limit", "--new", "--runs", "--traceback", "--nproc-per-node"})
"""Options that the parser of a command doesn't list, or lists for most."""


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """English again after each test."""
    yield
    language.use("en")


def read(code: str, page: str) -> str:
    """Return a page with its lines joined, as one reads it, and without formulas."""
    text = (FOLDERS[code] / page).read_text(encoding="utf-8")
    return re.sub(r"```math\n.*?\n```", "", text, flags=re.DOTALL)


def pressed(text: str) -> list[str]:
    """Return the keys that a text names, in portable words."""
    return [key.replace("←", "Left").replace("→", "Right") for key in KEY.findall(text)]


def spoken(text: str) -> str:
    """Return the words of a command or a menu in the chosen language, as one reads them."""
    return without_mnemonic(tr(text)).removesuffix("…")


def codes(text: str) -> list[str]:
    """Return what stands between backticks, and the lines of blocks."""
    blocks = re.findall(r"^```\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    inline = re.findall(r"`([^`]+)`", re.sub(r"^```\n.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL))
    return [" ".join(code.split()) for code in (*inline, *(line for block in blocks for line in block.splitlines()))]


@pytest.mark.parametrize(("code", "page"), PAGES)
def test_that_each_key_on_a_page_is_one_of_the_program(code: str, page: str) -> None:
    known = {key for command in COMMANDS for key in command.keys} | {f"Alt+{digit}" for digit in range(10)}
    known |= {key for _text, _tip, key in _ACTS.values() if key} | ELSEWHERE
    assert {*pressed(read(code, page))} <= known


@pytest.mark.parametrize(("code", "page"), PAGES)
def test_that_each_menu_on_a_page_has_the_command_with_the_key_beside_it(code: str, page: str) -> None:
    language.use(code)
    menus = {spoken(title): name for name, title in MENUS.items()}
    known = {(command.menu, spoken(command.text)): command.keys for command in COMMANDS}
    known |= {("view", spoken("La&nguage")): (), ("view", spoken("&Theme")): ()}
    forms = {spoken("Training")} if spoken("Training") in menus else set()  # one word for the menu and the form
    for menu, words, beside in QUOTED.findall(" ".join(read(code, page).split())):
        if menu in menus and not (menu in forms and "▸" in words):
            keys = known[menus[menu], words.removesuffix("…")]
            named = pressed(beside)
            assert {*named} <= {*keys}, (menu, words)


def test_that_the_quotations_of_menus_are_found() -> None:
    found = Counter(code for code, page in PAGES for _ in QUOTED.findall(" ".join(read(code, page).split())))
    assert min(found.values()) > 15


@pytest.mark.parametrize("code", LANGUAGES)
def test_that_the_keyboard_page_tells_the_digit_of_each_panel(code: str) -> None:
    language.use(code)
    text = read(code, "keyboard.md")
    for number, entry in enumerate(PANELS[:10], start=1):
        assert re.search(rf"(?<!\d){number % 10} ?[*“]{re.escape(tr(entry.title))}[*”]", text), entry.title


@pytest.mark.parametrize("code", LANGUAGES)
def test_that_the_page_on_runs_names_each_key_of_their_list(code: str) -> None:
    named = {*re.findall(r"^\| (\S+) \|", read(code, "runs.md"), re.MULTILINE)}
    assert {key for _text, _tip, key in _ACTS.values() if key} <= named


@pytest.mark.parametrize(("code", "page"), PAGES)
def test_that_each_setting_on_a_page_exists(code: str, page: str) -> None:
    experiments = [Experiment().with_objective(name) for name in OBJECTIVES.names()]
    sections = [(name, type(config)) for each in experiments for name, _, config in each.sections()]
    known = {f"{name}.{item.name}" for name, kind in sections for item in settings_of(kind)}
    known |= {f"limits.{item.name}" for item in settings_of(Allowance)} | {"limits.json"}
    assert {*SETTING.findall(read(code, page))} <= known


@pytest.mark.parametrize("code", LANGUAGES)
def test_that_the_page_on_data_names_each_limit_with_its_value(code: str) -> None:
    rows = re.findall(r"^\| ((?:`limits\.\w+`[,、 ]*)+)\| ([^|]+) \|", read(code, "data.md"), re.MULTILINE)
    told = {name: value for names, value in rows for name in re.findall(r"limits\.(\w+)", names)}
    assert {*told} == {item.name for item in settings_of(Allowance)}
    for name, kept in dataclasses.asdict(Allowance()).items():
        larger = kept // 1024 if kept % 1024 == 0 else kept  # GiB of a limit in MiB
        ways = {f"{kept:,}", f"{larger:,}", f"{kept}00"}  # the last in ten thousands, as Chinese counts
        assert not kept or ways & {*re.findall(r"[\d,]*\d", told[name])}, name


@pytest.mark.parametrize("code", LANGUAGES)
def test_that_the_page_on_data_lists_the_published_sets_with_size_and_terms(code: str) -> None:
    text = read(code, "data.md")
    for published in PUBLISHED:
        row = next(line for line in text.splitlines() if line.startswith(f"| `{published.name}` |"))
        size = sum(file.size for file in published.download.files) / 2**20
        same = f"{size:.1f} MiB" in row or published.archive
        assert same, row
        assert published.download.licence in row or published.archive, row


def options(parser: argparse.ArgumentParser) -> dict[str, set[str]]:
    """Return the options of each command, those of its kinds among them."""
    found: dict[str, set[str]] = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, each in action.choices.items():
                below = options(each)
                found[name] = {word for own in each._actions for word in own.option_strings}.union(*below.values())
    return found


@pytest.mark.parametrize(("code", "page"), PAGES)
def test_that_each_option_on_a_page_is_one_of_its_command(code: str, page: str) -> None:
    known = options(command_parser())
    for example in codes(read(code, page)):
        words = example.split("dev.py")[0].partition("vae_explorer ")[2].split() or example.split()
        name = next((word for word in words[:2] if word in known), None)
        taken = {*re.findall(r"(?<!\S)--[a-z][\w-]*", example)}
        assert taken <= (known[name] if name else set().union(*known.values())) | OF_ALL, example


@pytest.mark.parametrize("page", sorted({page for _code, page in PAGES}))
def test_that_the_languages_say_the_same_in_code_keys_links_and_formulas(page: str) -> None:
    english, chinese = (read(code, page) for code in FOLDERS)
    for part in (codes, pressed, lambda text: re.findall(r"\]\(([^)]+)\)", text)):
        assert Counter(part(chinese)) == Counter(part(english))
    whole = ((folder / page).read_text(encoding="utf-8") for folder in FOLDERS.values())
    formulas = [re.findall(r"```math\n(.*?)\n```", text, re.DOTALL) for text in whole]
    assert formulas[0] == formulas[1]
    for sign in ("\n- ", "\n|", "\n1. "):
        assert chinese.count(sign) == english.count(sign), sign


@pytest.mark.parametrize("code", LANGUAGES)
def test_that_the_page_on_the_command_line_lists_each_variable_of_the_environment(code: str) -> None:
    package = Path(vae_explorer.__file__).parent
    known = {
        name for path in package.rglob("*.py") for name in re.findall(r"VAE_EXPLORER_[A-Z]+", path.read_text("utf-8"))
    }
    assert {*re.findall(r"^\| `(VAE_EXPLORER_[A-Z]+)` \|", read(code, "command-line.md"), re.MULTILINE)} == known
