"""The command that collects diagnostics: the report is made beside the window, shown, and saved where the user says."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from studio.app.kept_settings import KeptSettings
from studio.core.errors import StudioError
from studio.core.language import tr
from studio.core.report import ReportPart
from studio.settings.paths import UserPaths
from studio.ui.background import RunInBackground
from studio.ui.main_window import MainWindow
from studio.ui.notice_bar import Notice

_USUAL_NAME = "latent-studio-diagnostics.zip"


def connect_diagnostics(
    window: MainWindow,
    paths: UserPaths,
    settings: KeptSettings,
    run: RunInBackground,
    announce: Callable[[StudioError], None],
) -> None:
    def collect() -> None:
        run(collected, done=show, failed=announce)

    def collected() -> tuple[ReportPart, ...]:
        from studio.app import diagnostics  # here and below: seldom wanted, and the window must not wait for it
        from studio.app.doctor import examine

        return diagnostics.collect(examine(paths, quick=True), paths, settings.value)

    def show(parts: tuple[ReportPart, ...]) -> None:
        from studio.ui.diagnostics_dialog import DiagnosticsDialog

        dialog = DiagnosticsDialog(window, parts)
        dialog.save_wanted.connect(partial(save, parts))
        dialog.open()

    def save(parts: tuple[ReportPart, ...]) -> None:
        from studio.app import diagnostics

        usual = str(Path.home() / _USUAL_NAME)
        name, _ = QFileDialog.getSaveFileName(window, tr("Save the diagnostics"), usual, tr("ZIP file (*.zip)"))
        if name:
            run(lambda: diagnostics.save(parts, Path(name)), done=lambda _: saved(name), failed=announce)

    def saved(name: str) -> None:
        window.notices.show_notice(
            Notice(tr("Diagnostics saved"), tr("{name}. Attach it to your question.", name=name), key="done")
        )

    window.commands.diagnostics.triggered.connect(collect)
