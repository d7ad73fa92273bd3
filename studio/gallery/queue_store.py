"""The queue in `user.db`: it outlives the program, and no rebuild touches it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from studio.core.errors import WriteFailed
from studio.core.job import Job, JobId, JobState
from studio.core.sources import sources_named_in
from studio.gallery.database import Database, Row
from studio.gallery.user_schema import USER_SCHEMA
from studio.imaging.request_codec import request_from_json, request_to_json

_INSERT = "INSERT INTO queue (position, id, state, attempts, request, sample_of) VALUES (?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class LoadedQueue:
    """`lost` rows could not be read."""

    jobs: tuple[Job, ...]
    lost: int


class QueueStore:
    """Saves and loads the whole queue. Use from one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database: Database | None = None
        self._saved: tuple[Job, ...] | None = None

    def open(self) -> tuple[str, ...]:
        """Open `user.db`; returns sentences about what the user should know. Raises StorageError."""
        self._database = Database(self._path, USER_SCHEMA)
        if self._database.set_aside is None:
            return ()
        return (f"The saved queue was damaged. It was kept as {self._database.set_aside}; the queue begins empty.",)

    def load(self) -> LoadedQueue:
        """The jobs in order. A row that cannot be read is left out and counted."""
        rows = self._opened().read("SELECT id, state, attempts, request, sample_of FROM queue ORDER BY position")
        jobs = [_job(row) for row in rows]
        return LoadedQueue(tuple(job for job in jobs if job is not None), jobs.count(None))

    def sources(self) -> set[str]:
        """What the saved jobs refer to, also those that cannot be read. Raises StorageError."""
        rows = self._opened().read("SELECT request FROM queue")
        return set[str]().union(*(sources_named_in(str(request)) for (request,) in rows))

    def save(self, jobs: tuple[Job, ...]) -> None:
        """Replace the saved queue in one transaction; durable when this returns.

        Raises:
            StorageError: also for a model whose path is no text; the queue that was saved before is still there.
        """
        if jobs == self._saved:
            return
        try:
            rows = [_row(position, job) for position, job in enumerate(jobs)]
        except ValueError as error:
            raise WriteFailed(self._path, str(error)) from error
        with self._opened().transaction() as connection:
            connection.execute("DELETE FROM queue")
            connection.executemany(_INSERT, rows)
        self._saved = jobs

    def close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    def _opened(self) -> Database:
        if self._database is None:
            self._database = Database(self._path, USER_SCHEMA)
        return self._database


def _row(position: int, job: Job) -> Row:
    return (position, job.id, job.state.value, job.attempts, request_to_json(job.request), job.sample_of)


def _job(row: Row) -> Job | None:
    job_id, state, attempts, request, sample_of = row
    try:
        return Job(
            JobId(str(job_id)),
            request_from_json(str(request)),
            JobState(str(state)),
            int(str(attempts)),
            None if sample_of is None else str(sample_of),
        )
    except ValueError:
        return None
