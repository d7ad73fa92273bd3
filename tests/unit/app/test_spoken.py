"""The language of the window: what was chosen, else the desktop's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from studio.app import spoken
from studio.app.spoken import speak_chosen, translate_qt
from studio.core.language import ENGLISH, speak, spoken_language, tr
from studio.settings.model import Appearance, Settings
from studio.settings.store import SettingsStore


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    speak(ENGLISH)


class _Desktop:
    """Stands for QLocale: a desktop in the language of Austria."""

    @staticmethod
    def system() -> QLocale:
        return QLocale("de_AT")


def settings_in(folder: Path, language: str) -> Path:
    SettingsStore(folder / "settings.json").save(Settings(appearance=Appearance(language=language)))
    return folder / "settings.json"


def test_the_chosen_language_is_spoken(tmp_path: Path) -> None:
    speak_chosen(settings_in(tmp_path, "ja"))

    assert spoken_language() == "ja"
    assert tr("Gallery") == "ギャラリー"


def test_without_a_choice_it_is_the_desktop_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spoken, "QLocale", _Desktop)

    speak_chosen(settings_in(tmp_path, ""))

    assert spoken_language() == "de"


def test_english_can_be_chosen_on_every_desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spoken, "QLocale", _Desktop)

    speak_chosen(settings_in(tmp_path, "en"))

    assert spoken_language() == "en"


@pytest.mark.parametrize(("language", "cancel"), [("de", "Abbrechen"), ("zh_CN", "取消"), ("en", "Cancel")])
def test_qt_s_own_texts_are_in_it_too(qapp: QApplication, language: str, cancel: str) -> None:
    speak(language)
    translate_qt(qapp)
    said = QCoreApplication.translate("QPlatformTheme", "Cancel")
    for translator in qapp.findChildren(QTranslator):
        qapp.removeTranslator(translator)

    assert said == cancel
