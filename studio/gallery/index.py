"""The index of the gallery: one row for each picture file. It can be thrown away and made again from the files."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import NamedTuple, cast

from studio.core.addon import AddonKind
from studio.core.errors import PromptUnusable
from studio.core.job import JobId
from studio.core.request import Prompt
from studio.core.result import PictureId, PictureParameters
from studio.core.scheduler import SchedulerName
from studio.core.sources import sources_named_in
from studio.gallery.database import Database, Row, Value
from studio.gallery.days import FoundPictures, days_of
from studio.gallery.picture_facts import LONGEST_PROMPT, PictureFacts
from studio.gallery.picture_rows import PictureRows
from studio.gallery.record import PictureRecord
from studio.gallery.search.known_values import KnownValues, known_values
from studio.gallery.search.narrowing import narrowed
from studio.gallery.search.query import Field, Query
from studio.gallery.search.sql import PictureOrder, select_ids, select_ids_and_moments, select_newest_named
from studio.gallery.search.words import words_that_begin
from studio.gallery.stored_seed import seed_of, stored_seed
from studio.imaging.metadata.foreign_settings import ForeignSettings
from studio.imaging.parameters_codec import parameters_from_json, parameters_to_json

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_RECORD_COLUMNS = "id, path, created_at, width, height, parameters, job_id"
_FACT_COLUMNS = f"id, path, created_at, width, height, substr(prompt, 1, {LONGEST_PROMPT}), checkpoint, seed, steps"
_ALL_TEXTS = (
    "SELECT id, path, job_id, task, parent, prompt, negative, scheduler, checkpoint, parameters FROM pictures",
    "SELECT name FROM picture_lora",
    "SELECT path, identity FROM seen_folder",
)
"""SQLite's own check takes any bytes for a text."""
_NEWEST_FIRST = "ORDER BY created_at DESC, sequence DESC"
_SHOWN_FIRST = (
    "SELECT count(*) FROM pictures",
    f"SELECT id FROM pictures INDEXED BY pictures_by_date {_NEWEST_FIRST} LIMIT 1000",
    f"SELECT {_RECORD_COLUMNS} FROM pictures {_NEWEST_FIRST} LIMIT 100",
)
_LAST = "\U0010ffff"


class FileState(NamedTuple):
    """A file as it was when its row was written: another size or time means that it was changed outside."""

    size: int
    modified_ns: int

    @property
    def to_be_read_again(self) -> FileState:
        """What a migration makes of it for a file that is as it was, and of which its row should tell more."""
        return FileState(self.size, ~self.modified_ns)


@dataclass(frozen=True, slots=True)
class FoundPicture:
    """A picture with the state of its file. `foreign` is what it is found by if it has no parameters of ours."""

    record: PictureRecord
    file: FileState
    foreign: ForeignSettings | None = None


class PictureIndex:
    """Rows in, records out. Paths below `root` are kept relative to it, so that the folder can be moved; those of
    pictures elsewhere are kept whole."""

    def __init__(self, database: Database, root: Path) -> None:
        self._database = database
        self._root = root

    def add_all(self, pictures: Sequence[FoundPicture]) -> None:
        """Add pictures, or replace what is known of them (same id or same file). Each transaction costs an fsync."""
        with self._database.transaction() as connection:
            for picture in pictures:
                columns = {**self._identity(picture.record, picture.file), **_searchable(picture)}
                _add(connection, columns, _loras(picture))

    def move(self, paths: Mapping[PictureId, Path]) -> None:
        """The files of these pictures are elsewhere now."""
        moves = [(PurePosixPath(path.relative_to(self._root)).as_posix(), picture) for picture, path in paths.items()]
        with self._database.transaction() as connection:
            # Two may have changed places: first none has a path that another will have.
            connection.executemany(
                "UPDATE pictures SET path = ':' || id WHERE id = ?", [(picture,) for _, picture in moves]
            )
            connection.executemany("UPDATE pictures SET path = ? WHERE id = ?", moves)

    def remove_files(self, paths: Iterable[Path]) -> None:
        """The rows of files that are gone. A picture that was found in another place meanwhile stays."""
        with self._database.transaction() as connection:
            for path in paths:
                _remove(connection, "path = ?", (self._kept(path),))

    def remove(self, pictures: Sequence[PictureId]) -> None:
        with self._database.transaction() as connection:
            for picture in pictures:
                _remove(connection, "id = ?", (picture,))

    def ids(self) -> list[PictureId]:
        """All pictures, newest first; read from an index alone."""
        return _ids(self._database.read(f"SELECT id FROM pictures {_NEWEST_FIRST}"))

    def search(self, query: Query, order: PictureOrder) -> list[PictureId]:
        """The pictures that are found, in order."""
        sql = select_ids(narrowed(query, self._database.read), order)
        return _ids(self._database.read(sql.text, sql.values))

    def browse(self, query: Query, order: PictureOrder, most: int | None = None) -> FoundPictures:
        """The same, with the days of pictures that are sorted by date; the first `most` of them, if it is given."""
        query = narrowed(query, self._database.read)
        one_more = None if most is None else most + 1
        if not order.is_by_date:
            sql = select_ids(query, order, one_more)
            rows = self._database.read(sql.text, sql.values)
            return FoundPictures(PictureRows(_ids(rows[:most])), is_whole=len(rows[:most]) == len(rows))
        sql = select_ids_and_moments(query, order, one_more)
        rows = self._database.read(sql.text, sql.values)
        found = rows[:most]
        return FoundPictures(PictureRows(_ids(found)), days_of(_moments(found)), is_whole=len(found) == len(rows))

    def newest_named(self, text: str) -> PictureId | None:
        """The newest picture whose file's name contains this."""
        sql = select_newest_named(text)
        return next(iter(_ids(self._database.read(sql.text, sql.values))), None)

    def rows_after(self, number: int) -> list[tuple[int, PictureId]]:
        """The number and the picture of each row that was written after that one; 0: all. Numbers rise, and none is
        ever used again. All of them are read from the index of the ids alone."""
        later = " WHERE sequence > ?" if number else ""
        rows = self._database.read(f"SELECT sequence, id FROM pictures{later}", (number,) if number else ())
        return cast("list[tuple[int, PictureId]]", rows)  # a STRICT table

    def known_values(self) -> KnownValues:
        """What pictures can be searched for."""
        return known_values(self._database.read)

    def words(self, beginning: str, field: Field | None = None) -> tuple[str, ...]:
        """Words of prompts and negative prompts, or of this one of them, that begin so: the most frequent first."""
        return words_that_begin(beginning, field, self._database.read)

    def count_below(self, folder: Path) -> int:
        """How many pictures are in this folder or deeper."""
        begin = self._kept(folder / "_")[:-1]
        rows = self._database.read("SELECT count(*) FROM pictures WHERE path >= ? AND path < ?", (begin, begin + _LAST))
        return _whole(rows[0][0])

    def others_changes(self) -> int:
        """Another number after each change by another program."""
        return self._database.others_changes()

    def begins_well(self) -> bool:
        """Whether what is shown first can be read, which takes some milliseconds; `is_whole` reads all. Raises
        StorageError."""
        return all(map(self._database.can_read, _SHOWN_FIRST))

    def is_whole(self) -> bool:
        """Whether its rows are where they should be, and their texts are texts. Raises StorageError."""
        return self._database.is_whole() and all(map(self._database.can_read, _ALL_TEXTS))

    def count(self) -> int:
        return _whole(self._database.read("SELECT count(*) FROM pictures")[0][0])

    def record(self, picture: PictureId) -> PictureRecord | None:
        rows = self._database.read(f"SELECT {_RECORD_COLUMNS} FROM pictures WHERE id = ?", (picture,))
        return self._record(rows[0]) if rows else None

    def facts_of(self, pictures: Sequence[PictureId]) -> dict[PictureId, PictureFacts]:
        """What a list says about each of these; those that have just gone are left out."""
        marks = ", ".join("?" * len(pictures))
        rows = self._database.read(f"SELECT {_FACT_COLUMNS} FROM pictures WHERE id IN ({marks})", tuple(pictures))
        return {PictureId(str(picture)): _facts(columns) for picture, *columns in rows}

    def foreign_settings(self, picture: PictureId) -> ForeignSettings | None:
        """What another program's picture is found by, while its file cannot be asked; None where it tells nothing."""
        columns = "prompt, negative, seed, steps, guidance, scheduler, checkpoint"
        where = "id = ? AND prompt IS NOT NULL AND parameters IS NULL"
        rows = self._database.read(f"SELECT {columns} FROM pictures WHERE {where}", (picture,))
        return _foreign(rows[0]) if rows else None

    def path_of(self, picture: PictureId) -> Path | None:
        rows = self._database.read("SELECT path FROM pictures WHERE id = ?", (picture,))
        return self._root / str(rows[0][0]) if rows else None

    def children(self, picture: PictureId) -> list[PictureId]:
        """The pictures that were made from this one, newest first."""
        rows = self._database.read(f"SELECT id FROM pictures WHERE parent = ? {_NEWEST_FIRST}", (picture,))
        return _ids(rows)

    def sources(self) -> set[str]:
        """What the pictures were made from, as far as their rows tell."""
        rows = self._database.read("SELECT parameters FROM pictures WHERE parameters IS NOT NULL")
        return set[str]().union(*(sources_named_in(str(parameters)) for (parameters,) in rows))

    def files_that_tell(self) -> set[Path]:
        """The files whose rows tell how they were made."""
        rows = self._database.read("SELECT path FROM pictures WHERE parameters IS NOT NULL")
        return {self._root / str(path) for (path,) in rows}

    def record_of_job(self, job_id: JobId) -> PictureRecord | None:
        """The newest picture of the job."""
        rows = self._database.read(
            f"SELECT {_RECORD_COLUMNS} FROM pictures WHERE job_id = ? {_NEWEST_FIRST} LIMIT 1", (job_id,)
        )
        return self._record(rows[0]) if rows else None

    def pictures_of_job(self, job_id: JobId) -> int:
        return _whole(self._database.read("SELECT count(*) FROM pictures WHERE job_id = ?", (job_id,))[0][0])

    def known_files(self) -> dict[str, tuple[PictureId, FileState]]:
        """Every file that has a row, by its whole path: a hundred thousand `Path`s would take seconds."""
        rows = self._database.read("SELECT path, id, file_size, modified_ns FROM pictures")
        states = cast("list[tuple[str, PictureId, int, int]]", rows)  # the columns' types: the table is STRICT
        inside = str(self._root) + os.sep
        return {
            path if os.path.isabs(path) else inside + path.replace("/", os.sep): (picture, FileState(size, modified_ns))  # noqa: PTH117
            for path, picture, size, modified_ns in states
        }

    def _identity(self, record: PictureRecord, file: FileState) -> dict[str, Value]:
        return {
            "id": record.id,
            "path": self._kept(record.path),
            "created_at": (record.created_at - _EPOCH) // timedelta(microseconds=1),
            "width": record.width,
            "height": record.height,
            "file_size": file.size,
            "modified_ns": file.modified_ns,
            "job_id": record.job_id,
        }

    def _kept(self, path: Path) -> str:
        """What `self._root /` makes the path of again."""
        within = path.relative_to(self._root) if path.is_relative_to(self._root) else path
        return PurePosixPath(within).as_posix() if within is not path else str(path)

    def _record(self, row: Row) -> PictureRecord:
        picture, path, created_at, width, height, parameters, job_id = row
        return PictureRecord(
            id=PictureId(str(picture)),
            path=self._root / str(path),
            created_at=_EPOCH + timedelta(microseconds=_whole(created_at)),
            width=_whole(width),
            height=_whole(height),
            parameters=_parameters(parameters),
            job_id=JobId(str(job_id)) if job_id else None,
        )


def _searchable(picture: FoundPicture) -> dict[str, Value]:
    parameters = picture.record.parameters
    if parameters is not None:
        return _columns(parameters)
    return {} if picture.foreign is None else _foreign_columns(picture.foreign)


def _columns(parameters: PictureParameters) -> dict[str, Value]:
    sampling = parameters.sampling
    return {
        "task": parameters.task.kind,
        "parent": parameters.parent,
        "prompt": parameters.prompt.text,
        "negative": parameters.prompt.negative,
        "seed": stored_seed(sampling.seed),
        "steps": sampling.num_inference_steps,
        "guidance": sampling.guidance_scale,
        "scheduler": sampling.scheduler.value,
        "checkpoint": parameters.checkpoint_name,
        "checkpoint_sha256": parameters.provenance.checkpoint_sha256,
        "parameters": parameters_to_json(parameters),
    }


def _foreign_columns(settings: ForeignSettings) -> dict[str, Value]:
    """No task: that is how pictures from elsewhere are told apart."""
    return {
        "prompt": settings.prompt.text,
        "negative": settings.prompt.negative,
        "seed": None if settings.seed is None else stored_seed(settings.seed),
        "steps": settings.num_inference_steps,
        "guidance": settings.guidance_scale,
        "scheduler": None if settings.scheduler is None else settings.scheduler.value,
        "checkpoint": settings.checkpoint_name,
    }


def _foreign(columns: Sequence[Value]) -> ForeignSettings | None:
    """The way back from `_foreign_columns`. A row that was tampered with tells nothing."""
    prompt, negative, seed, steps, guidance, scheduler, checkpoint = columns
    try:
        return ForeignSettings(
            Prompt(str(prompt), str(negative or "")),
            scheduler=None if scheduler is None else SchedulerName(str(scheduler)),
            num_inference_steps=None if steps is None else _whole(steps),
            guidance_scale=guidance if isinstance(guidance, float) else None,
            seed=None if seed is None else seed_of(_whole(seed)),
            checkpoint_name=None if checkpoint is None else str(checkpoint),
        )
    except (ValueError, PromptUnusable):
        return None


def _add(connection: sqlite3.Connection, values: Mapping[str, Value], loras: Sequence[str]) -> None:
    _remove(connection, "id = ? OR path = ?", (values["id"], values["path"]))
    marks = ", ".join("?" * len(values))
    row = connection.execute(f"INSERT INTO pictures ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))
    texts = (row.lastrowid, values.get("prompt"), values.get("negative"))
    connection.execute("INSERT INTO picture_text (rowid, prompt, negative) VALUES (?, ?, ?)", texts)
    rows = [(row.lastrowid, name) for name in loras]
    connection.executemany("INSERT OR IGNORE INTO picture_lora VALUES (?, ?)", rows)


def _remove(connection: sqlite3.Connection, condition: str, values: tuple[Value, ...]) -> None:
    """Not by triggers: SQLite calls a virtual table in one unsafe (https://sqlite.org/c3ref/vtab_config.html)."""
    found = f"FROM pictures WHERE {condition}"
    columns = "'delete', sequence, prompt, negative"
    connection.execute(
        f"INSERT INTO picture_text (picture_text, rowid, prompt, negative) SELECT {columns} {found}", values
    )
    connection.execute(f"DELETE {found}", values)


def _loras(picture: FoundPicture) -> list[str]:
    if picture.record.parameters is not None:
        return [addon.name for addon in picture.record.parameters.used(AddonKind.LORA)]
    return [] if picture.foreign is None else [lora.name for lora in picture.foreign.loras]


def _parameters(text: Value) -> PictureParameters | None:
    """A row that was tampered with is like a picture that does not tell how it was made."""
    try:
        return parameters_from_json(str(text)) if text else None
    except ValueError:
        return None


def _facts(columns: Sequence[Value]) -> PictureFacts:
    path, created_at, width, height, prompt, model, seed, steps = columns
    return PictureFacts(
        file_name=PurePosixPath(str(path)).name,
        created_at=_EPOCH + timedelta(microseconds=_whole(created_at)),
        width=_whole(width),
        height=_whole(height),
        prompt=None if prompt is None else str(prompt),
        model=None if model is None else str(model),
        seed=None if seed is None else _whole(seed) % 2**64,
        steps=None if steps is None else _whole(steps),
    )


def _ids(rows: Sequence[Row]) -> list[PictureId]:
    """Of 100,000 rows: converting each would take longer than the search. The column is text, in a STRICT table."""
    return cast("list[PictureId]", [row[0] for row in rows])


def _moments(rows: Sequence[Row]) -> list[int]:
    """Of rows of id and time."""
    return cast("list[int]", [row[1] for row in rows])


def _whole(value: Value) -> int:
    assert isinstance(value, int)
    return value
