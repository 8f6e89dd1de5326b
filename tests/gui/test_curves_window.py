"""The large loss curves: opened by key, button and menu, read, zoomed, dressed, and live while a model trains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QMenu

from tests.gui.curves.driver import objective_records, run_records
from tests.gui.plane_driver import train, wheel
from tests.gui.test_launch import python
from tests.gui.test_time import curves, opened, wait_for_step
from vae_explorer.gui.dialogs.curves import CurvesWindow
from vae_explorer.gui.theme import DARK, LIGHT
from vae_explorer.training.changes import SettingChange

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend
    from vae_explorer.gui.main_window import MainWindow

__all__ = ["opened"]

LEFT = Qt.MouseButton.LeftButton
CONTROL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier

LIST_PLOTS = """
import sys
from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication
from vae_explorer.gui.launch import make_window
app = QApplication([])
window = make_window()
loop = QEventLoop()
window.filled.connect(loop.quit)
window.show()
window.begin()
loop.exec()
hooks = sys.excepthook
print("pyqtgraph" in sys.modules)
window.commands["view.enlarge-curves"].trigger()
print("pyqtgraph" in sys.modules, sys.excepthook is hooks)
import pyqtgraph
print(pyqtgraph.getConfigOption("background"), window.enlarging.opened.isVisible())
window.close()
"""


def enlarge(window: MainWindow, qtbot: QtBot) -> CurvesWindow:
    """Open the window by its key, beside the program's: offscreen, the pointer belongs to whichever is older."""
    QTest.keyClick(window, Qt.Key.Key_L, CONTROL_SHIFT)
    made = window.enlarging.opened
    assert made is not None
    made.move(window.geometry().right() + 100, 0)
    qtbot.waitExposed(made)
    qtbot.waitUntil(lambda: not made.plots.widget.isVisible() or made.plots.widget.width() > 300)
    return made


@pytest.fixture
def large(window: MainWindow, qtbot: QtBot) -> CurvesWindow:
    """The window with three hundred records in it."""
    window.session.metrics_added.emit(run_records(300))
    return enlarge(window, qtbot)


def test_that_lines_keep_their_width_on_a_screen_of_finer_pixels(large: CurvesWindow) -> None:
    (curves, *_) = large.plots.shown[0]._curves
    for fineness in (1.0, 2.0):
        curves.set_theme(LIGHT, fineness)
        assert curves._test.opts["pen"].widthF() == pytest.approx(2.2 * fineness)
        assert curves._raw.opts["pen"].widthF() == 1.0, "Qt takes seconds for a jagged line that is wider"


def test_that_a_single_value_is_a_dot_until_there_is_a_line(window: MainWindow, qtbot: QtBot) -> None:
    window.session.metrics_added.emit(run_records(1))
    made = enlarge(window, qtbot)
    (plot, *_) = made.plots.shown
    colour = plot.quantities[0].colour(made.plots._theme)

    def is_seen() -> bool:
        image = plot._widget.grab().toImage()
        place = image.rect()
        return any(
            image.pixelColor(x, y) == colour for y in range(0, place.height(), 2) for x in range(0, place.width(), 2)
        )

    qtbot.waitUntil(is_seen)
    raw = plot._curves[-1]._raw
    assert raw.opts["symbol"] == "o"
    window.session.metrics_added.emit(run_records(20, first=2))
    qtbot.waitUntil(lambda: raw.opts["symbol"] is None)


def box(large: CurvesWindow, text: str) -> QCheckBox:
    return next(found for found in large.findChildren(QCheckBox) if found.text() == text)


def double_click(large: CurvesWindow, place: QPoint) -> None:
    """Press and release twice: Qt's test module leaves the second release out, at which pyqtgraph acts."""
    viewport = large.plots.widget.viewport()
    QTest.mouseClick(viewport, LEFT, pos=place)
    QTest.mouseDClick(viewport, LEFT, pos=place)
    QTest.mouseRelease(viewport, LEFT, pos=place)


def pixel(large: CurvesWindow, x: float, plot: int = 0) -> QPoint:
    """Return the pixel at a position on the x axis, in the middle of a plot's height."""
    view = large.plots.shown[plot].item.vb
    low, high = large.plots.shown[plot].y_range
    place = view.mapViewToScene(QPointF(x, (low + high) / 2))
    return QPoint(round(place.x()), round(place.y()))


def test_that_pyqtgraph_is_imported_when_the_curves_are_enlarged_and_changes_nothing_else() -> None:
    done = python(LIST_PLOTS)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:3] == ["False", "True True", "k True"]


def test_that_key_button_and_menu_open_one_window_that_blocks_nothing(window: MainWindow, qtbot: QtBot) -> None:
    made = enlarge(window, qtbot)
    assert not made.isModal()
    QTest.mouseClick(curves(window).enlarge, LEFT)
    (view,) = (menu for menu in window.menuBar().findChildren(QMenu) if menu.title() == "&View")
    next(action for action in view.actions() if action.objectName() == "view.enlarge-curves").trigger()
    assert window.findChildren(CurvesWindow) == [made]
    QTest.keyClick(made, Qt.Key.Key_Return)
    assert made.isVisible()
    QTest.keyClick(made, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.findChildren(CurvesWindow) == [])
    QTest.mouseClick(curves(window).enlarge, LEFT)
    assert window.enlarging.opened is not None
    window.close()
    assert window.enlarging.opened is None


def test_that_it_shows_the_quantities_of_the_panel_in_a_plot_for_each_unit(
    window: MainWindow, large: CurvesWindow
) -> None:
    shown = [[quantity.key for quantity in plot.quantities] for plot in large.plots.shown]
    assert shown == [["loss", "reconstruction"], ["kl", "kl_z1", "kl_z2"]]
    assert large.quantities == curves(window).quantities
    assert large.table.text("loss")[1] == "124.00"
    assert large.plots.shown[0].x_range == pytest.approx((0.0, 30.3))
    low, high = large.plots.shown[0].y_range
    assert 110 < low < 124 < high < 170
    box(large, "KL").click()
    assert large.table.hidden == {"kl"}
    for text in ("KL of z₁", "KL of z₂"):
        box(large, text).click()
    assert len(large.plots.shown) == 1


def test_that_a_new_run_with_other_terms_replaces_the_curves(window: MainWindow, large: CurvesWindow) -> None:
    window.session.metrics_reset.emit()
    window.session.metrics_added.emit(objective_records({"loss": 3.0}))
    large.refresh()
    assert [[quantity.key for quantity in plot.quantities] for plot in large.plots.shown] == [["loss"]]


def test_that_the_wheel_zooms_all_plots_along_x_until_fit(large: CurvesWindow, qtbot: QtBot) -> None:
    viewport = large.plots.widget.viewport()
    qtbot.waitUntil(lambda: pixel(large, 15).x() > 300)
    wheel(viewport, pixel(large, 15), 3)
    zoomed = large.plots.shown[0].x_range
    assert 0 < zoomed[0] < 15 < zoomed[1] < 30
    assert large.plots.shown[1].x_range == pytest.approx(zoomed)
    large.refresh()
    assert large.plots.shown[0].x_range == pytest.approx(zoomed)
    double_click(large, pixel(large, 15))
    assert large.plots.shown[1].x_range == pytest.approx((0.0, 30.3))


def test_that_keys_zoom_move_and_fit(large: CurvesWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(large.plots.widget.hasFocus)
    QTest.keyClick(large.plots.widget, Qt.Key.Key_Plus)
    low, high = large.plots.shown[1].x_range
    assert high - low == pytest.approx(0.75 * 30.3)
    QTest.keyClick(large.plots.widget, Qt.Key.Key_Right)
    assert large.plots.shown[1].x_range[0] == pytest.approx(low + 0.1 * (high - low))
    QTest.keyClick(large.plots.widget, Qt.Key.Key_Home)
    assert large.plots.shown[1].x_range == pytest.approx((0.0, 30.3))


def test_that_axis_and_scale_are_chosen(large: CurvesWindow) -> None:
    axis = next(found for found in large.findChildren(QComboBox) if found.accessibleName() == "Horizontal axis")
    axis.setCurrentIndex(1)
    assert large.plots.shown[0].x_range == pytest.approx((0.0, 303.0))
    box(large, "Log scale").click()
    low, high = large.plots.shown[0].y_range
    assert 2.0 < low < high < 2.5


def test_that_the_pointer_reads_the_values_under_it(large: CurvesWindow, qtbot: QtBot) -> None:
    viewport = large.plots.widget.viewport()
    for position in (5, 10, 20):
        # pyqtgraph takes a hundred moves a second at most.
        QTest.mouseMove(viewport, pixel(large, position))
        qtbot.wait(30)
    qtbot.waitUntil(lambda: "Epoch 20.00" in large.reading.text())
    assert "Reconstruction" in large.reading.text().replace("&nbsp;", " ")
    assert "150.00 / 134.00" in large.reading.text().replace("&nbsp;", " ")
    QTest.mouseMove(large.tools, QPoint(5, 5))
    qtbot.waitUntil(lambda: "Point at the curves" in large.reading.text())


def test_that_the_right_button_opens_no_menu_of_the_library(large: CurvesWindow) -> None:
    QTest.mouseClick(large.plots.widget.viewport(), Qt.MouseButton.RightButton, pos=pixel(large, 15))
    assert not any(isinstance(found, QMenu) and found.isVisible() for found in QGuiApplication.allWindows())
    assert not any(menu.isVisible() for menu in large.findChildren(QMenu))


def test_that_it_follows_a_training_and_its_end(window: MainWindow, backend: FakeBackend, qtbot: QtBot) -> None:
    large = enlarge(window, qtbot)
    assert not list(large.plots.shown)
    backend.step_seconds = 0.02
    window.session.set_setting("training.epochs", "100")
    QTest.mouseClick(window.run_bar.toggle_button, LEFT)
    qtbot.waitUntil(lambda: large.drawings > 2 and len(large.plots.shown) > 0)
    first = large.plots.shown[0].x_range[1]
    qtbot.waitUntil(lambda: large.plots.shown[0].x_range[1] > first)
    window.session.stop()
    qtbot.waitUntil(lambda: not window.session.state.is_active)
    assert large.drawings < len(window.session.metrics)


def test_that_nothing_is_drawn_while_it_is_minimised(window: MainWindow, large: CurvesWindow) -> None:
    large.hide()
    before = large.drawings
    window.session.metrics_added.emit(run_records(10, first=301))
    large.refresh()
    assert large.drawings == before
    large.show()
    assert large.plots.shown[0].x_range[1] == pytest.approx(31.0 * 1.01)


def test_that_a_theme_dresses_what_is_open_and_what_opens_later(window: MainWindow, qtbot: QtBot) -> None:
    window.session.metrics_added.emit(run_records(50))
    window.set_theme("dark")
    large = enlarge(window, qtbot)
    corner = QPoint(4, 4)
    assert large.plots.widget.grab().toImage().pixelColor(corner) == QColor(DARK.plot)
    window.set_theme("light")
    assert large.plots.widget.grab().toImage().pixelColor(corner) == QColor(LIGHT.plot)
    axis = large.plots.shown[0].item.getAxis("left")
    assert axis.textPen().color() == QColor(LIGHT.muted)


def test_that_a_click_shows_that_moment_and_two_clicks_only_fit(opened: MainWindow, qtbot: QtBot) -> None:
    opened.session.metrics_added.emit(run_records(14))
    large = enlarge(opened, qtbot)
    viewport = large.plots.widget.viewport()
    QTest.mouseClick(viewport, LEFT, pos=pixel(large, 0.41))
    wait_for_step(opened, qtbot, 2)
    assert large.plots.shown[0].moment == pytest.approx(0.4)
    double_click(large, pixel(large, 0.81))
    wanted = opened.session.moments.wanted
    assert wanted is not None
    assert wanted.step == 2
    wait_for_step(opened, qtbot, 2)
    opened.session.moments.travel(None)
    assert large.plots.shown[0].moment is None


def test_that_changes_of_settings_are_marked_and_named_once(window: MainWindow, qtbot: QtBot) -> None:
    train(window.session, qtbot)
    large = enlarge(window, qtbot)
    change = SettingChange(3, 0.3, 1.0, "training.learning_rate", 0.002, 0.001)
    window.session.steering.add(change)
    qtbot.waitUntil(lambda: len(large.plots.shown[0].marked) == 1)
    assert large.plots.shown[0].marked[0].words == window.session.steering.words(change)
