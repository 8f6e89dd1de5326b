"""The language that a person reads: English as it stands in the sources, others from catalogues of GNU gettext.

A text is marked where it is made: ``tr("Loss of {name}: {loss:.1f} nats", name=name, loss=loss)``. What is made while
modules are loaded, when nobody has chosen a language yet, is marked by `marked` and translated where it is shown.
Catalogues are in ``resources/languages``; ``python3 packaging/dev.py words`` brings them up to date.
"""

from __future__ import annotations

import gettext
import os
import re
import struct
from functools import partial
from typing import TYPE_CHECKING, Final

from vae_explorer.errors import VaeExplorerError
from vae_explorer.resources import resource_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

LANGUAGES: Final = {"en": "English", "zh_CN": "简体中文"}
"""Languages that can be chosen, each in its own words."""

PSEUDO: Final = "qps"
"""A language for trials: each text is longer and has accents, so that one sees what is clipped or isn't marked."""

DOMAIN: Final = "vae_explorer"
"""Name of the catalogues."""

_OVERRIDE = "VAE_EXPLORER_LANGUAGE"
_PLACES = re.compile(r"(\{[^}]*\}|&[A-Za-z]|<[^>]*>)")
_WIDE_ENDS = ("。", "！", "？", "；", "：", "”")
_ACCENTS = str.maketrans("AEIOUaeiouncyz", "ÅÉÎÖÛåéîöûñçýž")


class _PseudoTranslations(gettext.NullTranslations):
    """Texts with accents, a third longer; what is filled in, mnemonics and mark-up stay."""

    def gettext(self, message: str) -> str:
        parts = _PLACES.split(message)
        accented = "".join(part if place % 2 else part.translate(_ACCENTS) for place, part in enumerate(parts))
        return f"[{accented}{'~' * (len(message) // 3)}]"


class Phrase(str):
    """A text that remembers how it was made, so that `tr` can say it again in the language that is chosen then.

    It is an ordinary text wherever it is written. What `marked` returns is English, whatever language is chosen, as
    files and JSON hold it; what `tr` returns is in the language of that moment.
    """

    __slots__ = ("_make", "_values")

    _make: Callable[..., str]
    _values: Mapping[str, object]

    @classmethod
    def of(cls, text: str, make: Callable[..., str], values: Mapping[str, object]) -> Phrase:
        """Return a text that is made again by `make` from `values`; those that are phrases are said again with it."""
        phrase = cls(text)
        # An error is kept as what it says: itself, it would keep what all functions on its way held.
        kept = {name: _words(value) if isinstance(value, BaseException) else value for name, value in values.items()}
        phrase._make, phrase._values = make, kept
        return phrase

    @classmethod
    def plain(cls, text: str) -> Phrase:
        """Return a marked text as a phrase, so that it is translated where it is filled into another."""
        return cls.of(text, partial(tr, text), {})

    def again(self) -> str:
        """Return the text in the language that is chosen now."""
        return self._make(**{name: _said(value) for name, value in self._values.items()})


class _Chosen:
    """The catalogue in use: the one thing of a process that every thread reads and only a choice changes."""

    def __init__(self) -> None:
        self.code = "en"
        self.catalogue = gettext.NullTranslations()


_chosen: Final = _Chosen()


def tr(text: str, /, **values: object) -> str:
    """Return a text in the chosen language, with values filled in.

    Parameters
    ----------
    text
        The English text, as a literal, so that it can be collected; ``{name}`` where a value belongs, with a format
        as of `str.format` where it needs one. Or what `marked` returned, which is translated with its values.
    **values
        What is filled in; without any, braces are left alone.
    """
    if isinstance(text, Phrase):
        return text.again()
    translated = _chosen.catalogue.gettext(text) if text else text
    return Phrase.of(translated.format(**values) if values else translated, partial(tr, text), values)


def marked(text: str, /, **values: object) -> str:
    """Return a text in English, marked to be collected: whoever shows it translates it with `tr`.

    Parameters
    ----------
    text, **values
        As in `tr`; with values it becomes a `Phrase`, which remembers them. So does what is written into files in
        English and shown in any language.
    """
    return Phrase.of(text.format(**values), partial(tr, text), values) if values else text


def _words(error: BaseException) -> object:
    return error.args[0] if len(error.args) == 1 and isinstance(error.args[0], Phrase) else str(error)


def _said(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(_said(part) for part in value)
    return value.again() if isinstance(value, Phrase) else value


COMMA: Final = marked(", ")
SEMICOLON: Final = marked("; ")
AND: Final = marked(" and ")
OR: Final = marked(" or ")


def listed(parts: Iterable[str], between: str = COMMA) -> str:
    """Return several texts in a row, divided as the chosen language divides them.

    Parameters
    ----------
    parts
        What is listed, translated already.
    between
        `COMMA`, `SEMICOLON`, `AND` or `OR`.
    """
    kept = tuple(parts)
    return Phrase.of(tr(between).join(kept), listed, {"parts": kept, "between": between})


def sentences(*parts: str) -> str:
    """Return whole sentences, translated already, one after the other; empty ones are left out.

    A space divides them, but none follows a full-width sign, which has its room in itself.
    """
    return _sentences(parts)


def _sentences(parts: tuple[str, ...]) -> str:
    told = ""
    for part in filter(None, parts):
        told += part if not told or told.endswith(_WIDE_ENDS) else f" {part}"
    return Phrase.of(told, _sentences, {"parts": parts})


def percent(share: float, digits: int = 0) -> str:
    """Return a share in per cent, with the sign as the chosen language sets it.

    Parameters
    ----------
    share
        1.0 is the whole.
    digits
        How many decimals.
    """
    return tr("{number}%", number=f"{100 * share:.{digits}f}")


def bracketed(text: str, inside: str) -> str:
    """Return a text with another in brackets behind it, as the chosen language writes brackets."""
    return tr("{text} ({inside})", text=text, inside=inside)


def without_stop(sentence: str) -> str:
    """Return a sentence of any language without the full stop at its end, to go on with it."""
    return Phrase.of(sentence.rstrip(".。 "), without_stop, {"sentence": sentence})


def within_sentence(title: str) -> str:
    """Return a title, translated, as it stands within a sentence: English writes it in small letters there."""
    said = title.lower() if _chosen.code == "en" else tr(title)
    return Phrase.of(said, within_sentence, {"title": title})


def language() -> str:
    """Return the code of the chosen language, ``"en"`` at first."""
    return _chosen.code


def use(code: str) -> None:
    """Choose a language, for the whole process, from the next text on.

    Parameters
    ----------
    code
        One of `LANGUAGES`, `PSEUDO`, or ``"system"`` for what the environment wants.

    Raises
    ------
    VaeExplorerError
        If the catalogue is missing or damaged, as in a broken installation; the language stays what it was.
    """
    code = system_language() if code == "system" else code
    if code == PSEUDO:
        _chosen.catalogue = _PseudoTranslations()
    elif code == "en":
        _chosen.catalogue = gettext.NullTranslations()
    else:
        path = resource_path("languages", code, "LC_MESSAGES", f"{DOMAIN}.mo")
        try:
            with path.open("rb") as file:
                _chosen.catalogue = gettext.GNUTranslations(file)
        except (OSError, ValueError, struct.error) as error:
            raise VaeExplorerError(
                f"The bundled file {path} is damaged ({error}); install VAE Explorer again."
            ) from error  # untranslated: there is no catalogue
    _chosen.code = code


def system_language(environment: Mapping[str, str] | None = None) -> str:
    """Return the language that the environment asks for, English where there is no catalogue of it.

    Parameters
    ----------
    environment
        Variables; those of the process by default. ``VAE_EXPLORER_LANGUAGE`` comes before what gettext looks at:
        ``LANGUAGE``, ``LC_ALL``, ``LC_MESSAGES``, ``LANG``.
    """
    variables = os.environ if environment is None else environment
    own = variables.get(_OVERRIDE, "")
    if own in LANGUAGES or own == PSEUDO:
        return own
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        for wish in filter(None, variables.get(name, "").split(":")):
            if wish.startswith("zh"):
                return "zh_CN"  # the nearest that there is for any Chinese
            return "en"
    return _system_default()


def _system_default() -> str:
    # Windows and macOS tell the language in settings of their own, not in variables.
    import locale

    return "zh_CN" if (locale.getlocale()[0] or "").startswith(("zh", "Chinese")) else "en"


def in_language(*parts: str) -> tuple[str, ...]:
    """Return the parts of a resource's path in the chosen language where it has one of its own, else as they are.

    Parameters
    ----------
    *parts
        Folder and name below ``resources/``, such as ``"help", "vae.md"``: Chinese has ``"help", "zh_CN", "vae.md"``.
    """
    own = (*parts[:-1], _chosen.code, parts[-1])
    try:
        resource_path(*own)
    except VaeExplorerError:
        return parts
    return own
