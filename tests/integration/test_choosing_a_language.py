"""The language is chosen in the menu, and is spoken from the next start."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.core.language import LANGUAGES
from studio.settings.paths import UserPaths
from studio.settings.store import chosen_language
from tests.helpers.fake_session import FakeSession
from tests.integration.program_under_test import notice, running_studio


def test_what_is_chosen_is_kept_and_said(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    with running_studio(qapp, qtbot, tmp_path, FakeSession) as studio:
        menu = studio.window.commands.languages
        names = [action.text() for action in menu.actions()]
        assert names == ["As the system", *LANGUAGES.values()]
        assert [action.text() for action in menu.actions() if action.isChecked()] == ["As the system"]

        menu.actions()[names.index("日本語")].trigger()

        assert notice(studio, "日本語") is not None
    assert chosen_language(UserPaths.below(tmp_path).settings_file) == "ja"

    with running_studio(qapp, qtbot, tmp_path, FakeSession) as studio:
        chosen = [action.text() for action in studio.window.commands.languages.actions() if action.isChecked()]
        assert chosen == ["日本語"]
