"""Experiments for learners: which runs to train, what to guess before, and what to look at after.

To add one, write ``resources/lessons/NAME.toml`` and put its name into `LESSON_NAMES`; the list in the window, the
guess, the training and the way through what there is to see follow from the file.
"""

from __future__ import annotations

import dataclasses
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from vae_explorer.app.state import LatentPoint, Point
from vae_explorer.errors import VaeExplorerError, printable
from vae_explorer.language import in_language, tr
from vae_explorer.resources import resource_path
from vae_explorer.training.experiment import Experiment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LESSON_NAMES: Final = (
    "autoencoder",
    "beta",
    "posterior",
    "geodesic",
    "classes",
    "bottleneck",
    "mode-collapse",
    "prior-sampling",
    "spherical",
)
"""All experiments, in the order in which a course would do them."""


@dataclass(frozen=True, slots=True)
class Guess:
    """What a learner is asked before anything is shown.

    Attributes
    ----------
    question, choices
        The question and its possible answers.
    answer
        Index of the one that the experiment bears out.
    """

    question: str
    choices: tuple[str, ...]
    answer: int


@dataclass(frozen=True, slots=True)
class LessonRun:
    """One model to train.

    Attributes
    ----------
    title
        What it is called beside the others.
    data, objective
        Names from their lists.
    settings
        Paths such as ``training.epochs`` with the texts that stand for their values.
    """

    title: str
    data: str
    objective: str
    settings: tuple[tuple[str, str], ...] = ()

    def experiment(self, device: str) -> Experiment:
        """Return what to train, on a device; all that isn't said is as for a newcomer.

        Raises
        ------
        SettingError
            If a name or a value is wrong.
        """
        experiment = Experiment().with_objective(self.objective).with_setting("data.source", self.data)
        for path, text in (*self.settings, ("training.device", device)):
            experiment = experiment.with_setting(path, text)
        return experiment


@dataclass(frozen=True, slots=True)
class Look:
    """One thing to look at once everything is trained.

    Attributes
    ----------
    text
        What to do and what to look for, as Markdown.
    run
        Index of the run that is shown.
    panel
        Name of the panel to bring to the front.
    second
        Index of a run that is compared with it, or None.
    layers
        Names of the layers of the plane that are shown, or None to leave them.
    colour
        What colours the points; "" for the class.
    row
        Row of the data that is chosen, or None.
    reach
        How far the plane shows from that picture's place, in units of z; None for the whole prior.
    ends
        Where a path starts and ends, or none.
    method
        How the path goes.
    """

    text: str
    run: int = 0
    panel: str = "plane"
    second: int | None = None
    layers: tuple[str, ...] | None = None
    colour: str = ""
    row: int | None = None
    reach: float | None = None
    ends: tuple[LatentPoint, LatentPoint] | None = None
    method: str = "linear"


@dataclass(frozen=True, slots=True)
class Lesson:
    """An experiment: words, a guess, runs, and what to look at.

    Attributes
    ----------
    name, title, summary
        Stable name, words for a list, one sentence.
    introduction, conclusion
        Markdown, before the guess and after the last look.
    terms
        Names of the terms of the objectives that are compared in a table at the end.
    """

    name: str
    title: str
    summary: str
    introduction: str
    guess: Guess
    runs: tuple[LessonRun, ...]
    looks: tuple[Look, ...]
    conclusion: str
    terms: tuple[str, ...] = ("loss",)


def load_lesson(name: str) -> Lesson:
    """Read one of `LESSON_NAMES`, in the chosen language where it is written in it.

    Raises
    ------
    VaeExplorerError
        If its file is missing or damaged, which means that the installation is.
    """
    path = resource_path(*in_language("lessons", f"{name}.toml"))
    try:
        return lesson_from(name, path.read_bytes())
    except OSError as error:
        raise _damaged(name, error) from error


@lru_cache(maxsize=32)  # each new window, in another language or the same, shows them all again
def lesson_from(name: str, content: bytes) -> Lesson:
    """Return the lesson that the content of a file describes.

    Raises
    ------
    VaeExplorerError
        If it is damaged.
    """
    try:
        return _lesson(name, tomllib.loads(content.decode()))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _damaged(name, error) from error


def _damaged(name: str, error: Exception) -> VaeExplorerError:
    reason = printable(" ".join(str(error).split()))
    return VaeExplorerError(
        tr(
            "The bundled experiment {name}.toml is damaged ({reason}): install VAE Explorer again.",
            name=name,
            reason=reason,
        )
    )


def load_lessons() -> tuple[Lesson, ...]:
    """Read all experiments, in their order."""
    return tuple(map(load_lesson, LESSON_NAMES))


def _lesson(name: str, values: Mapping[str, Any]) -> Lesson:
    guess = values["guess"]
    lesson = Lesson(
        name,
        values["title"],
        values["summary"],
        values["introduction"].strip(),
        Guess(guess["question"], tuple(guess["choices"]), guess["answer"]),
        tuple(map(_run, values["runs"])),
        tuple(map(_look, values["looks"])),
        values["conclusion"].strip(),
        tuple(values.get("terms", ("loss",))),
    )
    shown = {index for look in lesson.looks for index in (look.run, look.second) if index is not None}
    if not shown <= set(range(len(lesson.runs))) or not 0 <= lesson.guess.answer < len(lesson.guess.choices):
        raise ValueError(tr("it names a run or an answer that isn't there"))
    return lesson


def _run(values: Mapping[str, Any]) -> LessonRun:
    settings = tuple((path, str(text)) for path, text in values.get("settings", {}).items())
    return LessonRun(values["title"], values.get("data", Experiment().data.source), values["objective"], settings)


def _look(values: Mapping[str, Any]) -> Look:
    known = {item.name for item in dataclasses.fields(Look)}
    if not set(values) <= known:
        raise ValueError(tr("a look has nothing called {values}", values=min(set(values) - known)))
    look = Look(values["text"].strip())
    plain = {key: value for key, value in values.items() if key not in {"text", "layers", "ends"}}
    layers = tuple(values["layers"]) if "layers" in values else None
    return dataclasses.replace(look, **plain, layers=layers, ends=_ends(values.get("ends")))


def _ends(values: Sequence[Sequence[float]] | None) -> tuple[LatentPoint, LatentPoint] | None:
    if values is None:
        return None
    start, end = (LatentPoint(_place(value)) for value in values)
    return start, end


def _place(value: Sequence[float]) -> Point:
    z1, z2 = value
    return float(z1), float(z2)
