"""Start pictures and masks that nothing refers to any more go away, at a moment when nothing needs them."""

from __future__ import annotations

import logging
from collections.abc import Callable

from studio.gallery.gallery import Gallery
from studio.gallery.source_store import SourceStore

_log = logging.getLogger("studio.app")
_KEPT_FOR_NS = 24 * 60 * 60 * 10**9
"""A day: what was put in lately may belong to a canvas, a queue or a program that this one does not know."""


def remove_unused_sources(
    sources: SourceStore, gallery: Gallery, used_elsewhere: set[str], is_idle: Callable[[], bool]
) -> None:
    """Call it after `Gallery.reconcile`, in the background. `used_elsewhere` are those of the queue and the canvas.

    Stops when something begins to be made; the rest is left to the next start.

    Raises:
        StorageError: something cannot be read or removed; nothing that is in use was removed.
    """
    used = used_elsewhere | gallery.sources()
    removed = sources.remove_unused(used, gallery.opened_ns - _KEPT_FOR_NS, is_idle)
    if removed:
        _log.info("%s start pictures and masks that nothing refers to were removed", removed)
