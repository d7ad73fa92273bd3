"""The settings: read at the start, put into the window, saved a moment after each change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from studio.core.errors import StudioError
from studio.core.language import tr
from studio.settings.model import MemorySettings, ProcessSettings, RecentSettings, Settings, Theme
from studio.settings.safe import SafeSettings
from studio.settings.store import SettingsStore
from studio.ui.desktop_look import PLAIN_LOOK, DesktopLook
from studio.ui.main_window import MainWindow
from studio.ui.messages import settings_text
from studio.ui.notice_bar import Notice
from studio.ui.theme import apply_palette, apply_theme
from studio.worker.background import BackgroundThread

_MILLISECONDS_BEFORE_SAVING = 400
_SAFE_MODE = Notice(
    tr("Safe mode"),
    tr(
        "The settings are those of a first start, and the model is the one that came with the program. Nothing that "
        "you change in them is kept; your pictures and models are untouched."
    ),
)


class KeptSettings:
    """Lives in the window's thread. `value` is what holds now, but for what the window knows."""

    def __init__(
        self,
        application: QApplication,
        file: Path,
        disk: BackgroundThread,
        announce: Callable[[StudioError], None],
        *,
        safe: bool = False,
    ) -> None:
        """Read the settings; `notices` tell what was wrong with them, or that they are those of the `safe` mode.

        Raises StudioError.
        """
        self._application = application
        store = SettingsStore(file)
        self._store = SafeSettings(store) if safe else store
        self._disk = disk
        self._announce = announce
        self._window: MainWindow | None = None
        self._look = PLAIN_LOOK
        loaded = self._store.load()
        self.value: Settings = loaded.settings
        self.notices = [Notice(tr("Settings were repaired"), settings_text(notice)) for notice in loaded.notices]
        if safe:
            self.notices.append(_SAFE_MODE)
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(_MILLISECONDS_BEFORE_SAVING)
        self._timer.timeout.connect(self._save)

    def apply_palette(self) -> None:
        """Before the window is made: its parts ask for colours."""
        apply_palette(self._application, self.value.appearance.theme, self._look)

    def put_into(self, window: MainWindow) -> None:
        """The window is as it was; from now on what it knows is saved."""
        self._window = window
        panel = window.request_panel
        panel.restore(self.value.panel)
        panel.start.restore(self.value.start)
        window.commands.themes[self.value.appearance.theme].setChecked(True)
        window.commands.languages.show_chosen(self.value.appearance.language)
        window.restore_layout(self.value.window)
        window.gallery_panel.browse_bar.set_size(self.value.gallery.thumbnail_size)
        window.gallery_panel.browse_bar.set_list(self.value.gallery.as_list)
        self._show_recent()
        self._apply_theme()
        panel.changed.connect(self._timer.start)
        window.layout_changed.connect(self._timer.start)
        self._application.styleHints().colorSchemeChanged.connect(self._follow_system_theme)

    def set_theme(self, theme: Theme) -> None:
        self._keep(replace(self.value, appearance=replace(self.value.appearance, theme=theme)))
        self._apply_theme()

    def follow_desktop(self, look: DesktopLook) -> None:
        """The desktop has said something else."""
        self._look = look
        self._apply_theme()

    def set_language(self, language: str) -> None:
        """For the next start: the texts of this one are spoken already."""
        self._keep(replace(self.value, appearance=replace(self.value.appearance, language=language)))

    def set_tray(self, shown: bool) -> None:
        self._keep(replace(self.value, desktop=replace(self.value.desktop, tray=shown)))

    def set_update_check(self, allowed: bool) -> None:
        self._keep(replace(self.value, updates=replace(self.value.updates, check=allowed)))

    def set_memory(self, memory: MemorySettings) -> None:
        self._keep(replace(self.value, memory=memory))

    def set_process(self, process: ProcessSettings) -> None:
        """For the next start."""
        self._keep(replace(self.value, process=process))

    def set_checkpoint(self, name: str) -> None:
        """The model that is used from now on, and at the next start."""
        self._keep(replace(self.value, panel=replace(self.value.panel, checkpoint=name)))

    def set_finished(self, chapters: int) -> None:
        """The chapters of the guide that were finished, a bit for each."""
        self._keep(replace(self.value, guide=replace(self.value.guide, finished=chapters)))

    def remember_file(self, file: Path) -> None:
        """It was opened."""
        self._set_recent(self.value.recent.with_file(str(file)))

    def forget_files(self) -> None:
        self._set_recent(RecentSettings())

    def close(self) -> None:
        """Save for the last time: a late resize must not ask a thread that has ended."""
        self._save()
        self._timer.timeout.disconnect()
        self._application.styleHints().colorSchemeChanged.disconnect(self._follow_system_theme)

    def _keep(self, settings: Settings) -> None:
        """These hold from now on, and are on the disk a moment later."""
        self.value = settings
        self._timer.start()

    def _save(self) -> None:
        assert self._window is not None
        panel, browsing = self._window.request_panel, self._window.gallery_panel.browse_bar
        self.value = settings = replace(
            self.value,
            window=self._window.layout_state(),
            panel=panel.state(self.value.panel),
            start=panel.start.state(),
            gallery=replace(self.value.gallery, thumbnail_size=browsing.size_of_pictures, as_list=browsing.is_list),
        )
        self._disk.run(lambda: self._store.save(settings), failed=self._announce)

    def _set_recent(self, recent: RecentSettings) -> None:
        self._keep(replace(self.value, recent=recent))
        self._show_recent()

    def _show_recent(self) -> None:
        assert self._window is not None
        self._window.commands.recent.show_files([Path(file) for file in self.value.recent.files])

    def _follow_system_theme(self) -> None:
        if self.value.appearance.theme is Theme.SYSTEM:
            self._apply_theme()

    def _apply_theme(self) -> None:
        apply_theme(self._application, self.value.appearance.theme, self._look)
