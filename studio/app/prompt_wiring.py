"""A further page of the circuit diagram: what helps to write prompts, which all comes after the window is painted."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from studio.app.preload import import_tokenizers
from studio.checkpoints.addon_finder import AddonFinder
from studio.core.addon import AddonKind
from studio.core.checkpoint import Checkpoint
from studio.core.errors import StudioError
from studio.core.language import tr
from studio.prompts.syntax import Fault, FaultReason, ParsedPrompt, SpanKind
from studio.settings.prompt_book import PromptBook, PromptStyle
from studio.settings.prompt_book_store import LoadedPromptBook, PromptBookStore
from studio.ui.messages import settings_text
from studio.ui.notice_bar import Answer, Notice, NoticeBar
from studio.ui.prompt_editor.completion import PromptNames
from studio.ui.prompt_panel import PromptPanel
from studio.worker.background import BackgroundThread

if TYPE_CHECKING:
    from studio.prompts.tokens import TokenCount
    from studio.ui.prompt_editor.highlighter import Reader

_SECONDS_NAMES_ARE_GOOD_FOR = 5.0


class InstalledNames(QObject):
    """What can be suggested. Asked at every key, it looks at the disk now and then, in the background.

    Signals:
        changed(): others are there than were the last time.
    """

    changed = Signal()

    def __init__(
        self,
        thread: BackgroundThread,
        read: Callable[[], PromptNames],
        announce: Callable[[StudioError], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._thread = thread
        self._read = read
        self._announce = announce
        self._clock = clock
        self._names = PromptNames()
        self._asked_at = -_SECONDS_NAMES_ARE_GOOD_FOR

    def __call__(self) -> PromptNames:
        """The names as they were found last; looks again if that is a while ago."""
        if self._clock() - self._asked_at >= _SECONDS_NAMES_ARE_GOOD_FOR:
            self.look()
        return self._names

    def look(self) -> None:
        self._asked_at = self._clock()
        self._thread.run(self._read, done=self._take, failed=self._announce)

    def _take(self, names: PromptNames) -> None:
        if names != self._names:
            self._names = names
            self.changed.emit()


class PromptWiring(QObject):
    """Syntax, token counts and the prompt book of the panel. `thread` does what must not wait for the disk's thread."""

    def __init__(
        self,
        panel: PromptPanel,
        names: InstalledNames,
        notices: NoticeBar,
        thread: BackgroundThread,
        disk: BackgroundThread,
        store: PromptBookStore,
        checkpoint: Callable[[], Checkpoint],
        announce: Callable[[StudioError], None],
    ) -> None:
        super().__init__()
        self._panel = panel
        self._names = names
        self._notices = notices
        self._thread = thread
        self._disk = disk
        self._store = store
        self._checkpoint = checkpoint
        self._announce = announce
        panel.shelf.style_deleted.connect(self._offer_to_put_back)

    def start(self) -> None:
        """The window is there."""
        self._disk.run(self._store.load, done=self._open_book, failed=self._announce)
        self._names.look()
        self._names.changed.connect(self._read_again)
        self._read_again()
        self._panel.count_with(self._count)

    def close(self) -> None:
        """The window is closed: nothing is counted any more."""
        for meter in self._panel.meters:
            meter.stop()

    def on_model_switched(self, _checkpoint: Checkpoint) -> None:
        """Its tokenizer is another one."""
        self._panel.count_with(self._count)

    def _read_again(self) -> None:
        self._panel.read_with(_reader(self._names))

    def _count(self, text: str, done: Callable[[TokenCount | None], None]) -> None:
        checkpoint = self._checkpoint()
        self._thread.run(lambda: _count_tokens(checkpoint, text), done=done, failed=self._announce)

    def _open_book(self, loaded: LoadedPromptBook) -> None:
        self._panel.shelf.open(loaded.book)
        self._panel.shelf.changed.connect(self._save_book)
        if loaded.notice is not None:
            self._notices.show_notice(Notice(tr("Your prompts and styles"), settings_text(loaded.notice)))

    def _save_book(self, book: PromptBook) -> None:
        self._disk.run(lambda: self._store.save(book), failed=self._announce)

    def _offer_to_put_back(self, style: PromptStyle) -> None:
        undo = Answer(tr("Undo"), lambda: self._panel.shelf.put_back(style))
        self._notices.show_notice(
            Notice(tr("Style deleted"), tr("“{name}” is gone.", name=style.name), (undo,), key="style")
        )


def read_names(addons: AddonFinder, wildcards: Path) -> PromptNames:
    """The LoRAs and embeddings that a request could use, and the files in the folder `wildcards`."""
    return PromptNames(
        loras=addons.names(AddonKind.LORA),
        wildcards=_wildcard_names(wildcards),
        embeddings=addons.names(AddonKind.TEXTUAL_INVERSION),
    )


def _wildcard_names(folder: Path) -> tuple[str, ...]:
    files = (path.relative_to(folder).with_suffix("") for path in folder.rglob("*.txt"))
    return tuple(sorted((file.as_posix() for file in files), key=str.casefold))


# What only the prompt needs is imported when it is needed: the window is painted without it.


def prepare_prompts() -> None:
    """Import beforehand and beside the window, in the thread that will count tokens and before torch is imported.

    A thread's first use of the tokenizers registers with the system's loader, holding the GIL: while the loader opens
    torch's libraries that would keep the window waiting (glibc's `__cxa_thread_atexit_impl` takes the loader's lock).
    """
    importlib.import_module("studio.prompts.language")
    import_tokenizers()
    from tokenizers import Tokenizer, models

    Tokenizer(models.BPE())


def _reader(names: Callable[[], PromptNames]) -> Reader:
    """Reads prompts by the names that are installed."""
    from studio.prompts.language import read_prompt

    def read(text: str) -> ParsedPrompt:
        known = names()
        parsed = read_prompt(text, [name.rpartition("/")[2] for name in known.embeddings])
        unknown = _unknown_wildcards(text, parsed, known.wildcards)
        return replace(parsed, faults=tuple(sorted((*parsed.faults, *unknown))))

    return read


def _unknown_wildcards(text: str, parsed: ParsedPrompt, known: Collection[str]) -> Iterator[Fault]:
    for start, end, kind in parsed.spans:
        if kind is SpanKind.WILDCARD and text[start:end].strip("_ ") not in known:
            yield Fault(start, end, FaultReason.WILDCARD_UNKNOWN)


def _count_tokens(checkpoint: Checkpoint, text: str) -> TokenCount | None:
    from studio.prompts.tokens import count_tokens

    return count_tokens(checkpoint, text)
