"""The experiment panel: data, model, objective and training, as forms made from their settings."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from vae_explorer.app.presets import PRESETS
from vae_explorer.gui.calm import CalmComboBox
from vae_explorer.gui.forms import ConfigForm
from vae_explorer.gui.formulas import typeset
from vae_explorer.gui.icons import icon
from vae_explorer.gui.panels.base import Panel
from vae_explorer.gui.panels.data_section import DataSection
from vae_explorer.gui.theme import SMALL_SPACING, SPACING
from vae_explorer.gui.vertical_area import VerticalArea
from vae_explorer.language import marked, tr
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.training.experiment import Experiment

if TYPE_CHECKING:
    from vae_explorer.app.session import Session
    from vae_explorer.app.state import RunState
    from vae_explorer.config import Config
    from vae_explorer.gui.theme import Theme


class ExperimentPanel(Panel):
    """Decides what the next training does."""

    name = "experiment"
    title = marked("Experiment")

    open_file_requested = Signal()
    open_folder_requested = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        experiment = session.experiment
        self.presets = self._make_presets()
        self.reset_button = QToolButton(self)
        self.reset_button.setToolTip(tr("Set the experiment back to its defaults"))
        self.reset_button.setAccessibleName(tr("Reset settings"))
        self.reset_button.clicked.connect(self.reset)
        self.note = QLabel(tr("Changes are for the next training; this one goes on as it began."), self)
        self.note.setProperty("role", "muted")
        self.note.setWordWrap(True)
        self.data = DataSection(session, self)
        self.model_form = ConfigForm(experiment.model, parent=self)
        self.objective = self._make_objectives()
        self.objective_summary = _text(self)
        self.objective_formula = _text(self)
        self.objective_formula.setTextFormat(Qt.TextFormat.RichText)
        self.objective_forms: dict[str, ConfigForm] = {}
        self._objective_place = QVBoxLayout()
        self.training_form = ConfigForm(experiment.training, parent=self)
        self._arrange()
        self._connect()
        self._show_experiment(experiment)
        self._show_state(session.state)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        super().set_theme(theme)
        self.reset_button.setIcon(icon("reset", theme, "muted"))
        self.data.set_theme(theme)
        for form in (self.model_form, self.training_form, *self.objective_forms.values()):
            form.set_theme(theme)

    @Slot()
    def reset(self) -> None:
        """Set everything but the data source back to its defaults."""
        data = dataclasses.replace(Experiment().data, source=self.session.experiment.data.source)
        self.session.set_experiment(dataclasses.replace(Experiment(), data=data))

    def _connect(self) -> None:
        self.data.config_changed.connect(self._take_data)
        self.data.open_file_requested.connect(self.open_file_requested)
        self.data.open_folder_requested.connect(self.open_folder_requested)
        self.model_form.config_changed.connect(self._take_model)
        self.training_form.config_changed.connect(self._take_training)
        self.session.experiment_changed.connect(self._show_experiment)
        self.session.dataset_changed.connect(self._show_dataset)
        self.session.state_changed.connect(self._show_state)

    @Slot(object)
    def _take_data(self, config: Config) -> None:
        self._take("data", config)

    @Slot(object)
    def _take_model(self, config: Config) -> None:
        self._take("model", config)

    @Slot(object)
    def _take_objective(self, config: Config) -> None:
        self._take("objective", config)

    @Slot(object)
    def _take_training(self, config: Config) -> None:
        self._take("training", config)

    def _take(self, section: str, config: Config) -> None:
        changes: dict[str, Config] = {section: config}
        self.session.set_experiment(dataclasses.replace(self.session.experiment, **changes))  # type: ignore[arg-type]

    @Slot(int)
    def _choose_objective(self, index: int) -> None:
        self.session.set_experiment(self.session.experiment.with_objective(str(self.objective.itemData(index))))

    @Slot(int)
    def _choose_preset(self, index: int) -> None:
        name = self.presets.itemData(index)
        if name:
            self.session.set_experiment(PRESETS.get(str(name)).applied(self.session.experiment))

    @Slot(object)
    def _show_experiment(self, experiment: Experiment) -> None:
        self.data.show_experiment(experiment)
        self.model_form.set_config(experiment.model)
        self.training_form.set_config(experiment.training)
        self._show_objective(experiment)
        for form in (self.model_form, self.training_form, self.objective_forms[experiment.objective.name]):
            form.set_unused(_unused(experiment, type(form.config).section))
        fitting = (entry.name for entry in PRESETS if entry.applied(experiment) == experiment)
        self.presets.setCurrentIndex(max(0, self.presets.findData(next(fitting, None))))

    def _show_objective(self, experiment: Experiment) -> None:
        entry = experiment.objective_entry
        self.objective.setCurrentIndex(self.objective.findData(entry.name))
        self.objective_summary.setText(tr(entry.summary))
        self.objective_formula.setText(typeset(tr(entry.formula)))
        self.objective_formula.setToolTip(tr(entry.reference))
        if entry.name not in self.objective_forms:
            form = ConfigForm(experiment.objective, parent=self)
            form.set_theme(self.theme)
            form.config_changed.connect(self._take_objective)
            self.objective_forms[entry.name] = form
            self._objective_place.addWidget(form)
        for name, form in self.objective_forms.items():
            form.setVisible(name == entry.name)
        self.objective_forms[entry.name].set_config(experiment.objective)

    @Slot(object)
    def _show_dataset(self, dataset: object) -> None:
        del dataset
        self.data.show_dataset(self.session.dataset)

    @Slot(object)
    def _show_state(self, state: RunState) -> None:
        self.note.setVisible(state.is_active)
        if self.session.dataset is None:
            self.data.show_dataset(None)
        for widget in (self.data.source, self.data.form):
            widget.setEnabled(not state.is_active)
            widget.setToolTip(tr("Other images can be chosen once the training has ended.") if state.is_active else "")

    def _make_presets(self) -> QComboBox:
        combo = _combo(self, tr("Preset"))
        combo.addItem(tr("Own settings"), None)
        for entry in PRESETS:
            combo.addItem(tr(entry.title), entry.name)
            combo.setItemData(combo.count() - 1, tr(entry.summary), Qt.ItemDataRole.ToolTipRole)
        combo.activated.connect(self._choose_preset)
        return combo

    def _make_objectives(self) -> QComboBox:
        combo = _combo(self, tr("Objective"))
        for entry in OBJECTIVES:
            combo.addItem(tr(entry.title), entry.name)
            combo.setItemData(combo.count() - 1, tr(entry.summary), Qt.ItemDataRole.ToolTipRole)
        combo.activated.connect(self._choose_objective)
        return combo

    def _arrange(self) -> None:
        content = QWidget(self)
        column = QVBoxLayout(content)
        column.setContentsMargins(SPACING + 2, SPACING, SPACING + 2, SPACING)
        column.setSpacing(SMALL_SPACING + 2)
        top = QHBoxLayout()
        top.addWidget(self.presets, 1)
        top.addWidget(self.reset_button)
        column.addLayout(top)
        column.addWidget(self.note)
        self._add_section(column, tr("Data"), self.data)
        self._add_section(column, tr("Model"), self.model_form)
        self._add_section(column, tr("Objective"), self.objective, self.objective_summary, self.objective_formula)
        column.addLayout(self._objective_place)
        self._add_section(column, tr("Training"), self.training_form)
        column.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(VerticalArea(content, self))

    def _add_section(self, column: QVBoxLayout, heading: str, *widgets: QWidget) -> None:
        label = QLabel(heading, self)
        label.setProperty("role", "section")
        column.addSpacing(SMALL_SPACING)
        column.addWidget(label)
        for widget in widgets:
            column.addWidget(widget)


def _unused(experiment: Experiment, section: str) -> tuple[str, ...]:
    """Return the settings of a section that have no effect under the objective."""
    paths = (path.partition(".") for path in experiment.objective_entry.unused)
    return tuple(name for place, _, name in paths if place == section)


def _combo(parent: QWidget, name: str) -> QComboBox:
    combo = CalmComboBox(parent)
    combo.setAccessibleName(name)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMinimumContentsLength(12)
    return combo


def _text(parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setProperty("role", "muted")
    return label
