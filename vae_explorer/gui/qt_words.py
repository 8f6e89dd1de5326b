"""The words of Qt itself (buttons of dialogs, menus of text fields) in the chosen language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QTranslator

from vae_explorer.language import language

_NAME = "qt-words"


def speak_with_qt() -> None:
    """Let Qt speak the language that the program speaks; call it before widgets are made."""
    application = QCoreApplication.instance()
    if application is None:
        return
    before = application.findChild(QTranslator, _NAME)
    if before is not None:
        QCoreApplication.removeTranslator(before)
        before.setParent(None)
        before.deleteLater()
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    translator = QTranslator(application)
    translator.setObjectName(_NAME)
    if translator.load(f"qtbase_{language()}", folder):
        QCoreApplication.installTranslator(translator)
