"""A file at any https address: its name and size, learned from the first byte."""

from __future__ import annotations

import re
from email.message import Message
from urllib.parse import unquote, urlsplit

from studio.checkpoints.download.file_names import last_part
from studio.checkpoints.download.http_answers import check_not_a_page, refusal
from studio.checkpoints.download.http_client import Answer, HttpClient
from studio.checkpoints.weights_file import PICKLE_ENDINGS
from studio.core.download import RemoteFile
from studio.core.errors import NothingToDownload

_TOTAL = re.compile(r"bytes \d+-\d+/(\d+)")


async def look_at_url(http: HttpClient, url: str) -> RemoteFile:
    """The file at `url`. Nothing says what its bytes should be, so that it will be unverified.

    Raises:
        NothingToDownload: a pickle, by its name.
        UnsafeAddress, DownloadRefused, RemoteNotFound, LoginNeeded, ServerUnusable.
        httpx2.TransportError.
    """
    async with http.get(url, {"Range": "bytes=0-0"}) as answer:
        if answer.status not in {200, 206}:
            raise refusal(answer, url)
        check_not_a_page(answer, url)
        name, size = _name(answer, url), _size(answer)
    if name.lower().endswith(tuple(PICKLE_ENDINGS)):
        raise NothingToDownload(url, "a pickle file, which can run code when it is opened")
    return RemoteFile(url=url, path=name, size=size)


def _name(answer: Answer, url: str) -> str:
    """What the server calls the file, else the end of the address that was asked for."""
    message = Message()
    message["Content-Disposition"] = answer.header("content-disposition") or ""
    said = message.get_filename()
    return last_part(said or unquote(urlsplit(url).path)) or "model.safetensors"


def _size(answer: Answer) -> int | None:
    if answer.status == 206:
        total = _TOTAL.fullmatch(answer.header("content-range") or "")
        return int(total[1]) if total is not None else None
    length = answer.header("content-length")
    return int(length) if length is not None and length.isdigit() else None
