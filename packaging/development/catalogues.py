"""Catalogues of translated texts: collected from the sources, merged, compiled, and asked for what is missing.

Run with Babel at hand (``python3 packaging/dev.py words`` sees to that).
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PROJECT: Final = Path(__file__).resolve().parents[2]
_DOMAIN = "vae_explorer"
_KEYWORDS = {"tr": None, "marked": None}
_LINE = 110
_SPACED, _CHINESE = re.compile(r"\s(…|\.{3})"), "\N{CJK RADICAL REPEAT}"
_SETTLED = datetime(2026, 1, 1, tzinfo=UTC)
"""A date for all headers, so that the same words give the same file."""
_HEADER = "# What VAE Explorer says, in another language. Terms are rendered as in ../../terms.md."


def collected(project: Path) -> Catalog:
    """Return all texts of the program that are marked, each with the files it is in."""
    catalogue = Catalog(project="VAE Explorer", charset="utf-8", creation_date=_SETTLED, revision_date=_SETTLED)
    for path in sorted((project / "vae_explorer").rglob("*.py")):
        place = path.relative_to(project).as_posix()
        for _line, text, comments, context in extract_from_file("python", path, _KEYWORDS, ("Translators:",)):
            catalogue.add(text, locations=[(place, 0)], auto_comments=comments, context=context)
    return catalogue


def catalogue_files(project: Path) -> list[Path]:
    """Return the files with translations, one a language."""
    return sorted((project / "resources" / "languages").glob(f"*/LC_MESSAGES/{_DOMAIN}.po"))


def read(path: Path) -> Catalog:
    """Return the catalogue in a file."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def merged(path: Path, template: Catalog) -> Catalog:
    """Return a language's catalogue with the texts of today: new ones empty, those that are gone left out."""
    known = {message.id: message.string for message in read(path) if message.id and message.string}
    catalogue = Catalog(
        locale=path.parent.parent.name,
        domain=_DOMAIN,
        project="VAE Explorer",
        charset="utf-8",
        creation_date=_SETTLED,
        revision_date=_SETTLED,
        last_translator="",
        language_team="",
        header_comment=_HEADER,
        fuzzy=False,
    )
    for message in sorted((entry for entry in template if entry.id), key=lambda entry: (entry.locations[0], entry.id)):
        catalogue.add(
            message.id,
            known.get(message.id, ""),
            locations=message.locations,
            flags=message.flags - {"python-format"},
            auto_comments=message.auto_comments,
        )
    return catalogue


def written(catalogue: Catalog) -> bytes:
    """Return a catalogue as the text that is kept."""
    file = io.BytesIO()
    write_po(file, catalogue, width=_LINE, include_lineno=False)
    return file.getvalue().rstrip(b"\n") + b"\n"


def compiled(catalogue: Catalog) -> bytes:
    """Return a catalogue as the program reads it."""
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def faults(catalogue: Catalog) -> Iterator[str]:
    """Yield a line for each text that isn't translated, or not so that it can be shown."""
    for message in catalogue:
        if message.id:
            problem = _problem(message)
            if problem:
                yield f"{message.locations[0][0]}: {problem}: {message.id!r}"


def _problem(message: Message) -> str:
    source, translation = str(message.id), str(message.string)
    if not translation.strip():
        return "not translated"
    unknown = sorted(set(_fields(translation)) - set(_fields(source)))
    if unknown:
        return f"the translation fills in {', '.join(unknown)}, which the text doesn't"
    if ("&" in source.replace("&&", "").replace("& ", "")) != ("&" in translation.replace("&&", "").replace("& ", "")):
        return "a mnemonic (&) is in one of both only"
    if source[:1].isspace() and translation[:1] not in " ，；。、：（\n":
        return "a space or a sign between it and what is before is missing"
    return _problem_of_ellipsis(source, translation)


def _problem_of_ellipsis(source: str, translation: str) -> str:
    if source.endswith("…") != translation.rstrip(" ").endswith("…"):
        return "one of both ends with …"
    if _SPACED.search(translation) and any(letter >= _CHINESE for letter in translation):
        return "Chinese has no space before …"
    return ""


def _fields(text: str) -> list[str]:
    """Return the places of a text where something is filled in, each with its format."""
    try:
        return [name for _text, name, _form, _conversion in Formatter().parse(text) if name]
    except ValueError:  # a brace that is meant as it stands
        return []


def refreshed(project: Path, *, write: bool) -> tuple[int, list[str]]:
    """Bring all catalogues up to date, or only compare them with the sources.

    Parameters
    ----------
    project
        The folder with ``vae_explorer`` and ``resources``.
    write
        Whether files are written; else those that would change are faults.

    Returns
    -------
    tuple
        The number of texts, and a line for each that has to be seen to.
    """
    template = collected(project)
    lines: list[str] = []
    for path in catalogue_files(project):
        language = path.parent.parent.name
        catalogue = merged(path, template)
        for file, content in ((path, written(catalogue)), (path.with_suffix(".mo"), compiled(catalogue))):
            if write:
                file.write_bytes(content)
            elif not file.is_file() or file.read_bytes() != content:
                lines.append(f"{language}: {file.name} isn't what the sources say: run `dev.py words`")
        lines.extend(f"{language}: {line}" for line in faults(catalogue))
    return len(template), lines


def main(arguments: list[str]) -> int:
    """Bring all catalogues up to date (``--check``: only compare them), and tell what is not translated."""
    count, lines = refreshed(PROJECT, write="--check" not in arguments)
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.write(f"{count:,} texts, {len(lines):,} to be seen to\n")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
