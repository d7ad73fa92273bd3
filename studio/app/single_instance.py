"""One window for each home: a second start hands its files to the first, which comes to the front.

The two talk through a socket that only this user may open. A message is one line of JSON, at most 64 kB:
`{"version": 1, "files": ["/a/picture.png"]}`; the answer is `ok`, or nothing for one that is not understood.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import cast

from PySide6.QtCore import QLockFile, QObject, QStandardPaths, QTimer, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from studio.core.errors import AlreadyRunning
from studio.settings.paths import UserPaths

_log = logging.getLogger("studio.app")
_LONGEST_MESSAGE = 64 * 1024
_MOST_FILES = 1000
_MILLISECONDS_TO_SPEAK = 2000
_MILLISECONDS_TO_ANSWER = 10_000
"""The first window may be building itself."""
_LONGEST_SOCKET_NAME = 100
"""Bytes; systems have room for 104 to 108."""
_ANSWER = b"ok\n"


class SingleInstance(QObject):
    """Lives in the window's thread, from before the window is made until after it is gone.

    Signals:
        asked(tuple[Path, ...]): another start wants this window in front, with these files open.
    """

    asked = Signal(object)

    def __init__(self, paths: UserPaths) -> None:
        """Raises AlreadyRunning: another instance uses these paths."""
        super().__init__()
        self._lock = QLockFile(str(paths.lock_file))
        self._lock.setStaleLockTime(0)  # Qt would call a lock of 30 s stale; a dead owner is known by its process id
        if not self._lock.tryLock(0):
            raise AlreadyRunning(paths.data)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connected)
        name = _socket_name(paths.data)
        QLocalServer.removeServer(name)  # of one that was killed: the lock is ours
        if not self._server.listen(name):
            _log.info("a second start cannot hand over its files: %s", self._server.errorString())

    def close(self) -> None:
        self._server.close()
        self._lock.unlock()

    def _on_connected(self) -> None:
        while self._server.hasPendingConnections():
            socket = self._server.nextPendingConnection()
            socket.readyRead.connect(partial(self._on_spoken, socket))
            socket.disconnected.connect(socket.deleteLater)
            QTimer.singleShot(_MILLISECONDS_TO_SPEAK, socket, socket.abort)
            self._on_spoken(socket)

    def _on_spoken(self, socket: QLocalSocket) -> None:
        if socket.bytesAvailable() > _LONGEST_MESSAGE:
            socket.abort()
        elif socket.canReadLine():
            files = _files_of(bytes(socket.readLine().data()))
            if files is not None:
                socket.write(_ANSWER)
                self.asked.emit(files)
            socket.disconnectFromServer()


def hand_over(paths: UserPaths, files: Sequence[Path]) -> bool:
    """Have the instance that uses these paths open the files and come to the front. False if none answers."""
    message = json.dumps({"version": 1, "files": [str(file) for file in files]}).encode() + b"\n"
    if len(message) > _LONGEST_MESSAGE:
        return False
    socket = QLocalSocket()
    socket.connectToServer(_socket_name(paths.data))
    if not socket.waitForConnected(_MILLISECONDS_TO_SPEAK):
        return False
    socket.write(message)
    socket.waitForBytesWritten(_MILLISECONDS_TO_SPEAK)
    while not socket.canReadLine():
        if not socket.waitForReadyRead(_MILLISECONDS_TO_ANSWER):
            return False
    return bytes(socket.readLine().data()) == _ANSWER


def _files_of(message: bytes) -> tuple[Path, ...] | None:
    """None for a message that is not understood."""
    try:
        document = json.loads(message)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    facts = cast("dict[str, object]", document)
    names = facts.get("files")
    if facts.get("version") != 1 or not isinstance(names, list):
        return None
    files = [Path(name) for name in cast("list[object]", names) if isinstance(name, str) and "\0" not in name]
    if len(files) != len(cast("list[object]", names)) or len(files) > _MOST_FILES:
        return None
    return tuple(files) if all(file.is_absolute() for file in files) else None


def _socket_name(data: Path) -> str:
    """In a folder of the user's own, where nobody else can be waiting under that name."""
    if sys.platform == "win32":
        return f"latent-studio-{_digest(data)}"
    beside = str(data.absolute() / "studio.socket")
    if len(beside.encode(errors="surrogateescape")) <= _LONGEST_SOCKET_NAME:
        return beside
    runtime = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.RuntimeLocation)
    return str(Path(runtime, f"latent-studio-{_digest(data)}"))


def _digest(data: Path) -> str:
    return hashlib.sha256(str(data.absolute()).encode(errors="surrogateescape")).hexdigest()[:16]
