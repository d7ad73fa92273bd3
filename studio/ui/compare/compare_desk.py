"""Brings the selected pictures of the gallery to the page that compares them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from studio.core.errors import StudioError
from studio.core.language import tr
from studio.core.picture_id import PictureId
from studio.gallery.record import PictureRecord
from studio.ui.background import RunInBackground
from studio.ui.images import to_qimage
from studio.ui.main_window import MainWindow

if TYPE_CHECKING:
    from studio.core.pixels import Pixels
    from studio.imaging.difference import Difference
    from studio.ui.compare.compare_page import ComparePage

FEWEST, MOST = 2, 4


@dataclass(frozen=True, slots=True)
class CompareOperations:
    """Called in the background."""

    record: Callable[[PictureId], PictureRecord | None]
    read_pixels: Callable[[Path], Pixels]
    """Raises PictureUnreadable."""
    difference: Callable[[Pixels, Pixels], Difference]


@dataclass(frozen=True, slots=True, eq=False)
class _Compared:
    records: tuple[PictureRecord, ...]
    pixels: tuple[Pixels, ...]
    images: tuple[QImage, ...]


class CompareDesk(QObject):
    """The page is made when it is first needed: the window starts without it."""

    def __init__(
        self,
        window: MainWindow,
        run: RunInBackground,
        operations: CompareOperations,
        failed: Callable[[StudioError], None],
    ) -> None:
        super().__init__()
        self._window = window
        self._run = run
        self._operations = operations
        self._failed = failed
        self._page: ComparePage | None = None
        self._compared: _Compared | None = None
        self._shown_difference = 0
        window.commands.compare.triggered.connect(self.compare_selected)
        window.gallery_panel.view.selectionModel().selectionChanged.connect(self._follow_selection)
        self._follow_selection()

    def compare_selected(self) -> None:
        """The first selected picture is the one that the others are compared with."""
        pictures = self._window.gallery_panel.selected
        if FEWEST <= len(pictures) <= MOST:
            self._run(lambda: self._read(pictures), done=self._show, failed=self._failed)

    def hide(self, _request: object = None) -> None:
        """Back to what was in the middle before."""
        if self._page is not None and self._page.isVisible():
            self._window.show_page(None)
            self._window.gallery_panel.view.setFocus()
        self._compared = None

    def _follow_selection(self, *_: object) -> None:
        count = self._window.gallery_panel.count_selected
        self._window.commands.compare.setEnabled(FEWEST <= count <= MOST)

    def _read(self, pictures: Sequence[PictureId]) -> _Compared:
        records = tuple(record for picture in pictures if (record := self._operations.record(picture)) is not None)
        pixels = tuple(self._operations.read_pixels(record.path) for record in records)
        images = tuple(to_qimage(each).convertToFormat(QImage.Format.Format_RGB32) for each in pixels)
        return _Compared(records, pixels, images)

    def _show(self, compared: _Compared) -> None:
        from studio.ui.compare.differences import compared_facts

        if len(compared.records) < FEWEST:  # some were deleted meanwhile
            return
        self._compared = compared
        page = self._made_page()
        page.show_pictures(compared.images, compared_facts(compared.records))
        self._window.show_page(page)
        page.view.setFocus()

    def _made_page(self) -> ComparePage:
        from studio.ui.compare.compare_page import ComparePage

        if self._page is None:
            self._page = ComparePage()
            self._page.close_asked.connect(self.hide)
            self._page.difference_asked.connect(self._show_difference)
            self._window.add_page(self._page)
        return self._page

    def _show_difference(self, other: int) -> None:
        compared = self._compared
        assert compared is not None

        def show(found: Difference) -> None:
            page = self._page
            if page is not None and compared is self._compared and page.view.other == other:
                page.show_difference(to_qimage(found.pixels), difference_text(found))

        first, second = compared.pixels[0], compared.pixels[other]
        self._run(lambda: self._operations.difference(first, second), done=show, failed=self._failed)


def difference_text(found: Difference) -> str:
    """How much differs, in words."""
    if not found.largest:
        text = tr("Every pixel is the same.")
    else:
        share = f"{found.share:.1%}" if found.share >= 0.0005 else tr("less than 0.1%")
        text = tr("{share} of the pixels differ, by {largest} of 255 at most.", share=share, largest=found.largest)
    return tr("{words} The second was scaled to the size of the first.", words=text) if found.scaled else text
