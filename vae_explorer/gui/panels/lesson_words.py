"""What the learn panel says at each stage of an experiment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_explorer.app.lesson_player import Stage
from vae_explorer.language import SEMICOLON, listed, tr
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.objectives.terms import Term, terms_of

if TYPE_CHECKING:
    from vae_explorer.app.lesson_player import LessonPlayer
    from vae_explorer.app.lesson_training import MadeRun
    from vae_explorer.app.lessons import Lesson


def step_words(player: LessonPlayer) -> str:
    """Return where the learner is, such as ``Look 2 of 4``."""
    lesson = player.lesson
    if lesson is None:
        return ""
    match player.stage:
        case Stage.GUESSING:
            return tr("First a guess")
        case Stage.TRAINING:
            return tr(
                "Training {number} of {count}",
                number=min(len(player.made) + 1, len(lesson.runs)),
                count=len(lesson.runs),
            )
        case Stage.LOOKING:
            return tr("Look {number} of {count}", number=player.look_number, count=len(lesson.looks))
        case _:
            return tr("What it shows")


def page_words(player: LessonPlayer) -> str:
    """Return the page of the stage at hand, as Markdown."""
    lesson = player.lesson
    if lesson is None:
        return ""
    match player.stage:
        case Stage.GUESSING:
            return lesson.introduction
        case Stage.TRAINING:
            return _training_words(lesson, len(player.made))
        case Stage.LOOKING:
            return player.look.text if player.look is not None else ""
        case _:
            return "\n\n".join((_verdict(player), lesson.conclusion, _table(lesson, player.made)))


def _training_words(lesson: Lesson, done: int) -> str:
    lines = [f"- {_with_progress(run.title, index - done)}" for index, run in enumerate(lesson.runs)]
    return tr("Watch the plane while it trains:") + "\n\n" + "\n".join(lines)


def _with_progress(title: str, ahead: int) -> str:
    if ahead > 0:
        return title
    return tr("{title} — now", title=title) if ahead == 0 else tr("{title} — done", title=title)


def _verdict(player: LessonPlayer) -> str:
    lesson, guess = player.lesson, player.guess
    if lesson is None or guess is None:
        return ""
    answer = lesson.guess.choices[lesson.guess.answer]
    if guess == lesson.guess.answer:
        return tr("You guessed: *{answer}* That is what it shows.", answer=answer)
    return tr("You guessed: *{guess}* What it shows: *{answer}*", guess=lesson.guess.choices[guess], answer=answer)


def _table(lesson: Lesson, made: tuple[MadeRun, ...]) -> str:
    """Return the last measurement on test images of each run, with its seed, so that it can be found again."""
    head = "| |" + "".join(f" {run.title} |" for run in lesson.runs)
    lines = [head, "|---|" + "---|" * len(lesson.runs)]
    lines += [f"| {_title(term)} |" + "".join(_cell(term, run) for run in made) for term in _terms(lesson)]
    seeds = sorted({run.experiment.training.seed for run in made})
    short = [
        tr("{run} ended after {epochs:.1f} epochs", run=run.path.name, epochs=run.epochs)
        for run in made
        if not run.is_whole
    ]
    note = listed((tr("Test images, seed {seeds}", seeds=listed(map(str, seeds))), *short), SEMICOLON)
    return "\n".join(lines) + "\n\n" + tr("{text}.", text=note)


def _terms(lesson: Lesson) -> tuple[Term, ...]:
    own = {term.name: term for run in lesson.runs for term in OBJECTIVES.get(run.objective).terms}
    return terms_of(lesson.terms, tuple(own.values()))


def _title(term: Term) -> str:
    title = tr(term.title)
    return f"{title} ({tr(term.unit_words)})" if term.unit_words else title


def _cell(term: Term, run: MadeRun) -> str:
    value = run.values.get(term.name)
    text = "\N{EN DASH}" if value is None else term.text(value)
    return f" {text} |"
