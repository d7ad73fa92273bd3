"""Is there a newer version? One document is fetched and read; nothing is downloaded or installed, ever."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from studio.app.update_announcement import LARGEST_BYTES, PUBLIC_KEYS, AnnouncementRefused, Update, read_announcement
from studio.core.errors import DownloadInterrupted, ServerUnusable, UpdateUnanswered, UpdateUntrusted
from studio.core.version import VERSION

_SECONDS = 8
UPDATE_ADDRESS = "https://latentstudio.github.io/update.json"


async def find_update(address: str = UPDATE_ADDRESS, keys: Iterable[str] = PUBLIC_KEYS) -> Update | None:
    """What `address` announces; None where this program is the newest.

    Nothing is sent but the question and this program's version. Whether it may be asked at all is
    `Settings.updates`, which the caller looks at.

    Raises:
        UpdateUnanswered.
        UpdateUntrusted.
        ProxyUnusable.
    """
    content = await _fetched(address)
    try:
        return read_announcement(content, running=VERSION, now=datetime.now(UTC), keys=keys)
    except AnnouncementRefused as refused:
        raise UpdateUntrusted(address, str(refused)) from refused


async def _fetched(address: str) -> bytes:
    import asyncio

    import httpx2

    from studio.checkpoints.download.http_client import HttpClient
    from studio.checkpoints.download.options import system_proxy

    try:
        async with (
            asyncio.timeout(_SECONDS),
            HttpClient(token_for=_no_token, proxy=system_proxy()) as http,
            http.get(address, {"Accept": "application/json"}) as answer,
        ):
            if answer.status != 200:
                raise UpdateUnanswered(address, f"HTTP status {answer.status}")
            return await http.document(answer, largest=LARGEST_BYTES)
    except TimeoutError:
        raise UpdateUnanswered(address, f"no answer within {_SECONDS} seconds") from None
    except (DownloadInterrupted, ServerUnusable) as error:
        raise UpdateUnanswered(address, error.reason) from error
    except httpx2.TransportError as error:
        raise UpdateUnanswered(address, str(error) or type(error).__name__) from error


async def _no_token(_server: str) -> None:
    return None
