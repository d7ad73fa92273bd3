"""At each start: marks are tidied, the index is compared with the folder, and unused sources are removed. Later: what
other programs change in the index is noticed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from studio.app.unused_sources import remove_unused_sources
from studio.core.errors import StudioError
from studio.gallery.gallery import Gallery
from studio.gallery.source_store import SourceStore
from studio.ui.messages import folder_away_text
from studio.worker.background import BackgroundThread

_log = logging.getLogger("studio.app")
_MILLISECONDS_BETWEEN_LOOKS = 2000


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
        disk: BackgroundThread,
        scan: BackgroundThread,
        wanted: Callable[[], set[str]],
        sent: Callable[[], frozenset[str]],
        is_idle: Callable[[], bool],
        announce: Callable[[StudioError], None],
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
        self._looking = QTimer(self)
        self._looking.setInterval(_MILLISECONDS_BETWEEN_LOOKS)
        self._looking.timeout.connect(self._look)

    def start(self) -> None:
        self._scan.run(self._gallery.tidy_marks, done=self._tell, failed=self._announce)
        self._scan.run(self._gallery.mend_index, done=self._tell, failed=self._announce)
        self._scan.run(self._reconcile, done=self._on_reconciled, failed=self._announce)
        self._looking.start()

    def stop(self) -> None:
        """Notice nothing any more: before the threads are stopped."""
        self._looking.stop()

    def _look(self) -> None:
        self._disk.run(self._gallery.was_changed_by_others, done=self._on_looked, failed=_look_again_later)

    def _on_looked(self, changed: bool) -> None:
        if changed:
            self.changed.emit()

    def _tell(self, sentences: tuple[str, ...]) -> None:
        for sentence in sentences:
            self.mended.emit(sentence)

    def remove_unused_sources(self) -> None:
        """Queue and canvas of the last session are known when the thread of the disk comes to this."""
        self._disk.run(self._wanted, done=self._remove_all_but, failed=_leave_unused_sources)

    def _reconcile(self) -> bool:
        """Compare the folder with the index. True when the index was changed."""
        changes = [progress.changed for progress in self._gallery.reconcile()]
        return any(changes)

    def _away(self) -> tuple[str, ...]:
        return tuple(folder_away_text(place.root) for place in self._gallery.watched() if not place.is_there)

    def _on_reconciled(self, changed: bool) -> None:
        self._scan.run(self._away, done=self._tell, failed=self._announce)
        if changed:
            self.changed.emit()
        self.remove_unused_sources()
        self.reconciled.emit()

    def _remove_all_but(self, wanted: set[str]) -> None:
        if self._is_idle():
            used = wanted | self._sent()
            self._scan.run(
                partial(remove_unused_sources, self._sources, self._gallery, used, self._is_idle),
                failed=_leave_unused_sources,
            )


def _look_again_later(error: StudioError) -> None:
    """A database that is busy or gone is told by whoever needs it."""
    _log.info("not known whether another program changed the gallery: %s", error)


def _leave_unused_sources(error: StudioError) -> None:
    """They cost room and nothing else; the next start tries again."""
    _log.info("unused start pictures were left: %s", error)
