"""Turning settings while a run trains: what can be turned, what was, and the way to the training thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from vae_explorer.training.changes import SettingChange, adjustable, change_words, in_force, value_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vae_explorer.config import Setting
    from vae_explorer.training.control import Control
    from vae_explorer.training.experiment import Experiment


class Steering(QObject):
    """The changes of the run that is shown, and the control of its training while there is one."""

    changed = Signal()
    """There are other changes, another run, or a training to steer has come or gone."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._experiment: Experiment | None = None
        self._changes: tuple[SettingChange, ...] = ()
        self._control: Control | None = None
        self._wished: dict[str, float] = {}

    @property
    def changes(self) -> tuple[SettingChange, ...]:
        """Each turn of a setting while the run trained."""
        return self._changes

    @property
    def can_turn(self) -> bool:
        """Whether a training is under way whose settings can be turned."""
        return self._control is not None and bool(self.settings)

    @property
    def settings(self) -> tuple[tuple[str, Setting], ...]:
        """Section and name, and declaration, of the settings of the run that can be turned."""
        return () if self._experiment is None else adjustable(self._experiment)

    def value(self, setting: str) -> float:
        """Return the value of a setting, as it is or will be at the next step."""
        if self._experiment is None:
            raise KeyError(setting)
        return self._wished.get(setting, value_of(in_force(self._experiment, self._changes), setting))

    def in_force(self, step: int) -> Experiment | None:
        """Return the settings of the run with which the last of `step` steps was taken; None without a run."""
        return None if self._experiment is None else in_force(self._experiment, self._changes, step)

    def words(self, change: SettingChange) -> str:
        """Return a change in few words."""
        return change.setting if self._experiment is None else change_words(change, self._experiment)

    def turn(self, setting: str, text: str) -> None:
        """Let the training take its next step with what a text stands for; without a training nothing happens.

        Raises
        ------
        SettingError
            If the text is no value of the setting.
        """
        if self._control is None or self._experiment is None:
            return
        value = value_of(self._experiment.with_setting(setting, text), setting)
        if value != self.value(setting):
            self._wished[setting] = value
            self._control.change(setting, value)

    # -- News ----------------------------------------------------------------------------------------------------------

    def begin(self, experiment: Experiment | None, changes: Iterable[SettingChange] = ()) -> None:
        """Follow another run, or none."""
        self._experiment, self._changes = experiment, tuple(changes)
        self._wished.clear()
        self.changed.emit()

    def follow(self, control: Control | None) -> None:
        """Steer a training from now on, or none."""
        self._control = control
        self._wished.clear()
        self.changed.emit()

    def add(self, change: SettingChange) -> None:
        """Take a change that the training made."""
        self._changes = (*self._changes, change)
        if self._wished.get(change.setting) == change.after:
            del self._wished[change.setting]
        self.changed.emit()

    def cut(self, step: int) -> None:
        """Forget the changes from a step on: the training goes on from there."""
        self._changes = tuple(change for change in self._changes if change.step < step)
        self.changed.emit()
