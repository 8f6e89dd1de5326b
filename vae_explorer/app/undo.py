"""Steps that can be taken back: a stack of frozen values, each step the value before and after it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

from PySide6.QtCore import QObject, Signal

from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_STEPS = 500
MOST_BYTES = 128 * 2**20
"""What the values of all steps may weigh; the oldest are forgotten first."""
MERGE_SECONDS = 0.8
"""Changes of one kind that follow each other this fast are one step: an arrow key that is held, turns of the wheel."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Step(Generic[T]):
    """One thing that a person did.

    Attributes
    ----------
    text
        What it was, as the menu says it: "Move pin".
    before, after
        The value on either side.
    key
        What kind of change merges with it; "" for none.
    weight
        Bytes it keeps.
    """

    text: str
    before: T
    after: T
    key: str = ""
    weight: int = 0


def taken(_current: T, _start: T, end: T) -> T:
    """Return `end`: for values that only steps change."""
    return end


class UndoStack(QObject, Generic[T]):
    """Remembers steps, takes them back and does them again.

    The stack keeps no current value: `undo` and `redo` are given it and return another one to show. While a gesture
    lasts, from the press of a button to its release, all changes are one step, and so are all that one key brings
    about; otherwise changes with the same key and text merge while they follow each other within `MERGE_SECONDS`.

    Parameters
    ----------
    carry
        Returns a value (first) with what differs between two others applied to it; `taken` replaces it as a whole.
    weigh
        Bytes that a value takes.
    clock
        Returns the time in seconds; tests put their own in its place.
    """

    changed = Signal()
    """There are other steps than before."""

    def __init__(
        self,
        carry: Callable[[T, T, T], T] = taken,
        weigh: Callable[[T], int] | None = None,
        *,
        limit: int = MOST_STEPS,
        clock: Callable[[], float] = monotonic,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._carry, self._weigh, self._limit, self._clock = carry, weigh, limit, clock
        self._done: list[Step[T]] = []
        self._undone: list[Step[T]] = []
        self._during: Literal["", "gesture", "keystroke"] = ""
        self._struck = False
        self._open = False
        self._by_gesture = False
        self._last = 0.0

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to do again."""
        return bool(self._undone)

    @property
    def undo_text(self) -> str:
        """What would be taken back, or ""."""
        return tr(self._done[-1].text) if self._done else ""

    @property
    def redo_text(self) -> str:
        """What would be done again, or ""."""
        return tr(self._undone[-1].text) if self._undone else ""

    def __len__(self) -> int:
        return len(self._done)

    @property
    def is_in_gesture(self) -> bool:
        """Whether a button of the mouse is held: more changes may come at once."""
        return self._during == "gesture"

    def begin_gesture(self) -> None:
        """Let all changes from now on be one step, until the gesture ends or another begins."""
        self._during, self._open, self._by_gesture = "gesture", False, False

    def resume_gesture(self) -> None:
        """Let the last gesture go on, as the second click of two does."""
        self._during, self._open = "gesture", self._by_gesture

    def begin_keystroke(self) -> None:
        """Let all that one key brings about be one step, named after its first change."""
        self.end_gesture()
        self._during, self._struck = "keystroke", False

    def end_gesture(self) -> None:
        """Let the next change be no part of the gesture or of what a key brought about."""
        if self._during == "gesture":
            self._open = False
        self._during = ""

    def push(self, text: str, before: T, after: T, key: str = "") -> None:
        """Remember a step that was just done; steps that were taken back are forgotten.

        Parameters
        ----------
        text
            What it was: "Move pin".
        before, after
            The value on either side.
        key
            What kind of change merges with it, such as "pin"; "" for none.
        """
        if before == after:
            return
        now = self._clock()
        last = self._done[-1] if self._open and self._done else None
        if last is not None and self._belongs(last, text, key, now):
            if self._during == "keystroke":
                text, key = last.text, last.key
            before, after = last.before, self._carry(last.after, before, after)
            self._done.pop()
        weight = 0 if self._weigh is None else self._weigh(before) + self._weigh(after)
        self._undone.clear()
        # A handle that is dragged back to where it was leaves nothing to undo.
        if before != after:
            self._done.append(Step(text, before, after, key, weight))
            self._forget_oldest()
        self._open = before != after
        self._by_gesture = self._open and self._during == "gesture"
        self._struck = True
        self._last = now
        self.changed.emit()

    def undo(self, current: T) -> T | None:
        """Return the value without the last step, None where there is none."""
        if not self._done:
            return None
        step = self._done.pop()
        self._undone.append(step)
        self._open = self._by_gesture = False
        self.changed.emit()
        return self._carry(current, step.after, step.before)

    def redo(self, current: T) -> T | None:
        """Return the value with the step that was taken back last, None where there is none."""
        if not self._undone:
            return None
        step = self._undone.pop()
        self._done.append(step)
        self._open = self._by_gesture = False
        self.changed.emit()
        return self._carry(current, step.before, step.after)

    def revise(self, change: Callable[[T], T]) -> None:
        """Change the values of all steps, and forget those that then change nothing."""
        for steps in (self._done, self._undone):
            revised = [replace(step, before=change(step.before), after=change(step.after)) for step in steps]
            steps[:] = [step for step in revised if step.before != step.after]
        self._open = self._by_gesture = False
        self.changed.emit()

    def clear(self) -> None:
        """Forget all steps."""
        self._done.clear()
        self._undone.clear()
        self._open = self._by_gesture = False
        self.changed.emit()

    def _belongs(self, last: Step[T], text: str, key: str, now: float) -> bool:
        """Whether a change goes on with the last step."""
        if self._during == "gesture" or (self._during == "keystroke" and self._struck):
            return True
        return bool(key) and (last.key, last.text) == (key, text) and now - self._last <= MERGE_SECONDS

    def _forget_oldest(self) -> None:
        total = sum(step.weight for step in self._done)
        while len(self._done) > self._limit or (total > MOST_BYTES and len(self._done) > 1):
            total -= self._done.pop(0).weight
