"""Runs searches away from the window and puts what they find into the gallery's model; the newest search wins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from PySide6.QtCore import QObject

from studio.core.errors import StudioError
from studio.core.picture_id import PictureId
from studio.gallery.days import FoundPictures
from studio.gallery.record import PictureRecord
from studio.gallery.search.known_values import KnownValues
from studio.gallery.search.query import Field, Query
from studio.gallery.search.sql import PictureOrder
from studio.ui.background import RunInBackground
from studio.ui.gallery.gallery_model import READ_AT_ONCE, GalleryModel
from studio.ui.gallery.gallery_panel import GalleryPanel
from studio.ui.gallery.search_bar import SearchRequest

Browse = Callable[[Query, PictureOrder, int | None], FoundPictures]

_MOST_ADDED = 100
"""Pictures that can come while one search is running."""


class GallerySearch(QObject):
    """Lives in the window's thread."""

    def __init__(
        self,
        panel: GalleryPanel,
        model: GalleryModel,
        run: RunInBackground,
        browse: Browse,
        failed: Callable[[StudioError], None],
        known_values: Callable[[], KnownValues] = KnownValues,
        get_ready: Callable[[], None] = lambda: None,
        at_first: int = READ_AT_ONCE,
        words: Callable[[str, Field | None], Sequence[str]] = lambda _beginning, _field: (),
    ) -> None:
        """`browse`, `known_values`, `words` and `get_ready`, which is for the first search in the field, are called in
        the background; they raise StorageError. Of what somebody looks for so many are shown `at_first`, all others
        behind them a moment later."""
        super().__init__()
        self._panel = panel
        self._model = model
        self._run = run
        self._browse = browse
        self._failed = failed
        self._known_values = known_values
        self._get_ready = get_ready
        self._words = words
        self._at_first = at_first
        self._latest = SearchRequest()
        self._looks = 0
        """How often something was looked for: what is found later than something newer was asked for is not shown."""
        self._from_beginning = False
        """Something else is looked for than what is shown: its first pictures are to be seen."""
        self._wanted: PictureId | None = None
        self._added: list[PictureRecord] = []
        """Since the newest search was asked for, which may not know them."""
        panel.search_bar.asked.connect(self._on_asked)
        panel.search_bar.field.values_asked.connect(self._on_search_begun)
        panel.search_bar.field.words_asked.connect(self._on_word_begun)

    def add(self, record: PictureRecord) -> None:
        """A new picture: on top of the whole gallery, or wherever the search puts it."""
        if self._latest.is_whole_gallery:
            self._added = [*self._added[1 - _MOST_ADDED :], record]
            self._model.add(record)
        else:
            self.refresh()

    def read_rest(self) -> None:
        """What the model has not read yet."""
        if not self._model.is_whole:
            self.refresh(self._wanted)

    def go_to(self, picture: PictureId) -> None:
        """Make this picture current; what hides it, a search, is taken away."""
        if self._model.row_of(picture) is not None:
            self._panel.select(picture)
        else:
            self._panel.search_bar.clear()
            self.refresh(picture)

    def find_similar_colours(self) -> None:
        """Of the current picture, which stays current."""
        record = self._panel.current
        if record is not None:
            self._wanted = record.id
            self._panel.search_bar.search(f'{Field.LIKE}:"{record.path.stem}"')

    def refresh(self, current: PictureId | None = None) -> None:
        """Pictures are others now; `current` is to be looked at."""
        self._wanted = current
        self._look(self._latest)

    def _on_search_begun(self) -> None:
        self._run(self._known_values, done=self._panel.search_bar.field.offer, failed=self._failed)
        self._run(self._get_ready, failed=self._failed)

    def _on_word_begun(self, beginning: str, field: Field | None) -> None:
        offer = partial(self._panel.search_bar.field.offer_words, beginning)
        self._run(lambda: self._words(beginning, field), done=offer, failed=self._failed)

    def _on_asked(self, request: SearchRequest) -> None:
        is_other = request != self._latest
        self._from_beginning = self._from_beginning or is_other
        self._look(request, self._at_first if is_other else None)

    def _look(self, request: SearchRequest, most: int | None = None) -> None:
        self._latest = request
        self._looks += 1
        this_look = self._looks
        self._added = []

        def found(result: tuple[Query, FoundPictures]) -> None:
            if self._looks == this_look:
                self._show(*result)
                self.read_rest()

        self._run(lambda: _find(request, self._browse, most), done=found, failed=self._failed)

    def _show(self, query: Query, found: FoundPictures) -> None:
        current = self._wanted or (self._panel.current.id if self._panel.current else None)
        self._model.show(found)
        self._wanted = None if self._model.is_whole else current
        for record in self._added:
            if self._model.row_of(record.id) is None:
                self._model.add(record)
        self._panel.search_bar.show_faults(query.faults)
        self._panel.show_search(is_active=bool(query.groups))
        is_there = current is not None and self._panel.stay_at(current)
        if self._from_beginning and not is_there:
            self._panel.view.scrollToTop()
        self._from_beginning = False


def _find(request: SearchRequest, browse: Browse, most: int | None) -> tuple[Query, FoundPictures]:
    from studio.gallery.search.reader import read_query

    query = read_query(request.text, datetime.now().astimezone())
    return query, browse(query, request.order, most)
