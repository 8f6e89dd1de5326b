"""What the palette offers first for what people type, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.gui.spoken import choose
from vae_explorer.gui.palette_entries import Entry, search
from vae_explorer.gui.palette_sources import entries
from vae_explorer.gui.palette_words import OTHER_WORDS
from vae_explorer.objectives import OBJECTIVES

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow
    from vae_explorer.gui.renewal import OneWindow

ENGLISH = {
    "cvae class-mean": "objective.cvae-class-mean",
    "cvae label": "objective.cvae-label",
    "vae": "objective.vae",
    "beta": "objective.beta-vae",
    "bottleneck": "objective.vib",
    "mnist": "data.mnist",
    "digits": "data.mnist-10k",
    "ring": "data.ring",
    "grid": "data.grid",
    "dataset": "file.open-data",
    "download": "data.mnist",
    "export": "file.export",
    "save": "file.export",
    "save picture": "export.grid",
    "animation": "file.export",
    "csv": "export.latents",
    "dark": "theme.dark",
    "undo": "edit.undo",
    "speed": "walk.equal-speed",
    "random": "explore.random-sample",
    "slerp": "method.spherical",
    "geodesic": "method.geodesic",
    "language": "language.zh_CN",
    "chinese": "language.zh_CN",
    "keyboard": "help.shortcuts",
    "bin": "file.runs",
    "delete run": "file.runs",
    "pause": "train.toggle",
    "gpu": "setting.training.device",
    "heat map": "layer.aggregate",
    "exit": "file.quit",
    "help": "help.pages",
}
CHINESE = {
    "信息瓶颈": "objective.vib",
    "类别均值": "objective.cvae-class-mean",
    "数字": "data.mnist-10k",
    "网格": "data.grid",
    "导出": "file.export",
    "保存图片": "file.export",
    "深色": "theme.dark",
    "撤销": "edit.undo",
    "速度": "setting.training.learning_rate",
    "随机": "setting.training.seed",
    "球面插值": "method.spherical",
    "损失": "panel.curves",
    "语言": "language.system",
    "英文": "language.en",
    "键盘": "help.shortcuts",
    "回收站": "file.runs",
    "暂停": "train.toggle",
    "slerp": "method.spherical",
    "bin": "file.runs",
}


def first(typed: str, offered: tuple[Entry, ...]) -> str:
    found = search(typed, offered, ())
    return found[0].entry.name if found else ""


@pytest.mark.parametrize(("code", "wanted"), [("en", ENGLISH), ("zh_CN", CHINESE)])
def test_that_what_is_meant_comes_first(holder: OneWindow, code: str, wanted: dict[str, str], qtbot: QtBot) -> None:
    offered = entries(choose(holder, code, qtbot))
    assert {typed: first(typed, offered) for typed in wanted} == wanted


def test_that_each_objective_can_be_chosen_before_it_is_read_about(window: MainWindow) -> None:
    offered = entries(window)
    assert {first(entry.title, offered) for entry in OBJECTIVES} == {f"objective.{entry.name}" for entry in OBJECTIVES}


def test_that_other_words_belong_to_lines_that_are_there(window: MainWindow) -> None:
    names = {entry.name for entry in entries(window)}
    assert set(OTHER_WORDS) - names == {"data", "download"}


def test_that_a_word_of_the_title_comes_before_another_word_for_something() -> None:
    offered = [
        Entry("other", "Export…", "", "", lambda: None, others="save"),
        Entry("titled", "Save all", "", "", lambda: None),
    ]
    assert [found.entry.name for found in search("save", offered, ())] == ["titled", "other"]
