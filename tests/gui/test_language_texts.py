"""What the windows say once another language is chosen: everything, and nothing in the language before."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from tests.gui.compare_driver import make_run
from tests.gui.plane_driver import train
from tests.gui.spoken import Said, choose, said_beside, said_by
from tests.patience import has_settled
from vae_explorer.app.state import LatentPoint, NoticeAction
from vae_explorer.errors import DataError
from vae_explorer.gui.main_window import MainWindow
from vae_explorer.gui.panels import PANELS
from vae_explorer.gui.preferences import Preferences
from vae_explorer.language import LANGUAGES, tr
from vae_explorer.latent.measures import Evaluation, EvaluationOptions, Measure

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_explorer.app.jobs import JobContext
    from vae_explorer.app.model import Model
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.gui.renewal import OneWindow

CHINESE = re.compile(r"[\u4e00-\u9fff]")
HISTORY = ("Readout", "QProgressBar")
"""Classes that tell times and shares of what was done last, which a new window hasn't seen."""


def measured(
    model: Model, _dataset: ImageDataset, options: EvaluationOptions, _tell: object, _cancelled: object
) -> Evaluation:
    """Stand in for the evaluation."""
    measures = (Measure("elbo", "ELBO", -149.5, "nats", 0.2), Measure("neighbours", "k-NN accuracy", 78.4, "%", 0.4))
    notes = ("Cross-entropy of grey levels is no likelihood.",)
    return Evaluation("Bernoulli, grey levels", "cross-entropy", 15, options.seed, model.step, measures, None, notes)


def use(window: MainWindow, folder: Path, qtbot: QtBot) -> None:
    """Do what leaves words behind: a run, steps to undo, measures, notices, and windows beside the main one."""
    session = window.session
    make_run(folder / "runs", "unreadable")
    session.evaluation.work = measured
    train(session, qtbot)
    session.set_layers({"points", "prior"})
    session.set_start(LatentPoint((-1.4, 0.6)))
    session.set_end(LatentPoint((1.2, -0.8)))
    points = session.points
    assert points is not None
    session.select(points.rows[:9])
    session.pin((float(points.z[0, 0]), float(points.z[0, 1])), int(points.rows[0]))
    session.set_layers({"points"})
    session.undo()
    session.set_setting("training.epochs", "7")
    session.evaluation.measure(EvaluationOptions())
    qtbot.waitUntil(lambda: not session.evaluation.is_running)
    session.message_changed.emit(tr("Saved in {name}", name="here"))
    for opener in (window.comparing, window.enlarging, window.runs):
        opener.open()
    break_down(window, qtbot)


def break_down(window: MainWindow, qtbot: QtBot) -> None:
    """Let work fail whose error is told in a notice, and give another one a button."""
    session = window.session

    def fail(_context: JobContext) -> object:
        raise DataError(tr("{folder}: {reason}.", folder="/data", reason=tr("no reason was given")))

    session.notify("warning", tr("There are no encoded images yet: train a model first."), actions=(again(),))
    work = session.latest_work(tr("read the table"))
    work.failed.connect(lambda message, details: session.notify("error", message, details))
    work.ask(fail)
    qtbot.waitUntil(lambda: len(window.notices.cards) == 2)


def again() -> NoticeAction:
    return NoticeAction(tr("Try again"), tr("Click to try again."), lambda: None)


def all_said(window: MainWindow, qtbot: QtBot) -> Said:
    """Return all that is said while one panel after the other is looked at."""
    said: Said = Counter()
    for is_asked_for in (False, True):  # what a panel only asks for as it is looked at is there the second time
        for entry in PANELS:
            window.reveal(entry.name)
            qtbot.waitUntil(lambda: has_settled(window.session))
            qtbot.wait(50)
            if is_asked_for:
                said |= said_by(window) + said_beside(window)
    window.reveal("plane")
    return Counter({key: count for key, count in said.items() if key[0] not in HISTORY})


def test_that_notices_and_status_speak_the_language_that_is_chosen(holder: OneWindow, qtbot: QtBot) -> None:
    break_down(holder.window, qtbot)
    holder.window.session.message_changed.emit(tr("Saved in {name}", name="here"))
    cards = choose(holder, "zh_CN", qtbot).notices.cards
    assert [card.text.text() for card in cards] == ["还没有编码后的图像：请先训练模型。", "/data：没有给出原因。"]
    assert [button.text() for button in cards[0].action_buttons] == ["重试"]
    assert holder.window.status.message.text() == "已保存到 here"
    cards = choose(holder, "en", qtbot).notices.cards
    assert [card.text.text() for card in cards] == [
        "There are no encoded images yet: train a model first.",
        "/data: no reason was given.",
    ]
    assert holder.window.status.message.text() == "Saved in here"


def test_that_a_notice_whose_details_are_read_stays_unfolded(holder: OneWindow, qtbot: QtBot) -> None:
    for text in ("This is worth knowing.", "This too."):
        holder.window.session.notify("warning", text, "What lies behind it.")
    holder.window.notices.cards[0].details_button.click()
    cards = choose(holder, "zh_CN", qtbot).notices.cards
    assert [card.details_button.isChecked() for card in cards] == [True, False]


def test_that_a_notice_is_withdrawn_in_every_language(holder: OneWindow, qtbot: QtBot) -> None:
    session = holder.window.session
    session.offer("warning", tr("There are no encoded images yet: train a model first."), "", (again(),))
    assert len(choose(holder, "zh_CN", qtbot).notices.cards) == 1
    session.withdraw_offer()
    assert holder.window.notices.cards == ()


def test_that_nothing_chinese_is_left_once_english_is_chosen(holder: OneWindow, tmp_path: Path, qtbot: QtBot) -> None:
    use(choose(holder, "zh_CN", qtbot), tmp_path, qtbot)
    said = all_said(choose(holder, "en", qtbot), qtbot)
    assert [key for key in said if CHINESE.search(key[2]) and key[2] != LANGUAGES["zh_CN"]] == []


def test_that_all_is_said_again_once_the_first_language_is_chosen(
    holder: OneWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    use(holder.window, tmp_path, qtbot)
    before = all_said(holder.window, qtbot)
    choose(holder, "zh_CN", qtbot)
    assert differences(before, all_said(choose(holder, "en", qtbot), qtbot)) == []


def test_that_a_window_says_what_one_says_that_is_made_in_its_language(
    holder: OneWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    use(holder.window, tmp_path, qtbot)
    renewed = choose(holder, "zh_CN", qtbot)
    renewed.put_away()
    renewed.notices.dismiss_all()
    renewed.status.say("")
    said = all_said(renewed, qtbot)
    fresh = MainWindow(renewed.session, tmp_path / "another config", Preferences(language="zh_CN"))
    qtbot.addWidget(fresh)
    fresh.show()
    fresh.fill()
    renewed.hide()
    assert differences(said, all_said(fresh, qtbot)) == []


def differences(first: Said, second: Said) -> list[tuple[str, ...]]:
    """Return what only one of them says."""
    return sorted([("lost", *key) for key in first - second] + [("gained", *key) for key in second - first])
