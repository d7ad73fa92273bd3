"""Why something cannot be fetched."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from studio.core.errors.base import StudioError


@dataclass(eq=False)
class DownloadError(StudioError):
    """Base: something could not be fetched. What was fetched of a file is kept for the next try unless said."""


@dataclass(eq=False)
class AddressNotUnderstood(DownloadError):
    """`text` is no repository id, no page of the hub or of Civitai, and no https address."""

    code: ClassVar[str] = "address_not_understood"
    text: str


@dataclass(eq=False)
class UnsafeAddress(DownloadError):
    """The program does not connect to `url`; `reason` is a fact such as "not https"."""

    code: ClassVar[str] = "unsafe_address"
    url: str
    reason: str


@dataclass(eq=False)
class UnsafeFileName(DownloadError):
    """The source names a file `name` that must not be made here; `reason` is a fact such as "leaves the folder"."""

    code: ClassVar[str] = "unsafe_file_name"
    name: str
    reason: str


@dataclass(eq=False)
class NothingToDownload(DownloadError):
    """`source` is there but offers nothing usable; `reason` is a fact such as "only pickle files"."""

    code: ClassVar[str] = "nothing_to_download"
    source: str
    reason: str


@dataclass(eq=False)
class RemoteNotFound(DownloadError):
    """There is nothing (any more) at `url`, or it is private and hides itself."""

    code: ClassVar[str] = "remote_not_found"
    url: str


@dataclass(eq=False)
class LoginNeeded(DownloadError):
    """The server wants to know who asks: there is no token for it, or a wrong one."""

    code: ClassVar[str] = "login_needed"
    url: str


@dataclass(eq=False)
class AccessGated(DownloadError):
    """The owner of the repository lets in only who accepted its conditions on `page`."""

    code: ClassVar[str] = "access_gated"
    page: str


@dataclass(eq=False)
class DownloadRefused(DownloadError):
    """The server answered with the HTTP `status`, which trying again will not change."""

    code: ClassVar[str] = "download_refused"
    url: str
    status: int


@dataclass(eq=False)
class RateLimited(DownloadError):
    """The server asks to wait `seconds`, longer than the program does by itself."""

    code: ClassVar[str] = "rate_limited"
    url: str
    seconds: int


@dataclass(eq=False)
class DownloadInterrupted(DownloadError):
    """The connection failed again and again without a byte of progress."""

    code: ClassVar[str] = "download_interrupted"
    url: str
    reason: str


@dataclass(eq=False)
class ServerUnusable(DownloadError):
    """The server's answer is not what was asked for; `reason` is a fact such as "a web page instead of the file"."""

    code: ClassVar[str] = "server_unusable"
    url: str
    reason: str


@dataclass(eq=False)
class UpdateUnanswered(DownloadError):
    """Nobody said whether there is a newer version of the program."""

    code: ClassVar[str] = "update_unanswered"
    url: str
    reason: str


@dataclass(eq=False)
class UpdateUntrusted(DownloadError):
    """What was said about a newer version is not to be believed."""

    code: ClassVar[str] = "update_untrusted"
    url: str
    reason: str


@dataclass(eq=False)
class RemoteChanged(DownloadError):
    """The file on the server is no longer the one that was planned for. What was fetched of it is gone."""

    code: ClassVar[str] = "remote_changed"
    url: str
    reason: str


@dataclass(eq=False)
class DownloadDamaged(DownloadError):
    """The bytes were wrong twice: not the hash that the source published. What was fetched is gone."""

    code: ClassVar[str] = "download_damaged"
    path: Path
    expected: str
    found: str


@dataclass(eq=False)
class DownloadBusy(DownloadError):
    """Another program is downloading into `folder`."""

    code: ClassVar[str] = "download_busy"
    folder: Path


@dataclass(eq=False)
class ProxyUnusable(DownloadError):
    """The system's setting for downloads, `proxy` (without its password), is no proxy that can be used."""

    code: ClassVar[str] = "proxy_unusable"
    proxy: str


@dataclass(eq=False)
class KeyringUnusable(DownloadError):
    """The system's keyring cannot be read or written."""

    code: ClassVar[str] = "keyring_unusable"
    reason: str
