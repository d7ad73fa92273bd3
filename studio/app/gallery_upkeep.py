"""At each start: marks are tidied, the index is compared with the folders, and unused sources are removed. Later: what
other programs change in the index is noticed, and in the folders when the window is come back to."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from studio.app.unused_sources import remove_unused_sources
from studio.core.errors import StudioError
from studio.gallery.gallery import Gallery
from studio.gallery.source_store import SourceStore
from studio.ui.background import RunInBackground
from studio.ui.messages import folder_away_text

_log = logging.getLogger("studio.app")
_MILLISECONDS_BETWEEN_LOOKS = 2000
_SHORTEST_REST_SECONDS = 10.0
_REST_FOR_EACH_SECOND = 50.0
"""A large gallery is compared less often, so that it never costs more than 2 % of a processor."""


@dataclass(frozen=True, slots=True)
class _Compared:
    """What a comparison found; `away` says which watched folders are gone."""

    changed: bool
    away: frozenset[str]
    seconds: float


class GalleryUpkeep(QObject):
    """Lives in the window's thread, works in `scan`.

    Signals:
        changed(): the index was not as the folder is, or another program changed it.
        mended(str): a sentence about something that was damaged, or is gone.
        reconciled(): the index is as the folder is.
    """

    changed = Signal()
    mended = Signal(str)
    reconciled = Signal()

    def __init__(
        self,
        gallery: Gallery,
        sources: SourceStore,
        disk: RunInBackground,
        scan: RunInBackground,
        wanted: Callable[[], set[str]],
        sent: Callable[[], frozenset[str]],
        is_idle: Callable[[], bool],
        announce: Callable[[StudioError], None],
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """`wanted` and `sent` are sources that are still in use: asked in the thread of the disk, and in the window's.
        Nothing is removed unless `is_idle`, asked in any thread.
        """
        super().__init__()
        self._gallery = gallery
        self._sources = sources
        self._disk = disk
        self._scan = scan
        self._wanted = wanted
        self._sent = sent
        self._is_idle = is_idle
        self._announce = announce
        self._seconds = seconds
        self._is_comparing = False
        self._rests_until = 0.0
        self._told_away: frozenset[str] = frozenset()
        self._looking = QTimer(self)
        self._looking.setInterval(_MILLISECONDS_BETWEEN_LOOKS)
        self._looking.timeout.connect(self._look)

    def start(self) -> None:
        self._scan(self._gallery.tidy_marks, done=self._tell, failed=self._announce)
        self._scan(self._gallery.mend_index, done=self._tell, failed=self._announce)
        self._compare(then=self._on_first_compared)
        self._looking.start()

    def look_at_folders(self) -> None:
        """The window was come back to: from a program, perhaps, that changed the pictures. Not at every turn, since
        each picture's file is looked at."""
        if not self._is_comparing and self._seconds() >= self._rests_until:
            self._compare()

    def stop(self) -> None:
        """Notice nothing any more: before the threads are stopped."""
        self._looking.stop()

    def _look(self) -> None:
        self._disk(self._gallery.was_changed_by_others, done=self._on_looked, failed=_look_again_later)

    def _on_looked(self, changed: bool) -> None:
        if changed:
            self.changed.emit()

    def _tell(self, sentences: tuple[str, ...]) -> None:
        for sentence in sentences:
            self.mended.emit(sentence)

    def remove_unused_sources(self) -> None:
        """Queue and canvas of the last session are known when the thread of the disk comes to this."""
        self._disk(self._wanted, done=self._remove_all_but, failed=_leave_unused_sources)

    def _on_first_compared(self) -> None:
        self.remove_unused_sources()
        self.reconciled.emit()

    def _compare(self, then: Callable[[], None] = lambda: None) -> None:
        self._is_comparing = True

        def compared(result: _Compared) -> None:
            self._on_compared(result)
            then()

        self._scan(self._compare_now, done=compared, failed=self._on_compare_failed)

    def _compare_now(self) -> _Compared:
        begun = self._seconds()
        changes = [progress.changed for progress in self._gallery.reconcile()]
        away = frozenset(folder_away_text(place.root) for place in self._gallery.watched() if not place.is_there)
        return _Compared(any(changes), away, self._seconds() - begun)

    def _on_compared(self, result: _Compared) -> None:
        self._rest(result.seconds)
        self._tell(tuple(sorted(result.away - self._told_away)))
        self._told_away = result.away
        if result.changed:
            self.changed.emit()

    def _on_compare_failed(self, error: StudioError) -> None:
        self._rest(0)
        self._announce(error)

    def _rest(self, seconds: float) -> None:
        """After a comparison that took so long."""
        self._is_comparing = False
        self._rests_until = self._seconds() + max(_SHORTEST_REST_SECONDS, _REST_FOR_EACH_SECOND * seconds)

    def _remove_all_but(self, wanted: set[str]) -> None:
        if self._is_idle():
            used = wanted | self._sent()
            self._scan(
                partial(remove_unused_sources, self._sources, self._gallery, used, self._is_idle),
                failed=_leave_unused_sources,
            )


def _look_again_later(error: StudioError) -> None:
    """A database that is busy or gone is told by whoever needs it."""
    _log.info("not known whether another program changed the gallery: %s", error)


def _leave_unused_sources(error: StudioError) -> None:
    """They cost room and nothing else; the next start tries again."""
    _log.info("unused start pictures were left: %s", error)
