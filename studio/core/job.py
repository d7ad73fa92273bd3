"""A job: a request on its way through the queue."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from studio.core.errors import StorageError
from studio.core.request import GenerationRequest
from studio.core.result import GeneratedImage

JobId = NewType("JobId", str)
"""A UUID4 as 32 hexadecimal digits."""


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"


@dataclass(frozen=True, slots=True)
class Job:
    """`attempts` counts how often it was started: a job that was running at two crashes is set aside.

    `sample_of` is the identity of the model that its picture will stand for in lists; None: for none.
    """

    id: JobId
    request: GenerationRequest
    state: JobState = JobState.QUEUED
    attempts: int = 0
    sample_of: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class UnsavedPicture:
    """A picture that was made but could not be written to disk: it exists only in memory."""

    job_id: JobId
    image: GeneratedImage
    error: StorageError
