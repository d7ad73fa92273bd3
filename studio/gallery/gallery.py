"""The gallery: the files are the truth, the index and the thumbnails can be made again."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from studio.core.durable_file import storage_error
from studio.core.errors import FolderNotWatchable, PictureUnreadable, StorageError, TrashFailed
from studio.core.job import Job, JobId
from studio.core.result import GeneratedImage, PictureId
from studio.gallery import index_schema, thumbnail_store
from studio.gallery.colour_search import ColourSearch
from studio.gallery.database import Database
from studio.gallery.days import FoundPictures
from studio.gallery.family import Family, family_of
from studio.gallery.file_naming import FileNaming
from studio.gallery.index import FoundPicture, PictureIndex
from studio.gallery.marks import MarkStore
from studio.gallery.naming import Renamed
from studio.gallery.picture_facts import PictureFacts
from studio.gallery.picture_marks import NO_MARKS, PictureMarks
from studio.gallery.picture_places import PicturePlaces, place_of
from studio.gallery.picture_store import PictureStore
from studio.gallery.reconcile import ReconcileProgress, adopt, file_state, is_gone, reconcile
from studio.gallery.record import PictureRecord
from studio.gallery.search.known_values import KnownValues
from studio.gallery.search.query import EVERYTHING, Field, Query
from studio.gallery.search.sql import PictureOrder
from studio.gallery.seen_folders import SeenFolders
from studio.gallery.thumbnail_maker import ThumbnailMaker
from studio.gallery.thumbnail_store import ThumbnailStore
from studio.gallery.used_sources import used_sources
from studio.gallery.watched_folder import WatchedFolder
from studio.imaging.export import as_telling_png
from studio.imaging.metadata.foreign_settings import ForeignSettings
from studio.imaging.picture_metadata import read_picture_info, read_png_info, read_whole_info
from studio.imaging.thumbnail import make_thumbnail

_log = logging.getLogger("studio.gallery")


class Gallery:
    """Adds, finds, deletes and restores pictures. After `open` every method may be called from any thread."""

    def __init__(self, root: Path, index: Path, thumbnails: Path, user: Path) -> None:
        """`root` is the folder of the pictures; `index` and `thumbnails` are SQLite files that may be deleted; `user`
        (`user.db`) holds what the user did with them."""
        self._store = PictureStore(root)
        self.marks = MarkStore(user)
        self._user_file = user
        self._index_file = index
        self._thumbnails_file = thumbnails

    def open(self) -> tuple[str, ...]:
        """Open the index, which is made anew if it is damaged; returns sentences about what the user should know.

        Raises:
            DatabaseTooNew, StorageError: the index cannot be used.
        """
        self.marks.open()
        self._index_database = Database(self._index_file, index_schema.SCHEMA, {"user": self._user_file})
        self._thumbnails_database = Database(self._thumbnails_file, thumbnail_store.SCHEMA)
        self._index = PictureIndex(self._index_database, self._store.root)
        self._seen = SeenFolders(self._index_database)
        self._places = PicturePlaces(self._store, self.marks.folders, self._seen.identities)
        self._thumbnails = ThumbnailStore(self._thumbnails_database)
        self._thumbnail_maker = ThumbnailMaker(self._thumbnails, self._index)
        self._naming = FileNaming(self._store, self._index)
        self._colours = ColourSearch(self._thumbnails, self._index)
        damaged = self._index_database.set_aside
        if damaged is None and not self._index.begins_well():
            damaged = self._index_database.start_anew()
        self._others_changes = self._index.others_changes()
        notices: list[str] = []
        if self.marks.set_aside is not None:
            notices.append(
                "The database of your queue, ratings, tags and albums was damaged; the queue begins empty. "
                f"The damaged one was kept as {self.marks.set_aside}."
            )
        if self.marks.restored:
            notices.append("Ratings, tags and albums that the database had lost are here again, from their journal.")
        if damaged is not None:
            notices.append(_index_damaged_text(damaged))
        try:
            self._store.open(expected=self._index.count() > 0)
            self._store.forget_trashed()
        except StorageError as error:
            _log.info("the gallery's folder cannot be used: %s", error)
            notices.append(
                f"The folder of your pictures cannot be used: {self._store.root}. Connect its drive or allow writing "
                "to it, then start again. New pictures are held in memory until they can be saved."
            )
        return tuple(notices)

    def close(self) -> None:
        self._index_database.close()
        self._thumbnails_database.close()
        self.marks.close()

    def add(self, image: GeneratedImage, job_id: JobId | None = None) -> PictureRecord:
        """Make a picture durable, then known. When this returns it survives a crash or a power cut.

        A row or a thumbnail that cannot be written does not make the picture unsaved: `reconcile` writes it later.

        Raises:
            StorageError: the file could not be written; nothing was left behind.
        """
        path = self._store.write(image, job_id)
        height, width, _ = image.pixels.shape
        record = PictureRecord(image.id, path, image.created_at, width, height, image.parameters, job_id)
        try:
            self._add_row(record)
            self._thumbnails.put(image.id, make_thumbnail(image.pixels))
        except StorageError as error:
            _log.warning("the picture is saved, but not yet in the index: %s", error)
        return record

    def add_file(self, source: Path) -> PictureRecord:
        """Copy a picture file from elsewhere into the gallery, with the settings that it carries.

        Raises:
            PictureUnreadable: `source`.
            StorageError: it could not be written; nothing was left behind.
        """
        return self.add_png(as_telling_png(source), source.stem)

    def keep(self, png: bytes) -> PictureRecord:
        """The picture in `png`, a whole file of ours, put into the gallery unless it is there already.

        Raises:
            PictureUnreadable: it is no picture.
            StorageError: it could not be written; nothing was left behind.
        """
        info = read_png_info(png, Path("result.png"))
        known = self._index.record(info.picture_id) if info.picture_id is not None else None
        prompt = info.parameters.prompt.text if info.parameters is not None else ""
        return known or self.add_png(png, prompt)

    def add_png(self, png: bytes, name: str) -> PictureRecord:
        """Keep a whole PNG file; `name` is a part of what it will be called.

        Raises:
            StorageError: it could not be written; nothing was left behind.
        """
        path = self._store.write_copy(png, name)
        try:
            record = adopt(self._store, self._index, path)
        except OSError as error:
            raise storage_error(error, path) from error
        self._thumbnail_maker.make(record)
        return record

    # --- folders that are watched ---

    def watch(self, folder: Path) -> None:
        """Have the pictures in this folder, and below it, in the gallery; `reconcile` takes them. They stay where they
        are, and nothing is written there.

        Raises:
            FolderNotWatchable
            StorageError: it is not watched.
        """
        folder = folder.absolute()
        try:
            str(folder).encode()
        except UnicodeEncodeError:
            raise FolderNotWatchable(folder, "its name is not valid Unicode") from None
        if not folder.is_dir():
            raise FolderNotWatchable(folder, "it is no folder, or it is gone")
        if folder.is_relative_to(self._store.root.absolute()):
            raise FolderNotWatchable(folder, "it is the gallery's own")
        if not any(folder.is_relative_to(other) for other in self.marks.folders()):
            self.marks.watch(folder)

    def stop_watching(self, folder: Path) -> None:
        """Let its pictures go from the gallery. Files, ratings and albums stay. Raises StorageError."""
        self.marks.forget_folder(folder.absolute())
        self._seen.forget(folder.absolute())
        places = self._places.all()
        self._index.remove_files(
            [path for path in map(Path, self._index.known_files()) if place_of(path, places) is None]
        )

    def watched(self) -> list[WatchedFolder]:
        """Raises StorageError."""
        return self._places.watched()

    def count_below(self, folder: Path) -> int:
        """How many pictures of the gallery are in this folder or deeper. Raises StorageError."""
        return self._index.count_below(folder)

    @property
    def root(self) -> Path:
        """The folder of the pictures."""
        return self._store.root

    def sizes(self) -> dict[int, list[Path]]:
        """All picture files by their size in bytes. Raises StorageError."""
        sizes: dict[int, list[Path]] = {}
        for path, (_, state) in self._index.known_files().items():
            sizes.setdefault(state.size, []).append(Path(path))
        return sizes

    def was_changed_by_others(self) -> bool:
        """Another program, such as `studio grid`, changed the index since this was asked last. Raises StorageError."""
        before, self._others_changes = self._others_changes, self._index.others_changes()
        return before != self._others_changes

    def ids(self) -> list[PictureId]:
        """All pictures, newest first."""
        return self._index.ids()

    def search(self, query: Query, order: PictureOrder = PictureOrder.NEWEST) -> list[PictureId]:
        """The pictures that are found, in order."""
        return self._index.search(self._colours.resolved(query), order)

    def browse(
        self, query: Query = EVERYTHING, order: PictureOrder = PictureOrder.NEWEST, most: int | None = None
    ) -> FoundPictures:
        """The same, with the days of pictures that are sorted by date; the first `most` of them, if it is given."""
        return self._index.browse(self._colours.resolved(query), order, most)

    def get_ready_to_search(self) -> None:
        """Read what searches for colours need. Raises StorageError."""
        self._colours.get_ready()

    def known_values(self) -> KnownValues:
        """What pictures can be searched for."""
        return self._index.known_values()

    def words(self, beginning: str, field: Field | None = None) -> tuple[str, ...]:
        """Words of the pictures' prompts and negative prompts, or of this one of them, that begin so: the most frequent
        first, none for a beginning of too many. Raises StorageError."""
        return self._index.words(beginning, field)

    def record(self, picture: PictureId) -> PictureRecord | None:
        return self._index.record(picture)

    def foreign_settings(self, record: PictureRecord) -> ForeignSettings | None:
        """What another program's picture tells; what it is found by while its file cannot be read. Raises
        StorageError."""
        try:
            return read_whole_info(record.path).foreign
        except PictureUnreadable:
            return self._index.foreign_settings(record.id)

    def facts_of(self, pictures: Sequence[PictureId]) -> dict[PictureId, PictureFacts]:
        """What a list says about each of these pictures."""
        return self._index.facts_of(pictures)

    def marks_of(self, pictures: Sequence[PictureId]) -> dict[PictureId, PictureMarks]:
        """What the user did with each of these pictures."""
        return self.marks.marks_of(pictures)

    def put_marks(self, marks: Mapping[PictureId, PictureMarks]) -> None:
        """These are their marks from now on; what `marks_of` told before undoes it. Raises StorageError."""
        self.marks.put(marks)

    def tidy_marks(self) -> tuple[str, ...]:
        """Compare marks with their journal; returns sentences about what the user should know. Raises StorageError."""
        mended = self.marks.tidy()
        if not mended:
            return ()
        return (f"{mended} ratings, tags or albums that the database had lost are here again, from their journal.",)

    def tags(self) -> list[str]:
        """All tags in use, the most used first."""
        return self.marks.tags()

    def thumbnail(self, picture: PictureId) -> bytes | None:
        """A JPEG of at most 256 x 256 pixels; None until `reconcile` has made it."""
        try:
            return self._thumbnails.get(picture)
        except StorageError as error:  # a cache: what cannot be read is as good as not made yet
            _log.info("no thumbnail: %s", error)
            return None

    def record_of_job(self, job_id: JobId) -> PictureRecord | None:
        """The newest picture of this job; None if there is none (any more)."""
        return self._index.record_of_job(job_id)

    def pictures_of_job(self, job_id: JobId) -> int:
        """How many pictures of this job are in the gallery."""
        return self._index.pictures_of_job(job_id)

    def without_pictures(self, jobs: Iterable[Job]) -> tuple[Job, ...]:
        """Those of the jobs that no picture in the gallery is of, in order."""
        return tuple(job for job in jobs if not self.pictures_of_job(job.id))

    def children(self, picture: PictureId) -> list[PictureId]:
        """The pictures that were made from this one, newest first."""
        return self._index.children(picture)

    def family(self, record: PictureRecord) -> Family:
        """What the picture was made from, and what was made from it."""
        return family_of(record, self.record, self.children)

    @property
    def opened_ns(self) -> int:
        """When the gallery was opened, by the clock of the file system that it is on; 0 if it could not be."""
        return self._store.opened_ns

    def sources(self) -> set[str]:
        """What the pictures were made from, after `reconcile` (see `used_sources`). Raises StorageError."""
        return used_sources(self._store, self._index)

    def gone(self, pictures: Iterable[PictureId]) -> set[PictureId]:
        """Those that are here no more and that `restore` cannot bring back, after `reconcile`. None while the folder is
        away. Raises StorageError.
        """
        if not self._store.is_there:
            return set()
        held = self._held()  # asked twice: a picture may go to the trash, or come back, meanwhile
        return set(pictures).difference(held, self.ids(), self._held())

    def _held(self) -> set[PictureId | None]:
        return {read_picture_info(path).picture_id for path in self._store.trashed_files()}

    def rename(self, pictures: Sequence[PictureId], pattern: str) -> Renamed:
        """Name the files of these pictures by a pattern without faults (see `naming`), in their folders. The journal of
        what was done is the answer: `rename_to` takes it back."""
        return self._naming.rename(pictures, pattern)

    def rename_to(self, names: Mapping[PictureId, str]) -> Renamed:
        """Give the files these names; one that cannot have its name stops the rest."""
        return self._naming.rename_to(names)

    def trash(self, picture: PictureId) -> PictureRecord | None:
        """Move a picture to the system's trash; returns its record for `restore`, None when it is already gone.

        Raises:
            TrashFailed: it is still there.
        """
        record = self._index.record(picture)
        if record is None:
            return None
        place = self._places.of(record.path)
        if place is not None and not place.is_there:
            raise TrashFailed(record.path, "its folder is gone; is its drive connected?")
        gone = is_gone(record.path)
        if not gone:
            self._store.trash(record.path)
        self._index.remove([picture])
        return None if gone else record

    def restore(self, record: PictureRecord) -> None:
        """Undo `trash`.

        Raises:
            RestoreFailed: the picture is still in the trash.
            StorageError: it is back, but its row or its thumbnail is not; `reconcile` writes them later.
        """
        self._store.restore(record.path)
        self._add_row(record)
        if self.thumbnail(record.id) is None:
            self._thumbnail_maker.make(record)

    def mend_index(self) -> tuple[str, ...]:
        """Begin a new index if a row of it was damaged; returns sentences about what the user should know. Thumbnails
        are made again without a word.

        Before `reconcile`, which fills it again. Raises StorageError.
        """
        self._thumbnails.mend()
        kept_as = None if self._index.is_whole() else self._index_database.start_anew()
        self._colours.forget()
        return () if kept_as is None else (_index_damaged_text(kept_as),)

    def reconcile(self) -> Iterator[ReconcileProgress]:
        """Compare folders and index, one file at a time; then make thumbnails that are missing."""
        self._store.remove_leftovers()
        yield from reconcile(self._places.all(), self._index, self._thumbnails, self._follow)
        self._seen.remember(self._places.watched())
        for _ in self._thumbnail_maker.look_at_missing_colours():
            yield ReconcileProgress(str(self._thumbnails_file), changed=False)
        for record in self._thumbnail_maker.make_missing():
            yield ReconcileProgress(str(record.path), changed=True)

    def _follow(self, before: PictureId, after: PictureId) -> None:
        """A file was moved outside: what the user did with the picture goes with it, unless something is there."""
        marks = self.marks.marks_of([before, after])
        if marks[after] == NO_MARKS != marks[before]:
            self.marks.put({after: marks[before], before: NO_MARKS})

    def _add_row(self, record: PictureRecord) -> None:
        """Raises StorageError."""
        try:
            state = file_state(record.path)
        except OSError as error:
            raise storage_error(error, record.path) from error
        foreign = read_whole_info(record.path).foreign if record.parameters is None else None
        self._index.add_all([FoundPicture(record, state, foreign)])


def _index_damaged_text(kept_as: Path) -> str:
    return (
        "The index of your pictures was damaged and is being made again from the files. "
        f"The damaged one was kept as {kept_as}."
    )
