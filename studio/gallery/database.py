"""SQLite files of the program: opened safely, migrated in one step, damaged ones set aside and said.

One connection writes, two read; each is guarded by a lock, so that any thread may use them. In WAL mode a reader does
not wait for a writer's fsync, and what the window asks for does not wait for a search that walks the whole index. See
https://sqlite.org/pragma.html for the pragmas.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from filelock import FileLock

from studio.core.durable_file import storage_error
from studio.core.errors import DatabaseTooNew, DiskFull, FolderUnwritable, StorageError, WriteFailed

Value: TypeAlias = str | int | float | bytes | None
Row: TypeAlias = tuple[Value, ...]

_COMPANIONS = ("", "-wal", "-shm")
_MILLISECONDS_TO_WAIT = 5000
_READERS = 2
_KIND = 0xFF
"""Of SQLite's codes, the part that says what happened; the rest says where (https://sqlite.org/rescode.html)."""


@dataclass(frozen=True, slots=True)
class Schema:
    """`application_id` marks our files; migration i brings version i to i + 1 (the first makes the tables).

    A database that can be made again (`rebuildable`) may lose its last commits in a power cut, which saves an fsync. It
    is not checked when it is opened: see `Database.is_sound`.
    """

    application_id: int
    migrations: tuple[tuple[str, ...], ...]
    rebuildable: bool = False
    thorough: bool = False
    """Each opening compares all rows with their indices: for a database that is small and precious."""
    large: bool = False
    """Checking it takes too long for each opening: that is done after a crash, and else by who opened it."""
    views: tuple[str, ...] = ()
    """What each connection that reads has besides the tables; nothing of it is stored."""


class _Reader:
    """A connection and who may use it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.lock = threading.Lock()
        self.connection = connection


class Database:
    """An open database. Every method may be called from any thread."""

    def __init__(self, path: Path, schema: Schema, attached: Mapping[str, Path] | None = None) -> None:
        """Open `path`, or make it. `set_aside` tells where a damaged file was moved to.

        What is `read` may come from other databases, too, which must exist: the keys of `attached` are their names.

        Raises:
            DatabaseTooNew: it was written by a newer version; nothing was changed.
            StorageError: it cannot be opened or made.
        """
        self.path = path
        self.set_aside: Path | None = None
        self._schema = schema
        self._attached = attached or {}
        self._write_lock = threading.RLock()
        with _as_storage_errors(path), _opening_lock(path):
            self._writer = self._open_or_replace()
            self._readers = self._connect_readers()

    def read(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        with _as_storage_errors(self.path), self._free_reader() as connection:
            return connection.execute(sql, values).fetchall()

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """All or nothing; durable when the context is left (unless the schema is rebuildable)."""
        with _as_storage_errors(self.path), self._write_lock, self._writer:  # a connection commits or rolls back
            self._writer.execute("BEGIN IMMEDIATE")  # a transaction that begins by reading could not wait its turn
            yield self._writer

    def write(self, sql: str, values: Sequence[Value] = ()) -> None:
        with self.transaction() as connection:
            connection.execute(sql, values)

    def others_changes(self) -> int:
        """Another number after each change that was made by another `Database` or program."""
        with _as_storage_errors(self.path), self._write_lock:
            return int(_single_value(self._writer, "PRAGMA data_version"))

    def is_whole(self, table: str | None = None) -> bool:
        """Whether every row, or those of one table, is where its indices say: what opening it does not look for.

        1 s for 100,000 pictures.
        """
        return self._without_damage(f"PRAGMA main.integrity_check({table or 1})", most=1) == [("ok",)]

    def is_sound(self) -> bool:
        """Whether its pages are in order, as far as that is in doubt: after a crash. All of them are read, which are
        more than a gigabyte of the thumbnails of 100,000 pictures."""
        return not self._ended_uncleanly or self._without_damage("PRAGMA main.quick_check(1)", most=1) == [("ok",)]

    def can_read(self, sql: str) -> bool:
        """Whether no row of the answer is damaged, nor a text that is no UTF-8."""
        return self._without_damage(sql, most=1) is not None

    def _without_damage(self, sql: str, most: int) -> list[Row] | None:
        """All rows are read, the first ones returned; None if any is damaged. Raises StorageError."""
        try:
            with self._free_reader() as connection:
                rows = connection.execute(sql)
                first = rows.fetchmany(most)
                for _ in rows:
                    pass  # each text is decoded
                return first
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            if isinstance(error, sqlite3.OperationalError) and not _is_damage(error):
                raise _storage_error(error, self.path) from error
            return None

    def start_anew(self) -> Path:
        """Set a database aside whose damage was found in its rows, and begin an empty one; returns where it is kept."""
        with _as_storage_errors(self.path), self._write_lock, ExitStack() as nobody_reads:
            for reader in self._readers:
                nobody_reads.enter_context(reader.lock)
                reader.connection.close()
            self._writer.close()
            kept_as = _move_aside(self.path)
            self._writer = self._open()
            for reader in self._readers:
                reader.connection = self._connect_for_reading()
        return kept_as

    def give_back_room(self, pages: int) -> None:
        """Make the file as small as it can be, if deleted rows fill at least so many pages and most of it."""
        with _as_storage_errors(self.path), self._write_lock:
            free = int(_single_value(self._writer, "PRAGMA freelist_count"))
            used = int(_single_value(self._writer, "PRAGMA page_count")) - free
            if free >= max(pages, 10 * used):
                self._writer.execute("VACUUM")

    def close(self) -> None:
        for reader in self._readers:
            with reader.lock:
                reader.connection.close()
        with self._write_lock:
            self._writer.close()

    # --- opening ---

    def _open_or_replace(self) -> sqlite3.Connection:
        try:
            if not self.path.exists():
                self._make()
            elif self.path.stat().st_size == 0:  # SQLite calls an empty file a good database
                raise sqlite3.DatabaseError("the file is empty")
            return self._open()
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # SQLite quotes what it cannot read
            if isinstance(error, sqlite3.OperationalError) and not _is_damage(error):
                raise
            self.set_aside = _move_aside(self.path)
            return self._open()

    def _make(self) -> None:
        """Under another name until it is whole: a kill would leave an empty file, as damage does."""
        unfinished = self.path.with_name(f"{self.path.name}.new")
        for name in (unfinished.name, f"{unfinished.name}-journal", f"{self.path.name}-wal", f"{self.path.name}-shm"):
            self.path.with_name(name).unlink(missing_ok=True)
        with closing(sqlite3.connect(unfinished, isolation_level=None)) as connection:
            self._migrate(connection)
        unfinished.replace(self.path)

    def _open(self) -> sqlite3.Connection:
        self._ended_uncleanly = self.path.with_name(self.path.name + "-wal").exists()
        connection = self._connect()
        with ExitStack() as if_it_fails:
            if_it_fails.callback(connection.close)
            self._version(connection)  # before the first write: one that is not for us stays as it is
            connection.execute("PRAGMA journal_mode = WAL")
            if not self._schema.rebuildable and (self._ended_uncleanly or not self._schema.large):
                _check(connection, "integrity_check" if self._schema.thorough else "quick_check")
            self._migrate(connection)
            if_it_fails.pop_all()
        return connection

    def _connect_readers(self) -> tuple[_Reader, ...]:
        return tuple(_Reader(self._connect_for_reading()) for _ in range(_READERS))

    @contextmanager
    def _free_reader(self) -> Generator[sqlite3.Connection]:
        """The first that nobody uses; where all are in use the last one is waited for, which has begun last."""
        free = next((reader for reader in self._readers if reader.lock.acquire(blocking=False)), None)
        if free is None:
            free = self._readers[-1]
            free.lock.acquire()
        try:
            yield free.connection
        finally:
            free.lock.release()

    def _connect_for_reading(self) -> sqlite3.Connection:
        connection = self._connect()
        for name, path in self._attached.items():
            connection.execute(f"ATTACH ? AS {name}", (str(path),))
        for view in self._schema.views:
            connection.execute(view)
        connection.execute("PRAGMA query_only = ON")
        return connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        with ExitStack() as if_it_fails:
            if_it_fails.callback(connection.close)
            connection.create_function("file_name", 1, _file_name, deterministic=True)
            for pragma in (
                f"busy_timeout = {_MILLISECONDS_TO_WAIT}",
                "trusted_schema = OFF",
                "foreign_keys = ON",
                "journal_size_limit = 67108864",
                f"synchronous = {'NORMAL' if self._schema.rebuildable else 'FULL'}",
                "fullfsync = 1",  # macOS: fsync alone leaves the data in the drive's cache
            ):
                connection.execute(f"PRAGMA {pragma}")
            if_it_fails.pop_all()
        return connection

    def _migrate(self, connection: sqlite3.Connection) -> None:
        """Tables and version change in one transaction."""
        newest = len(self._schema.migrations)
        if self._version(connection) == newest:
            return
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            version = self._version(connection)  # again: another process may have been faster
            for migration in self._schema.migrations[version:]:
                for statement in migration:
                    connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {self._schema.application_id}")
            connection.execute(f"PRAGMA user_version = {newest}")

    def _version(self, connection: sqlite3.Connection) -> int:
        """0 for a new database. Raises DatabaseTooNew, and sqlite3.DatabaseError for one that is not ours."""
        newest = len(self._schema.migrations)
        version = int(_single_value(connection, "PRAGMA user_version"))
        is_new = version == 0 and int(_single_value(connection, "SELECT count(*) FROM sqlite_schema")) == 0
        if not is_new and int(_single_value(connection, "PRAGMA application_id")) != self._schema.application_id:
            raise sqlite3.DatabaseError("the database belongs to another program")
        if version > newest:
            raise DatabaseTooNew(self.path, version, newest)
        return version


def _opening_lock(path: Path) -> FileLock:
    """One program at a time opens a database: one that another is still making is not damaged."""
    path.parent.stat()  # the lock would make a folder that is gone
    return FileLock(path.with_name(f"{path.name}.opening"))


def _check(connection: sqlite3.Connection, check: str) -> None:
    found = str(_single_value(connection, f"PRAGMA {check}(1)"))
    if found != "ok":
        raise sqlite3.DatabaseError(f"damaged: {found}")


def _single_value(connection: sqlite3.Connection, sql: str) -> str | int:
    return connection.execute(sql).fetchone()[0]


def _file_name(path: str) -> str:
    """What `file_name(path)` is in SQL. Paths elsewhere than in the gallery's folder are kept as the system writes
    them."""
    return path.rpartition("/")[2].rpartition(os.sep)[2]


def _is_damage(error: sqlite3.OperationalError) -> bool:
    """A table that is gone, or twice there, is damage, and text that is none; a locked or unreadable file is not."""
    return _code(error) in {sqlite3.SQLITE_ERROR, None}


def _code(error: sqlite3.OperationalError) -> int | None:
    """SQLite's; None where Python's own module raised it, for text that is not UTF-8."""
    return getattr(error, "sqlite_errorcode", None)


def _move_aside(path: Path) -> Path:
    """Move a database with its companions; never one without the others."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    target = path.with_name(f"{path.name}.damaged-{stamp}")
    for ending in _COMPANIONS:
        companion = path.with_name(path.name + ending)
        if companion.exists():
            companion.rename(target.with_name(target.name + ending))
    return target


@contextmanager
def _as_storage_errors(path: Path) -> Generator[None]:
    """SQLite's failures as facts. It says IOERR_WRITE as well as FULL when the disk is full."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise _storage_error(error, path) from error
    except sqlite3.DatabaseError as error:
        raise WriteFailed(path, str(error)) from error
    except OSError as error:
        raise storage_error(error, path) from error


def _storage_error(error: sqlite3.OperationalError, path: Path) -> StorageError:
    kind = (_code(error) or 0) & _KIND  # a folder that is read-only is one of the kinds of SQLITE_READONLY
    if kind == sqlite3.SQLITE_FULL:
        return DiskFull(path, 0, None)
    if kind in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}:
        return FolderUnwritable(path.parent, str(error))
    return WriteFailed(path, str(error))
