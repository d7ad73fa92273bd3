"""`settings.json`: read once at the start, written whenever settings change.

A damaged file is set aside and said, never overwritten; keys that this version does not know are kept, so that a
newer program finds its own again.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from studio.core.durable_file import storage_error, write_durably
from studio.core.errors import SettingsTooNew
from studio.core.language import AS_SYSTEM, LANGUAGES
from studio.settings.migrations import FIRST_VERSION, MIGRATIONS, Document, Migration, current_version, migrate
from studio.settings.model import Settings
from studio.settings.notices import SettingsNotice, SettingsSetAside, SettingsUnreadable
from studio.settings.reading import read_settings

_KEPT_DAMAGED = 5
_LARGEST = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The settings to use and what there is to say about the file."""

    settings: Settings
    notices: tuple[SettingsNotice, ...] = ()


class _Damaged(Exception):
    """The content is not a settings document; the argument is the reason."""


def chosen_language(path: Path) -> str:
    """The language in the settings file, AS_SYSTEM where it cannot be told: asked before there is anybody who could say
    what is wrong with the file, which `SettingsStore.load` finds out again."""
    try:
        language: object = json.loads(path.read_bytes())["appearance"]["language"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return AS_SYSTEM
    return language if isinstance(language, str) and language in LANGUAGES else AS_SYSTEM


class SettingsStore:
    """Reads and writes one settings file. Use from one thread."""

    def __init__(self, path: Path, migrations: Sequence[Migration] = MIGRATIONS) -> None:
        self._path = path
        self._migrations = migrations

    def load(self) -> LoadedSettings:
        """The settings in the file; the defaults where there is none or where it is damaged.

        Raises:
            SettingsTooNew: the file is of a newer program; it is untouched.
        """
        try:
            document = self._read()
        except FileNotFoundError:
            return LoadedSettings(Settings())
        except OSError as error:
            return LoadedSettings(Settings(), (SettingsUnreadable(self._path, _reason(error)),))
        except _Damaged as damage:
            return LoadedSettings(Settings(), (self._set_aside(str(damage)),))
        return LoadedSettings(*read_settings(document))

    def save(self, settings: Settings) -> None:
        """Write `settings` durably; the file before becomes `settings.json.bak`. No change, no write.

        Raises:
            SettingsTooNew: the file is of a newer program; it is untouched.
            DiskFull, FolderUnwritable, WriteFailed: the file before is still there.
        """
        previous = self._previous_content()
        content = self._merged(settings, previous)
        if content == previous:
            return
        if previous:
            write_durably(self._path.with_name(f"{self._path.name}.bak"), previous, overwrite=True)
        write_durably(self._path, content, overwrite=True)

    def _read(self) -> Document:
        with self._path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        return self._parse(content)

    def _previous_content(self) -> bytes:
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise storage_error(error, self._path) from error

    def _merged(self, settings: Settings, previous: bytes) -> bytes:
        document: Document = {"version": current_version(self._migrations), **asdict(settings)}
        with contextlib.suppress(_Damaged, RecursionError):
            return _encoded(_overlay(self._parse(previous), document))
        return _encoded(document)  # of a damaged file no part can be kept; as a whole it is the backup

    def _parse(self, content: bytes) -> Document:
        if len(content) > _LARGEST:
            raise _Damaged(f"larger than {_LARGEST} bytes")
        try:
            document: object = json.loads(content.decode())
        except (ValueError, RecursionError) as error:
            raise _Damaged(f"no JSON: {error}") from error
        if not isinstance(document, dict):
            raise _Damaged("no JSON object")
        return self._upgraded(cast("Document", document))

    def _upgraded(self, document: Document) -> Document:
        version = document.get("version")
        if type(version) is not int or version < FIRST_VERSION:
            raise _Damaged("no version")
        known = current_version(self._migrations)
        if version > known:
            raise SettingsTooNew(self._path, version, known)
        return migrate(document, version, self._migrations)

    def _set_aside(self, reason: str) -> SettingsNotice:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        target = self._path.with_name(f"{self._path.name}.damaged-{stamp}")
        try:
            self._path.rename(target)
            self._drop_oldest_damaged()
        except OSError as error:
            return SettingsUnreadable(self._path, f"{reason}; not moved: {_reason(error)}")
        return SettingsSetAside(target, reason)

    def _drop_oldest_damaged(self) -> None:
        damaged = sorted(self._path.parent.glob(f"{self._path.name}.damaged-*"))
        for oldest in damaged[:-_KEPT_DAMAGED]:
            oldest.unlink()


def _encoded(document: Document) -> bytes:
    """ASCII, because a key that is not ours may hold text that UTF-8 cannot."""
    return (json.dumps(document, indent=2) + "\n").encode("ascii")


def _overlay(below: Document, above: Document) -> Document:
    """`above`, and of `below` the keys that `above` does not have, at every depth."""
    merged = {**below, **above}
    for key, value in above.items():
        kept = below.get(key)
        if isinstance(value, dict) and isinstance(kept, dict):
            merged[key] = _overlay(cast("Document", kept), cast("Document", value))
    return merged


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
