"""What the README and its companions tell a newcomer to type can be typed, and what they point at is there."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from development import commands
from development.programs import BENCHMARKS, PROOFS, find_program, find_programs

from tests.cli.commands import ROOT, call
from vae_explorer.cli import main, train
from vae_explorer.cli.parser import opens_window, parse
from vae_explorer.config import settings_of
from vae_explorer.data.allowance import Allowance
from vae_explorer.data.catalogue import SOURCES
from vae_explorer.gui.commands import COMMANDS, MENUS
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.training.experiment import Experiment

Capture = pytest.CaptureFixture[str]
NAMES = ("README.md", "CONTRIBUTING.md", "packaging/README.md")
PAGES = {name: (ROOT / name).read_text(encoding="utf-8") for name in NAMES}
BLOCK = re.compile(r"^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LAUNCHER = re.compile(r"^\.venv/bin/torchrun --nproc-per-node \d+ -m vae_explorer ")
SHORT = re.compile(r"^dev\.py ")
BEFORE = re.compile(r"^(?:[A-Z_]+=\S+ |xvfb-run -a |\.venv/bin/)+")
FOLDERS = ("run", "fork", "several", "digits/run")
"""Runs that the examples make one after the other."""

QUICK = ("compare", "encode", "evaluate", "export", "follow", "grid", "moments", "path", "runs")
"""What is run here too, on tiny runs; the examples of exports in blocks are run by `test_export`."""


def typed(text: str) -> list[str]:
    """Return what one is told to type, in blocks and between backticks, without comments and what goes before."""
    blocks = [line for block in BLOCK.findall(text) for line in block.replace("\\\n", "").splitlines()]
    inline = [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", BLOCK.sub("", text))]
    bare = [re.sub(r"\s+#.*", "", line) for line in (*blocks, *inline)]
    return [
        SHORT.sub("python3 packaging/dev.py ", BEFORE.sub("", LAUNCHER.sub("vae-explorer ", line))) for line in bare
    ]


def arguments(program: str) -> list[str]:
    """Return the arguments of each example of a program, once each."""
    lines = [line for text in PAGES.values() for line in typed(text)]
    return list(dict.fromkeys(line.removeprefix(program).strip() for line in lines if line.startswith(f"{program} ")))


PROGRAM = arguments("vae-explorer")
SCRIPT = [words for words in arguments("python3 packaging/dev.py") if words != "COMMAND"]  # of `dev.py COMMAND`
TRAININGS = [line for line in PROGRAM if line.startswith("train ")]
RUNNING = [line for line in PROGRAM if line.split()[0] in QUICK and "--help" not in line]
EXPORTED = {
    line for block in BLOCK.findall(PAGES["README.md"]) for line in typed(f"```\n{block}```") if " export " in line
}


class Reached(BaseException):
    """Training would begin."""


@pytest.fixture
def folder(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A newcomer's folder, with all runs that the examples make."""
    for name in FOLDERS:
        shutil.copytree(run, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_that_the_examples_are_found() -> None:
    assert len(PROGRAM) > 40
    assert len(SCRIPT) > 25
    assert len(TRAININGS) >= 8
    assert len(RUNNING) > 20


@pytest.mark.parametrize("words", PROGRAM)
def test_that_the_command_line_takes_each_example(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run").mkdir()
    if opens_window(shlex.split(words)):
        assert words == "run"
    elif "--help" in words:
        with pytest.raises(SystemExit, match=r"^0$"):
            parse(shlex.split(words))
    else:
        assert {*getattr(parse(shlex.split(words)), "names", ())} <= {*SOURCES.names()}


@pytest.mark.parametrize("words", TRAININGS)
def test_that_each_training_of_the_examples_begins(words: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def reached(*_arguments: object, **_options: object) -> None:
        raise Reached

    for name in ("train_run", "_watched"):
        monkeypatch.setattr(train, name, reached)
    with pytest.raises(Reached):
        main(shlex.split(words))


@pytest.mark.parametrize("words", [words for words in RUNNING if f"vae-explorer {words}" not in EXPORTED])
def test_that_an_example_on_a_run_does_its_work(words: str, folder: Path, capsys: Capture) -> None:
    answer = call(capsys, *shlex.split(words))
    assert answer.status == 0, answer.err
    for written in re.findall(r"--out (\S+)", words):
        assert (folder / written).stat().st_size > 100


def test_that_no_example_writes_over_what_another_made() -> None:
    made = [match[1] for words in TRAININGS if (match := re.search(r"--out (\S+)", words))]
    assert len(made) == len({*made}) == len(FOLDERS) - 1
    assert {*made} == {*FOLDERS} - {"digits/run"}


@pytest.mark.parametrize("words", SCRIPT)
def test_that_the_script_knows_each_example(words: str) -> None:
    request = commands.parse(shlex.split(words))
    kind = {"bench": BENCHMARKS, "prove": PROOFS}.get(request.command)
    if kind is None or not request.arguments:
        paths = [word for word in request.arguments if word.startswith("tests/")]
        assert all((ROOT / path).exists() for path in paths)
    elif request.arguments[0] != "all":
        path = find_program(ROOT, kind, request.arguments[0]).path
        sources = [source.read_text(encoding="utf-8") for source in (path, *path.parent.glob("_*.py"))]
        for option in (word for word in request.arguments if word.startswith("--")):
            assert any(f'"{option}"' in source for source in sources), option


def test_that_each_figure_names_a_benchmark_that_there_is() -> None:
    known = {program.name for program in find_programs(ROOT, BENCHMARKS)}
    tables = re.findall(r"^\|.*\| bench \|\n\|[-|]+\n((?:\|.*\n)+)", PAGES["README.md"], re.MULTILINE)
    assert tables
    for row in "".join(tables).splitlines():
        named = set(re.findall(r"`(\w+)`", row.rsplit("|", 2)[1]))
        assert named
        assert named <= known


@pytest.mark.parametrize("page", NAMES)
def test_that_pictures_and_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", PAGES[page]):
        assert target.startswith("https://") or (ROOT / page).parent.joinpath(target).exists(), target


@pytest.mark.parametrize("page", ["README.md", "CHANGELOG.md"])
def test_that_keys_and_menus_are_those_of_the_window(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    known = {key for command in COMMANDS for key in command.keys} | {"Ctrl+C"}  # which stops a training in a terminal
    keys = set(re.findall(r"\b(?:(?:Ctrl|Alt|Shift)\+)+\w+|\bF\d+\b", text))
    assert {"Ctrl+K", "F1"} <= keys <= known
    commands_of = {command.text.replace("&", "").removesuffix("…") for command in COMMANDS} | {"Language"}
    menus = {menu.replace("&", "") for menu in MENUS.values()}
    named = re.findall(rf"\*({'|'.join(menus)}),\s([^*]+)\*", text)
    assert named
    assert {" ".join(words.split()) for _menu, words in named} <= commands_of


@pytest.mark.parametrize("page", ["README.md", "CHANGELOG.md"])
def test_that_settings_exist(page: str) -> None:
    experiments = [Experiment().with_objective(name) for name in OBJECTIVES.names()]
    sections = [(name, type(config)) for each in experiments for name, _, config in each.sections()]
    known = {f"{name}.{item.name}" for name, kind in sections for item in settings_of(kind)}
    known |= {f"limits.{item.name}" for item in settings_of(Allowance)}
    text = (ROOT / page).read_text(encoding="utf-8")
    named = re.findall(r"(?:`|--set )((?:data|model|objective|training|limits)\.\w+)", text)
    assert len(named) > 5
    assert {*named} <= known


def test_that_the_changelog_has_the_form_it_names() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^(#{2,3}) (.*)$", text, re.MULTILINE)
    assert headings[0] == ("##", "[Unreleased]")
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert {words for level, words in headings if level == "###"} <= kinds
    lines = re.findall(r"^- .*(?:\n  .*)*", text, re.MULTILINE)
    assert len(lines) == len({*lines}) > 30
