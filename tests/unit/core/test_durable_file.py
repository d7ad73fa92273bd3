"""Old content or new, never half; faults as facts; nothing left behind."""

from __future__ import annotations

import errno
import os
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
