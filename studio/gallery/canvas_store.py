"""The open canvas in `canvas.db`: it survives the end of the program, whatever ends it.

Every edit is written on its own, a moment after it was made, by the store's own thread; see `canvas_rows` for how.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from studio.core.errors import StorageError
from studio.core.picture_id import PictureId
from studio.gallery import canvas_rows
from studio.gallery.canvas_base import CanvasReplaced
from studio.gallery.canvas_rows import StoredCanvas
from studio.gallery.canvas_schema import CANVAS_SCHEMA
from studio.gallery.database import Database
from studio.imaging.history import Edit

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels, Pixels

_SECONDS_UNTIL_RETRY = 5.0
_SECONDS_TO_SHOW = 0.2
"""Until a new canvas is on the screen: packing its pixels at the same time would hold up the window, which waits for
the GIL then."""
_FREE_PAGES_WORTH_GIVING_BACK = 256

_Work: TypeAlias = Callable[[sqlite3.Connection], None]


class CanvasStore:
    """Keeps the open canvas. A `CanvasListener`: `Canvas(picture, mask, listener=store)` reports its edits by itself.

    Every method may be called from any thread; none waits for the disk but `open`, `load`, `flush` and `close`. What
    cannot be written stays in memory and is tried again every five seconds: `failed` hears of it once until it works
    again, in the store's own thread.
    """

    def __init__(self, path: Path, failed: Callable[[StorageError], None]) -> None:
        self._path = path
        self._failed = failed
        self._pending: deque[_Work] = deque()
        self._changed = threading.Condition()
        self._is_open = False
        self._is_failing = False
        self._is_closing = False
        self._first_step = 0
        self._rests_until = 0.0
        self._thread = threading.Thread(target=self._write_until_closed, name="canvas store", daemon=True)

    def start(self) -> None:
        """Start the store's own thread, which `open` does otherwise. While another thread opens large libraries a
        start waits for it, with the GIL in its hand: then it is called before.
        """
        if self._thread.ident is None:
            self._thread.start()

    def open(self) -> tuple[str, ...]:
        """Open `canvas.db` and begin to write; returns sentences about what the user should know.

        Raises:
            DatabaseTooNew, StorageError: it cannot be used.
        """
        self._database = Database(self._path, CANVAS_SCHEMA)
        self.start()
        with self._changed:
            self._is_open = True
            self._changed.notify_all()
        return () if self._database.set_aside is None else (_lost(self._database.set_aside),)

    def load(self) -> tuple[StoredCanvas | None, tuple[str, ...]]:
        """The canvas that was open, None if there was none, and sentences about what was lost. Call it first.

        Raises:
            StorageError: it cannot be read.
        """
        try:
            found = canvas_rows.read_canvas(self._database.read)
        except (ValueError, TypeError, zlib.error) as error:
            return self._load_what_is_left(error)
        if found is None:
            return None, ()
        stored, self._first_step = found
        return stored, ()

    def begin(self, picture: Pixels, mask: MaskPixels) -> None:
        """A new canvas takes the place of the one that was kept. The arrays must stay as they are."""
        self._first_step = 0
        with self._changed:
            self._rests_until = time.monotonic() + _SECONDS_TO_SHOW
        self._replace_all(lambda connection, is_wanted: canvas_rows.begin(connection, picture, mask, is_wanted))

    def edit_added(self, edit: Edit, position: int) -> None:
        """`edit` was done as step `position`; what lay at or beyond it is gone."""
        step = self._first_step + position
        self._enqueue(lambda connection: canvas_rows.append(connection, edit, step))

    def moved(self, position: int) -> None:
        """By undo or redo: the steps before `position` are done."""
        step = self._first_step + position
        self._enqueue(lambda connection: canvas_rows.set_position(connection, step))

    def set_candidates(self, pictures: tuple[PictureId, ...]) -> None:
        """The gallery's pictures that are staged over the canvas, in their order."""
        self._enqueue(lambda connection: canvas_rows.set_candidates(connection, pictures))

    def set_view(self, view: Mapping[str, object]) -> None:
        """Whatever else belongs to the open canvas. Raises ValueError for what is no JSON object."""
        text = json.dumps(dict(view), allow_nan=False)
        self._enqueue(lambda connection: canvas_rows.set_view(connection, text))

    def close_canvas(self) -> None:
        """The canvas was closed: nothing of it is kept."""
        self._replace_all(lambda connection, _is_wanted: canvas_rows.clear(connection))

    def flush(self) -> bool:
        """Wait until everything so far is durable; False if it cannot be written."""
        with self._changed:
            self._rests_until = 0.0
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._pending or self._is_failing or not self._is_writing())
            return not self._pending

    def close(self) -> None:
        """Write what is left, then close."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join()
        if self._is_open:
            self._database.close()

    def _load_what_is_left(self, damage: Exception) -> tuple[StoredCanvas | None, tuple[str, ...]]:
        """The pixels without their history, or nothing; what cannot be read is kept under another name."""
        try:
            left = canvas_rows.read_base(self._database.read)
        except (ValueError, TypeError, zlib.error):
            left = None
        kept_as = self._database.start_anew()
        if left is None:
            return None, (_lost(kept_as),)
        self.begin(left.picture, left.mask)
        self.set_candidates(left.candidates)
        self.set_view(left.view)
        return left, (
            f"The history of the canvas was damaged ({damage}): its picture and mask are those of some steps ago. "
            f"The damaged file was kept as {kept_as}.",
        )

    # --- the store's own thread ---

    def _enqueue(self, work: _Work) -> None:
        with self._changed:
            self._pending.append(work)
            self._changed.notify_all()

    def _replace_all(self, work: Callable[[sqlite3.Connection, Callable[[], bool]], None]) -> None:
        """After `work` nothing is left of what was kept: what waits is never begun, what is being written may end."""
        with self._changed:
            mine = self._pending = deque[_Work]()
            mine.append(lambda connection: work(connection, lambda: mine is self._pending))
            self._changed.notify_all()

    def _write_until_closed(self) -> None:
        while batch := self._next_batch():
            try:
                is_written = self._transact(batch)
            except CanvasReplaced:
                continue
            if is_written:
                self._done(batch)
                self._tidy()
            elif self._is_closed_while_waiting():
                return

    def _next_batch(self) -> list[_Work]:
        """Everything that waits: one fsync for all of it. Empty when the store is closed and nothing is left that could
        be written.
        """
        with self._changed:
            self._changed.wait_for(lambda: (self._is_open and self._pending) or self._is_closing)
            if not self._is_open:
                return []
            self._changed.wait_for(self._has_rested, self._rests_until - time.monotonic())
            return list(self._pending)

    def _is_writing(self) -> bool:
        return self._is_open and self._thread.is_alive()

    def _has_rested(self) -> bool:
        return self._is_closing or time.monotonic() >= self._rests_until

    def _transact(self, batch: list[_Work]) -> bool:
        try:
            with self._database.transaction() as connection:
                for work in batch:
                    work(connection)
        except StorageError as error:
            self._report(error)
            return False
        return True

    def _done(self, batch: list[_Work]) -> None:
        with self._changed:
            if self._pending[0] is batch[0]:  # else all of it was replaced meanwhile
                for _ in batch:
                    self._pending.popleft()
            self._is_failing = False
            self._changed.notify_all()

    def _report(self, error: StorageError) -> None:
        with self._changed:
            is_new, self._is_failing = not self._is_failing, True
            self._changed.notify_all()
        if is_new:
            self._failed(error)

    def _is_closed_while_waiting(self) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._is_closing, _SECONDS_UNTIL_RETRY)

    def _tidy(self) -> None:
        """While nothing else is to be done: let the base follow, forget the oldest edits, give back room."""
        try:
            while not self._pending and not self._is_closing:
                with self._database.transaction() as connection:
                    if not (canvas_rows.move_base_on(connection) or canvas_rows.forget_oldest(connection)):
                        break
            self._database.give_back_room(_FREE_PAGES_WORTH_GIVING_BACK)
        except StorageError as error:  # what is written stays as it was
            self._report(error)


def _lost(kept_as: Path) -> str:
    return f"The canvas that was open could not be read. The damaged file was kept as {kept_as}."
