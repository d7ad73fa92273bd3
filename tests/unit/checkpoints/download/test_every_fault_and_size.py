"""Faults that pass: whatever the size, the right file comes in the end, and what was fetched is not fetched twice."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from studio.core.download import RemoteFile
from tests.helpers.hub_server import (
    CdnStatus,
    Cut,
    Fault,
    HubServer,
    NewEtag,
    NoLength,
    NoRanges,
    Slow,
    Status,
    WrongBytes,
)
from tests.helpers.program import ROOT
from tests.unit.checkpoints.download.downloading import QUICK, REPOSITORY, fetch, remote_file

SIZES = (5_000, 300_000, 3_000_000)
NAME = "sized.safetensors"


def content_of(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def faults(size: int) -> dict[str, tuple[Fault, ...]]:
    half = Cut(size // 2)
    return {
        "cut": (half,),
        "cut at the first byte": (Cut(0),),
        "cut at the last byte": (Cut(size - 1),),
        "slow": (Slow(size // 2, 5),),
        "429": (half, Status(429, retry_after="0")),
        "503": (half, Status(503)),
        "500 from the second server": (half, CdnStatus(500)),
        "signed address ran out": (half, CdnStatus(403)),
        "416": (half, CdnStatus(416)),
        "wrong bytes": (WrongBytes(),),
        "wrong rest": (half, WrongBytes()),
        "changed ETag": (half, NewEtag()),
        "no ranges": (half, NoRanges()),
        "no length": (NoLength(size // 2),),
    }


FETCHED_TWICE = {"wrong bytes", "wrong rest", "changed ETag", "no ranges", "416"}
"""Where what came before is worth nothing: only there may a byte be asked for again."""


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", faults(1))
def test_the_right_file_comes_in_the_end(server: HubServer, tmp_path: Path, size: int, name: str) -> None:
    server.add(REPOSITORY, {NAME: content_of(size)})
    file = remote_file(server, NAME)
    server.misbehave(NAME, *faults(size)[name])

    fetch(file, tmp_path)

    assert (tmp_path / NAME).read_bytes() == content_of(size)
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    starts = [request.start for request in server.file_requests(NAME)]
    assert len(starts) >= 2, "the fault did not happen"
    if name not in FETCHED_TWICE:
        assert starts == sorted(starts)


@pytest.mark.parametrize("size", [0, 1])
def test_the_smallest_files_come_too(server: HubServer, tmp_path: Path, size: int) -> None:
    server.add(REPOSITORY, {NAME: content_of(size)})

    assert fetch(remote_file(server, NAME), tmp_path).file.verified
    assert (tmp_path / NAME).read_bytes() == content_of(size)


def test_a_server_that_is_started_again_is_found_again(server: HubServer, tmp_path: Path) -> None:
    """Nobody listens at first: the second try meets a server that has come back."""
    port = port_that_nobody_is_given()
    file = remote_file(server)
    away = RemoteFile(f"http://127.0.0.1:{port}/moved", file.path, file.size, file.sha256)
    script = (
        "import sys, http.server\n"
        "class Moved(http.server.BaseHTTPRequestHandler):\n"
        "    def do_GET(self):\n"
        f"        self.send_response(302); self.send_header('Location', '{file.url}')\n"
        "        self.send_header('Content-Length', '0'); self.end_headers()\n"
        "    def log_message(self, *_): pass\n"
        f"http.server.HTTPServer(('127.0.0.1', {port}), Moved).serve_forever()\n"
    )
    with subprocess.Popen([sys.executable, "-c", script]) as back:
        try:
            fetch(away, tmp_path, pace=replace(QUICK, first_wait=0.1, longest_wait=0.5, most_tries=200))
        finally:
            back.kill()

    assert (tmp_path / file.path).stat().st_size == file.size


def port_that_nobody_is_given() -> int:
    """Below those that systems choose themselves (Linux from 32768, others from 49152): a server of another test that
    runs at the same time would answer there."""
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise AssertionError("all are taken")


def test_a_computer_that_sleeps_in_the_middle_goes_on_afterwards(tmp_path: Path) -> None:
    """The process stands still longer than a stall lasts, and the connection breaks meanwhile."""
    with HubServer(bytes_per_second=2_000_000) as server:
        server.add("owner/model", {"model.safetensors": content_of(1_500_000)})
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.helpers.downloading_child", server.url, str(tmp_path)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        with child, child.stdout:
            assert child.stdout.readline() == "READY\n"
            server.wait_until_sent("model.safetensors", 200_000)
            os.kill(child.pid, signal.SIGSTOP)
            server.break_connections()
            os.kill(child.pid, signal.SIGCONT)
            assert child.stdout.readline() == "DONE\n"

    assert (tmp_path / "models" / "owner--model" / "model.safetensors").read_bytes() == content_of(1_500_000)
    assert server.file_requests("model.safetensors")[-1].start > 0
