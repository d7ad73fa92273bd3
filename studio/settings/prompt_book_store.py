"""`prompts.json`: the prompt book on disk. What is damaged is set aside, never overwritten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from studio.core.durable_file import write_durably
from studio.core.errors import InvalidRequest
from studio.core.request import Prompt
from studio.settings.notices import SettingsNotice, SettingsSetAside, SettingsUnreadable
from studio.settings.prompt_book import STARTING_STYLES, PromptBook, PromptStyle

_VERSION = 1
_LARGEST = 64 * 1024 * 1024
"""Bytes: far more than a full history of the longest prompts."""


@dataclass(frozen=True, slots=True)
class LoadedPromptBook:
    """The book to use and what there is to say about the file."""

    book: PromptBook
    notice: SettingsNotice | None = None


class _Damaged(Exception):
    """The content is not a prompt book; the argument is the reason."""


class PromptBookStore:
    """Reads and writes one file. Use from one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> LoadedPromptBook:
        """The book in the file. Without a file: no history, and styles to begin with."""
        beginning = PromptBook(styles=STARTING_STYLES)
        try:
            with self._path.open("rb") as file:
                content = file.read(_LARGEST + 1)
        except FileNotFoundError:
            return LoadedPromptBook(beginning)
        except OSError as error:
            return LoadedPromptBook(beginning, SettingsUnreadable(self._path, error.strerror or type(error).__name__))
        try:
            return LoadedPromptBook(_parse(content))
        except _Damaged as damage:
            return LoadedPromptBook(beginning, self._set_aside(str(damage)))

    def save(self, book: PromptBook) -> None:
        """Write `book` durably. Raises DiskFull, FolderUnwritable, WriteFailed: the file before is still there."""
        document = {
            "version": _VERSION,
            "history": [{"text": prompt.text, "negative": prompt.negative} for prompt in book.history],
            "styles": [{"name": style.name, "text": style.text, "negative": style.negative} for style in book.styles],
            "applied": list(book.applied),
        }
        content = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        write_durably(self._path, content.encode(), overwrite=True)

    def _set_aside(self, reason: str) -> SettingsNotice:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        target = self._path.with_name(f"{self._path.name}.damaged-{stamp}")
        try:
            self._path.rename(target)
        except OSError as error:
            return SettingsUnreadable(self._path, f"{reason}; not moved: {error.strerror or type(error).__name__}")
        return SettingsSetAside(target, reason)


def _parse(content: bytes) -> PromptBook:
    if len(content) > _LARGEST:
        raise _Damaged(f"larger than {_LARGEST} bytes")
    try:
        document: object = json.loads(content.decode())
    except (ValueError, RecursionError) as error:
        raise _Damaged(f"no JSON: {error}") from error
    if not isinstance(document, dict):
        raise _Damaged("no JSON object")
    fields = cast("dict[str, object]", document)
    version = fields.get("version")
    if version != _VERSION:
        raise _Damaged(f"version {version!r}, {_VERSION} can be read")
    styles = {style.name: style for style in _styles(fields.get("styles"))}
    applied = [name for name in _list(fields.get("applied")) if isinstance(name, str) and name in styles]
    history = dict.fromkeys(_prompts(fields.get("history")))
    return PromptBook(
        tuple(history)[: PromptBook.LONGEST_HISTORY], tuple(styles.values()), tuple(dict.fromkeys(applied))
    )


def _prompts(value: object) -> Iterator[Prompt]:
    """The prompts in a list; what is none is passed over."""
    for entry in _entries(value):
        try:
            yield Prompt(_text(entry, "text"), _text(entry, "negative"))
        except InvalidRequest:
            continue


def _styles(value: object) -> Iterator[PromptStyle]:
    """The styles in a list; what is none is passed over."""
    for entry in _entries(value):
        try:
            yield PromptStyle(_text(entry, "name"), _text(entry, "text"), _text(entry, "negative"))
        except ValueError:
            continue


def _entries(value: object) -> Iterator[dict[str, object]]:
    for entry in _list(value):
        if isinstance(entry, dict):
            yield cast("dict[str, object]", entry)


def _list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _text(entry: dict[str, object], name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) else ""
