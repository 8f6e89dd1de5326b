"""The bar over two planes: which model is B, which moment of it, and how its plane is laid beside that of A."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QFileDialog, QLabel, QSlider, QToolButton, QWidget

from vae_explorer.app.comparison_choice import NEWEST, ComparisonChoice
from vae_explorer.app.comparison_words import no_alignment
from vae_explorer.app.state import RunState
from vae_explorer.gui.dialogs.file_dialogs import make_readable
from vae_explorer.gui.flow_layout import FlowLayout
from vae_explorer.gui.panels.compare_menu import SecondRunMenu
from vae_explorer.gui.plotting.view_bar import ViewBar
from vae_explorer.gui.theme import SMALL_SPACING
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from vae_explorer.app.session import Session

_LONGEST = 34
_LAYERS = (
    ("tiles", marked("Tiles"), marked("Show the decoded pictures of both models as maps")),
    ("points", marked("Points"), marked("Show where both models put the images")),
    ("prior", marked("Prior"), marked("Show circles of 1, 2 and 3 standard deviations of the priors")),
)
_ALIGN = marked(
    "Turn or mirror B's plane so that its encodings of the same images lie on those of A (orthogonal Procrustes)"
)


class CompareBar(ViewBar):
    """Choices of the comparison; all of them can be undone.

    Parameters
    ----------
    session
        Keeps the choices.
    """

    layer_toggled = Signal(str, bool)
    figure_pressed = Signal()
    help_pressed = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session, self.comparison = session, session.comparison
        self._layout = FlowLayout(self, SMALL_SPACING)
        self._layout.setContentsMargins(SMALL_SPACING, SMALL_SPACING, SMALL_SPACING, SMALL_SPACING)
        self.setProperty("role", "bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self.run_button = self._make_run_button()
        self.moment_label, self.moment = self._make_moment()
        self.align = self._toggle("align", tr("Align"), tr(_ALIGN))
        self.stretch = self._toggle(
            "stretch", tr("Stretch"), tr("Let the alignment change lengths and move the origin too, by least squares")
        )
        self.again = self._button(
            "align-again", tr("Align again"), tr("Fit the alignment to where A puts the images now")
        )
        self.wipes = self._toggle(
            "wipe", tr("Wipe"), tr("Show both models on one plane, A left of a divider and B right of it")
        )
        self.layers = {name: self._toggle(f"layer-{name}", tr(title), tr(tip)) for name, title, tip in _LAYERS}
        self.classes = (self._class_box("A"), self._class_box("B"))
        self._make_view_buttons()
        self.figure = self._button(
            "figure", tr("Figure…"), tr("Save both planes and their difference as SVG, PDF or PNG")
        )
        self.figure.clicked.connect(self.figure_pressed)
        self._button("help", tr("Help"), tr("How to compare two models")).clicked.connect(self.help_pressed)
        self._connect()
        self.follow()

    @Slot()
    def follow(self) -> None:
        """Show what is chosen, and what can be."""
        session, comparison, choice = self.session, self.comparison, self.comparison.choice
        second = comparison.second
        self._show_run()
        obstacle = no_alignment(session.model_info, comparison.model_info)
        for button, chosen, can in (
            (self.align, choice.aligned, second is not None and not obstacle),
            (self.stretch, choice.stretched, second is not None and not obstacle and choice.aligned),
            (self.wipes, choice.wipes, second is not None),
        ):
            button.setChecked(chosen)
            button.setEnabled(can)
        self.align.setToolTip(obstacle or tr(_ALIGN))
        self.figure.setEnabled(second is not None)
        self.again.setVisible(choice.aligned and session.state is RunState.TRAINING)
        self._show_moment(choice)
        self._show_classes()

    # -- Making --------------------------------------------------------------------------------------------------------

    def _make_run_button(self) -> QToolButton:
        button = self._button("second-run", tr("Choose a run"), tr("Choose the run to compare with: model B"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setProperty("role", "primary")
        menu = SecondRunMenu(self.session, button)
        menu.chosen.connect(self.choose_folder)
        menu.folder_wanted.connect(self.ask_for_folder)
        button.setMenu(menu)
        return button

    def _make_moment(self) -> tuple[QLabel, QSlider]:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setObjectName("second-moment")
        slider.setFixedWidth(110)
        slider.setAccessibleName(tr("Moment of model B"))
        slider.setToolTip(tr("Which moment of its training B is from; the right end is its newest"))
        label = QLabel()
        label.setProperty("role", "muted")
        label.setBuddy(slider)
        # One width for all moments: the slider must not move under the hand that moves it.
        label.setContentsMargins(SMALL_SPACING, 0, 0, 0)
        widest = label.fontMetrics().horizontalAdvance(tr("B at epoch 0.00000"))
        label.setFixedWidth(widest + SMALL_SPACING)
        self._layout.addWidget(label)
        self._layout.addWidget(slider)
        return label, slider

    def _make_view_buttons(self) -> None:
        for name, text, tip, slot in (
            ("zoom-out", "\N{MINUS SIGN}", tr("Zoom out (−)"), self._zoom_out),
            ("zoom-in", "+", tr("Zoom in (+)"), self._zoom_in),
            ("fit", tr("Fit"), tr("Show the encodings of both models (F)"), self.fit_pressed.emit),
            ("reset", tr("Reset"), tr("Show the priors of both models (Home)"), self.reset_pressed.emit),
        ):
            self._button(name, text, tip).clicked.connect(slot)

    def _button(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(f"compare-{name}")
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        self._layout.addWidget(button)
        return button

    def _toggle(self, name: str, text: str, tip: str) -> QToolButton:
        button = self._button(name, text, tip)
        button.setProperty("role", "toggle")
        button.setCheckable(True)
        button.setChecked(name.startswith("layer-"))
        return button

    def _class_box(self, name: str) -> QComboBox:
        box = QComboBox(self)
        box.setObjectName(f"compare-class-{name.lower()}")
        box.setAccessibleName(tr("Class with which {model} decodes", model=name))
        box.setToolTip(tr("Class with which {model} decodes", model=name))
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._layout.addWidget(box)
        return box

    def _connect(self) -> None:
        session = self.session
        for signal in (
            session.comparison_changed,
            session.model_changed,
            session.state_changed,
            session.label_changed,
            self.comparison.changed,
        ):
            signal.connect(self.follow)
        self.align.clicked.connect(self._choose_alignment)
        self.stretch.clicked.connect(self._choose_stretch)
        self.wipes.clicked.connect(self._choose_wipe)
        self.again.clicked.connect(self.comparison.align_again)
        self.moment.valueChanged.connect(self._choose_moment)
        self.classes[0].activated.connect(session.set_label)
        self.classes[1].activated.connect(self._choose_class)
        for button in self.layers.values():
            button.toggled.connect(self._tell_layer)

    # -- Showing -------------------------------------------------------------------------------------------------------

    def _show_run(self) -> None:
        second = self.comparison.second
        text = tr("Choose a run") if second is None else f"B: {second.name}"
        self.run_button.setText(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")
        self.run_button.setToolTip(
            tr("Choose the run to compare with: model B") if second is None else str(second.path)
        )

    def _show_moment(self, choice: ComparisonChoice) -> None:
        second = self.comparison.second
        moments = () if second is None else second.moments
        has_many = len(moments) > 1
        self.moment.setVisible(has_many)
        self.moment_label.setVisible(has_many)
        if second is None or not has_many:
            return
        steps = [moment.step for moment in moments]
        index = len(steps) - 1 if choice.step == NEWEST else sum(step <= choice.step for step in steps) - 1
        self.moment.blockSignals(True)
        self.moment.setRange(0, len(steps) - 1)
        self.moment.setValue(max(0, index))
        self.moment.blockSignals(False)
        self.moment_label.setText(tr("B at epoch {epoch:.4g}", epoch=moments[max(0, index)].epoch))

    def _show_classes(self) -> None:
        infos = self.session.model_info, self.comparison.shown_info
        labels = self.session.label, self.comparison.label
        shared = all(info is not None and info.needs_label for info in infos) and self.comparison.choice.label is None
        same = infos[0] is not None and infos[1] is not None and infos[0].classes == infos[1].classes
        for index, (box, info, label) in enumerate(zip(self.classes, infos, labels, strict=True)):
            if info is None or not info.needs_label or (index == 1 and shared and same):
                box.hide()
                continue
            name = "" if shared and same else f"{'AB'[index]}: "
            names = [f"{name}{info.class_name(number)}" for number in range(info.classes)]
            if [box.itemText(number) for number in range(box.count())] != names:
                box.clear()
                box.addItems(names)
            box.setCurrentIndex(label or 0)
            box.show()

    # -- The user acts -------------------------------------------------------------------------------------------------

    @Slot()
    def ask_for_folder(self) -> None:
        """Let a person choose the folder of a run."""
        folder = self.session.runs_folder
        start = folder if folder.is_dir() else folder.parent
        dialog = make_readable(QFileDialog(self.window(), tr("Compare with: choose the folder of a run"), str(start)))
        dialog.setObjectName("second-run-folder")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly, True)
        dialog.fileSelected.connect(self.choose_folder)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(str)
    def choose_folder(self, path: str) -> None:
        """Compare with the run in a folder; "" compares with nothing."""
        words = tr("Choose model to compare") if path else tr("Compare nothing")
        self.session.set_comparison(replace(self.comparison.choice, run=path, step=NEWEST, label=None), words)

    @Slot(bool)
    def _choose_alignment(self, aligned: bool) -> None:
        choice = replace(self.comparison.choice, aligned=aligned)
        self.session.set_comparison(choice, tr("Align planes") if aligned else tr("Show planes as they are"))

    @Slot(bool)
    def _choose_stretch(self, stretched: bool) -> None:
        self.session.set_comparison(replace(self.comparison.choice, stretched=stretched), tr("Stretch alignment"))

    @Slot(bool)
    def _choose_wipe(self, wipes: bool) -> None:
        choice = replace(self.comparison.choice, wipes=wipes)
        self.session.set_comparison(choice, tr("Wipe") if wipes else tr("Show planes side by side"))

    @Slot(int)
    def _choose_moment(self, index: int) -> None:
        second = self.comparison.second
        if second is None or not 0 <= index < len(second.moments):
            return
        step = NEWEST if index == len(second.moments) - 1 else second.moments[index].step
        choice = replace(self.comparison.choice, step=step)
        self.session.set_comparison(choice, tr("Choose moment of B"), "comparison.step")

    @Slot(int)
    def _choose_class(self, label: int) -> None:
        self.session.set_comparison(replace(self.comparison.choice, label=label), tr("Choose class of B"))

    @Slot(bool)
    def _tell_layer(self, shown: bool) -> None:
        for name, button in self.layers.items():
            if button is self.sender():
                self.layer_toggled.emit(name, shown)
