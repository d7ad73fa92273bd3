"""Help > Collect diagnostics: shown first, then saved where the user says."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from studio.ui.diagnostics_dialog import DiagnosticsDialog
from tests.helpers.fake_session import FakeSession
from tests.integration.program_under_test import notice, running_studio


def test_it_is_shown_before_it_is_saved(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "report.zip"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    with running_studio(qapp, qtbot, tmp_path / "home", lambda _sources: FakeSession()) as studio:
        studio.window.commands.diagnostics.trigger()
        qtbot.waitUntil(lambda: studio.window.findChild(DiagnosticsDialog) is not None)
        dialog = studio.window.findChild(DiagnosticsDialog)
        assert "Latent Studio" in dialog.text.toPlainText()
        dialog.names.setCurrentRow(1)
        shown = dialog.text.toPlainText()
        assert "torch" in shown
        assert not file.exists()
        dialog.accept()
        qtbot.waitUntil(lambda: notice(studio, "Diagnostics saved") is not None)
    with ZipFile(file) as archive:
        assert archive.read("versions.txt").decode() == shown
