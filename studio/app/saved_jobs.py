"""What is left of the queue of an earlier session."""

from __future__ import annotations

from dataclasses import dataclass

from studio.core.job import Job, JobState
from studio.core.language import tr
from studio.gallery.gallery import Gallery
from studio.gallery.queue_store import QueueStore

_MOST_ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class RestoredJobs:
    """`jobs` are offered to the user; `notices` say what was left out, and why."""

    jobs: tuple[Job, ...]
    notices: tuple[str, ...]


def restore_jobs(store: QueueStore, gallery: Gallery) -> RestoredJobs:
    """Read the saved queue. Left out: jobs whose pictures all exist, and one that was running at two crashes."""
    notices = list(store.open())
    offered: list[Job] = []
    loaded = store.load()
    if loaded.lost:
        notices.append(tr("{lost} waiting jobs could not be read any more and were dropped.", lost=loaded.lost))
    for job in loaded.jobs:
        if gallery.pictures_of_job(job.id) >= job.request.batch_size:
            continue
        if job.state is JobState.RUNNING and job.attempts >= _MOST_ATTEMPTS:
            notices.append(
                tr(
                    "“{words}” was running when the program crashed twice. It was set aside.",
                    words=job.request.prompt.text,
                )
            )
            continue
        offered.append(job)
    return RestoredJobs(tuple(offered), tuple(notices))
