"""Which language the window speaks: the one that was chosen, or the desktop's."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from studio.core.language import AS_SYSTEM, ENGLISH, best_language, speak, spoken_language
from studio.settings.store import chosen_language


def speak_chosen(settings_file: Path) -> None:
    """Before the modules of the window are imported: they look up their texts.

    Raises:
        OSError: the catalogue of the language is missing.
    """
    chosen = chosen_language(settings_file)
    speak(best_language(QLocale.system().uiLanguages()) if chosen == AS_SYSTEM else chosen)


def translate_qt(application: QApplication) -> None:
    """Qt has texts of its own: buttons of dialogs, menus of text fields."""
    language = spoken_language()
    if language == ENGLISH:
        return
    translator = QTranslator(application)
    if translator.load(f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        application.installTranslator(translator)
