"""Which addresses the program connects to: https on the open internet, checked name by name and number by number."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeAlias

from studio.core.errors import UnsafeAddress

if TYPE_CHECKING:
    from httpx2 import URL

Resolve: TypeAlias = Callable[[str, int], Awaitable[tuple[str, ...]]]
"""From host and port to IP addresses. Raises OSError."""

_Number: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_PORTS = {"https": 443, "http": 80}


async def resolve(host: str, port: int) -> tuple[str, ...]:
    """What the system's resolver says, in its order. Raises OSError.

    In a daemon thread, and not in the event loop's: the resolver cannot be called back, and a name server that does not
    answer must not keep the program from ending.
    """
    answer: Future[tuple[str, ...]] = Future()
    answer.set_running_or_notify_cancel()  # whoever stops waiting leaves it to itself
    threading.Thread(target=_look_up, args=(host, port, answer), name="resolver", daemon=True).start()
    return await asyncio.wrap_future(answer)


def is_loopback(url: URL) -> bool:
    """This machine itself, by number or as `localhost`."""
    number = _number(url.host)
    return url.host == "localhost" if number is None else number.is_loopback


def check_url(url: URL, *, loopback_allowed: bool) -> None:
    """Pass if the text of the address is fine; the numbers behind a name are another question.

    Raises:
        UnsafeAddress.
    """
    plain = url.copy_with(userinfo=None)
    if url.userinfo:
        raise UnsafeAddress(str(plain), "it has a user name or password in it")
    if is_loopback(url) and not loopback_allowed:
        raise UnsafeAddress(str(plain), "it leads to this computer")
    if url.scheme != "https" and not (url.scheme == "http" and is_loopback(url)):
        raise UnsafeAddress(str(plain), "it is not https")
    if not url.host:
        raise UnsafeAddress(str(plain), "it has no server name")
    if (number := _number(url.host)) is not None:
        _check_number(number, plain, loopback_allowed=loopback_allowed)


async def checked_addresses(url: URL, resolve: Resolve, *, loopback_allowed: bool) -> tuple[str, ...]:
    """The IP addresses to connect to for `url`, after `check_url`.

    Raises:
        UnsafeAddress: one of them is not on the open internet (a private network, this machine).
        OSError: the name has none.
    """
    addresses = await resolve(url.host, url.port or _PORTS[url.scheme])
    for address in addresses:
        if (number := _number(address.split("%", maxsplit=1)[0])) is None:
            raise UnsafeAddress(str(url), f"it leads to {address}, which is no address")
        _check_number(number, url, loopback_allowed=loopback_allowed)
    return addresses


def _look_up(host: str, port: int, answer: Future[tuple[str, ...]]) -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:  # the second: what cannot be a name
        answer.set_exception(error)
    else:
        answer.set_result(tuple(dict.fromkeys(str(address[0]) for *_, address in found)))


def _check_number(number: _Number, url: URL, *, loopback_allowed: bool) -> None:
    if not (number.is_global or (number.is_loopback and loopback_allowed)):
        raise UnsafeAddress(str(url), f"it leads to {number}, which is not on the internet")


def _number(text: str) -> _Number | None:
    """The IP address that is meant (an IPv4 one may come wrapped in an IPv6 one); None for a name."""
    try:
        number = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = number.ipv4_mapped if isinstance(number, ipaddress.IPv6Address) else None
    return mapped or number
