"""What the window asks a database for does not wait for a long search."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import overload

from studio.gallery.database import Database, Schema, Value

SCHEMA = Schema(application_id=1, migrations=(("CREATE TABLE numbers (n INTEGER) STRICT",),))
PATIENCE_SECONDS = 60


class SlowValues(Sequence[Value]):
    """A query that takes as long as the test says."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()

    def __len__(self) -> int:
        return 1

    @overload
    def __getitem__(self, index: int) -> Value: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Value]: ...
    def __getitem__(self, index: int | slice) -> Value | Sequence[Value]:
        self.begun.set()
        assert self.go_on.wait(PATIENCE_SECONDS)
        return 7


def test_a_short_read_does_not_wait_for_a_long_one(tmp_path: Path) -> None:
    database, slow, found = Database(tmp_path / "a.db", SCHEMA), SlowValues(), list[object]()
    long = threading.Thread(target=lambda: found.append(database.read("SELECT ?", slow)))
    long.start()
    assert slow.begun.wait(PATIENCE_SECONDS)
    assert database.read("SELECT 1") == [(1,)]
    assert found == []
    slow.go_on.set()
    long.join(PATIENCE_SECONDS)
    assert found == [[(7,)]]
    database.close()


def test_readers_of_a_database_that_was_begun_anew_see_the_new_one(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.db", SCHEMA)
    database.write("INSERT INTO numbers VALUES (1)")
    database.start_anew()
    database.write("INSERT INTO numbers VALUES (2)")
    slow = SlowValues()
    long = threading.Thread(target=lambda: database.read("SELECT n FROM numbers WHERE n = ?", slow))
    long.start()
    assert slow.begun.wait(PATIENCE_SECONDS)
    assert database.read("SELECT n FROM numbers") == [(2,)], "the second reader"
    slow.go_on.set()
    long.join(PATIENCE_SECONDS)
    assert database.read("SELECT n FROM numbers") == [(2,)], "the first reader"
    database.close()
