"""The metrics as a user measures and reads them."""

from __future__ import annotations

import csv
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDockWidget, QFileDialog, QLabel

from tests.app.fake_models import tiny_images
from tests.gui.panel_driver import shown_panel
from vae_explorer.errors import DataError
from vae_explorer.gui.panels.metrics import INVITATION, NO_MODEL, OTHER_RUN, STALE, MetricsPanel
from vae_explorer.gui.plotting.measure_table import MeasureTable, first_line, value_text
from vae_explorer.gui.plotting.measuring_bar import MeasuringBar
from vae_explorer.gui.plotting.worst_images import WorstImages, worst_first
from vae_explorer.gui.theme import DARK, LIGHT
from vae_explorer.latent.measures import Evaluation, EvaluationOptions, Measure, PerImage

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from vae_explorer.app.model import Model
    from vae_explorer.app.session import Session
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.gui.main_window import MainWindow

MINUS = "\N{MINUS SIGN}"
REASON = "undefined: a generator gives pictures no density"
MEASURES = (
    Measure("log_likelihood", "Log-likelihood", -142.9, "nats", 0.002, "Integrated over the plane."),
    Measure("iwae_50", "IWAE bound, 50 samples", -144.1, "nats"),
    Measure("elbo", "ELBO", -149.5, "nats", 0.2),
    Measure("iwae_5", "IWAE bound, 5 samples", -146.2, "nats"),
    Measure("neighbours", "k-NN accuracy", 78.42, "%", 0.4),
    Measure("active_units", "Active dimensions", 2.0, ""),
)


class Gauge:
    """Stands in for the evaluation."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.go.set()
        self.measures: tuple[Measure, ...] = MEASURES
        self.explains = True
        self.options: list[EvaluationOptions] = []
        self.failure: Exception | None = None

    def __call__(
        self,
        model: Model,
        dataset: ImageDataset,
        options: EvaluationOptions,
        progress: Callable[[str, float], None],
        cancelled: Callable[[], bool],
    ) -> Evaluation | None:
        self.options.append(options)
        if self.failure is not None:
            raise self.failure
        progress("Integrating over the plane", 0.4)
        while not self.go.wait(0.005):
            if cancelled():
                return None
        rows = np.arange(45, 60)
        likelihood = -150.0 - np.arange(15.0)
        gap = 5.0 + (np.arange(15.0) % 7)
        own = PerImage(rows, likelihood - gap, likelihood, gap, gap - likelihood) if self.explains else None
        notes = ("Cross-entropy of grey levels is no likelihood.",)
        title = "Bernoulli, grey levels" if self.explains else ""
        return Evaluation(title, "cross-entropy", 15, options.seed, model.step, self.measures, own, notes)


@pytest.fixture
def gauge(loaded_session: Session) -> Gauge:
    made = Gauge()
    loaded_session.evaluation.work = made
    return made


@pytest.fixture
def panel(loaded_session: Session, gauge: Gauge, qtbot: QtBot) -> MetricsPanel:
    qtbot.waitUntil(lambda: loaded_session.model_info is not None)
    return shown_panel(MetricsPanel, loaded_session, qtbot, (310, 600))


def measure(panel: MetricsPanel, qtbot: QtBot) -> None:
    panel.measure_button.click()
    qtbot.waitUntil(lambda: not panel.session.evaluation.is_running)


def test_that_an_empty_panel_says_what_measuring_gives(panel: MetricsPanel) -> None:
    assert panel.hint.text().startswith("This model isn't trained yet")
    assert panel.hint.text().endswith(INVITATION)
    assert panel.hint.isVisible()
    assert panel.measure_button.isEnabled()
    assert not panel.table.isVisible()


def test_that_without_a_model_nothing_can_be_measured(modelless_session: Session, qtbot: QtBot) -> None:
    made = MetricsPanel(modelless_session)
    qtbot.addWidget(made)
    made.show()
    assert made.hint.text() == NO_MODEL
    assert not made.measure_button.isEnabled()


def test_that_measuring_shows_values_with_units_and_errors(panel: MetricsPanel, qtbot: QtBot) -> None:
    measure(panel, qtbot)
    rows = dict(panel.table.rows)
    assert rows["Log-likelihood"] == f"{MINUS}142.900 \N{PLUS-MINUS SIGN} 0.002 nats"
    assert rows["k-NN accuracy"] == "78.4 \N{PLUS-MINUS SIGN} 0.4%"
    assert rows["Active dimensions"] == "2"
    assert not panel.hint.isVisible()
    words = panel.about.text()
    for part in ("Bernoulli, grey levels", "15 test images", "up to 50 samples", "seed 0", "step 0"):
        assert part in words
    assert "no likelihood" in panel.notes.text()


def test_that_the_chain_goes_from_the_elbo_to_the_exact_value(panel: MetricsPanel, qtbot: QtBot) -> None:
    measure(panel, qtbot)
    assert [bound.title for bound in panel.chain.bounds] == ["ELBO", "IWAE-5", "IWAE-50", "Exact"]
    assert panel.chain.accessibleDescription() == "inference gap 6.60 nats"
    for theme in (DARK, LIGHT):
        panel.set_theme(theme)
        assert not panel.grab().isNull()


def test_that_the_options_reach_the_measuring(panel: MetricsPanel, gauge: Gauge, qtbot: QtBot) -> None:
    assert not panel.form.isVisible()
    panel.options_button.click()
    assert panel.form.isVisible()
    panel.form.set_config(EvaluationOptions(images=20, samples=50, seed=4))
    measure(panel, qtbot)
    assert gauge.options == [EvaluationOptions(images=20, samples=50, seed=4)]


def test_that_a_busy_panel_shows_progress_and_can_be_cancelled(panel: MetricsPanel, gauge: Gauge, qtbot: QtBot) -> None:
    gauge.go.clear()
    panel.measure_button.click()
    qtbot.waitUntil(lambda: panel.busy.progress.value() == 400)
    assert panel.busy.doing.text() == "Integrating over the plane …"
    assert not panel.measure_button.isEnabled()
    panel.busy.cancel_button.click()
    qtbot.waitUntil(lambda: not panel.session.evaluation.is_running)
    assert not panel.busy.progress.isVisible()
    assert panel.hint.isVisible()
    assert panel.measure_button.isEnabled()


def test_that_progress_says_how_long_it_will_take(qtbot: QtBot) -> None:
    now = [100.0]
    bar = MeasuringBar(clock=lambda: now[0])
    qtbot.addWidget(bar)
    bar.begin()
    assert bar.doing.text() == "Preparing …"
    now[0] = 110.0
    bar.show_progress("refining the integrals", 0.01)
    assert bar.doing.text() == "Refining the integrals …"
    bar.show_progress("refining the integrals", 0.1)
    assert bar.doing.text() == "Refining the integrals … about 1:30 left"
    bar.cancel_button.click()
    bar.show_progress("refining the integrals", 0.2)
    assert bar.doing.text() == "Cancelling …"
    assert not bar.cancel_button.isEnabled()
    bar.begin()
    assert bar.cancel_button.isEnabled()


def test_that_a_failure_is_said_in_the_panel(panel: MetricsPanel, gauge: Gauge, qtbot: QtBot) -> None:
    gauge.failure = DataError("This model needs the class of each image: name other data.")
    measure(panel, qtbot)
    assert panel.failure.isVisible()
    assert panel.failure.text().startswith("This model needs")
    gauge.failure = None
    measure(panel, qtbot)
    assert not panel.failure.isVisible()


def test_that_other_weights_put_the_result_out_of_date(panel: MetricsPanel, qtbot: QtBot) -> None:
    measure(panel, qtbot)
    assert not panel.stale.isVisible()
    session = panel.session
    session.set_setting("training.epochs", "1")
    session.train()
    qtbot.waitUntil(lambda: session.model_info is not None and session.model_info.step == 5)
    qtbot.waitUntil(lambda: not session.state.is_active)
    assert panel.stale.isVisible()
    assert panel.stale.text() == OTHER_RUN, "what was measured before the training had no run"
    measure(panel, qtbot)
    assert not panel.stale.isVisible()
    session.set_setting("training.epochs", "2")
    session.go_on()
    qtbot.waitUntil(lambda: session.model_info is not None and session.model_info.step == 10)
    qtbot.waitUntil(lambda: not session.state.is_active)
    assert panel.stale.text() == STALE


def test_that_an_undefined_value_comes_with_its_reason(panel: MetricsPanel, gauge: Gauge, qtbot: QtBot) -> None:
    gauge.measures = (Measure("log_likelihood", "Log-likelihood", None, "nats", note=REASON),)
    gauge.explains = False
    measure(panel, qtbot)
    assert panel.table.rows == (("Log-likelihood", "undefined"),)
    assert "A generator gives pictures no density" in [label.text() for label in panel.table._labels]
    assert not panel.chain.isVisible()
    assert not panel.worst.isVisible()


def test_that_the_worst_images_are_ranked_and_pinned(panel: MetricsPanel, qtbot: QtBot) -> None:
    session = panel.session
    qtbot.waitUntil(lambda: session.points is not None)
    measure(panel, qtbot)
    assert panel.worst.rows[:3] == [59, 58, 57]
    assert panel.worst.pictures.buttons[0].text() == f"{MINUS}164.0"
    panel.worst.order.setCurrentIndex(panel.worst.order.findData("gap"))
    assert panel.worst.rows[:2] == [51, 58]
    panel.worst.pictures.buttons[0].click()
    assert session.pinned is not None
    assert (session.pinned.sample, session.pinned.label) == (51, 0)
    assert session.points is not None
    assert session.pinned.z == session.points.place_of(51)


def test_that_an_image_that_is_not_among_the_points_is_found_too(panel: MetricsPanel, qtbot: QtBot) -> None:
    session = panel.session
    measure(panel, qtbot)
    session._encoder._set_points(None)
    panel.worst.pictures.buttons[0].click()
    qtbot.waitUntil(lambda: session.pinned is not None)
    assert session.pinned is not None
    assert session.pinned.sample == 59


def test_that_copying_gives_a_table_with_tabs(panel: MetricsPanel, qtbot: QtBot) -> None:
    measure(panel, qtbot)
    panel.copy_button.click()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[1].split("\t") == ["Log-likelihood", "-142.9", "0.002", "nats", "Integrated over the plane."]


def test_that_measures_and_images_are_saved_as_tables(
    panel: MetricsPanel, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure(panel, qtbot)
    target = tmp_path / "measured"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    panel.save_button.save_measures()
    with target.with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        rows = {row["measure"]: row for row in csv.DictReader(file)}
    assert rows["likelihood"]["value"] == "Bernoulli, grey levels"
    assert (rows["elbo"]["value"], rows["elbo"]["unit"], rows["elbo"]["error"]) == ("-149.5", "nats", "0.2")
    panel.save_button.save_image_values()
    with target.with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        first = next(csv.DictReader(file))
    assert (first["row"], first["log_likelihood"], first["gap"]) == ("45", "-150", "5")


def test_that_the_window_has_the_metrics_behind_the_inspector(window: MainWindow) -> None:
    docks = {dock.objectName(): dock for dock in window.docks}
    behind: list[QDockWidget] = window.tabifiedDockWidgets(docks["dock.inspector"])
    assert "dock.metrics" in [dock.objectName() for dock in behind]
    assert not docks["dock.inspector"].visibleRegion().isEmpty()
    assert docks["dock.metrics"].visibleRegion().isEmpty()


def test_that_values_have_the_decimals_that_their_error_allows() -> None:
    assert value_text(Measure("a", "A", 5.9, "nats", 0.03)) == "5.90 \N{PLUS-MINUS SIGN} 0.03 nats"
    assert value_text(Measure("a", "A", -100.0, "nats", 1e-9)) == f"{MINUS}100.000 \N{PLUS-MINUS SIGN} <0.001 nats"
    assert value_text(Measure("a", "A", 0.25, "bits")) == "0.250 bits"
    assert value_text(Measure("a", "A", None, "nats")) == "undefined"


def test_that_a_classifiers_worst_images_are_ranked_by_cross_entropy(qtbot: QtBot) -> None:
    worst = WorstImages()
    qtbot.addWidget(worst)
    nothing = np.full(3, np.nan)
    worst.show_values(PerImage(np.arange(3), nothing, nothing, nothing, np.array([0.1, 2.0, 0.5])), tiny_images())
    assert [worst.order.itemText(index) for index in range(worst.order.count())] == ["Highest cross-entropy"]
    assert worst.rows == [1, 2, 0]


def test_that_images_without_a_value_are_never_the_worst() -> None:
    values = np.array([3.0, np.nan, -1.0, 2.0])
    assert worst_first(values, lowest=True).tolist() == [2, 3, 0]
    assert worst_first(values, lowest=False).tolist() == [0, 3, 2]


def test_that_rows_with_chinese_words_are_as_high_as_others_and_values_share_their_baseline(qapp: QApplication) -> None:
    titles = ("\u7cbe\u786e\u503c", "ELBO", "IWAE-1 \u754c")
    table = MeasureTable()
    table.show_evaluation(
        Evaluation(
            likelihood="",
            kind="",
            images=0,
            seed=0,
            step=0,
            measures=tuple(Measure(title, title, -1.5, "nats") for title in titles),
            per_image=None,
            notes=(),
        )
    )
    table.resize(300, table.sizeHint().height())
    labels = table.findChildren(QLabel)
    table.grab()
    baselines = [label.y() + label.contentsMargins().top() + first_line(label)[0] for label in labels]
    assert baselines[::2] == baselines[1::2], "titles and values"
    assert len(set(np.diff(baselines[::2]).tolist())) == 1
