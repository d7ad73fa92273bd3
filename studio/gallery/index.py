"""The index of the gallery: one row for each picture file. It can be thrown away and made again from the files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

from studio.core.job import JobId
from studio.core.result import PictureId, PictureParameters
from studio.core.sources import sources_named_in
from studio.core.task import TextToImage
from studio.gallery.database import Database, Row, Schema, Value
from studio.gallery.record import PictureRecord
from studio.imaging.parameters_codec import parameters_from_json, parameters_to_json

_SIGNED = 2**63
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# `seed` is the 64-bit seed as a signed number (SQLite has no other). The columns beside `parameters` are for searching.
SCHEMA = Schema(
    application_id=0x4C537478,  # "LStx"
    migrations=(
        (
            """CREATE TABLE pictures (
                sequence INTEGER PRIMARY KEY AUTOINCREMENT,
                id TEXT NOT NULL UNIQUE,
                path TEXT NOT NULL UNIQUE,
                created_at INTEGER NOT NULL,
                width INTEGER NOT NULL,
                height INTEGER NOT NULL,
                file_size INTEGER NOT NULL,
                modified_ns INTEGER NOT NULL,
                job_id TEXT,
                prompt TEXT,
                negative TEXT,
                seed INTEGER,
                steps INTEGER,
                guidance REAL,
                scheduler TEXT,
                checkpoint TEXT,
                checkpoint_sha256 TEXT,
                parameters TEXT
            ) STRICT""",
            "CREATE INDEX pictures_by_date ON pictures (created_at DESC, sequence DESC, id)",
            "CREATE INDEX pictures_by_job ON pictures (job_id) WHERE job_id IS NOT NULL",
        ),
        (
            "ALTER TABLE pictures ADD COLUMN task TEXT",
            "ALTER TABLE pictures ADD COLUMN parent TEXT",
            "CREATE INDEX pictures_by_parent ON pictures (parent) WHERE parent IS NOT NULL",
            "UPDATE pictures SET task = 'text_to_image' WHERE parameters IS NOT NULL",  # there was no other
        ),
    ),
)
_RECORD_COLUMNS = "id, path, created_at, width, height, parameters, job_id"
_NEWEST_FIRST = "ORDER BY created_at DESC, sequence DESC"


@dataclass(frozen=True, slots=True)
class FileState:
    """A file as it was when its row was written: another size or time means that it was changed outside."""

    size: int
    modified_ns: int


class PictureIndex:
    """Rows in, records out. Paths are kept relative to `root`, so that the folder can be moved."""

    def __init__(self, database: Database, root: Path) -> None:
        self._database = database
        self._root = root

    def add(self, record: PictureRecord, file: FileState) -> None:
        """Add a picture, or replace what is known of it (same id or same file)."""
        self.add_all([(record, file)])

    def add_all(self, pictures: Sequence[tuple[PictureRecord, FileState]]) -> None:
        """Add several in one transaction: each costs an fsync."""
        with self._database.transaction() as connection:
            for record, file in pictures:
                values = {**self._identity(record, file), **_searchable(record)}
                marks = ", ".join("?" * len(values))
                connection.execute(
                    f"INSERT OR REPLACE INTO pictures ({', '.join(values)}) VALUES ({marks})",
                    tuple(values.values()),
                )

    def remove(self, pictures: Sequence[PictureId]) -> None:
        with self._database.transaction() as connection:
            connection.executemany("DELETE FROM pictures WHERE id = ?", [(picture,) for picture in pictures])

    def ids(self) -> list[PictureId]:
        """All pictures, newest first; read from an index alone."""
        return [PictureId(str(row[0])) for row in self._database.read(f"SELECT id FROM pictures {_NEWEST_FIRST}")]

    def count(self) -> int:
        return _whole(self._database.read("SELECT count(*) FROM pictures")[0][0])

    def record(self, picture: PictureId) -> PictureRecord | None:
        rows = self._database.read(f"SELECT {_RECORD_COLUMNS} FROM pictures WHERE id = ?", (picture,))
        return self._record(rows[0]) if rows else None

    def children(self, picture: PictureId) -> list[PictureId]:
        """The pictures that were made from this one, newest first."""
        rows = self._database.read(f"SELECT id FROM pictures WHERE parent = ? {_NEWEST_FIRST}", (picture,))
        return [PictureId(str(row[0])) for row in rows]

    def sources(self) -> set[str]:
        """What the pictures were made from, as far as their rows tell."""
        rows = self._database.read("SELECT parameters FROM pictures WHERE parameters IS NOT NULL")
        return set[str]().union(*(sources_named_in(str(parameters)) for (parameters,) in rows))

    def files_that_tell(self) -> set[Path]:
        """The files whose rows tell how they were made."""
        rows = self._database.read("SELECT path FROM pictures WHERE parameters IS NOT NULL")
        return {self._root / str(path) for (path,) in rows}

    def pictures_of_job(self, job_id: JobId) -> int:
        return _whole(self._database.read("SELECT count(*) FROM pictures WHERE job_id = ?", (job_id,))[0][0])

    def known_files(self) -> dict[Path, tuple[PictureId, FileState]]:
        """Every file that has a row."""
        rows = self._database.read("SELECT path, id, file_size, modified_ns FROM pictures")
        return {
            self._root / str(path): (PictureId(str(picture)), FileState(_whole(size), _whole(modified)))
            for path, picture, size, modified in rows
        }

    def _identity(self, record: PictureRecord, file: FileState) -> dict[str, Value]:
        return {
            "id": record.id,
            "path": PurePosixPath(record.path.relative_to(self._root)).as_posix(),
            "created_at": (record.created_at - _EPOCH) // timedelta(microseconds=1),
            "width": record.width,
            "height": record.height,
            "file_size": file.size,
            "modified_ns": file.modified_ns,
            "job_id": record.job_id,
        }

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


def _searchable(record: PictureRecord) -> dict[str, Value]:
    parameters = record.parameters
    if parameters is None:
        return {}
    sampling = parameters.sampling
    return {
        "task": parameters.task.kind,
        "parent": None if isinstance(parameters.task, TextToImage) else parameters.task.parent,
        "prompt": parameters.prompt.text,
        "negative": parameters.prompt.negative,
        "seed": sampling.seed if sampling.seed < _SIGNED else sampling.seed - 2 * _SIGNED,
        "steps": sampling.num_inference_steps,
        "guidance": sampling.guidance_scale,
        "scheduler": sampling.scheduler.value,
        "checkpoint": parameters.checkpoint_name,
        "checkpoint_sha256": parameters.provenance.checkpoint_sha256,
        "parameters": parameters_to_json(parameters),
    }


def _parameters(text: Value) -> PictureParameters | None:
    """A row that was tampered with is like a picture that does not tell how it was made."""
    try:
        return parameters_from_json(str(text)) if text else None
    except ValueError:
        return None


def _whole(value: Value) -> int:
    assert isinstance(value, int)
    return value
