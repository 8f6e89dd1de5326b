"""The learn panel: experiments that set themselves up, ask for a guess, and lead through what there is to see."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QLabel, QListWidget, QProgressBar, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from vae_explorer.app.lesson_player import LessonPlayer, Stage
from vae_explorer.app.lessons import load_lessons
from vae_explorer.app.session import Session
from vae_explorer.gui.panels.base import Panel
from vae_explorer.gui.panels.lesson_words import page_words, step_words
from vae_explorer.gui.plotting.lesson_choices import LessonChoices
from vae_explorer.gui.theme import SMALL_SPACING, SPACING
from vae_explorer.gui.vertical_area import VerticalArea
from vae_explorer.language import marked, tr

_PERCENT = 100


class LearnPanel(Panel):
    """A list of experiments, and the page of the one that is played."""

    name: ClassVar[str] = "learn"
    title: ClassVar[str] = marked("Learn")

    panel_requested = Signal(str)
    """Name of a panel that the experiment wants in front."""

    comparison_requested = Signal()
    """The experiment wants two models side by side."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.player = LessonPlayer(session)
        self.lessons = load_lessons()
        self.list = QListWidget()
        self.summary = _words("muted")
        self.begin_button = _button(tr("Begin"), tr("Begin the chosen experiment"), primary=True)
        self.step = _words("muted")
        self.heading = _words("heading")
        self.page = _words("")
        self.page.setTextFormat(Qt.TextFormat.MarkdownText)
        self.choices = LessonChoices()
        self.problem = _words("error")
        self.bar = QProgressBar()
        self.forward_button = _button(tr("Train and see"), tr("Train the models of this experiment"), primary=True)
        self.back_button = _button(tr("Back"), tr("Look at the previous thing again"))
        self.leave_button = _button(tr("All experiments"), tr("Go back to the list; what was trained is kept"))
        self.stack = QStackedWidget()
        self._build()
        self._connect()
        self.list.setCurrentRow(0)

    def refresh(self) -> None:
        """Show the list, or the page of the experiment that is played."""
        player = self.player
        self.stack.setCurrentIndex(0 if player.lesson is None else 1)
        if player.lesson is None:
            return
        self.step.setText(step_words(player))
        self.heading.setText(player.lesson.title)
        self.page.setText(page_words(player))
        self.problem.setText(player.problem)
        self.problem.setVisible(bool(player.problem))
        self.bar.setVisible(player.stage is Stage.TRAINING)
        self.choices.show_guess(player.lesson.guess, player.guess, is_open=player.stage is Stage.GUESSING)
        self.choices.setVisible(player.stage is Stage.GUESSING)
        self._name_buttons()

    def _name_buttons(self) -> None:
        player = self.player
        guessing = player.stage is Stage.GUESSING
        self.forward_button.setText(tr("Train and see") if guessing else tr("Next"))
        self.forward_button.setVisible(player.stage in {Stage.GUESSING, Stage.LOOKING})
        self.forward_button.setEnabled(not guessing or player.guess is not None)
        tip = tr("Train the models of this experiment") if guessing else tr("Look at the next thing")
        self.forward_button.setToolTip(tip if self.forward_button.isEnabled() else tr("Make a guess first"))
        looks_back = player.stage is Stage.CONCLUDED or (player.stage is Stage.LOOKING and player.look_number > 1)
        self.back_button.setVisible(looks_back)

    def _build(self) -> None:
        introduction = _words("muted")
        introduction.setText(
            tr("Each experiment trains its models, asks what you expect, and then shows you where to look.")
        )
        self.list.addItems([lesson.title for lesson in self.lessons])
        self.list.setAccessibleName(tr("Experiments"))
        self.list.setSpacing(SMALL_SPACING // 2)
        self.bar.setRange(0, _PERCENT)
        self.bar.setAccessibleName(tr("Training of the experiment"))
        chooser = QWidget()
        column = QVBoxLayout(chooser)
        column.addWidget(introduction)
        column.addWidget(self.list, 1)
        column.addWidget(self.summary)
        column.addWidget(self.begin_button)
        self.stack.addWidget(chooser)
        self.stack.addWidget(self._lesson_page())
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.stack)

    def _lesson_page(self) -> QWidget:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setSpacing(SPACING)
        for widget in (self.step, self.heading, self.page, self.choices, self.bar, self.problem):
            column.addWidget(widget)
        column.addSpacing(SMALL_SPACING)
        for button in (self.forward_button, self.back_button, self.leave_button):
            column.addWidget(button)
        column.addStretch(1)
        area = VerticalArea(content)
        area.setAccessibleName(tr("Experiment"))
        return area

    def _connect(self) -> None:
        self.list.currentRowChanged.connect(self._summarise)
        self.list.itemActivated.connect(self._begin)
        self.begin_button.clicked.connect(self._begin)
        self.choices.chosen.connect(self.player.choose)
        self.forward_button.clicked.connect(self._go_forward)
        self.back_button.clicked.connect(self.player.go_back)
        self.leave_button.clicked.connect(self.player.leave)
        self.player.changed.connect(self.mark_stale)
        self.player.panel_requested.connect(self.panel_requested)
        self.player.comparison_requested.connect(self.comparison_requested)
        self.session.progress_changed.connect(self._show_progress)

    @Slot(int)
    def _summarise(self, row: int) -> None:
        self.summary.setText(self.lessons[row].summary if row >= 0 else "")

    @Slot()
    def _begin(self) -> None:
        if self.list.currentRow() >= 0:
            self.player.begin(self.lessons[self.list.currentRow()])

    @Slot()
    def _go_forward(self) -> None:
        if self.player.stage is Stage.GUESSING:
            self.player.train()
        else:
            self.player.go_forward()

    @Slot(object)
    def _show_progress(self, _progress: object) -> None:
        if self.player.stage is not Stage.TRAINING or self.player.lesson is None:
            return
        progress = self.session.progress
        share = progress.step / max(progress.total_steps, 1) if progress is not None else 0.0
        runs = len(self.player.lesson.runs)
        self.bar.setValue(round(_PERCENT * (len(self.player.made) + share) / runs))


def _words(role: str) -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    if role:
        label.setProperty("role", role)
    return label


def _button(text: str, tip: str, *, primary: bool = False) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    if primary:
        button.setProperty("role", "primary")
    return button
