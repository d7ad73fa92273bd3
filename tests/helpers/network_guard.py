"""Hears of every connection, name look-up and datagram that Python code of this process begins.

Sockets between processes of one machine (a path instead of an address) do not count: the desktop uses them. What C++
code does on its own is not heard here: `tests/benchmarks/no_network.py` watches the system calls.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_EVENTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname"})
_listeners: list[list[str]] = []


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if not _listeners or event not in _EVENTS:
        return
    address = arguments[0] if event.startswith("socket.get") else arguments[-1]
    if not isinstance(address, str | bytes | None) or event.startswith("socket.get"):
        for heard in _listeners:
            heard.append(f"{event} {address}")


sys.addaudithook(_hear)  # hooks stay for ever: one, which listens only while somebody wants to know


@contextmanager
def heard_connections() -> Iterator[list[str]]:
    """The list grows while the context lasts."""
    heard: list[str] = []
    _listeners.append(heard)
    try:
        yield heard
    finally:
        _listeners.remove(heard)
