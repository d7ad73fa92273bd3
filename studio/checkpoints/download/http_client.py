"""GET over https as the program does it: every hop checked, connected to the checked number, no token for strangers.

httpx2 and not the hub client's session: that one is offline by our own setting, follows redirects anywhere and cannot
be resumed. Nothing here retries.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType

import httpx2

from studio.checkpoints.download.options import PACE, Pace, TokenFor
from studio.checkpoints.download.safe_address import Resolve, check_url, checked_addresses, is_loopback, resolve
from studio.core.errors import ProxyUnusable, ServerUnusable
from studio.core.version import VERSION

_MOST_REDIRECTS = 5
_NEVER_BY_PROXY = ("localhost", "127.0.0.1", "[::1]")
_PROXY_SCHEMES = frozenset({"http", "https", "socks5", "socks5h"})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LARGEST_DOCUMENT = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's answer, its body still to come.

    `content_hash` is what the hub says on the way about the file (its SHA-256, or git's hash), `asked` the address that
    was asked for, `forwarded` says that another server answers.
    """

    response: httpx2.Response
    asked: str
    forwarded: bool
    content_hash: str | None

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def strong_etag(self) -> str | None:
        """The ETag, unless it is a weak one, which does not promise the same bytes."""
        etag = self.response.headers.get("etag")
        return None if etag is None or etag.startswith("W/") else str(etag)

    def header(self, name: str) -> str | None:
        value = self.response.headers.get(name)
        return None if value is None else str(value)

    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes. Raises httpx2.TransportError when it is cut."""
        return self.response.aiter_raw()


class HttpClient:
    """Use as a context manager, inside one event loop."""

    def __init__(
        self,
        *,
        token_for: TokenFor,
        proxy: str | None = None,
        pace: Pace = PACE,
        resolve: Resolve = resolve,
        trusted: ssl.SSLContext | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        """`proxy` is an http, https or socks5 address; names are then resolved there, and only numbers are checked.

        `trusted` says whose certificates count, the system's by default; `transport` takes the place of the network.

        Raises:
            ProxyUnusable: `proxy` is none of these.
        """
        if proxy is not None:
            _check_proxy(proxy)
        self._token_for = token_for
        self._proxy = proxy
        self._resolve = resolve
        self._client = httpx2.AsyncClient(
            headers={"User-Agent": f"latent-studio/{VERSION}", "Accept-Encoding": "identity"},
            proxy=proxy if transport is None else None,
            mounts={f"all://{name}": None for name in _NEVER_BY_PROXY},
            transport=transport,
            verify=trusted or True,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx2.Timeout(pace.stall_seconds, connect=pace.connect_seconds),
            # A kept connection would be known by its number, and shared by all names that have it.
            limits=httpx2.Limits(max_keepalive_connections=0),
        )

    async def __aenter__(self) -> HttpClient:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    @asynccontextmanager
    async def get(self, address: str, headers: Mapping[str, str] | None = None) -> AsyncGenerator[Answer]:
        """The answer for `address`, after at most five redirects, whatever its status.

        Raises:
            UnsafeAddress: here or on the way.
            ServerUnusable: redirects without end or to nowhere.
            httpx2.TransportError: no connection, or it broke.
        """
        start = url = _parsed(address)
        content_hash: str | None = None
        for _ in range(_MOST_REDIRECTS + 1):
            response = await self._send(url, headers or {}, loopback_allowed=is_loopback(start))
            try:
                content_hash = content_hash or _content_hash(response)
                if response.status_code not in _REDIRECTS:
                    yield Answer(response, address, url.netloc != start.netloc, content_hash)
                    return
                url = _next_hop(url, response)
            finally:
                await response.aclose()
        raise ServerUnusable(address, f"more than {_MOST_REDIRECTS} redirects")

    async def document(self, answer: Answer, largest: int = _LARGEST_DOCUMENT) -> bytes:
        """The body of a small answer, such as JSON.

        Raises:
            ServerUnusable: it is larger than `largest` bytes.
            httpx2.TransportError.
        """
        content = bytearray()
        async for chunk in answer.chunks():
            content += chunk
            if len(content) > largest:
                raise ServerUnusable(answer.asked, "the answer is too long")
        return bytes(content)

    async def _send(self, url: httpx2.URL, headers: Mapping[str, str], *, loopback_allowed: bool) -> httpx2.Response:
        """Raises as `get`."""
        check_url(url, loopback_allowed=loopback_allowed)
        request = self._client.build_request("GET", url, headers=dict(headers))
        token = await self._token_for(url.netloc.decode("ascii"))
        if token is not None:
            request.headers["Authorization"] = f"Bearer {token}"
        if self._proxy is not None and not is_loopback(url):
            return await self._client.send(request, stream=True)
        try:
            addresses = await checked_addresses(url, self._resolve, loopback_allowed=loopback_allowed)
        except OSError as error:
            raise httpx2.ConnectError(f"the name {url.host} was not found") from error
        return await self._send_to_first_reachable(request, addresses)

    async def _send_to_first_reachable(self, request: httpx2.Request, addresses: tuple[str, ...]) -> httpx2.Response:
        """The certificate is checked against the name; the connection goes to the number that was checked."""
        name = request.url
        for address in addresses:
            request.url = name.copy_with(host=address)
            request.extensions = {**request.extensions, "sni_hostname": name.raw_host.decode("ascii")}
            try:
                return await self._client.send(request, stream=True)
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                if address == addresses[-1]:
                    raise
        raise httpx2.ConnectError(f"the name {name.host} has no address")


def _check_proxy(proxy: str) -> None:
    try:
        url = httpx2.URL(proxy)
    except httpx2.InvalidURL:
        raise ProxyUnusable(proxy.rpartition("@")[2]) from None
    if url.scheme not in _PROXY_SCHEMES or not url.host:
        raise ProxyUnusable(str(url.copy_with(userinfo=None)))


def _parsed(address: str) -> httpx2.URL:
    try:
        return httpx2.URL(address)
    except httpx2.InvalidURL as error:
        raise ServerUnusable(address, "not an address") from error


def _next_hop(url: httpx2.URL, response: httpx2.Response) -> httpx2.URL:
    try:
        return url.join(response.headers["location"]).copy_with(fragment=None)
    except (KeyError, httpx2.InvalidURL) as error:
        raise ServerUnusable(str(url), "a redirect to nowhere") from error


def _content_hash(response: httpx2.Response) -> str | None:
    """What the hub's own server says about a file before it sends us to where the bytes are."""
    linked = response.headers.get("x-linked-etag")
    return None if linked is None else str(linked).removeprefix("W/").strip('"').lower()
