"""The command line speaks the chosen language; what it writes for machines is English in every language."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.commands import SMALL, call, small_pictures
from tests.cli.printed import Capture, one_object
from vae_explorer.language import OR, PSEUDO, Phrase, language, listed, marked, tr, use, within_sentence, without_stop

_MARK = "~]"


@pytest.fixture
def pseudo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The language for trials, in which every text that is translated ends in a mark."""
    monkeypatch.setenv("VAE_EXPLORER_LANGUAGE", PSEUDO)
    use(PSEUDO)
    yield
    use("en")


@pytest.mark.usefixtures("pseudo")
@pytest.mark.parametrize("words", [("settings",), ("data", "list"), ("objectives",)])
def test_that_lists_are_read_in_the_chosen_language(words: tuple[str, ...], capsys: Capture) -> None:
    assert _MARK in call(capsys, *words).out


@pytest.mark.usefixtures("pseudo")
def test_that_the_help_speaks_the_chosen_language_even_where_argparse_words_it(capsys: Capture) -> None:
    with pytest.raises(SystemExit):
        call(capsys, "runs", "--help")
    told = capsys.readouterr().out
    for heading in ("usage: ", "options:", "positional arguments:", "show this help message"):
        assert heading not in told


@pytest.mark.usefixtures("pseudo")
@pytest.mark.parametrize(
    "words", [("train", "--nonsense"), ("export",), ("portrait", "x", "y", "--theme", "z"), ("nonsense",)]
)
def test_that_a_refusal_speaks_the_chosen_language(words: tuple[str, ...], capsys: Capture) -> None:
    assert call(capsys, *words).complaint.endswith(_MARK)


@pytest.mark.usefixtures("pseudo")
@pytest.mark.parametrize(
    "words", [("settings",), ("data", "list"), ("data", "show", "ring"), ("evaluate", "RUN", "--images", "5")]
)
def test_that_json_is_english_in_every_language(words: tuple[str, ...], run: Path, capsys: Capture) -> None:
    answer = call(capsys, *(run if word == "RUN" else word for word in words), "--json")
    assert _MARK not in json.dumps(one_object(answer.out), ensure_ascii=False)


@pytest.mark.usefixtures("pseudo")
def test_that_a_run_and_its_tables_are_written_in_english(tmp_path: Path, data: Path, capsys: Capture) -> None:
    run, table = tmp_path / "run", tmp_path / "measures.csv"
    assert call(capsys, "train", "--data", data, *small_pictures("vae"), *SMALL, "--out", run).status == 0
    quick = ("--images", "5", "--samples", "10", "--fitted", "2")
    assert call(capsys, "export", "evaluation", run, *quick, "--out", table).status == 0
    texts = [path.read_text("utf-8") for path in (*run.rglob("*.json"), *run.rglob("*.jsonl"), table)]
    assert not any(_MARK in text for text in texts)
    assert "Log-likelihood log p(x), exact" in table.read_text("utf-8")


def test_that_a_phrase_is_english_until_it_is_translated_with_its_values() -> None:
    phrase = marked("Gap of {shape}, {gap:.2f}", shape=Phrase.plain("a Gaussian"), gap=0.5)
    try:
        use(PSEUDO)
        assert phrase == "Gap of a Gaussian, 0.50"
        assert tr(phrase) == "[Gåp öf [å Gåûssîåñ~~~], 0.50~~~~~~~~]"
    finally:
        use("en")
    assert tr(phrase) == str(phrase)


def test_that_a_list_and_a_title_are_joined_as_the_language_joins_them() -> None:
    try:
        assert (listed(["a", "b", "c"]), listed(["a", "b"], OR)) == ("a, b, c", "a or b")
        assert within_sentence("Latent plane") == "latent plane"
        use("zh_CN")
        assert "," not in listed(["a", "b", "c"])
        assert "or" not in listed(["a", "b"], OR)
        assert within_sentence("Latent plane") == tr("Latent plane") != "latent plane"
    finally:
        use("en")


@pytest.mark.parametrize("sentence", ["The file is gone.", "The file is gone", "文件已不存在。"])
def test_that_a_sentence_goes_on_without_the_full_stop_of_its_language(sentence: str) -> None:
    assert without_stop(sentence) in {"The file is gone", "文件已不存在"}


def test_that_json_of_a_command_leaves_the_language_for_the_next_one(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("VAE_EXPLORER_LANGUAGE", PSEUDO)
    try:
        call(capsys, "settings", "--json")
        call(capsys, "settings")
        assert language() == PSEUDO
    finally:
        use("en")
