"""No connection to anywhere but https on the open internet, and no token for strangers."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from studio.checkpoints.download.http_client import HttpClient
from studio.checkpoints.download.options import system_proxy
from studio.checkpoints.download.safe_address import resolve
from studio.core.errors import ProxyUnusable, ServerUnusable, UnsafeAddress
from tests.helpers.hub_server import HubServer
from tests.unit.checkpoints.download.downloading import QUICK, no_token

PUBLIC = "93.184.216.34"
NAMES = {"models.example": (PUBLIC,), "cdn.example": ("1.1.1.1",), "v6.example": ("2606:4700:4700::1111",)}


class Wire:
    """In place of the network: what was sent, and an answer for each path."""

    def __init__(self, answers: dict[str, httpx2.Response] | None = None) -> None:
        self.answers = answers or {}
        self.sent: list[httpx2.Request] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.sent.append(request)
        return self.answers.get(request.url.path, httpx2.Response(200, content=b"content"))


def redirect(to: str) -> httpx2.Response:
    return httpx2.Response(302, headers={"Location": to})


def ask(
    wire: Callable[[httpx2.Request], httpx2.Response],
    url: str,
    names: dict[str, tuple[str, ...]] | None = None,
    tokens: dict[str, str] | None = None,
    proxy: str | None = None,
) -> int:
    """GET `url` over `wire`; the status of the answer."""

    async def resolve(host: str, _port: int) -> tuple[str, ...]:
        known = NAMES if names is None else names
        if host not in known and not host[:1].isdigit() and ":" not in host:
            raise OSError("no such name")
        return known.get(host, (host,))

    async def token_for(server: str) -> str | None:
        return (tokens or {}).get(server)

    async def run() -> int:
        transport = httpx2.MockTransport(wire)
        client = HttpClient(token_for=token_for, resolve=resolve, transport=transport, pace=QUICK, proxy=proxy)
        async with client as http, http.get(url) as answer:
            return answer.status

    return asyncio.run(run())


def test_the_connection_goes_to_the_number_that_was_checked_under_the_name_that_was_asked_for() -> None:
    wire = Wire()

    assert ask(wire, "https://models.example/a") == 200

    (request,) = wire.sent
    assert request.url.host == PUBLIC
    assert request.headers["Host"] == "models.example"
    assert request.extensions["sni_hostname"] == "models.example"


def test_an_address_of_version_6_is_connected_to_too() -> None:
    wire = Wire()

    ask(wire, "https://v6.example/a")

    assert wire.sent[0].url.host == "2606:4700:4700::1111"


@pytest.mark.parametrize(
    "url",
    [
        "http://models.example/a",
        "ftp://models.example/a",
        "file:///etc/passwd",
        "data:text/plain,a",
        "https://user:password@models.example/a",
        "https://10.0.0.1/a",
        "https://192.168.1.1/a",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/a",
        "https://0.0.0.0/a",
        "https://[fe80::1]/a",
        "https://[fc00::1]/a",
        "https://[::ffff:10.0.0.1]/a",
        "https:///a",
    ],
)
def test_what_is_not_the_open_internet_is_refused_unasked(url: str) -> None:
    wire = Wire()

    with pytest.raises((UnsafeAddress, ServerUnusable)):
        ask(wire, url)
    assert wire.sent == []


@pytest.mark.parametrize("addresses", [("10.0.0.1",), (PUBLIC, "127.0.0.1"), ("::1",), ("::ffff:192.168.0.1",)])
def test_a_name_of_which_one_number_is_private_is_refused(addresses: tuple[str, ...]) -> None:
    wire = Wire()

    with pytest.raises(UnsafeAddress):
        ask(wire, "https://rebound.example/a", names={"rebound.example": addresses})
    assert wire.sent == []


@pytest.mark.parametrize(
    "hop",
    [
        "http://models.example/b",
        "https://10.0.0.1/b",
        "http://127.0.0.1:8000/b",
        "https://localhost/b",
        "file:///etc/passwd",
        "https://user@models.example/b",
        "ftp://models.example/b",
    ],
)
def test_a_redirect_to_such_a_place_is_not_followed(hop: str) -> None:
    wire = Wire({"/a": redirect(hop)})

    with pytest.raises(UnsafeAddress):
        ask(wire, "https://models.example/a")
    assert len(wire.sent) == 1


def test_a_token_goes_to_its_own_server_only() -> None:
    wire = Wire({"/a": redirect("https://cdn.example/b")})

    ask(wire, "https://models.example/a", tokens={"models.example": "secret"})

    assert [request.headers.get("Authorization") for request in wire.sent] == ["Bearer secret", None]


def test_five_redirects_are_followed_and_not_a_sixth() -> None:
    hops = {f"/{number}": redirect(f"https://models.example/{number + 1}") for number in range(6)}

    assert ask(Wire(hops), "https://models.example/1") == 200
    with pytest.raises(ServerUnusable):
        ask(Wire(hops), "https://models.example/0")


def test_a_redirect_to_nowhere_is_a_fact() -> None:
    with pytest.raises(ServerUnusable):
        ask(Wire({"/a": httpx2.Response(302)}), "https://models.example/a")


def test_the_next_number_is_tried_when_one_does_not_answer() -> None:
    def wire(request: httpx2.Request) -> httpx2.Response:
        if request.url.host == PUBLIC:
            raise httpx2.ConnectError("refused")
        return httpx2.Response(200)

    assert ask(wire, "https://two.example/a", names={"two.example": (PUBLIC, "1.1.1.1")}) == 200


def test_a_name_that_does_not_exist_is_a_failed_connection() -> None:
    with pytest.raises(httpx2.ConnectError):
        ask(Wire(), "https://unknown.example/a")


def test_this_computer_may_be_asked_where_the_user_named_it() -> None:
    assert ask(Wire(), "http://127.0.0.1:8000/a") == 200
    assert ask(Wire(), "http://localhost:8000/a", names={"localhost": ("127.0.0.1",)}) == 200


def test_a_proxy_gets_the_name_and_is_spared_no_check_of_the_text() -> None:
    wire = Wire()

    ask(wire, "https://only-the-proxy-knows.example/a", proxy="http://127.0.0.1:3128")
    with pytest.raises(UnsafeAddress):
        ask(wire, "http://models.example/a", proxy="http://127.0.0.1:3128")
    with pytest.raises(UnsafeAddress):
        ask(wire, "https://10.0.0.1/a", proxy="http://127.0.0.1:3128")

    assert [request.url.host for request in wire.sent] == ["only-the-proxy-knows.example"]


def test_the_proxy_is_really_asked() -> None:
    """The hub of the tests stands in for a proxy."""

    async def run(proxy: str) -> None:
        client = HttpClient(token_for=no_token, proxy=proxy, pace=QUICK)
        async with client as http, http.get("https://only-the-proxy-knows.example/a"):
            pass

    with HubServer() as server:
        with pytest.raises(httpx2.ProxyError):
            asyncio.run(run(server.url))
        assert [request.path for request in server.requests] == ["only-the-proxy-knows.example:443"]


def test_this_computer_is_never_asked_by_way_of_the_proxy() -> None:
    async def run(server: HubServer) -> int:
        client = HttpClient(token_for=no_token, proxy="http://127.0.0.1:9", pace=QUICK)
        async with client as http, http.get(f"{server.url}/anything") as answer:
            return answer.status

    with HubServer() as server:
        assert asyncio.run(run(server)) == 404


@pytest.mark.parametrize(
    ("environment", "proxy"),
    [
        ({}, None),
        ({"https_proxy": "http://proxy.example:3128"}, "http://proxy.example:3128"),
        ({"https_proxy": "localhost:3128"}, "http://localhost:3128"),
        ({"all_proxy": "socks5://proxy.example:1080"}, "socks5://proxy.example:1080"),
    ],
)
def test_the_systems_proxy_is_found(
    environment: dict[str, str], proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert system_proxy() == proxy


@pytest.mark.parametrize(
    "proxy", ["ftp://user:secret@proxy:1", "socks4://proxy:1", "http://", "http://u:secret@proxy:port", "nonsense"]
)
def test_a_proxy_that_is_none_is_a_fact_without_its_password(proxy: str) -> None:
    with pytest.raises(ProxyUnusable) as refused:
        HttpClient(token_for=no_token, proxy=proxy)
    assert "secret" not in refused.value.proxy


# --- certificates ---

PEM = Path(__file__).with_name("localhost.pem")
"""A certificate for the name localhost, not for its number, with its key; valid until 2126."""


@contextmanager
def secure_server() -> Iterator[str]:
    with HubServer() as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(PEM)
        server.secure(context)
        yield server.url.replace("http://", "https://")


def ask_securely(url: str, trusted: ssl.SSLContext | None) -> int:
    async def run() -> int:
        client = HttpClient(token_for=no_token, pace=QUICK, trusted=trusted)
        async with client as http, http.get(url) as answer:
            return answer.status

    return asyncio.run(run())


def test_the_certificate_is_compared_with_the_name_and_not_with_the_number() -> None:
    trusted = ssl.create_default_context(cafile=PEM)

    with secure_server() as url:
        assert ask_securely(url.replace("127.0.0.1", "localhost"), trusted) == 404
        with pytest.raises(httpx2.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            ask_securely(url, trusted)


def test_a_certificate_that_nobody_vouches_for_is_refused() -> None:
    with secure_server() as url, pytest.raises(httpx2.ConnectError):
        ask_securely(url.replace("127.0.0.1", "localhost"), None)


def test_names_are_looked_up_and_one_that_is_none_is_told() -> None:
    assert "127.0.0.1" in asyncio.run(resolve("localhost", 443))
    for name in ("a..b", "x" * 70):
        with pytest.raises((OSError, ValueError)):
            asyncio.run(resolve(name, 443))


def test_nobody_waits_for_a_name_server_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, goes_on = threading.Event(), threading.Event()
    helpers: list[threading.Thread] = []

    def silent(*_arguments: object, **_options: object) -> list[object]:
        helpers.append(threading.current_thread())
        asked.set()
        goes_on.wait()
        return []

    async def ask_and_stop() -> None:
        asking = asyncio.create_task(resolve("models.example", 443))
        await asyncio.to_thread(asked.wait)
        asking.cancel()

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    asyncio.run(ask_and_stop())  # would go on until all threads of the loop have ended
    [helper] = helpers
    assert helper.is_alive()
    assert helper.daemon  # the program ends without it
    goes_on.set()
    helper.join()
