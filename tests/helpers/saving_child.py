"""Saves pictures and the queue until it is killed; says ACK for each picture that it was promised to keep."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

from studio.core.job import Job, JobId
from studio.gallery.gallery import Gallery
from studio.gallery.queue_store import QueueStore
from tests.helpers.fake_session import a_picture, a_request


def main(home: Path) -> None:
    gallery = Gallery(home / "pictures", home / "index.db", home / "thumbnails.db", home / "user.db")
    gallery.open()
    queue = QueueStore(home / "user.db")
    queue.open()
    print("READY", flush=True)
    for number in itertools.count():
        queue.save((Job(JobId(f"{number:032x}"), a_request(str(number))),))
        record = gallery.add(a_picture(a_request(str(number), seed=number)))
        print("ACK", record.id, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
