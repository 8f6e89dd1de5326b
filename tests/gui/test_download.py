"""A data set that isn't on this computer is offered, downloaded with progress, left and gone on with, then chosen."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.loopback import Loopback, offer_drawings, say, stall_after, trusted
from tests.patience import has_settled
from vae_explorer.app.session import Session
from vae_explorer.app.state import RunState
from vae_explorer.data.catalogue import SOURCES, Source
from vae_explorer.data.download_folder import bytes_here, folder_of, is_here
from vae_explorer.gui.palette_sources import entries
from vae_explorer.gui.panels.experiment import ExperimentPanel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend
    from vae_explorer.data.downloadable import Downloadable
    from vae_explorer.gui.download_offer import DownloadOffer
    from vae_explorer.gui.main_window import MainWindow
    from vae_explorer.gui.panels.data_section import DataSection


@pytest.fixture
def loopback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """A server that offers the data set ``drawings``."""
    with trusted(tmp_path, monkeypatch) as made, SOURCES.added(offer_drawings(made)):
        yield made


@pytest.fixture
def panel(loopback: Loopback, loaded_session: Session, qtbot: QtBot) -> ExperimentPanel:
    """A panel whose list of data knows the drawings."""
    del loopback
    made = ExperimentPanel(loaded_session)
    qtbot.addWidget(made)
    made.resize(310, 900)
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def section(panel: ExperimentPanel) -> DataSection:
    """The data part of the panel."""
    return panel.data


@pytest.fixture
def shown(loopback: Loopback, window: MainWindow) -> DataSection:
    """The data part of the window, whose list knows the drawings."""
    del loopback
    panel = window.panel("experiment")
    assert isinstance(panel, ExperimentPanel)
    return panel.data


def drawings() -> Downloadable:
    wanted = SOURCES.get("drawings").download
    assert wanted is not None
    return wanted


def choose(section: DataSection, name: str) -> None:
    """Choose a data set with the keys, in the list that opens."""
    section.source.setFocus()
    target = section.source.findData(name)
    assert target >= 0
    section.source.showPopup()
    view = section.source.view()
    view.setCurrentIndex(view.model().index(target, 0))
    QTest.keyClick(view, Qt.Key.Key_Return)


def click(offer: DownloadOffer, name: str) -> None:
    button = {"get": offer.get_button, "cancel": offer.cancel_button, "dismiss": offer.dismiss_button}[name]
    assert button.isVisible()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_that_the_list_names_size_and_licence_of_what_is_not_here(section: DataSection) -> None:
    texts = [section.source.itemText(row) for row in range(section.source.count())]
    assert "Fashion-MNIST · 29.4 MiB · MIT" in texts
    assert "Digits (MNIST, 10,000)" in texts
    tip = section.source.itemData(section.source.findData("fashion-mnist"), Qt.ItemDataRole.ToolTipRole)
    assert "29.4 MiB to download from Zalando SE, MIT" in tip


def test_that_nothing_is_downloaded_unless_a_person_asks_for_it(
    section: DataSection, loopback: Loopback, loaded_session: Session
) -> None:
    before = loaded_session.experiment.data.source
    assert not section.offer.isVisible()
    choose(section, "drawings")
    assert section.offer.isVisible()
    assert section.offer.heading.text() == "Drawings"
    assert section.offer.terms.text().endswith("KiB, MIT, from Somebody")
    assert section.source.currentData() == "drawings"
    assert loaded_session.experiment.data.source == before
    assert section.summary.text().startswith("In use until then: Digits (MNIST, 10,000)\n")
    click(section.offer, "dismiss")
    assert not section.summary.text().startswith("In use")
    assert not section.offer.isVisible()
    assert section.source.currentData() == before
    assert loopback.seen == []


def test_that_what_was_downloaded_is_chosen_by_itself(shown: DataSection, window: MainWindow, qtbot: QtBot) -> None:
    choose(shown, "drawings")
    click(shown.offer, "get")
    qtbot.waitUntil(lambda: window.session.experiment.data.source == "drawings")
    qtbot.waitUntil(lambda: window.session.state is RunState.READY and not shown.offer.isVisible())
    assert is_here(drawings())
    assert shown.source.currentData() == "drawings"
    assert shown.source.currentText() == "Drawings"
    assert window.focusWidget() is shown.source


def test_that_a_download_shows_how_far_it_is_and_goes_on_after_it_was_left(
    section: DataSection, loopback: Loopback, loaded_session: Session, qtbot: QtBot
) -> None:
    loopback.acts = [stall_after(20_000)]
    offer = section.offer
    choose(section, "drawings")
    click(offer, "get")
    assert offer.heading.text() == "Downloading Drawings"
    assert section.window().focusWidget() is offer.cancel_button
    qtbot.waitUntil(lambda: offer.words.text().startswith("19.5 of "))
    assert offer.progress.value() == round(1000 * 20_000 / drawings().size)
    assert section.source.currentData() == loaded_session.experiment.data.source
    QTest.keyClick(offer.cancel_button, Qt.Key.Key_Space)
    assert offer.words.text() == "Cancelling …"
    qtbot.waitUntil(lambda: not loaded_session.downloads.running)
    assert offer.get_button.text() == "Go on"
    assert offer.words.text() == "19.5 KiB of it is here already."
    assert section.window().focusWidget() is offer.get_button
    QTest.keyClick(offer.get_button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: loaded_session.experiment.data.source == "drawings")
    assert loopback.seen[1][1]["Range"] == "bytes=20000-"


def test_that_a_download_left_yesterday_is_offered_to_go_on(section: DataSection) -> None:
    folder = folder_of(drawings())
    folder.mkdir(parents=True)
    (folder / f"{drawings().files[0].name}.part").write_bytes(b"x" * 3000)
    choose(section, "drawings")
    assert section.offer.get_button.text() == "Go on"
    assert section.offer.words.text() == "2.9 KiB of it is here already."


def test_that_a_failure_says_why_and_how_to_get_it_by_hand(
    section: DataSection, loopback: Loopback, loaded_session: Session, qtbot: QtBot
) -> None:
    loopback.always = say(404)
    offer = section.offer
    choose(section, "drawings")
    click(offer, "get")
    qtbot.waitUntil(lambda: offer.get_button.text() == "Try again")
    assert offer.message.text().startswith("Drawings wasn't downloaded, because no place gives it")
    assert "the file isn't there any more" in offer.message.text()
    assert "By hand" not in offer.message.text()
    assert offer.way.text().startswith("By hand: get train-images-idx3-ubyte.gz, ")
    assert f"into the folder {folder_of(drawings())}, then try again." in offer.way.text()
    folder_of(drawings()).mkdir(parents=True, exist_ok=True)
    for name, content in loopback.files.items():
        (folder_of(drawings()) / name).write_bytes(content)
    click(offer, "get")
    qtbot.waitUntil(lambda: loaded_session.experiment.data.source == "drawings")


def test_that_without_a_network_the_card_says_so_and_can_be_sent_away(
    section: DataSection, loaded_session: Session, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    def nobody(*args: object, **kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    monkeypatch.setattr(socket, "create_connection", nobody)
    choose(section, "kmnist")
    click(section.offer, "get")
    qtbot.waitUntil(lambda: section.offer.get_button.text() == "Try again")
    assert "codh.rois.ac.jp can't be reached: check the connection" in section.offer.message.text()
    click(section.offer, "dismiss")
    assert not section.offer.isVisible()
    choose(section, "kmnist")
    assert section.offer.message.text() == ""


def test_that_one_data_set_is_downloaded_at_a_time(
    section: DataSection, loopback: Loopback, loaded_session: Session, qtbot: QtBot
) -> None:
    told: list[str] = []
    loaded_session.noticed.connect(lambda notice: told.append(notice.text))
    loopback.acts = [stall_after(20_000)]
    choose(section, "drawings")
    click(section.offer, "get")
    qtbot.waitUntil(lambda: bytes_here(drawings()) >= 20_000)
    choose(section, "kmnist")
    assert "One data set is downloaded at a time: wait for the one that is on its way." in told
    loaded_session.downloads.start("kmnist")
    assert loaded_session.downloads.running == "drawings"
    assert section.offer.heading.text() == "Downloading Drawings"
    click(section.offer, "cancel")
    qtbot.waitUntil(lambda: not loaded_session.downloads.running)


def test_that_other_data_can_be_chosen_while_one_set_is_downloaded(
    section: DataSection, loopback: Loopback, loaded_session: Session, qtbot: QtBot
) -> None:
    loopback.acts = [stall_after(20_000)]
    choose(section, "drawings")
    click(section.offer, "get")
    choose(section, "ring")
    assert loaded_session.experiment.data.source == "ring"
    assert section.offer.isVisible()
    click(section.offer, "cancel")
    qtbot.waitUntil(lambda: not loaded_session.downloads.running)
    qtbot.waitUntil(lambda: loaded_session.state is RunState.READY)


def test_that_choosing_other_data_takes_the_offer_back(
    section: DataSection, loaded_session: Session, qtbot: QtBot
) -> None:
    choose(section, "drawings")
    choose(section, "ring")
    assert not section.offer.isVisible()
    assert section.source.currentData() == "ring"
    qtbot.waitUntil(lambda: loaded_session.state is RunState.READY)


def test_that_another_setting_leaves_the_offer_as_it_is(section: DataSection, loaded_session: Session) -> None:
    choose(section, "drawings")
    loaded_session.set_setting("training.epochs", "3")
    assert section.offer.isVisible()
    assert section.source.currentData() == "drawings"


def test_that_what_arrives_while_a_model_trains_waits_to_be_chosen(
    section: DataSection, loaded_session: Session, qtbot: QtBot
) -> None:
    told: list[str] = []
    loaded_session.noticed.connect(lambda notice: told.append(notice.text))
    before = loaded_session.experiment.data.source
    choose(section, "drawings")
    loaded_session.set_setting("training.epochs", "10000")
    loaded_session.train()
    qtbot.waitUntil(lambda: loaded_session.state is RunState.TRAINING)
    click(section.offer, "get")
    qtbot.waitUntil(lambda: is_here(drawings()) and not loaded_session.downloads.running)
    assert any(text.startswith("Drawings was downloaded: choose it in the list") for text in told)
    assert loaded_session.experiment.data.source == before
    loaded_session.stop()
    qtbot.waitUntil(lambda: not loaded_session.state.is_active)


def test_that_the_palette_of_commands_offers_it_too(shown: DataSection, window: MainWindow) -> None:
    window.enter("learn")
    entry = next(each for each in entries(window) if each.name == "data.drawings")
    entry.act()
    assert shown.offer.isVisible()
    assert shown.source.currentData() == "drawings"
    assert window.session.experiment.data.source != "drawings"


def test_that_a_start_with_a_set_that_is_not_here_offers_it_beside_the_usual_data(
    loopback: Loopback, tmp_path: Path, backend: FakeBackend, qtbot: QtBot
) -> None:
    session = Session(tmp_path / "runs", backend)
    panel = ExperimentPanel(session)
    qtbot.addWidget(panel)
    panel.show()
    session.start("drawings")
    qtbot.waitUntil(lambda: has_settled(session))
    assert panel.data.offer.heading.text() == "Drawings"
    assert panel.data.source.currentData() == "drawings"
    assert session.experiment.data.source != "drawings"
    assert loopback.seen == []
    assert session.close()


def test_that_closing_the_window_leaves_the_download_and_keeps_its_part(
    shown: DataSection, loopback: Loopback, window: MainWindow, qtbot: QtBot
) -> None:
    loopback.acts = [stall_after(20_000)]
    choose(shown, "drawings")
    click(shown.offer, "get")
    qtbot.waitUntil(lambda: bytes_here(drawings()) >= 20_000)
    window.close()
    assert window.stopped_in_time
    assert bytes_here(drawings()) >= 20_000


def test_that_every_control_of_the_card_is_named_and_explained(section: DataSection) -> None:
    choose(section, "drawings")
    for button in (section.offer.get_button, section.offer.cancel_button, section.offer.dismiss_button):
        assert button.text()
        assert button.toolTip()
    assert section.offer.progress.accessibleName()
    assert "MIT licence" in section.offer.terms.toolTip()


def test_that_only_published_sets_are_offered(loaded_session: Session) -> None:
    downloads = loaded_session.downloads
    assert not downloads.is_missing("ring")
    assert not downloads.is_missing("/no/such/file")
    with pytest.raises(ValueError, match="ring can't be downloaded"):
        downloads.offer("ring")
    assert isinstance(SOURCES.get("kmnist"), Source)
