"""What downloads depend on, as values. Imports nothing of the network."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

TokenFor: TypeAlias = Callable[[str], Awaitable[str | None]]
"""From a server (host, with the port where it is not the usual one) to the token that is meant for it alone."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the hub and Civitai are: a mirror has the hub's protocol at another address."""

    hub: str = "https://huggingface.co"
    civitai: str = "https://civitai.com"


ENDPOINTS = Endpoints()


@dataclass(frozen=True, slots=True)
class DiskRules:
    """Bytes: at least `block` reach the disk at a time; `reserve` stay free, asked again every `check_every`."""

    block: int = 1024 * 1024
    reserve: int = 2 * 1024**3
    check_every: int = 256 * 1024**2


DISK_RULES = DiskRules()


@dataclass(frozen=True, slots=True)
class Pace:
    """When a transfer waits and when it gives up. Seconds, and bytes per second.

    A try that brings the file further than any before counts anew. A stall is less than `slowest` over `stall_seconds`,
    or nothing at all for that long.
    """

    connect_seconds: float = 20
    stall_seconds: float = 30
    slowest: float = 1000
    first_wait: float = 1
    longest_wait: float = 60
    most_tries: int = 12
    longest_retry_after: float = 300

    def wait_before(self, attempt: int) -> float:
        """Seconds before try number `attempt` (1 is the first repetition): doubled each time."""
        return min(self.first_wait * 2 ** (attempt - 1), self.longest_wait)


PACE = Pace()


def system_proxy() -> str | None:
    """The proxy for https that the environment or the desktop is set to; None when there is none.

    `localhost:3128` means http, as for other programs.
    """
    from urllib.request import getproxies

    proxies = getproxies()
    proxy = proxies.get("https") or proxies.get("all")
    return f"http://{proxy}" if proxy and "://" not in proxy else proxy


@dataclass(frozen=True, slots=True)
class DownloadOptions:
    """All of it. `state_file` keeps the list of downloads, `limit` is how many run at a time.

    `proxy` gives an http, https or socks5 address, None for none; it is asked before the first connection.
    """

    state_file: Path
    token_for: TokenFor
    endpoints: Endpoints = ENDPOINTS
    proxy: Callable[[], str | None] = system_proxy
    limit: int = 2
    pace: Pace = PACE
    disk: DiskRules = DISK_RULES
