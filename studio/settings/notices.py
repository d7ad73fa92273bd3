"""What happened to the settings file while it was read, as facts. None of it stops the program."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class SettingsSetAside:
    """The file was damaged: it now lies at `path`, and the defaults are used."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class SettingsUnreadable:
    """The file could not be read, or was damaged and could not be moved: the defaults are used."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class SettingReset:
    """The setting `name` (`panel.steps`) had the impossible `value` (shortened): its default is used."""

    name: str
    value: str


SettingsNotice: TypeAlias = SettingsSetAside | SettingsUnreadable | SettingReset
