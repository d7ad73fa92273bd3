"""What an answer other than the one hoped for means, as facts."""

from __future__ import annotations

import json
from typing import cast
from urllib.parse import urlsplit

from studio.checkpoints.download.http_client import Answer, HttpClient
from studio.core.errors import AccessGated, DownloadError, DownloadRefused, LoginNeeded, RemoteNotFound, ServerUnusable

_NOT_FOUND_CODES = frozenset({"RepoNotFound", "RevisionNotFound", "EntryNotFound"})


def refusal(answer: Answer, url: str) -> DownloadError:
    """The fact behind a status that trying again does not change. The hub names the reason in a header of its own."""
    code = answer.header("x-error-code")
    if code == "GatedRepo":
        return AccessGated(page_of(url))
    if code in _NOT_FOUND_CODES or answer.status in {404, 410}:
        return RemoteNotFound(url)
    if answer.status == 401:
        return LoginNeeded(url)
    return DownloadRefused(url, answer.status)


def page_of(url: str) -> str:
    """The page of the repository that an address of the hub's belongs to."""
    parts = urlsplit(url)
    path = parts.path.removeprefix("/api/models").split("/resolve/")[0].split("/revision/")[0]
    return f"{parts.scheme}://{parts.netloc}{path}"


def check_not_a_page(answer: Answer, url: str) -> None:
    """Raises ServerUnusable when a web page came: a login, an error, the portal of a hotel's network."""
    if (answer.header("content-type") or "").partition(";")[0].strip().lower() in {
        "text/html",
        "application/xhtml+xml",
    }:
        raise ServerUnusable(url, "a web page came instead of the file")


async def read_json(http: HttpClient, url: str) -> dict[str, object]:
    """The object at `url`.

    Raises:
        DownloadError: refused, or no JSON object.
        httpx2.TransportError.
    """
    async with http.get(url, {"Accept": "application/json"}) as answer:
        if answer.status != 200:
            raise refusal(answer, url)
        check_not_a_page(answer, url)
        content = await http.document(answer)
    try:
        parsed: object = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ServerUnusable(url, "the answer is no JSON") from error
    if not isinstance(parsed, dict):
        raise ServerUnusable(url, "the answer is no JSON object")
    return cast("dict[str, object]", parsed)
