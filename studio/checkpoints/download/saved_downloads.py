"""The downloads that are not finished, on the disk: what the program offers to go on with at its next start."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from studio.core.download import DownloadId, DownloadPlan, RemoteFile
from studio.core.durable_file import storage_error, write_durably

VERSION = 1
_LARGEST = 16 * 1024 * 1024

_Entry = dict[str, object]


class SavedDownloads:
    """One file. No credentials are in it. Use from one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> tuple[DownloadPlan, ...]:
        """The plans in their order. An entry that cannot be read is left out; a file that cannot is set aside.

        Raises:
            StorageError: the file is there and cannot be opened.
        """
        try:
            with self._path.open("rb") as file:
                content = file.read(_LARGEST + 1)
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise storage_error(error, self._path) from error
        try:
            entries = _entries(content)
        except (ValueError, RecursionError, TypeError, KeyError):
            self._set_aside()
            return ()
        return tuple(plan for plan in map(_plan_or_none, entries) if plan is not None)

    def save(self, plans: Iterable[DownloadPlan]) -> None:
        """Write durably; without plans there is no file. Raises StorageError; what was saved is still there then."""
        document = {"version": VERSION, "downloads": [_entry(plan) for plan in plans]}
        if not document["downloads"]:
            self._remove()
            return
        write_durably(self._path, json.dumps(document, indent=1).encode(), overwrite=True, temporary=self._temporary)

    @property
    def _temporary(self) -> Path:
        """A fixed name, because kills should leave nothing behind, and this file has one writer."""
        return self._path.with_name(f".{self._path.name}.tmp")

    def _remove(self) -> None:
        try:
            for path in (self._path, self._temporary):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise storage_error(error, self._path) from error

    def _set_aside(self) -> None:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        try:
            self._path.rename(self._path.with_name(f"{self._path.name}.damaged-{stamp}"))
        except OSError as error:
            raise storage_error(error, self._path) from error


def _entries(content: bytes) -> list[object]:
    if len(content) > _LARGEST:
        raise ValueError(len(content))
    document = _object(json.loads(content))
    if document["version"] != VERSION:
        raise ValueError(document["version"])
    return _list(document["downloads"])


def _entry(plan: DownloadPlan) -> _Entry:
    return {**asdict(plan), "folder": str(plan.folder)}


def _plan_or_none(value: object) -> DownloadPlan | None:
    try:
        return _plan(_object(value))
    except (KeyError, TypeError, ValueError):
        return None


def _plan(entry: _Entry) -> DownloadPlan:
    return DownloadPlan(
        id=DownloadId(_text(entry["id"])),
        title=_text(entry["title"]),
        folder=Path(_text(entry["folder"])),
        files=tuple(_file(_object(file)) for file in _list(entry["files"])),
        source=_text(entry["source"]),
        revision=_text_or_none(entry["revision"]),
        licence=_text_or_none(entry["licence"]),
        licence_accepted=entry["licence_accepted"] is True,
    )


def _file(entry: _Entry) -> RemoteFile:
    size = entry["size"]
    if not isinstance(size, int | None):
        raise TypeError(size)
    return RemoteFile(
        url=_text(entry["url"]),
        path=_text(entry["path"]),
        size=size,
        sha256=_text_or_none(entry["sha256"]),
        git_sha1=_text_or_none(entry["git_sha1"]),
    )


def _object(value: object) -> _Entry:
    if not isinstance(value, dict):
        raise TypeError(value)
    return cast("_Entry", value)


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(value)
    return cast("list[object]", value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)
