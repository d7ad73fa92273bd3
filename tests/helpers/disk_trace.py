"""What a process did to its files, recorded by strace, and what a power cut may leave of it.

The model is the strictest that file systems are allowed: data is safe when the file was synced after it was written,
a name when its folder was synced after it was given. Of all else each write may be kept, dropped, or torn between
sectors, and each name kept or dropped, in any combination. Only a rename is done whole or not at all. It is how ALICE
(https://www.usenix.org/conference/osdi14/technical-sessions/presentation/pillai) and SQLite's own tests (src/test6.c)
see a disk.
"""

from __future__ import annotations

import itertools
import os
import random
import re
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import ClassVar

SECTOR = 512
_CALLS = (
    "open,openat,creat,write,pwrite64,writev,pwritev,ftruncate,truncate,fsync,fdatasync,rename,renameat,renameat2,"
    "link,linkat,unlink,unlinkat,mkdir,mkdirat,rmdir,lseek,close,dup,dup2,copy_file_range,sendfile,fallocate"
)
_LINE = re.compile(r"^(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)")
_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_DESCRIPTOR = re.compile(r"^(-?\d+|AT_FDCWD)<([^>]*)>")


@dataclass(frozen=True)
class Call:
    """One call that succeeded. `number` is the descriptor that it is about, `path` that of the descriptor."""

    name: str
    arguments: str
    result: int
    number: int
    path: PurePath
    texts: tuple[bytes, ...]


def record(command: Sequence[str], log: Path, cwd: Path) -> list[Call]:
    """Run `command` to its end and return what it did."""
    tracing = ("strace", "-f", "-qq", "-y", "-xx", "-s", "4000000", "-e", f"trace={_CALLS}", "-e", "signal=none")
    subprocess.run([*tracing, "-o", str(log), *command], cwd=cwd, stdout=subprocess.PIPE, check=True)
    return [call for line in log.read_text().splitlines() if (call := _call(line)) is not None]


def _call(line: str) -> Call | None:
    found = _LINE.match(line)
    if found is None or found[3].startswith("-"):
        assert "unfinished" not in line, "two threads at once cannot be told apart"
        return None
    name, arguments, result = found[1], found[2], int(found[3])
    texts = tuple(bytes.fromhex(text.replace("\\x", "")) for text in _STRING.findall(arguments))
    about = _DESCRIPTOR.match(arguments)
    number = int(about[1]) if about is not None and about[1] != "AT_FDCWD" else -1
    path = bytes.fromhex(about[2].replace("\\x", "")).decode() if about is not None else ""
    return Call(name, arguments, result, number, PurePath(path), texts)


@dataclass
class _File:
    """`durable` is its content when it was last synced; `pending` are writes since: place and data, None: cut there."""

    durable: bytes = b""
    pending: list[tuple[int, bytes | None]] = field(default_factory=list[tuple[int, bytes | None]])

    @property
    def content(self) -> bytes:
        return _after(self.durable, self.pending)

    def sync(self) -> None:
        self.durable, self.pending = self.content, []

    def left(self, chance: random.Random) -> bytes:
        return _after(self.durable, list(_some(self.pending, chance)))


def _after(content: bytes, writes: Iterable[tuple[int, bytes | None]]) -> bytes:
    made = bytearray(content)
    for place, data in writes:
        if data is None:
            del made[place:]
            made.extend(bytes(max(0, place - len(made))))
        else:
            made.extend(bytes(max(0, place - len(made))))
            made[place : place + len(data)] = data
    return bytes(made)


def _some(writes: Iterable[tuple[int, bytes | None]], chance: random.Random) -> Iterator[tuple[int, bytes | None]]:
    for place, data in writes:
        fate = chance.choice(("kept", "dropped", "torn"))
        if fate == "kept" or (data is None and fate == "torn"):
            yield place, data
        elif fate == "torn" and data is not None:
            first = SECTOR - place % SECTOR
            cuts = [0, *range(first, len(data), SECTOR), len(data)]
            for begin, end in itertools.pairwise(cuts):
                if chance.random() < 0.5:
                    yield place + begin, data[begin:end]


@dataclass(frozen=True)
class _Named:
    """From now on `path` is `file` (None: is nothing), and `gone` is nothing."""

    path: PurePath
    file: _File | None
    gone: PurePath | None = None

    @property
    def folders(self) -> set[PurePath]:
        return {self.path.parent} | ({self.gone.parent} if self.gone is not None else set())

    def apply(self, names: dict[PurePath, _File]) -> None:
        if self.gone is not None:
            names.pop(self.gone, None)
        if self.file is None:
            names.pop(self.path, None)
        else:
            names[self.path] = self.file


class Disk:
    """The files below `root` as calls make them, beginning with none."""

    def __init__(self, root: Path, *, believes_syncs: bool = True) -> None:
        """A disk that does not believe syncs shows what a program that forgot them would lose."""
        self._root = root
        self._believes_syncs = believes_syncs
        self._names: dict[PurePath, _File] = {}
        self._durable_names: dict[PurePath, _File] = {}
        self._pending: list[_Named] = []
        self._folders: list[PurePath] = []
        self._open: dict[int, tuple[_File, int]] = {}

    def take(self, call: Call) -> None:
        """The call was done."""
        takes = self._TAKES.get(call.name)
        assert takes is not None or not self._is_ours(call.path), f"the disk does not know {call.name}"
        if takes is not None:
            takes(self, call)

    def leave(self, target: Path, chance: random.Random) -> None:
        """Write what a power cut at this moment may leave into the folder `target`."""
        names = dict(self._durable_names)
        for naming in self._pending:
            if chance.random() < 0.5:
                naming.apply(names)
        for folder in self._folders:  # those of lost files stay, which harms nobody
            self._there(folder, target).mkdir(parents=True, exist_ok=True)
        left: dict[int, Path] = {}
        for path, file in names.items():
            there = self._there(path, target)
            there.parent.mkdir(parents=True, exist_ok=True)
            if id(file) in left:
                os.link(left[id(file)], there)
            else:
                there.write_bytes(file.left(chance))
                left[id(file)] = there

    def _there(self, path: PurePath, target: Path) -> Path:
        return target / path.relative_to(self._root)

    def _is_ours(self, path: PurePath) -> bool:
        return path.is_relative_to(self._root)

    def _name(self, naming: _Named) -> None:
        naming.apply(self._names)
        self._pending.append(naming)

    def _opened(self, call: Call) -> None:
        path = PurePath(call.texts[-1].decode())
        self._open.pop(call.result, None)
        is_written = any(flag in call.arguments for flag in ("O_WRONLY", "O_RDWR"))
        if (
            not self._is_ours(path) or not is_written or "O_TMPFILE" in call.arguments
        ):  # filelock tries a file without name
            return
        if path.name.endswith("-shm"):  # SQLite makes its shared memory anew after a power cut
            return
        if path not in self._names:
            self._name(_Named(path, _File()))
        file = self._names[path]
        if "O_TRUNC" in call.arguments:
            file.pending.append((0, None))
        self._open[call.result] = (file, len(file.content) if "O_APPEND" in call.arguments else 0)

    def _written(self, call: Call) -> None:
        if call.number in self._open:
            file, place = self._open[call.number]
            file.pending.append((place, call.texts[-1][: call.result]))
            self._open[call.number] = (file, place + call.result)

    def _written_at(self, call: Call) -> None:
        if call.number in self._open:
            place = int(call.arguments.rsplit(",", 1)[1])
            self._open[call.number][0].pending.append((place, call.texts[-1][: call.result]))

    def _cut(self, call: Call) -> None:
        if call.number in self._open:
            self._open[call.number][0].pending.append((int(call.arguments.rsplit(",", 1)[1]), None))

    def _moved(self, call: Call) -> None:
        if call.number in self._open:
            self._open[call.number] = (self._open[call.number][0], call.result)

    def _closed(self, call: Call) -> None:
        self._open.pop(call.number, None)

    def _synced(self, call: Call) -> None:
        if not self._believes_syncs:
            return
        if call.number in self._open:
            self._open[call.number][0].sync()
            return
        for naming in self._pending:
            if call.path in naming.folders:
                naming.apply(self._durable_names)
        self._pending = [naming for naming in self._pending if call.path not in naming.folders]

    def _renamed(self, call: Call) -> None:
        source, target = _two_paths(call)
        if self._is_ours(target):
            self._name(_Named(target, self._names[source], gone=source))

    def _linked(self, call: Call) -> None:
        source, target = _two_paths(call)
        if self._is_ours(target):
            self._name(_Named(target, self._names[source]))

    def _unlinked(self, call: Call) -> None:
        path = PurePath(call.texts[-1].decode())
        if path in self._names:
            self._name(_Named(path, None))

    def _folder_made(self, call: Call) -> None:
        path = PurePath(call.texts[-1].decode())
        if self._is_ours(path):
            self._folders.append(path)

    _TAKES: ClassVar = {
        **dict.fromkeys(("open", "openat", "creat"), _opened),
        **dict.fromkeys(("rename", "renameat", "renameat2"), _renamed),
        **dict.fromkeys(("link", "linkat"), _linked),
        **dict.fromkeys(("unlink", "unlinkat"), _unlinked),
        **dict.fromkeys(("mkdir", "mkdirat"), _folder_made),
        **dict.fromkeys(("fsync", "fdatasync"), _synced),
        "write": _written,
        "pwrite64": _written_at,
        "ftruncate": _cut,
        "lseek": _moved,
        "close": _closed,
    }


def _two_paths(call: Call) -> tuple[PurePath, PurePath]:
    source, target = (PurePath(text.decode()) for text in call.texts[-2:])
    return source, target
