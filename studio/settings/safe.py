"""Settings of the safe mode: a way to start when something that was set keeps the program from it."""

from __future__ import annotations

from dataclasses import replace

from studio.core.errors import SettingsTooNew
from studio.settings.model import Settings
from studio.settings.store import LoadedSettings, SettingsStore


class SafeSettings:
    """The defaults, and nothing that is changed is kept. Only the folder of the pictures is that of `store`."""

    def __init__(self, store: SettingsStore) -> None:
        self._store = store

    def load(self) -> LoadedSettings:
        """Also where the file is damaged, or of a newer program."""
        defaults = Settings()
        try:
            chosen = self._store.load().settings.gallery.folder
        except SettingsTooNew:
            return LoadedSettings(defaults)
        return LoadedSettings(replace(defaults, gallery=replace(defaults.gallery, folder=chosen)))

    def save(self, settings: Settings) -> None:
        """Nothing: the next usual start is as the last one was."""
