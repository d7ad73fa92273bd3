"""What the orders of the gallery are called."""

from __future__ import annotations

from studio.core.language import tr
from studio.gallery.search.sql import PictureOrder

ORDER_NAMES = {
    PictureOrder.NEWEST: tr("Newest first"),
    PictureOrder.OLDEST: tr("Oldest first"),
    PictureOrder.BEST_RATED: tr("Best rated first"),
    PictureOrder.SEED: tr("By seed"),
    PictureOrder.MODEL: tr("By model"),
    PictureOrder.LARGEST: tr("Largest first"),
}
