"""The bar at the top: what is training, how far it is, and the buttons that steer it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QAction, QActionGroup, QFontMetrics, QIcon
from PySide6.QtWidgets import QHBoxLayout, QMenu, QProgressBar, QSizePolicy, QToolButton, QWidget

from vae_explorer.app.state import RunInfo, RunOutcome, RunState
from vae_explorer.config import settings_of
from vae_explorer.gui.commands import command, set_tip
from vae_explorer.gui.icons import icon
from vae_explorer.gui.mnemonics import without_mnemonic
from vae_explorer.gui.pace import Pace
from vae_explorer.gui.readout import Readout
from vae_explorer.gui.run_menu import RunMenu
from vae_explorer.gui.theme import ICON_SIZE, LIGHT, SMALL_SPACING, SPACING, Theme
from vae_explorer.language import marked, tr
from vae_explorer.sections import TrainingConfig

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from vae_explorer.app.session import Session
    from vae_explorer.gui.commands import Commands
    from vae_explorer.training.events import Progress, TrainingStarted
    from vae_explorer.training.experiment import Experiment

_WITH_WORDS = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
_PROGRESS_STEPS = 1000
_NAME_WIDTH, _LEAST_NAME_WIDTH = 264, 90
_LEAST_PROGRESS_WIDTH = 60
_ROUNDING = 1e-6
_READABLE_MILLISECONDS = 250
"""Time between two numbers of the progress."""

_TOGGLE = {
    RunState.TRAINING: (marked("&Pause"), "pause", marked("Let the training wait; the plane stays alive")),
    RunState.PAUSED: (marked("&Resume"), "train", marked("Let the training go on")),
}
_TRAIN = (marked("&Train"), "train", marked("Train a new model with these settings"))
_TRAIN_ANEW = (
    marked("&Train"),
    "train",
    marked("Start a new run with these settings; the run that is shown stays in its folder"),
)
_GO_ON = (
    marked("Go &on"),
    "train",
    marked("Go on with this run where it stopped; change a setting to train a new one"),
)
_PATHS = {"plain": marked("plain"), "dense": marked("dense"), "graph": marked("graph")}
_OUTCOMES = {
    RunState.FAILED: marked("failed"),
    RunState.READY: marked("not trained yet"),
    RunState.LOADING: marked("loading …"),
}


class RunBar(QWidget):
    """Run name, Train/Pause, Step, Stop, progress, speed, time left and device."""

    def __init__(self, session: Session, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("run-bar")
        self.setProperty("role", "bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self._session = session
        self._commands = commands
        self._theme = LIGHT
        self._is_short = False
        self._symbol = QIcon()
        self._holder: QWidget | None = None
        self._outcome: RunOutcome | None = None
        self.run_menu = RunMenu(session, commands, self)
        self.name_button = self._make_name_button()
        self.toggle_button = self._make_button("train.toggle", primary=True)
        self.step_button = self._make_button("train.step")
        self.stop_button = self._make_button("train.stop")
        self.epoch = Readout(tr("epochs trained"), tr("epoch 0000/0000"), self)
        self.progress = QProgressBar(self)
        self.speed = Readout(tr("training speed or test loss"), tr("test 147.33 nats"), self)
        self.time_left = Readout(tr("time left or state"), tr("not trained yet"), self)
        self.device_button = self._make_device_button()
        self._arrange()
        commands["train.toggle"].changed.connect(self._tint)
        session.state_changed.connect(self._show_state)
        self._pace = Pace(_READABLE_MILLISECONDS, self)
        self._pace.due.connect(self._show_newest)
        session.progress_changed.connect(self._take_progress)
        session.training_started.connect(self._show_device)
        session.run_changed.connect(self._show_run)
        session.model_changed.connect(self._show_model)
        session.moments.changed.connect(self._show_model)
        session.experiment_changed.connect(self._show_experiment)
        session.following.changed.connect(self._show_following)
        self._show_state(session.state)
        self._show_run(session.run)
        self._show_progress(session.progress)
        self._show_experiment(session.experiment)
        if session.started is not None and session.state.is_active:
            self._show_device(session.started)

    def set_theme(self, theme: Theme) -> None:
        """Tint the icons."""
        self._theme = theme
        self._show_state(self._session.state)

    def minimumSizeHint(self) -> QSize:
        """Return the width in which the buttons beside Train stand without words."""
        return super().minimumSizeHint() - QSize(0 if self._is_short else self._room_of_words(), 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out the words of the buttons beside Train where room is short: their tool tips say them."""
        super().resizeEvent(event)
        least = super().minimumSizeHint().width() + (self._room_of_words() if self._is_short else 0)
        if self._is_short != (event.size().width() < least):
            self._is_short = not self._is_short
            shown = Qt.ToolButtonStyle.ToolButtonIconOnly if self._is_short else _WITH_WORDS
            for button in (self.step_button, self.stop_button):
                button.setToolButtonStyle(shown)

    def _room_of_words(self) -> int:
        buttons = (self.step_button, self.stop_button)
        return sum(each.fontMetrics().horizontalAdvance(each.text()) for each in buttons)

    @Slot(object)
    def _show_state(self, state: RunState) -> None:
        session = self._session
        next_run = _GO_ON if session.goes_on_next else _TRAIN_ANEW if session.is_trained else _TRAIN
        text, symbol, tip = _TOGGLE.get(state, next_run)
        toggle = self._commands["train.toggle"]
        self._hold_focus()
        toggle.setText(tr(text))
        toggle.setIconText(without_mnemonic(tr(text)))
        set_tip(toggle, session.why_not_train or tr(tip))
        at_rest = state in {RunState.READY, RunState.FINISHED, RunState.FAILED}
        ready = at_rest and session.dataset is not None and not session.why_not_train
        running = state in {RunState.TRAINING, RunState.PAUSED}
        toggle.setEnabled(ready or running)
        self._symbol = icon(symbol, self._theme, "accent_text")
        toggle.setIcon(icon(symbol, self._theme))
        self._commands["train.go-on"].setEnabled(session.can_go_on)
        set_tip(self._commands["train.go-on"], session.why_not_on or tr("Train the run that is shown further"))
        for name in ("train.anew", "train.step"):
            self._commands[name].setEnabled(ready or (running and name == "train.step"))
            set_tip(self._commands[name], session.why_not_train or tr(command(name).tip))
        self._commands["train.stop"].setEnabled(running)
        self._return_focus()
        if state is RunState.TRAINING and session.progress is None:
            self.speed.clear()
            self.time_left.clear()
        if state in {RunState.PAUSED, RunState.STOPPING}:
            self.speed.clear()  # of a training that stands still it would be that of a while ago
        if state is RunState.PAUSED:
            self.time_left.setText(tr("paused"))
        elif state is RunState.STOPPING:
            self.time_left.setText(tr("saving …"))
        self._show_outcome()

    @Slot()
    def _tint(self) -> None:
        """Give the button an icon in the colour of its words: after each change it takes that of its menu's entry."""
        self.toggle_button.setIcon(self._symbol)

    def _hold_focus(self) -> None:
        """Keep the keyboard in the bar while its buttons can't have it: Qt would hand it to whatever comes next."""
        if any(button.hasFocus() for button in (self.toggle_button, self.step_button, self.stop_button)):
            self._holder = self.focusWidget()
            self.setFocus()

    def _return_focus(self) -> None:
        """Give the keyboard back to the button that had it, or else to the first."""
        if not self.hasFocus():
            return
        for button in (self._holder, self.toggle_button):
            if button is not None and button.isEnabled():
                button.setFocus()
                return

    @Slot()
    def _show_model(self) -> None:
        """Follow how far the run has come, on which it depends what can be done next."""
        outcome = self._session.outcome
        if not self._session.state.is_active and outcome != self._outcome:
            self._show_state(self._session.state)

    @Slot()
    def _show_following(self) -> None:
        """Take away what can't be done while the run is trained elsewhere, or bring it back."""
        self._show_state(self._session.state)
        if self._session.following.is_live:
            self._show_progress(self._session.progress)

    @Slot()
    def _show_outcome(self) -> None:
        """Say how the run that is shown ended, while nothing is under way."""
        session = self._session
        if session.state.is_active or session.following.is_live:
            return
        self._outcome = session.outcome
        self.speed.clear()
        self.time_left.setText(tr(_OUTCOMES.get(session.state, "")))
        outcome = self._outcome
        if session.state is not RunState.FINISHED or outcome is None:
            return
        self.epoch.setText(tr("epoch {epoch}/{epochs}", epoch=int(outcome.epoch + _ROUNDING), epochs=outcome.epochs))
        self.epoch.setToolTip(tr("step {step:,}", step=outcome.step))
        self.progress.setValue(round(_PROGRESS_STEPS * min(1.0, outcome.epoch / max(1, outcome.epochs))))
        ended = "" if session.why_not_take_over else tr("stopped")
        self.time_left.setText(tr("finished") if outcome.is_complete else ended)
        if outcome.test_loss is not None:
            self.speed.setText(tr("test {test_loss:.2f} nats", test_loss=outcome.test_loss))
            self.speed.setToolTip(tr("Mean loss of the test images, in nats per image: lower is better"))

    @Slot(object)
    def _take_progress(self, progress: Progress | None) -> None:
        """Show how far it is, while it trains as often as that can be read."""
        if progress is None or self._session.state is not RunState.TRAINING:
            self._show_progress(progress)
        else:
            self._pace.ask()

    @Slot()
    def _show_newest(self) -> None:
        if self._session.state is RunState.TRAINING:  # else how it ended is there already
            self._show_progress(self._session.progress)

    def _show_progress(self, progress: Progress | None) -> None:
        if progress is None:
            self.epoch.setText("")
            self.epoch.setToolTip("")
            self.progress.setValue(0)
            return
        self.epoch.setText(tr("epoch {epoch}/{epochs}", epoch=int(progress.epoch), epochs=progress.epochs))
        self.epoch.setToolTip(
            tr("step {step:,} of {total_steps:,}", step=progress.step, total_steps=progress.total_steps)
        )
        self.progress.setValue(round(_PROGRESS_STEPS * progress.step / max(1, progress.total_steps)))
        following = self._session.following
        if self._session.state is RunState.TRAINING or following.is_live:
            self.speed.setText(readable_speed(progress.images_per_second))
            self.speed.setToolTip(tr("Training images a second"))
            self.time_left.setText(
                "" if progress.seconds_left is None else tr("{time} left", time=readable_time(progress.seconds_left))
            )
        if following.is_paused:
            self.speed.clear()
            self.time_left.setText(tr("paused"))

    @Slot(object)
    def _show_run(self, run: RunInfo | None) -> None:
        name = tr("No run yet") if run is None else run.name
        self.name_button.setText(name)
        tip = tr("Press Train to start one, or open one.") if run is None else str(run.path)
        self.name_button.setToolTip(
            f"{tip}\n{tr('Forked from {origin}', origin=run.origin)}" if run is not None and run.origin else tip
        )
        self._commands["file.show-run"].setEnabled(run is not None)

    @Slot(object)
    def _show_device(self, started: TrainingStarted) -> None:
        self.device_button.setText(started.device.upper())
        threads = tr("1 thread") if started.threads == 1 else tr("{count} threads", count=started.threads)
        self.device_button.setToolTip(
            tr(
                "Trains on {device}, {threads}, products of {precision}, {path} steps; "
                "{parameters:,} parameters. Click to choose for the next run.",
                device=started.device_name,
                threads=threads,
                precision=started.precision,
                path=tr(_PATHS.get(started.path, started.path)),
                parameters=started.parameters,
            )
        )

    @Slot(object)
    def _show_experiment(self, experiment: Experiment) -> None:
        chosen = experiment.training.device
        for action in self._devices.actions():
            action.setChecked(action.data() == chosen)
        if not self._session.state.is_active:
            self.device_button.setText(tr("Auto") if chosen == "auto" else chosen.upper())
            self.device_button.setToolTip(tr("Processor for the next training"))
            self._show_state(self._session.state)

    @Slot(QAction)
    def _choose_device(self, action: QAction) -> None:
        self._session.set_setting("training.device", str(action.data()))

    def _make_name_button(self) -> QToolButton:
        button = QToolButton(self)
        # The button elides what doesn't fit.
        button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        button.setMinimumWidth(_LEAST_NAME_WIDTH)
        button.setMaximumWidth(_NAME_WIDTH)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setAccessibleName(tr("Run"))
        button.setMenu(self.run_menu)
        return button

    def _make_button(self, command: str, *, primary: bool = False) -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(self._commands[command])
        button.setToolButtonStyle(_WITH_WORDS)
        button.setIconSize(QSize(ICON_SIZE, ICON_SIZE))
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if primary:
            button.setProperty("role", "primary")
            button.setMinimumWidth(QFontMetrics(button.font()).horizontalAdvance(without_mnemonic(tr("&Resume"))) + 60)
        return button

    def _make_device_button(self) -> QToolButton:
        button = QToolButton(self)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setAccessibleName(tr("Device for training"))
        menu = QMenu(button)
        self._devices = QActionGroup(menu)
        declared = next(item for item in settings_of(TrainingConfig) if item.name == "device")
        for name, title in declared.declaration.choices.items():
            action = self._devices.addAction(tr(title))
            action.setCheckable(True)
            action.setData(name)
            menu.addAction(action)
        self._devices.triggered.connect(self._choose_device)
        button.setMenu(menu)
        return button

    def _arrange(self) -> None:
        self.progress.setRange(0, _PROGRESS_STEPS)
        self.progress.setTextVisible(False)
        self.progress.setMinimumWidth(_LEAST_PROGRESS_WIDTH)
        self.progress.setFixedHeight(10)
        self.progress.setAccessibleName(tr("Training progress"))
        self.progress.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACING, SMALL_SPACING, SPACING, SMALL_SPACING)
        layout.setSpacing(SPACING)
        layout.addWidget(self.name_button, 2)
        for widget in (self.toggle_button, self.step_button, self.stop_button, self.epoch):
            layout.addWidget(widget)
        layout.addWidget(self.progress, 1)
        for widget in (self.speed, self.time_left, self.device_button):
            layout.addWidget(widget)


def readable_speed(images_per_second: float) -> str:
    """Return a training speed in few letters."""
    if images_per_second >= 10_000:
        return tr("{thousands:.0f}k images/s", thousands=images_per_second / 1000)
    return tr("{images_per_second:,.0f} images/s", images_per_second=images_per_second)


def readable_time(seconds: float) -> str:
    """Return a time as minutes and seconds, with hours where needed."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, rest = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
