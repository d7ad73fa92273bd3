"""Hugging Face: from a repository, or the address of one of its pages, to the files to fetch."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import cast
from urllib.parse import quote, unquote, urlsplit

from studio.checkpoints.download.file_names import last_part
from studio.checkpoints.download.http_answers import page_of, read_json
from studio.checkpoints.download.http_client import HttpClient
from studio.checkpoints.download.hub_choice import choose_files
from studio.checkpoints.download.options import ENDPOINTS
from studio.core.download import RemoteFile
from studio.core.errors import NothingToDownload, ServerUnusable

_SEGMENT = r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}"
_REPOSITORY = re.compile(rf"({_SEGMENT}/{_SEGMENT})(?:@([A-Za-z0-9._/-]+))?")
_HOSTS = frozenset({"huggingface.co", "www.huggingface.co", "hf.co"})
_NO_MODELS = frozenset({"datasets", "spaces", "api", "docs", "blog", "papers", "collections", "models"})
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SHA1 = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class HubAddress:
    """A repository, one state of it (branch, tag or commit), and a file or folder in it; "" means all of it."""

    repository: str
    revision: str = "main"
    path: str = ""


@dataclass(frozen=True, slots=True)
class HubRepository:
    """What the hub says about one state of a repository. `files` are all of it, in the hub's order."""

    name: str
    commit: str
    licence: str | None
    is_gated: bool
    page: str
    files: tuple[RemoteFile, ...]


def read_hub_address(text: str, endpoint: str = ENDPOINTS.hub) -> HubAddress | None:
    """`owner/name`, `owner/name@revision`, or a page of the hub or its mirror; None for anything else."""
    if (found := _REPOSITORY.fullmatch(text)) is not None:
        return HubAddress(found[1], found[2] or "main")
    address = urlsplit(text)
    if address.scheme != "https" or address.netloc not in _HOSTS:
        mirror = urlsplit(endpoint)
        if (address.scheme, address.netloc) != (mirror.scheme, mirror.netloc):
            return None
    parts = [unquote(part) for part in address.path.split("/") if part]
    if len(parts) < 2 or parts[0] in _NO_MODELS or _REPOSITORY.fullmatch("/".join(parts[:2])) is None:
        return None
    repository, rest = "/".join(parts[:2]), parts[2:]
    if len(rest) >= 2 and rest[0] in {"tree", "blob", "resolve"}:
        return HubAddress(repository, rest[1], "/".join(rest[2:]))
    return HubAddress(repository)


class Hub:
    """Asks the hub's API, or that of a mirror."""

    def __init__(self, http: HttpClient, endpoint: str = ENDPOINTS.hub) -> None:
        self._http = http
        self._endpoint = endpoint.rstrip("/")

    async def repository(self, name: str, revision: str = "main") -> HubRepository:
        """What is in the repository `name` at `revision`, with the size and hash of each file.

        Raises:
            RemoteNotFound, LoginNeeded, AccessGated, DownloadRefused, ServerUnusable.
            httpx2.TransportError.
        """
        url = f"{self._endpoint}/api/models/{name}/revision/{quote(revision, safe='')}?blobs=true"
        document = await read_json(self._http, url)
        commit = document.get("sha")
        siblings = document.get("siblings")
        if not isinstance(commit, str) or _SHA1.fullmatch(commit) is None or not isinstance(siblings, list):
            raise ServerUnusable(url, "the list of files is missing")
        files = (self._file(name, commit, entry) for entry in cast("list[object]", siblings))
        return HubRepository(
            name=name,
            commit=commit,
            licence=_licence(document.get("cardData")),
            is_gated=document.get("gated") not in {None, False},
            page=page_of(f"{self._endpoint}/{name}"),
            files=tuple(file for file in files if file is not None),
        )

    async def choose(self, repository: HubRepository, path: str = "") -> tuple[RemoteFile, ...]:
        """The files that make a usable model: safetensors in half precision where there is a choice, never pickle.

        Their paths are those below the folder that the model lies in.

        Raises:
            NothingToDownload: there is none.
            DownloadError, httpx2.TransportError: the index of a diffusers model could not be read.
        """
        files = _below(repository.files, path)
        if not files:
            raise NothingToDownload(
                repository.page, f"there is no {path} in it" if path else "there are no files in it"
            )
        prefix = "" if path in {file.path for file in files} or not path else f"{path}/"
        index = next((file for file in files if file.path == f"{prefix}model_index.json"), None)
        components = _components(await read_json(self._http, index.url)) if index is not None else None
        chosen = choose_files(files, repository.page, components, prefix)
        if components is None:
            return tuple(replace(file, path=last_part(file.path)) for file in chosen)
        return tuple(replace(file, path=file.path.removeprefix(prefix)) for file in chosen)

    def _file(self, name: str, commit: str, entry: object) -> RemoteFile | None:
        """None for an entry that does not say what file it is."""
        if not isinstance(entry, dict):
            return None
        facts = cast("dict[str, object]", entry)
        path, size = facts.get("rfilename"), facts.get("size")
        if not isinstance(path, str) or not path:
            return None
        lfs = facts.get("lfs")
        stored = cast("dict[str, object]", lfs) if isinstance(lfs, dict) else None
        return RemoteFile(
            url=f"{self._endpoint}/{name}/resolve/{commit}/{quote(path)}",
            path=path,
            size=size if isinstance(size, int) else None,
            sha256=_matching(_SHA256, stored.get("sha256")) if stored is not None else None,
            git_sha1=_matching(_SHA1, facts.get("blobId")) if stored is None else None,
        )


def _below(files: Iterable[RemoteFile], path: str) -> tuple[RemoteFile, ...]:
    return tuple(file for file in files if not path or file.path == path or file.path.startswith(f"{path}/"))


def _components(index: dict[str, object]) -> frozenset[str]:
    """The folders that `model_index.json` names: those with a library and a class."""
    return frozenset(
        name
        for name, value in index.items()
        if isinstance(value, list) and len(parts := cast("list[object]", value)) == 2 and None not in parts
    )


def _licence(card: object) -> str | None:
    if not isinstance(card, dict):
        return None
    facts = cast("dict[str, object]", card)
    for name in ("license_name", "license"):
        value = facts.get(name)
        if isinstance(value, str) and value and value != "other":
            return value
    return None


def _matching(pattern: re.Pattern[str], value: object) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None
