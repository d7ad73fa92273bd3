"""Old content or new, never half; faults as facts; nothing left behind."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.core.durable_file import write_durably
from studio.core.errors import DiskFull, FolderUnwritable, StorageError, WriteFailed


def failing(number: int) -> Callable[..., int]:
    def fail(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    return fail


def test_content_arrives_whole_and_alone(tmp_path: Path) -> None:
    target = tmp_path / "picture.png"
    write_durably(target, b"content", overwrite=False)
    assert target.read_bytes() == b"content"
    assert list(tmp_path.iterdir()) == [target]


def test_short_writes_are_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, bytes(data)[:3]))
    write_durably(tmp_path / "x", b"0123456789", overwrite=False)
    assert (tmp_path / "x").read_bytes() == b"0123456789"


def test_an_existing_file_is_replaced_only_when_asked(tmp_path: Path) -> None:
    target = tmp_path / "x"
    target.write_bytes(b"old")
    with pytest.raises(WriteFailed):
        write_durably(target, b"new", overwrite=False)
    assert target.read_bytes() == b"old"
    write_durably(target, b"new", overwrite=True)
    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("function", "number", "expected"),
    [
        ("write", errno.ENOSPC, DiskFull),
        ("write", errno.EDQUOT, DiskFull),
        ("fsync", errno.EIO, WriteFailed),
        ("fsync", errno.ENOSPC, DiskFull),
        ("open", errno.EROFS, FolderUnwritable),
        ("open", errno.EACCES, FolderUnwritable),
    ],
)
def test_a_fault_is_a_fact_and_leaves_the_old_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str, number: int, expected: type[StorageError]
) -> None:
    target = tmp_path / "x"
    target.write_bytes(b"old")
    with monkeypatch.context() as fault:
        fault.setattr(os, function, failing(number))
        with pytest.raises(expected):
            write_durably(target, b"new", overwrite=True)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_full_disk_says_how_much_was_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "write", failing(errno.ENOSPC))
    with pytest.raises(DiskFull) as full:
        write_durably(tmp_path / "x", b"12345", overwrite=False)
    assert full.value.needed == 5
    assert full.value.free is not None


def test_a_missing_folder_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(FolderUnwritable):
        write_durably(tmp_path / "gone" / "x", b"", overwrite=False)
    assert not (tmp_path / "gone").exists()


def test_without_hard_links_an_existing_file_is_still_safe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", failing(errno.EPERM))
    write_durably(tmp_path / "x", b"one", overwrite=False)
    with pytest.raises(StorageError):
        write_durably(tmp_path / "x", b"two", overwrite=False)
    assert (tmp_path / "x").read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [tmp_path / "x"]


def test_a_second_name_that_stays_does_not_make_the_file_unwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as fault:
        fault.setattr(Path, "unlink", failing(errno.EIO))
        write_durably(tmp_path / "x", b"content", overwrite=False)
    assert (tmp_path / "x").read_bytes() == b"content"


def test_a_new_name_that_may_not_last_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing_for_folders(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as fault:
        fault.setattr(os, "fsync", failing_for_folders)
        with pytest.raises(WriteFailed):
            write_durably(tmp_path / "x", b"content", overwrite=False)
    assert list(tmp_path.iterdir()) == []
    write_durably(tmp_path / "x", b"content", overwrite=False)


def test_the_content_is_synced_before_its_name_appears_and_the_name_before_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    for function in ("write", "fsync", "link", "replace"):
        original = getattr(os, function)

        def recorded(*arguments: object, name: str = function, original: Callable[..., object] = original) -> object:
            happened.append(name)
            return original(*arguments)

        monkeypatch.setattr(os, function, recorded)
    write_durably(tmp_path / "x", b"new", overwrite=False)
    assert happened == ["write", "fsync", "link", "fsync"]
    happened.clear()
    write_durably(tmp_path / "x", b"newer", overwrite=True)
    assert happened == ["write", "fsync", "replace", "fsync"]


def test_windows_tries_again_while_a_virus_scanner_holds_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    replace, refusals = os.replace, iter([True, True, False])

    def held_twice(source: Path, target: Path) -> None:
        if next(refusals):
            raise PermissionError(errno.EACCES, "in use")
        replace(source, target)

    monkeypatch.setattr("studio.core.durable_file.sys.platform", "win32")
    monkeypatch.setattr("studio.core.durable_file.time.sleep", waited.append)
    monkeypatch.setattr(os, "replace", held_twice)
    write_durably(tmp_path / "x", b"content", overwrite=True)
    assert (tmp_path / "x").read_bytes() == b"content"
    assert len(waited) == 2
    assert waited[1] > waited[0]


def test_windows_gives_up_in_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("studio.core.durable_file.sys.platform", "win32")
    monkeypatch.setattr("studio.core.durable_file.time.sleep", waited.append)
    monkeypatch.setattr(os, "replace", failing(errno.EACCES))
    with pytest.raises(FolderUnwritable):
        write_durably(tmp_path / "x", b"content", overwrite=True)
    assert list(tmp_path.iterdir()) == []
    assert sum(waited) < 10


@pytest.mark.parametrize("refusal", [None, errno.ENOTSUP])
def test_macos_empties_the_cache_of_the_drive_where_the_volume_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusal: int | None
) -> None:
    flushed: list[int] = []
    synced: list[int] = []

    def flush(_descriptor: int, command: int) -> None:
        flushed.append(command)
        if refusal is not None:
            raise OSError(refusal, os.strerror(refusal))

    monkeypatch.setattr("studio.core.durable_file.sys.platform", "darwin")
    monkeypatch.setattr(fcntl, "F_FULLFSYNC", 51, raising=False)
    monkeypatch.setattr(fcntl, "fcntl", flush)
    monkeypatch.setattr(os, "fsync", synced.append)
    write_durably(tmp_path / "x", b"content", overwrite=True)
    assert flushed == [51]
    assert len(synced) == (1 if refusal is None else 2), "the folder, and the file where the volume cannot flush"


def test_a_temporary_file_of_a_fixed_name_that_a_kill_left_is_replaced(tmp_path: Path) -> None:
    left = tmp_path / ".list.tmp"
    left.write_bytes(b"half")

    write_durably(tmp_path / "list", b"whole", overwrite=True, temporary=left)

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"list": b"whole"}
