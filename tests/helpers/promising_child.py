"""Adds pictures, marks them, keeps albums and saves the queue, and says so as `tests.helpers.promises` wants it.

    python -m tests.helpers.promising_child run HOME SEED COUNT
    python -m tests.helpers.promising_child serve

`serve` starts a run for each line `HOME SEED POINT NUMBER` that it reads, in a process that is forked from this one,
which has imported everything: it says `PID` first and `ENDED` last. The run kills itself the NUMBER-th time that it
comes to POINT, one of `POINTS`, or after `MOST_CHANGES`; without a POINT it goes on until it is killed. At the POINT
`full` no file has room for more than NUMBER bytes: it ends where something cannot be written. `full POINT` fills the
disk the NUMBER-th time that it comes there: nothing can be written until `FAILURES` things have failed. At the POINT
`beside` another program works on the same HOME: what that made is left alone, and it goes on until it is killed.
"""

from __future__ import annotations

import itertools
import os
import random
import resource
import signal
import sys
import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from studio.core.errors import StorageError
from studio.core.job import Job, JobId
from studio.gallery.database import Database
from studio.gallery.gallery import Gallery
from studio.gallery.picture_marks import Album, AlbumId
from studio.gallery.queue_store import QueueStore
from tests.helpers.fake_session import a_picture, a_request
from tests.helpers.promises import AlbumGone, AlbumKept, Change, PictureAdded, PictureMarked, QueueSaved, spoken

CALLS = ("open", "write", "fsync", "link", "unlink", "replace")
POINTS = (*(f"{when} {call}" for call in CALLS for when in ("before", "after")), "begun", "before commit", "committed")

FULL, BESIDE = "full", "beside"
FULL_POINTS = tuple(point for point in POINTS if point not in {"after unlink", "before unlink"})
"""All at which something is written later on."""
FAILURES = 3
MOST_CHANGES = 30
_write = os.write


def say(text: str) -> None:
    _write(1, f"{text}\n".encode())


class Child:
    def __init__(self, home: Path, chance: random.Random, *, uses_what_is_there: bool = True) -> None:
        self._chance = chance
        self._gallery = Gallery(home / "pictures", home / "index.db", home / "thumbnails.db", home / "user.db")
        self._gallery.open()
        self._queue = QueueStore(home / "user.db")
        self._queue.open()
        self._pictures = self._gallery.ids() if uses_what_is_there else []
        self._albums = [album.id for album in self._gallery.marks.albums()] if uses_what_is_there else []

    def go_on(self, count: int | None = None, on_failure: Callable[[], bool] = lambda: False) -> None:
        """One thing after the other; after one that failed `on_failure` says whether to go on."""
        ways = (
            self._add,
            self._add,
            self._mark,
            self._mark,
            self._mark,
            self._keep_album,
            self._lose_album,
            self._save,
        )
        for _ in range(count) if count is not None else itertools.count():
            try:
                self._chance.choice(ways)()
            except StorageError as error:
                say(f"FAILED {error}")
                if not on_failure():
                    return

    def close(self) -> None:
        self._gallery.close()
        self._queue.close()

    def _do(self, change: Change, work: Callable[[], object]) -> None:
        say(f"WILL {spoken(change)}")
        work()
        say(f"DID {spoken(change)}")

    def _add(self) -> None:
        image = a_picture(a_request("a red apple", seed=self._chance.getrandbits(32)))
        self._do(PictureAdded(image.id), lambda: self._gallery.add(image))
        self._pictures.append(image.id)

    def _mark(self) -> None:
        if not self._pictures:
            return
        albums = tuple(sorted(self._chance.sample(self._albums, min(2, len(self._albums)))))
        change = PictureMarked(
            self._chance.choice(self._pictures),
            rating=self._chance.randint(0, 5),
            note=self._chance.choice(("", "by the sea", "x" * 3000)),
            tags=self._chance.choice(((), ("sea",), ("blue", "sea"))),
            albums=albums,
        )
        self._do(change, lambda: self._gallery.put_marks({change.id: change.marks}))

    def _keep_album(self) -> None:
        is_new = len(self._albums) < 2 or self._chance.random() < 0.3
        album = AlbumId(uuid.uuid4().hex) if is_new else self._chance.choice(self._albums)
        change = AlbumKept(album, f"Album {self._chance.randint(1, 99)}")
        self._do(change, lambda: self._gallery.marks.put_album(Album(album, change.name)))
        if is_new:
            self._albums.append(album)

    def _lose_album(self) -> None:
        if len(self._albums) > 3:
            album = self._albums.pop(self._chance.randrange(len(self._albums)))
            self._do(AlbumGone(album), lambda: self._gallery.marks.remove_album(album))

    def _save(self) -> None:
        jobs = tuple(Job(JobId(uuid.uuid4().hex), a_request(str(number))) for number in range(2))
        self._do(QueueSaved(tuple(str(job.id) for job in jobs)), lambda: self._queue.save(jobs))


class FullDisk:
    """Files of this process that cannot be written to, until so many things have failed."""

    def __init__(self) -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        self._failures = 0

    def fill(self) -> None:
        _allow_files_of(0)

    def on_failure(self) -> bool:
        self._failures += 1
        if self._failures == FAILURES:
            _allow_files_of(resource.RLIM_INFINITY)
        return True


def _allow_files_of(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


class At:
    """Does something the `number`-th time that this process comes to `point`."""

    def __init__(self, point: str, number: int, do: Callable[[], None]) -> None:
        self._point = point
        self._left = number
        self._do = do
        for call in CALLS:
            setattr(os, call, self._with_points(call, getattr(os, call)))
        Database.transaction = self._transaction(Database.transaction)

    def _reach(self, point: str) -> None:
        if point == self._point:
            self._left -= 1
            if not self._left:
                self._do()

    def _with_points(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def reaching(*arguments: Any, **named: Any) -> Any:
            self._reach(f"before {name}")
            result = call(*arguments, **named)
            self._reach(f"after {name}")
            return result

        return reaching

    def _transaction(self, original: Any) -> Any:
        @contextmanager
        def reaching(database: Database) -> Generator[Any]:
            with original(database) as connection:
                self._reach("begun")
                yield connection
                self._reach("before commit")
            self._reach("committed")

        return reaching


def _serve() -> None:
    for line in sys.stdin:
        home, seed, point, number = line.rstrip("\n").split("\t")
        child = os.fork()
        if not child:
            say(f"PID {os.getpid()}")
            _run_to(point, int(number), Path(home), random.Random(int(seed)))
            _kill()
        _, status = os.waitpid(child, 0)
        say(f"ENDED {status}")


def _run_to(point: str, number: int, home: Path, chance: random.Random) -> None:
    disk = FullDisk()
    if point == FULL:
        _allow_files_of(number)
    elif point.startswith(FULL):
        At(point.removeprefix(f"{FULL} "), number, disk.fill)
        _go_on(home, chance, MOST_CHANGES, on_failure=disk.on_failure)
        return
    elif point in POINTS:
        At(point, number, _kill)
    count = None if point in {"", BESIDE} else MOST_CHANGES
    _go_on(home, chance, count, uses_what_is_there=point != BESIDE)


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _go_on(
    home: Path,
    chance: random.Random,
    count: int | None,
    *,
    uses_what_is_there: bool = True,
    on_failure: Callable[[], bool] = lambda: False,
) -> None:
    try:
        Child(home, chance, uses_what_is_there=uses_what_is_there).go_on(count, on_failure)
    except StorageError as error:  # at its start
        say(f"FAILED {error}")


def _run(home: Path, seed: int, count: int) -> None:
    child = Child(home, random.Random(seed))
    child.go_on(count)
    child.close()


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        _serve()
    else:
        _run(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
