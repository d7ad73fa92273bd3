"""A server on 127.0.0.1 that speaks the protocol of the Hugging Face hub, and misbehaves where it is told to.

    with HubServer() as server:
        server.add("owner/name", {"model.safetensors": content})
        server.misbehave("model.safetensors", Cut(1000), Status(503, retry_after="1"))

Each fault holds for one request of the file, in the order given. The bytes come from a second server ("cdn"), as the
hub sends them from another host; small files from the first. What was asked for and sent is in `requests`.
"""

from __future__ import annotations

import hashlib
import json
import re
import socket
import ssl
import threading
import time
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeAlias
from urllib.parse import unquote, urlsplit

COMMIT = "c0ffee" + "0" * 34
SMALL = 4096
"""Bytes: files up to this size are not in LFS and come from the first server."""


@dataclass(frozen=True)
class Cut:
    """Close the connection after `count` bytes of the body."""

    count: int


@dataclass(frozen=True)
class Status:
    """Answer with this status instead of the file."""

    status: int
    retry_after: str | None = None
    error_code: str | None = None


@dataclass(frozen=True)
class Slow:
    """Send `count` bytes, then next to nothing for `seconds`."""

    count: int
    seconds: float


@dataclass(frozen=True)
class Page:
    """A web page instead of the file, with status 200."""


@dataclass(frozen=True)
class WrongBytes:
    """The right number of wrong bytes."""


@dataclass(frozen=True)
class NewEtag:
    """The file has another ETag from now on, and so that of the part does not fit any more."""


@dataclass(frozen=True)
class NewContent:
    """The file is another one from now on."""

    content: bytes


@dataclass(frozen=True)
class NoRanges:
    """Answer a Range with 200 and the whole file."""


@dataclass(frozen=True)
class WrongRange:
    """Answer a Range with 206 and another range."""


@dataclass(frozen=True)
class RedirectTo:
    """Send the client to `url`."""

    url: str


@dataclass(frozen=True)
class CdnStatus:
    """The second server answers with this status: the signed address has run out."""

    status: int


@dataclass(frozen=True)
class NoLength:
    """The body ends with the connection; with `cut_at`, too early."""

    cut_at: int | None = None


Fault: TypeAlias = (
    Cut
    | Status
    | Slow
    | Page
    | WrongBytes
    | NewEtag
    | NewContent
    | NoRanges
    | WrongRange
    | RedirectTo
    | CdnStatus
    | NoLength
)


@dataclass
class Request:
    """One GET: which server, path of the file or of the API, first byte asked for, headers, body bytes handed over."""

    server: str
    path: str
    start: int
    headers: dict[str, str]
    sent: int = 0


@dataclass
class _File:
    content: bytes
    etag: str
    faults: deque[Fault] = field(default_factory=deque[Fault])


class HubServer:
    """Two servers with a thread each; `bytes_per_second` slows every body down."""

    def __init__(self, bytes_per_second: float | None = None) -> None:
        self.bytes_per_second = bytes_per_second
        self.requests: list[Request] = []
        self.card: dict[str, object] = {"license": "mit"}
        self.documents: dict[str, object] = {}
        self.gate: Status | None = None
        self._files: dict[str, dict[str, _File]] = defaultdict(dict)
        self.breaks = 0
        self._lock = threading.Lock()
        self._sent = threading.Condition()
        self._hub = _Server(self, "hub")
        self._cdn = _Server(self, "cdn")

    def __enter__(self) -> HubServer:
        for server in (self._hub, self._cdn):
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in (self._hub, self._cdn):
            server.shutdown()
            server.server_close()

    def secure(self, context: ssl.SSLContext) -> None:
        """The first server speaks TLS from now on."""
        plain = self._hub.socket
        self._hub.socket = context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)

    @property
    def url(self) -> str:
        return self._hub.url

    @property
    def cdn_url(self) -> str:
        return self._cdn.url

    def add(self, repository: str, files: Mapping[str, bytes]) -> None:
        for path, content in files.items():
            self._files[repository][path] = _File(content, f'"{hashlib.md5(content).hexdigest()}"')

    def misbehave(self, path: str, *faults: Fault) -> None:
        """In whichever repository the file is."""
        for files in self._files.values():
            if path in files:
                files[path].faults.extend(faults)

    def file_requests(self, path: str) -> list[Request]:
        """Those that sent bytes of the file, or would have."""
        small = [request for request in self.requests if request.path == path and request.server == "hub"]
        return [request for request in self.requests if request.path == path and request.server == "cdn"] or small

    def wait_until_sent(self, path: str, count: int, seconds: float = 30) -> None:
        """Wait until one answer has handed over so many bytes of the file."""
        with self._sent:
            sent = self._sent.wait_for(
                lambda: any(request.path == path and request.sent >= count for request in self.requests), seconds
            )
        assert sent, f"{count} bytes of {path} were never sent"

    def break_connections(self) -> None:
        """Every body that is on its way ends here."""
        self.breaks += 1

    def settle(self) -> None:
        """Wait until every request of clients that are gone by now has been dealt with."""
        for server in (self._hub, self._cdn):
            server.settle()

    # --- used by the handlers ---

    def count_sent(self, request: Request, count: int) -> None:
        with self._sent:
            request.sent += count
            self._sent.notify_all()

    def find(self, repository: str, path: str) -> _File | None:
        return self._files[repository].get(path)

    def next_fault(self, file: _File, server: str) -> Fault | None:
        """The fault for this request. A file in LFS is asked for twice: most faults wait for the second server."""
        with self._lock:
            fault = file.faults[0] if file.faults else None
            if fault is None:
                return None
            at_first = isinstance(fault, Status | RedirectTo | Page | NewContent) or len(file.content) <= SMALL
            if at_first != (server == "hub"):
                return None
            return file.faults.popleft()

    def listing(self, repository: str) -> dict[str, object]:
        files = self._files[repository]
        return {
            "id": repository,
            "sha": COMMIT,
            "gated": False,
            "cardData": self.card,
            "siblings": [_sibling(path, file.content) for path, file in files.items()],
        }

    def has(self, repository: str) -> bool:
        return repository in self._files

    def record(self, request: Request) -> None:
        with self._lock:
            self.requests.append(request)


def git_sha1(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _sibling(path: str, content: bytes) -> dict[str, object]:
    entry: dict[str, object] = {"rfilename": path, "size": len(content), "blobId": git_sha1(content)}
    if len(content) > SMALL:
        entry["blobId"] = "0" * 40
        entry["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 130}
    return entry


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, hub: HubServer, name: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.hub = hub
        self.name = name
        self._last_port = 0
        self._busy = 0
        self._changed = threading.Condition()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def settle(self, seconds: float = 30) -> None:
        """Connections are taken in turn: once one made now is taken, so are those before it; then all must end."""
        with self._changed, socket.create_connection(self.server_address[:2]) as last:
            port = last.getsockname()[1]
            assert self._changed.wait_for(lambda: port == self._last_port, seconds)
        with self._changed:
            assert self._changed.wait_for(lambda: self._busy == 0, seconds)

    def process_request(self, request: object, client_address: tuple[str, int]) -> None:
        with self._changed:
            self._last_port = client_address[1]
            self._busy += 1
            self._changed.notify_all()
        super().process_request(request, client_address)

    def process_request_thread(self, request: object, client_address: object) -> None:
        super().process_request_thread(request, client_address)
        with self._changed:
            self._busy -= 1
            self._changed.notify_all()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away in the middle is what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.close_connection = True
        hub = self.server.hub
        path = unquote(urlsplit(self.path).path)
        if self.path in hub.documents:
            self._json(hub.documents[self.path])
        elif (api := re.fullmatch(r"/api/models/(.+?)/revision/(.+)", path)) is not None:
            self._listing(api[1])
        elif (file := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path)) is not None:
            self._file(file[1], file[3])
        else:
            self._status(Status(404))

    def do_CONNECT(self) -> None:
        """A proxy that is asked for a way to another server and gives none."""
        self._record(self.path, 0)
        self._status(Status(403))

    def _listing(self, repository: str) -> None:
        self._record(self.path, 0)
        gate = self.server.hub.gate
        if gate is not None:
            self._status(gate)
        elif not self.server.hub.has(repository):
            self._status(Status(401, error_code="RepoNotFound"))
        else:
            self._json(self.server.hub.listing(repository))

    def _file(self, repository: str, path: str) -> None:
        hub = self.server.hub
        file = hub.find(repository, path)
        if file is None:
            self._status(Status(404, error_code="EntryNotFound"))
            return
        start = self._start_of_range()
        request = self._record(path, start)
        fault = hub.next_fault(file, self.server.name)
        match fault:
            case Status() as status:
                self._status(status)
            case CdnStatus(status):
                self._status(Status(status))
            case Page():
                self._body(b"<html>Please log in</html>", {"Content-Type": "text/html; charset=utf-8"}, request)
            case RedirectTo(url):
                self._redirect(url, {})
            case NewContent(content):
                file.content, file.etag = content, f'"{hashlib.md5(content).hexdigest()}"'
                self._send(repository, path, file, request, None)
            case _:
                self._send(repository, path, file, request, fault)

    def _send(self, repository: str, path: str, file: _File, request: Request, fault: Fault | None) -> None:
        if self.server.name == "hub" and len(file.content) > SMALL:
            linked = {
                "X-Repo-Commit": COMMIT,
                "X-Linked-Etag": f'"{hashlib.sha256(file.content).hexdigest()}"',
                "X-Linked-Size": str(len(file.content)),
            }
            self._redirect(f"{self.server.hub.cdn_url}/{repository}/resolve/{COMMIT}/{path}", linked)
            return
        if isinstance(fault, NewEtag):
            file.etag = f'"{hashlib.md5(file.etag.encode()).hexdigest()}"'
        content = bytes(len(file.content)) if isinstance(fault, WrongBytes) else file.content
        self._range(content, file.etag, request, fault)

    def _range(self, content: bytes, etag: str, request: Request, fault: Fault | None) -> None:
        headers = {"ETag": etag, "Content-Type": "application/octet-stream", "Accept-Ranges": "bytes"}
        start = request.start
        if_range = self.headers.get("If-Range")
        if "Range" not in self.headers or isinstance(fault, NoRanges | NoLength) or if_range not in {None, etag}:
            self._body(content, headers, request, fault)
            return
        if start >= len(content):
            self._status(Status(416), {"Content-Range": f"bytes */{len(content)}"})
            return
        first = start + 7 if isinstance(fault, WrongRange) else start
        last = self._last_of_range(len(content))
        headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
        self._body(content[first : last + 1], headers, request, fault, status=206)

    def _body(
        self,
        content: bytes,
        headers: Mapping[str, str],
        request: Request,
        fault: Fault | None = None,
        status: int = 200,
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if not isinstance(fault, NoLength):
            self.send_header("Content-Length", str(len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        match fault:
            case Cut(count) | NoLength(int(count)):
                self._write(content[:count], request)
            case Slow(count, seconds):
                self._write(content[:count], request)
                self._trickle(content[count:], request, seconds)
            case _:
                self._write(content, request)

    def _write(self, content: bytes, request: Request) -> None:
        speed = self.server.hub.bytes_per_second
        piece = 65536 if speed is None else max(1, min(65536, int(speed / 100)))
        breaks = self.server.hub.breaks
        for start in range(0, len(content), piece):
            if self.server.hub.breaks != breaks:
                return
            self.wfile.write(content[start : start + piece])
            self.server.hub.count_sent(request, len(content[start : start + piece]))
            if speed is not None:
                time.sleep(piece / speed)

    def _trickle(self, content: bytes, request: Request, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and content:
            self._write(content[:1], request)
            content = content[1:]
            time.sleep(0.02)

    def _redirect(self, url: str, headers: Mapping[str, str]) -> None:
        self.send_response(302)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Location", url)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _status(self, status: Status, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status.status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status.retry_after is not None:
            self.send_header("Retry-After", status.retry_after)
        if status.error_code is not None:
            self.send_header("X-Error-Code", status.error_code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _json(self, document: object) -> None:
        content = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _record(self, path: str, start: int) -> Request:
        request = Request(self.server.name, path, start, dict(self.headers.items()))
        self.server.hub.record(request)
        return request

    def _start_of_range(self) -> int:
        found = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        return int(found[1]) if found is not None else 0

    def _last_of_range(self, size: int) -> int:
        found = re.match(r"bytes=\d+-(\d+)", self.headers.get("Range", ""))
        return min(int(found[1]), size - 1) if found is not None else size - 1
