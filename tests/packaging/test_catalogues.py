"""Catalogues of translated texts: collected, merged, compiled, and asked for what is missing, in a tiny project."""

from __future__ import annotations

import gettext
from pathlib import Path

import pytest
from development.catalogues import catalogue_files, collected, compiled, faults, merged, refreshed, written

SOURCE = '''"""A window."""

from language import marked, tr

TITLE = marked("Loss")


def say(name: str, loss: float) -> str:
    # Translators: the name of a run
    return tr("Loss of {name}: {loss:.1f} nats", name=name, loss=loss) + tr("&Open…") + "never shown"
'''

KNOWN = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"

msgid "Loss"
msgstr "损失"

msgid "Gone"
msgstr "没有了"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A program with three texts, one of which is translated, as is one that it no longer says."""
    (tmp_path / "vae_explorer").mkdir()
    (tmp_path / "vae_explorer" / "window.py").write_text(SOURCE, encoding="utf-8")
    folder = tmp_path / "resources" / "languages" / "zh_CN" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "vae_explorer.po").write_text(KNOWN, encoding="utf-8")
    return tmp_path


def catalogue_path(project: Path) -> Path:
    (path,) = catalogue_files(project)
    return path


def translate(project: Path, text: str, translation: str) -> None:
    path = catalogue_path(project)
    old = path.read_text(encoding="utf-8")
    new = old.replace(f'msgid "{text}"\nmsgstr ""', f'msgid "{text}"\nmsgstr "{translation}"')
    assert new != old
    path.write_text(new, encoding="utf-8")


def test_that_what_is_marked_is_collected_with_its_file_and_nothing_else(project: Path) -> None:
    texts = {message.id: message for message in collected(project) if message.id}
    assert texts.keys() == {"Loss", "Loss of {name}: {loss:.1f} nats", "&Open…"}
    assert texts["Loss"].locations == [("vae_explorer/window.py", 0)]
    assert texts["Loss of {name}: {loss:.1f} nats"].auto_comments == ["Translators: the name of a run"]


def test_that_merging_keeps_what_is_translated_and_drops_what_is_gone(project: Path) -> None:
    catalogue = merged(catalogue_path(project), collected(project))
    assert {message.id: message.string for message in catalogue if message.id} == {
        "Loss": "损失",
        "Loss of {name}: {loss:.1f} nats": "",
        "&Open…": "",
    }


def test_that_a_second_run_writes_the_same_bytes(project: Path) -> None:
    refreshed(project, write=True)
    path = catalogue_path(project)
    first = path.read_bytes(), path.with_suffix(".mo").read_bytes()
    refreshed(project, write=True)
    assert (path.read_bytes(), path.with_suffix(".mo").read_bytes()) == first
    assert first[0].endswith(b"\n")
    assert not first[0].endswith(b"\n\n")


def test_that_what_was_compiled_is_read_by_gettext(project: Path) -> None:
    refreshed(project, write=True)
    found = gettext.translation("vae_explorer", project / "resources" / "languages", ["zh_CN"])
    assert found.gettext("Loss") == "损失"
    assert found.gettext("&Open…") == "&Open…"


def test_that_texts_without_a_translation_are_told_until_they_have_one(project: Path) -> None:
    count, lines = refreshed(project, write=True)
    assert count == 3
    assert lines == [
        "zh_CN: vae_explorer/window.py: not translated: '&Open…'",
        "zh_CN: vae_explorer/window.py: not translated: 'Loss of {name}: {loss:.1f} nats'",
    ]
    translate(project, "&Open…", "打开(&O)…")
    translate(project, "Loss of {name}: {loss:.1f} nats", "{name} 的损失：{loss:.1f} 奈特")
    assert refreshed(project, write=True) == (3, [])


@pytest.mark.parametrize(
    ("text", "translation", "fault"),
    [
        ("&Open…", "打开…", "a mnemonic (&) is in one of both only"),
        ("&Open…", "打开(&O)", "one of both ends with …"),
        ("&Open…", "打开(&O) …", "Chinese has no space before …"),
        ("&Open…", "打开(&O)\N{NO-BREAK SPACE}…", "Chinese has no space before …"),
        (
            "Loss of {name}: {loss:.1f} nats",
            "{nom} 的损失：{loss:.1f}",
            "the translation fills in nom, which the text doesn't",
        ),
    ],
)
def test_that_a_translation_that_cannot_be_shown_is_told(
    text: str, translation: str, fault: str, project: Path
) -> None:
    refreshed(project, write=True)
    translate(project, text, translation)
    catalogue = merged(catalogue_path(project), collected(project))
    assert f"vae_explorer/window.py: {fault}: {text!r}" in list(faults(catalogue))


def test_that_looking_writes_nothing_and_tells_what_is_out_of_date(project: Path) -> None:
    path = catalogue_path(project)
    _count, lines = refreshed(project, write=False)
    assert [line for line in lines if "isn't what the sources say" in line] == [
        "zh_CN: vae_explorer.po isn't what the sources say: run `dev.py words`",
        "zh_CN: vae_explorer.mo isn't what the sources say: run `dev.py words`",
    ]
    assert path.read_text(encoding="utf-8") == KNOWN
    assert not path.with_suffix(".mo").exists()
    refreshed(project, write=True)
    assert not [line for line in refreshed(project, write=False)[1] if "isn't what the sources say" in line]


def test_that_the_same_words_give_the_same_catalogue(project: Path) -> None:
    path = catalogue_path(project)
    one, other = (merged(path, collected(project)) for _ in range(2))
    assert (written(one), compiled(one)) == (written(other), compiled(other))
