"""The commands of the menus that are about the program as a whole: its folders, its dialogs, its look, its queue."""

from __future__ import annotations

from pathlib import Path

from studio.app.kept_settings import KeptSettings
from studio.core.language import LANGUAGES, tr
from studio.core.resources import resource_path
from studio.settings.model import MemorySettings, Theme
from studio.settings.paths import UserPaths
from studio.ui.file_manager import open_folder
from studio.ui.info_dialogs import about_dialog, licences_dialog, notices_dialog, shortcuts_dialog
from studio.ui.main_window import MainWindow
from studio.ui.notice_bar import Notice
from studio.worker.generation_service import GenerationService
from studio.worker.generation_worker import MemoryUse


def connect_menus(
    window: MainWindow, paths: UserPaths, pictures: Path, settings: KeptSettings, service: GenerationService
) -> None:
    """`pictures` is the folder of the gallery."""
    commands, popup = window.commands, window.queue_popup
    places = _places(paths, pictures)
    commands.clear_queue.triggered.connect(service.clear_waiting)
    commands.free_memory.triggered.connect(service.free_memory)
    popup.clear_requested.connect(service.clear_waiting)
    popup.drop_requested.connect(service.drop)
    popup.move_requested.connect(service.move)
    commands.open_log_folder.triggered.connect(lambda: open_folder(paths.logs))
    commands.open_models_folder.triggered.connect(lambda: open_folder(paths.checkpoints))
    commands.shortcuts.triggered.connect(lambda: shortcuts_dialog(window, commands.all).open())
    commands.notices.triggered.connect(lambda: notices_dialog(window, window.notices.past).open())
    licences = resource_path("third_party", "licences.txt")
    commands.licences.triggered.connect(lambda: licences_dialog(window, licences).open())
    commands.about.triggered.connect(lambda: about_dialog(window, places).open())
    for theme, command in commands.themes.items():
        command.triggered.connect(lambda _checked=False, theme=theme: settings.set_theme(theme))

    def choose_language(language: str) -> None:
        settings.set_language(language)
        text = tr("The window speaks it when the program is started again.")
        title = LANGUAGES.get(language, tr("The system's language"))
        window.notices.show_notice(Notice(title, text, key="language"))

    def choose_theme(theme: Theme) -> None:
        commands.themes[theme].trigger()

    def choose_memory(memory: MemorySettings) -> None:
        settings.set_memory(memory)
        service.use_memory(MemoryUse(memory.placement, memory.idle_minutes))

    def open_settings() -> None:
        from studio.ui.settings_dialog import SettingsDialog  # not at the start

        dialog = SettingsDialog(window, settings.value, commands)
        dialog.theme_chosen.connect(choose_theme)
        dialog.language_chosen.connect(commands.languages.choose)
        dialog.memory_chosen.connect(choose_memory)
        dialog.process_chosen.connect(settings.set_process)
        dialog.open()

    commands.languages.chosen.connect(choose_language)
    commands.settings.triggered.connect(open_settings)


def _places(paths: UserPaths, pictures: Path) -> tuple[tuple[str, str], ...]:
    return (
        (tr("Pictures"), str(pictures)),
        (tr("Models"), str(paths.checkpoints)),
        (tr("Settings"), str(paths.config)),
        (tr("Log"), str(paths.logs)),
    )
