"""Texts in the chosen language, and which language that is."""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from vae_explorer.errors import VaeExplorerError
from vae_explorer.language import (
    AND,
    LANGUAGES,
    PSEUDO,
    bracketed,
    in_language,
    language,
    listed,
    marked,
    percent,
    sentences,
    system_language,
    tr,
    use,
    within_sentence,
    without_stop,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    """Leave the process as it was."""
    yield
    use("en")


def test_that_english_is_what_stands_in_the_sources() -> None:
    assert language() == "en"
    assert tr("epoch {epoch}/{epochs}", epoch=3, epochs=30) == "epoch 3/30"


def test_that_a_text_without_values_keeps_its_braces() -> None:
    assert tr("{as it stands}") == "{as it stands}"


def test_that_a_marked_text_is_translated_where_it_is_shown() -> None:
    title = marked("&File")
    use("zh_CN")
    assert title == "&File"
    assert tr(title) == "文件(&F)"


def test_that_sentences_are_divided_as_their_language_divides_them() -> None:
    assert sentences("It is full.", "", "Free some space.") == "It is full. Free some space."
    assert sentences("磁盘已满。", "", "请腾出空间。") == "磁盘已满。请腾出空间。"
    assert sentences("It is full.", "请腾出空间。") == "It is full. 请腾出空间。"
    assert sentences() == ""


def test_that_the_sign_of_per_cent_stands_as_its_language_sets_it() -> None:
    assert percent(0.314) == "31%"
    assert percent(0.314, 1) == "31.4%"
    use("zh_CN")
    assert percent(0.314, 1) == "31.4%"


def test_that_brackets_are_those_of_the_language() -> None:
    assert bracketed("z₁", "prior SD") == "z₁ (prior SD)"
    use("zh_CN")
    assert bracketed("放大", "+") == "放大（+）"


def test_that_nothing_stays_nothing_in_every_language() -> None:
    for code in (*LANGUAGES, PSEUDO):
        use(code)
        assert tr("") in {"", "[]"}


def test_that_the_language_for_trials_keeps_what_is_filled_in_and_mnemonics() -> None:
    use(PSEUDO)
    assert tr("&Open {name:>3} now", name="a").startswith("[&Opéñ   a ñöw")


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh_CN"),
        ({"LANG": "zh_TW.UTF-8"}, "zh_CN"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LANGUAGE": "zh_CN:en"}, "zh_CN"),
        ({"LANG": "zh_CN.UTF-8", "VAE_EXPLORER_LANGUAGE": "en"}, "en"),
        ({"LANG": "en_GB.UTF-8", "VAE_EXPLORER_LANGUAGE": "qps"}, PSEUDO),
        ({"LANG": "zh_CN.UTF-8", "VAE_EXPLORER_LANGUAGE": "nonsense"}, "zh_CN"),
    ],
)
def test_that_the_environment_names_the_language_as_gettext_reads_it(variables: dict[str, str], code: str) -> None:
    assert system_language(variables) == code


def test_that_a_resource_is_taken_in_the_language_where_there_is_one() -> None:
    assert in_language("help", "vae.md") == ("help", "vae.md")
    use("zh_CN")
    assert in_language("help", "vae.md") == ("help", "zh_CN", "vae.md")
    assert in_language("icons", "undo.svg") == ("icons", "undo.svg")


MAGIC = b"\xde\x12\x04\x95"


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", MAGIC, MAGIC + b"\xff" * 60], ids=["empty", "else", "cut", "wild"]
)
def test_that_a_damaged_catalogue_is_told_in_one_sentence_and_english_stays(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "languages" / "zh_CN" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "vae_explorer.mo").write_bytes(content)
    monkeypatch.setattr("vae_explorer.resources._ROOTS", (tmp_path,))
    with pytest.raises(VaeExplorerError, match="is damaged"):
        use("zh_CN")
    assert language() == "en"
    assert tr("&File") == "&File"


def test_that_a_text_is_said_again_in_another_language_with_all_that_is_in_it() -> None:
    inner = tr("no reason was given")
    error = VaeExplorerError(tr("{folder}: {reason}.", folder="/data", reason=inner))
    said = sentences(
        tr("There is no path yet: choose a start and an end first."),
        str(error),
        listed([inner, "z"], AND),
        bracketed("x", inner),
    )
    first = "There is no path yet: choose a start and an end first."
    assert said == f"{first} /data: no reason was given. no reason was given and z x (no reason was given)"
    use("zh_CN")
    again = tr(said)
    assert again == "还没有路径：请先选择起点和终点。/data：没有给出原因。没有给出原因 和 z x（没有给出原因）"
    use("en")
    assert tr(again) == said


def test_that_a_text_keeps_what_an_error_said_and_not_the_error() -> None:
    class ReasonError(Exception):
        pass

    error = ReasonError(tr("no reason was given"))
    kept = weakref.ref(error)
    said = tr("{folder}: {reason}.", folder="/data", reason=error)
    del error
    assert kept() is None
    use("zh_CN")
    assert tr(said) == "/data：没有给出原因。"


def test_that_a_text_that_is_said_again_is_an_ordinary_one_for_paths_and_files() -> None:
    assert Path("/data") / tr("{run} selection.csv", run="model") == Path("/data/model selection.csv")
    assert type(str(tr("no reason was given"))) is str


def test_that_words_within_a_sentence_and_without_their_stop_are_said_again() -> None:
    title, told = (
        within_sentence(tr("Loss")),
        without_stop(tr("There is no path yet: choose a start and an end first.")),
    )
    assert (title, told) == ("loss", "There is no path yet: choose a start and an end first")
    use("zh_CN")
    assert (tr(title), tr(told)) == ("损失", "还没有路径：请先选择起点和终点")
