"""The queue as plain data: first in, first out, at most one job running. No Qt, no thread, no disk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from studio.core.job import Job, JobId, JobState


class JobQueue:
    """Waiting jobs in order and the one that runs. Every method that changes it leaves it consistent."""

    def __init__(self, waiting: Iterable[Job] = ()) -> None:
        self._waiting = [replace(job, state=JobState.QUEUED) for job in waiting]
        self._running: Job | None = None

    @property
    def running(self) -> Job | None:
        return self._running

    @property
    def waiting(self) -> tuple[Job, ...]:
        return tuple(self._waiting)

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The running job, if any, and those that wait, in order."""
        return (self._running, *self._waiting) if self._running else tuple(self._waiting)

    def add(self, job: Job) -> None:
        self._waiting.append(job)

    def start_next(self) -> Job | None:
        """Take the first waiting job as the running one; None while one runs or nothing waits."""
        if self._running or not self._waiting:
            return None
        job = self._waiting.pop(0)
        self._running = replace(job, state=JobState.RUNNING, attempts=job.attempts + 1)
        return self._running

    def end_running(self, job_id: JobId) -> Job:
        """The running job reached its end. Raises KeyError for any other id."""
        if self._running is None or self._running.id != job_id:
            raise KeyError(job_id)
        ended, self._running = self._running, None
        return ended

    def put_back_running(self) -> None:
        """The program closes: the running job waits again, first in line, and this start does not count."""
        if self._running is not None:
            job, self._running = self._running, None
            self._waiting.insert(0, replace(job, state=JobState.QUEUED, attempts=job.attempts - 1))

    def drop(self, job_id: JobId) -> Job | None:
        """Remove a waiting job; None when it is not waiting (any more)."""
        for position, job in enumerate(self._waiting):
            if job.id == job_id:
                return self._waiting.pop(position)
        return None

    def move(self, job_id: JobId, position: int) -> None:
        """Put a waiting job at `position` among the waiting ones (clamped). Unknown ids change nothing."""
        job = self.drop(job_id)
        if job is not None:
            self._waiting.insert(max(0, min(position, len(self._waiting))), job)

    def clear(self) -> tuple[Job, ...]:
        """Remove and return all waiting jobs; the running one goes on."""
        cleared, self._waiting = tuple(self._waiting), []
        return cleared
