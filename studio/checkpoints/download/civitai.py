"""Civitai: from a version of a model, or the address of its page, to the file to fetch."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast
from urllib.parse import parse_qs, urlsplit

from studio.checkpoints.download.file_names import last_part
from studio.checkpoints.download.http_answers import read_json
from studio.checkpoints.download.http_client import HttpClient
from studio.checkpoints.download.options import ENDPOINTS
from studio.checkpoints.weights_file import PICKLE_ENDINGS
from studio.core.download import RemoteFile
from studio.core.errors import NothingToDownload, ServerUnusable

_HOSTS = frozenset({"civitai.com", "www.civitai.com", "civitai.green"})
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class CivitaiAddress:
    """A model, and one of its versions; None means the newest. At least one is known."""

    model: int | None
    version: int | None


@dataclass(frozen=True, slots=True)
class CivitaiVersion:
    """One version of a model with the file to take."""

    title: str
    version: int
    page: str
    base_model: str
    kind: str
    file: RemoteFile


def read_civitai_address(text: str, endpoint: str = ENDPOINTS.civitai) -> CivitaiAddress | None:
    """`civitai:VERSION` or a page of Civitai's; None for anything else."""
    if (short := re.fullmatch(r"civitai:(\d{1,12})", text.lower())) is not None:
        return CivitaiAddress(None, int(short[1]))
    address = urlsplit(text)
    if (address.scheme, address.netloc) != urlsplit(endpoint)[:2] and not (
        address.scheme == "https" and address.netloc in _HOSTS
    ):
        return None
    if (direct := re.fullmatch(r"/api/(?:download/models|v1/model-versions)/(\d{1,12})", address.path)) is not None:
        return CivitaiAddress(None, int(direct[1]))
    if (page := re.match(r"/models/(\d{1,12})(?:/|$)", address.path)) is None:
        return None
    version = parse_qs(address.query).get("modelVersionId", [""])[0]
    return CivitaiAddress(int(page[1]), int(version) if re.fullmatch(r"\d{1,12}", version) else None)


class Civitai:
    """Asks Civitai's API."""

    def __init__(self, http: HttpClient, endpoint: str = ENDPOINTS.civitai) -> None:
        self._http = http
        self._endpoint = endpoint.rstrip("/")

    async def version(self, address: CivitaiAddress) -> CivitaiVersion:
        """The version that `address` means.

        Raises:
            NothingToDownload: it has no safetensors file.
            RemoteNotFound, LoginNeeded, DownloadRefused, ServerUnusable.
            httpx2.TransportError.
        """
        number = address.version if address.version is not None else await self._newest(address.model or 0)
        url = f"{self._endpoint}/api/v1/model-versions/{number}"
        facts = await read_json(self._http, url)
        model = _object(facts.get("model"))
        model_number = facts.get("modelId")
        page = f"{self._endpoint}/models/{model_number}?modelVersionId={number}"
        file = _choose([_object(entry) for entry in _list(facts.get("files"))], page)
        return CivitaiVersion(
            title=" ".join(part for part in (_text(model.get("name")), _text(facts.get("name"))) if part)
            or str(number),
            version=number,
            page=page,
            base_model=_text(facts.get("baseModel")),
            kind=_text(model.get("type")),
            file=self._remote_file(file, url),
        )

    async def _newest(self, model: int) -> int:
        url = f"{self._endpoint}/api/v1/models/{model}"
        versions = _list((await read_json(self._http, url)).get("modelVersions"))
        number = _object(versions[0]).get("id") if versions else None
        if not isinstance(number, int):
            raise NothingToDownload(url, "the model has no version")
        return number

    def _remote_file(self, file: dict[str, object], api: str) -> RemoteFile:
        url = _text(file.get("downloadUrl"))
        if not url:
            raise ServerUnusable(api, "the address of the file is missing")
        sha256 = _text(_object(file.get("hashes")).get("SHA256")).lower()
        return RemoteFile(
            url=url,
            path=last_part(_text(file.get("name"))),
            size=_bytes(file.get("sizeKB")),
            sha256=sha256 if _SHA256.fullmatch(sha256) else None,
        )


def _choose(files: list[dict[str, object]], page: str) -> dict[str, object]:
    """The file marked as the main one among the safetensors, in half precision where there is a choice."""
    usable = [file for file in files if _text(file.get("name")).lower().endswith(".safetensors")]
    if not usable:
        pickles = any(_text(file.get("name")).lower().endswith(tuple(PICKLE_ENDINGS)) for file in files)
        raise NothingToDownload(page, "only pickle files" if pickles else "no safetensors file")
    return min(
        usable,
        key=lambda file: (
            _text(file.get("type")) not in {"Model", "Pruned Model"},
            _text(_object(file.get("metadata")).get("fp")) != "fp16",
            file.get("primary") is not True,
        ),
    )


def _bytes(kilobytes: object) -> int | None:
    """Civitai tells sizes in units of 1024 bytes with a fraction: exact where it is a whole number of bytes."""
    if not isinstance(kilobytes, int | float):
        return None
    size = kilobytes * 1024
    return round(size) if abs(size - round(size)) < 0.01 else None


def _object(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
