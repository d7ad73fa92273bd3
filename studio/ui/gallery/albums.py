"""Albums in the window: a menu of them beside the search, and one for what the selected pictures are in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from studio.core.errors import StudioError
from studio.core.language import tr
from studio.core.picture_id import PictureId
from studio.gallery.picture_marks import Album, AlbumId, PictureMarks
from studio.ui.background import RunInBackground
from studio.ui.controls import offer_menu
from studio.ui.gallery.gallery_panel import GalleryPanel
from studio.ui.gallery.mark_commands import MarkCommands
from studio.ui.gallery.name_dialog import NameDialog
from studio.ui.icons import icon
from studio.ui.notice_bar import Answer, AnswerKind, Notice, NoticeBar

FAVOURITES = "is:favourite"


class AlbumStore(Protocol):
    """`MarkStore`; called in the background. Each raises StorageError."""

    def albums(self) -> list[Album]: ...
    def new_album(self, name: str, query: str | None = None) -> Album: ...
    def put_album(self, album: Album) -> None: ...
    def remove_album(self, album: AlbumId) -> list[PictureId]: ...
    def marks_of(self, pictures: Sequence[PictureId]) -> dict[PictureId, PictureMarks]: ...
    def put(self, marks: dict[PictureId, PictureMarks]) -> None: ...


@dataclass(frozen=True, slots=True)
class _Removed:
    album: Album
    pictures: tuple[PictureId, ...]


class Albums(QObject):
    """Lives in the window's thread. The list is read in the background and kept for the menus.

    Signals:
        changed(tuple[Album, ...]): the list was read.
    """

    changed = Signal(object)

    def __init__(
        self,
        panel: GalleryPanel,
        marks: MarkCommands,
        notices: NoticeBar,
        run: RunInBackground,
        store: AlbumStore,
        failed: Callable[[StudioError], None],
    ) -> None:
        super().__init__()
        self._panel = panel
        self._marks = marks
        self._notices = notices
        self._run = run
        self._store = store
        self._failed = failed
        self._albums: tuple[Album, ...] = ()
        self.of_selection = QMenu(tr("Albums"), panel)
        self.of_selection.setIcon(icon("album"))
        self.of_selection.aboutToShow.connect(self._fill_of_selection)
        self._menu = QMenu(panel)
        self._menu.setToolTipsVisible(True)
        self._menu.aboutToShow.connect(self._fill_menu)
        offer_menu(panel.search_bar.albums_button, self._menu)

    def look(self) -> None:
        """Read the list anew."""
        self._run(self._store.albums, done=self._take, failed=self._failed)

    def _take(self, albums: Sequence[Album]) -> None:
        self._albums = tuple(albums)
        self.changed.emit(self._albums)

    # --- beside the search ---

    def _fill_menu(self) -> None:
        menu = self._menu
        menu.clear()
        self._offer(menu, tr("All pictures"), "", "image")
        self._offer(menu, tr("Favourites"), FAVOURITES, "heart")
        menu.addSeparator()
        for album in self._albums:
            self._offer(menu, album.name, search_of(album), "album" if album.query is None else "search")
        menu.addSeparator()
        searched = self._panel.search_bar.request.text.strip()
        keep = self._command(menu, tr("Keep this search…"), "save", partial(self._ask_for_search_name, searched))
        keep.setEnabled(bool(searched))
        keep.setToolTip(tr("An album of whatever this search finds, now and later"))
        others = [album for album in self._albums if album.query not in {None, searched}]
        if searched:
            self._choice(menu, tr("Keep this search in"), "save", others, partial(self._keep_search_in, searched))
        self._command(menu, tr("New album…"), "album", partial(self._ask_for_name, ()))
        self._choice(menu, tr("Rename an album"), "text", self._albums, self._ask_for_other_name)
        self._choice(menu, tr("Remove an album"), "trash", self._albums, self._remove)

    def _choice(
        self, menu: QMenu, text: str, icon_name: str, albums: Sequence[Album], act: Callable[[Album], None]
    ) -> None:
        """A menu of albums, if there are any."""
        if albums:
            choice = menu.addMenu(icon(icon_name), text)
            for album in albums:
                choice.addAction(_shown(album.name)).triggered.connect(partial(self._act_on, album, act))

    def _act_on(self, album: Album, act: Callable[[Album], None], _checked: bool = False) -> None:
        act(album)

    def _offer(self, menu: QMenu, name: str, search: str, icon_name: str) -> None:
        action = self._command(menu, _shown(name), icon_name, lambda: self._panel.search_bar.search(search))
        action.setCheckable(True)
        action.setChecked(self._panel.search_bar.request.text.strip() == search)
        action.setToolTip(search or tr("Every picture, newest first"))

    def _command(self, menu: QMenu, text: str, icon_name: str, act: Callable[[], None]) -> QAction:
        action = menu.addAction(icon(icon_name), text)
        action.triggered.connect(act)
        return action

    def _ask_for_search_name(self, query: str) -> None:
        explanation = tr("It holds whatever “{query}” finds, now and later.", query=query)
        dialog = NameDialog(self._panel, tr("Keep this search"), explanation, self._names())
        dialog.decided.connect(partial(self._keep_search, query))
        dialog.open()

    def _ask_for_name(self, pictures: Sequence[PictureId]) -> None:
        explanation = tr("A picture can be in several albums; its file stays where it is.")
        dialog = NameDialog(self._panel, tr("New album"), explanation, self._names())
        dialog.decided.connect(partial(self._make, pictures))
        dialog.open()

    def _keep_search(self, query: str, name: str) -> None:
        self._change(lambda: self._store.new_album(name, query))

    def _make(self, pictures: Sequence[PictureId], name: str) -> None:
        def made(album: Album) -> None:
            self.look()
            if pictures:
                self._put_in(album, pictures)

        self._run(lambda: self._store.new_album(name), done=made, failed=self._failed)

    def _keep_search_in(self, query: str, album: Album) -> None:
        told = Notice(tr("Search kept"), tr("“{name}” holds whatever “{query}” finds.", name=album.name, query=query))
        self._replace({album: replace(album, query=query)}, told)

    def _ask_for_other_name(self, album: Album) -> None:
        explanation = (
            tr("The pictures stay in it.")
            if album.query is None
            else tr("It holds whatever “{query}” finds, now and later.", query=album.query)
        )
        taken = [name for name in self._names() if name != album.name]
        title = tr("Rename the album “{name}”", name=album.name)
        dialog = NameDialog(self._panel, title, explanation, taken, album.name)
        dialog.decided.connect(partial(self._rename, album))
        dialog.open()

    def _rename(self, album: Album, name: str) -> None:
        if name == album.name:
            return
        renamed = replace(album, name=name)
        changes = {album: renamed}
        if album.query is None:  # what other albums look for in it is found there still
            old, new = search_of(album), search_of(renamed)
            changes |= {
                other: replace(other, query=other.query.replace(old, new)) for other in self._albums if other.query
            }
        told = Notice(tr("Album renamed"), tr("“{before}” is “{after}” now.", before=album.name, after=name))
        self._replace(changes, told)

    def _replace(self, changes: Mapping[Album, Album], told: Notice) -> None:
        """Change these albums, say so, and offer to take it back; the one that is seen stays in sight."""

        def put(albums: Iterable[Album]) -> None:
            for album in albums:
                self._store.put_album(album)

        def done(before: Iterable[Album], after: Iterable[Album]) -> None:
            self.look()
            seen = self._panel.search_bar.request.text.strip()
            shown = next((new for old, new in zip(before, after, strict=True) if search_of(old) == seen), None)
            if shown is not None:
                self._panel.search_bar.search(search_of(shown))

        def put_back() -> None:
            self._run(lambda: put(changes), done=lambda _: done(changes.values(), changes), failed=self._failed)

        def changed(_: object) -> None:
            done(changes, changes.values())
            undo = Answer(tr("Undo"), put_back, kind=AnswerKind.UNDO)
            self._notices.show_notice(replace(told, answers=(undo,), key="album"))

        self._run(lambda: put(changes.values()), done=changed, failed=self._failed)

    def _remove(self, album: Album) -> None:
        def removed(pictures: Sequence[PictureId]) -> None:
            self.look()
            undo = Answer(tr("Undo"), partial(self._bring_back, _Removed(album, tuple(pictures))), kind=AnswerKind.UNDO)
            text = tr("“{name}” is gone; its pictures are where they were.", name=album.name)
            self._notices.show_notice(Notice(tr("Album removed"), text, (undo,), key="album"))

        self._run(lambda: self._store.remove_album(album.id), done=removed, failed=self._failed)

    def _bring_back(self, removed: _Removed) -> None:
        def put() -> None:
            store = self._store
            store.put_album(removed.album)
            marks = store.marks_of(removed.pictures)
            store.put({picture: _with(of_it, removed.album.id) for picture, of_it in marks.items()})

        self._change(put)

    def _change(self, work: Callable[[], object]) -> None:
        self._run(work, done=lambda _: self.look(), failed=self._failed)

    def _names(self) -> list[str]:
        return [album.name for album in self._albums]

    # --- of the selected pictures ---

    def _fill_of_selection(self) -> None:
        menu, record = self.of_selection, self._panel.current
        menu.clear()
        if record is None:
            return
        pictures, current = self._panel.selected, self._panel.marks_of_current()
        for album in self._albums:
            if album.query is None:
                action = menu.addAction(_shown(album.name))
                action.setCheckable(True)
                action.setChecked(album.id in current.albums)
                action.triggered.connect(partial(self._follow_tick, action, album, pictures))
        menu.addSeparator()
        self._command(menu, tr("New album…"), "album", partial(self._ask_for_name, pictures))

    def _follow_tick(self, action: QAction, album: Album, pictures: Sequence[PictureId]) -> None:
        if action.isChecked():
            self._put_in(album, pictures)
        else:
            self._marks.change(
                lambda marks: _without(marks, album.id), tr("Out of “{name}”", name=album.name), pictures
            )

    def put_selected_in(self, album: Album | None) -> None:
        """The selected pictures; None asks for the name of a new album."""
        pictures = self._panel.selected
        if album is None:
            self._ask_for_name(pictures)
        else:
            self._put_in(album, pictures)

    def _put_in(self, album: Album, pictures: Sequence[PictureId]) -> None:
        self._marks.change(lambda marks: _with(marks, album.id), tr("Now in “{name}”", name=album.name), pictures)


def search_of(album: Album) -> str:
    """What to type to see it."""
    return f'album:"{album.name}"' if album.query is None else album.query


def _with(marks: PictureMarks, album: AlbumId) -> PictureMarks:
    return replace(marks, albums=tuple(sorted({*marks.albums, album})))


def _without(marks: PictureMarks, album: AlbumId) -> PictureMarks:
    return replace(marks, albums=tuple(other for other in marks.albums if other != album))


def _shown(name: str) -> str:
    """In a menu an ampersand would underline what follows."""
    return name.replace("&", "&&")
