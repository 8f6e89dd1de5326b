"""The commands of ``packaging/dev.py`` and what each needs before it can run."""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from development.bundling import make_bundle, make_packages
from development.checks import check, hooks, lint, test, translations, types
from development.console import Console, SetupError, call
from development.environment import Environment, Need, Stamp, missing_for_venv
from development.packages import TrialError, clean_environment, install_all
from development.pins import pins
from development.programs import BENCHMARKS, PROOFS, SCREENSHOTS, Kind, Program, find_program, find_programs, listed
from development.system import has_display, missing_packages, require
from development.tidiness import tidy
from development.torch_build import Processor

PROJECT = Path(__file__).resolve().parents[2]
USAGE = """usage: python3 packaging/dev.py COMMAND [--cpu | --cuda] [--] [ARGUMENT ...]

Sets up .venv with pinned versions where needed, then runs the command. Arguments are passed on.

  run     open the window; without a display, train on the bundled digits and write pictures into demo/
  test    run the tests that are quick; test --slow runs the others, test --all both (other arguments go to pytest:
          test -- -k latent)
  lint    check the style and the formatting (ruff), and what tidy checks
  tidy    check ends of lines and files, marks of merges and sizes; needs nothing but Python
  types   check the types (mypy --strict)
  check   test --all, lint and types
  hooks   have git check each commit (pre-commit); hooks run --all-files checks all files now, hooks uninstall ends it
  bench   measure: bench NAME runs one of tests/benchmarks, bench alone lists them
  prove   try to break a promise: prove NAME runs one of tests/proving, prove all every one, with --release at full
          length; prove alone lists them
  screenshots
          picture every panel and every state of the window into screenshots/, in each language, light and dark, at
          scale 1 and 2, and list what is clipped; --help tells how to restrict it; screenshots walk films a walk
  bundle  freeze the program into one folder, dist/vae-explorer, and try it
  package make the wheel, the source archive and, where there is a bundle, a .deb of it in dist/
  pins    bring packaging/constraints.txt to the newest versions that pyproject.toml allows and list what changed;
          pins --check only lists
  words   bring the catalogues of translated texts up to date and list what isn't translated; words --check only looks
  setup   only set up

  --cuda  install PyTorch for NVIDIA cards, and keep it from then on; --cpu goes back
"""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for on the command line."""

    command: str
    arguments: tuple[str, ...]
    processor: Processor | None


@dataclass(frozen=True, slots=True)
class Command:
    """What a command needs, and how it goes on once that is there."""

    extras: tuple[str, ...]
    tests: bool
    start: Callable[[Environment, tuple[str, ...]], int]


def main(words: list[str]) -> int:
    """Run one command and return its exit status."""
    if not words or words[0] in {"-h", "--help", "help"}:
        sys.stdout.write(USAGE)
        return 0 if words else 2
    console = Console()
    try:
        request = parse(words)
        command = COMMANDS[request.command]
        environment = Environment(PROJECT)
        if request not in LISTS and request.command not in NEEDS_NOTHING:
            prepare(environment, command, request.processor, console)
        return command.start(environment, request.arguments)
    except SetupError as error:
        console.say(str(error))
        return 2
    except KeyboardInterrupt:
        console.say("Stopped; start again to go on.")
        return 130


def parse(words: list[str]) -> Request:
    """Read the command line: dev.py's own options stand before ``--``, all else is passed on.

    Raises
    ------
    SetupError
        If there is no such command.
    """
    name, rest = words[0], words[1:]
    if name not in COMMANDS:
        raise SetupError(f"There is no command `{name}`; the commands are {', '.join(COMMANDS)}.")
    split = rest.index("--") if "--" in rest else len(rest)
    own, passed = rest[:split], rest[split + 1 :]
    processor: Processor | None = "cuda" if "--cuda" in own else "cpu" if "--cpu" in own else None
    return Request(name, (*(word for word in own if word not in {"--cpu", "--cuda"}), *passed), processor)


def prepare(environment: Environment, command: Command, processor: Processor | None, console: Console) -> None:
    """Bring the system packages, the environment and the installed packages to what the command needs."""
    found = environment.stamp()
    kept: Processor = found.processor if found else "cpu"
    extras = tuple(sorted({*command.extras, *(found.extras if found else ())}))
    wanted = environment.wanted(extras, processor or kept)
    needed = environment.need(wanted)
    missing = missing_packages(os.environ, tests=command.tests)
    if needed is Need.ENVIRONMENT:
        missing |= missing_for_venv()
    require(missing, console)
    if needed is Need.NOTHING:
        return
    if needed is Need.ENVIRONMENT:
        make_environment(environment, console)
    try:
        fill_environment(environment, wanted, console)
    except TrialError:
        if needed is Need.ENVIRONMENT:
            raise
        # Files were missing or damaged in the old environment, which pip doesn't notice: start from nothing, once.
        make_environment(environment, console)
        fill_environment(environment, wanted, console)


def fill_environment(environment: Environment, wanted: Stamp, console: Console) -> None:
    """Install all that is wanted, and leave a mark while that isn't finished."""
    environment.begin()
    try:
        install_all(environment, wanted.extras, wanted.processor, console)
    except TrialError:
        raise
    except SetupError:
        environment.give_up()
        raise
    environment.finish(wanted)


def make_environment(environment: Environment, console: Console) -> None:
    """Make the virtual environment, and say whether it is a new one."""
    again = "again " if environment.folder.exists() else ""
    with console.step(f"Making the environment {again}in {environment.folder}"):
        environment.make()


def run(environment: Environment, arguments: tuple[str, ...]) -> int:
    """Open the window, or do the same work without one where there is no display."""
    program = [str(environment.python), "-m", "vae_explorer"]
    variables = clean_environment()
    if not has_display(os.environ):
        variables.setdefault("QT_QPA_PLATFORM", "offscreen")
        if not arguments:
            folder = free_folder(environment.project / "demo")
            Console().say(
                "There is no display (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can open: "
                f"training on the bundled digits instead and writing pictures into {folder}."
            )
            return replace_process([*program, "demo", "--out", str(folder)], variables)
    return replace_process([*program, *arguments], variables)


def free_folder(wanted: Path) -> Path:
    """Return the wanted folder if nothing is in it, else the first with a number: an earlier demo is never lost."""
    candidates = itertools.chain(
        (wanted,), (wanted.with_name(f"{wanted.name}-{number}") for number in itertools.count(2))
    )
    return next(folder for folder in candidates if not folder.exists() or not any(folder.iterdir()))


def bench(environment: Environment, arguments: tuple[str, ...]) -> int:
    """Run one benchmark, with the arguments after its name; list them where none is named.

    Raises
    ------
    SetupError
        If there is no benchmark of this name.
    """
    return run_one(environment, BENCHMARKS, arguments)


def prove(environment: Environment, arguments: tuple[str, ...]) -> int:
    """Run one proof, or all with their outcomes at the end; list them where none is named.

    Raises
    ------
    SetupError
        If there is no proof of this name.
    """
    if arguments[:1] != ("all",):
        return run_one(environment, PROOFS, arguments)
    outcomes: list[str] = []
    worst = 0
    for program in find_programs(environment.project, PROOFS):
        sys.stdout.write(f"\n== {program.name}: {program.summary}\n")
        sys.stdout.flush()
        began = time.monotonic()
        status = start(environment, program, arguments[1:])
        worst = max(worst, status)
        verdict = "holds" if status == 0 else f"BROKEN (exit status {status})"
        outcomes.append(f"  {program.name:12} {verdict}, {time.monotonic() - began:,.0f} s")
    sys.stdout.write("\n" + "\n".join(outcomes) + "\n")
    return worst


def screenshots(environment: Environment, arguments: tuple[str, ...]) -> int:
    """Picture the window in all its states, or film a walk in it where the first argument is ``walk``."""
    if arguments[:1] == ("walk",):
        return start(environment, find_program(environment.project, SCREENSHOTS, "walk"), arguments[1:])
    return start(environment, find_program(environment.project, SCREENSHOTS, "pictures"), arguments)


def run_one(environment: Environment, kind: Kind, arguments: tuple[str, ...]) -> int:
    """Run the program that the first argument names; list those of its kind where there is none.

    Raises
    ------
    SetupError
        If there is no program of this name.
    """
    if not arguments:
        sys.stdout.write(listed(find_programs(environment.project, kind), kind))
        return 0
    return start(environment, find_program(environment.project, kind, arguments[0]), arguments[1:])


def start(environment: Environment, program: Program, arguments: tuple[str, ...]) -> int:
    """Run a program of the project's own to its end, its windows offscreen."""
    variables = clean_environment() | {"PYTHONPATH": str(environment.project)}
    variables.setdefault("QT_QPA_PLATFORM", "offscreen")
    return call([str(environment.python), str(program.path), *arguments], variables, environment.project)


def bundle(environment: Environment, arguments: tuple[str, ...]) -> int:
    """Freeze the program and try it."""
    make_bundle(environment, Console())
    return 0


def package(environment: Environment, arguments: tuple[str, ...]) -> int:
    """Make what people install: wheel, source archive, .deb."""
    make_packages(environment, Console())
    return 0


def setup(environment: Environment, arguments: tuple[str, ...]) -> int:
    """Do nothing more: the set-up is done."""
    return 0


def replace_process(command: list[str], variables: Mapping[str, str]) -> int:
    """Become the program, so that signals and the exit status are its own; Windows can only wait for it."""
    if os.name != "nt":
        os.execve(command[0], command, variables)  # noqa: S606 - no shell is what is wanted
    return call(command, variables, Path.cwd())


COMMANDS = {
    "run": Command((), False, run),
    "test": Command(("dev",), True, test),
    "lint": Command(("dev",), False, lint),
    "tidy": Command((), False, tidy),
    "types": Command(("dev",), False, types),
    "bench": Command((), False, bench),
    "prove": Command(("dev",), True, prove),
    "check": Command(("dev",), True, check),
    "hooks": Command(("dev",), False, hooks),
    "screenshots": Command(("dev",), True, screenshots),
    "bundle": Command(("bundle",), False, bundle),
    "package": Command(("bundle",), False, package),
    "pins": Command((), False, pins),
    "words": Command(("dev",), False, translations),
    "setup": Command((), False, setup),
}

LISTS = (Request("bench", (), None), Request("prove", (), None))
"""What only lists: the environment isn't needed for that."""

NEEDS_NOTHING = {"tidy"}
"""Commands that do without the environment."""
