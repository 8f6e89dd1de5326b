"""The words of Qt itself (buttons of dialogs, menus of text fields) in the chosen language."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from vae_explorer.errors import VaeExplorerError
from vae_explorer.language import PSEUDO, language
from vae_explorer.resources import resource_path

_NAME: Final = "qt-words"
_OWN: Final = "qt_words.qm"
"""Words that Qt's own translation lacks or says in another way; those translated last are asked first."""


def speak_with_qt() -> None:
    """Let Qt speak the language that the program speaks; call it before widgets are made."""
    application = QCoreApplication.instance()
    if application is None:
        return
    for before in application.findChildren(QTranslator, _NAME):
        QCoreApplication.removeTranslator(before)
        before.setParent(None)
        before.deleteLater()
    # English keeps the person's own ways of writing numbers and dates; kinds of files are named in this language.
    QLocale.setDefault(QLocale.system() if language() in {"en", PSEUDO} else QLocale(language()))
    _install(application, f"qtbase_{language()}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
    try:
        own = resource_path("languages", language(), _OWN)
    except VaeExplorerError:
        return  # Qt's words are said as Qt says them
    _install(application, own.name, str(own.parent))


def _install(application: QCoreApplication, name: str, folder: str) -> None:
    translator = QTranslator(application)
    translator.setObjectName(_NAME)
    if translator.load(name, folder):
        QCoreApplication.installTranslator(translator)
