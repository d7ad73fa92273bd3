"""kill -9 at random moments of a download: never a wrong file under its final name, never a flushed byte fetched twice.

STUDIO_KILLS sets how often (20 by default). A download that is complete is begun anew, so that every kill hits one.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.helpers.downloading_child import BLOCK, REPOSITORY
from tests.helpers.hub_server import HubServer, Request
from tests.helpers.program import ROOT

KILLS = int(os.environ.get("STUDIO_KILLS", "20"))
LONGEST_SECONDS = 1.0
"""A little more than a start and the whole download take at `SPEED`, so that kills hit every moment of it."""
SPEED = 4_000_000
CHUNK = 64 * 1024
"""Bytes: the most that one read of the connection gives."""
CHANCE = random.Random(7)
FILES = {
    "model_index.json": b'{"unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"]}',
    "unet/config.json": b"{}",
    "unet/diffusion_pytorch_model.safetensors": CHANCE.randbytes(1_200_000),
    "vae/config.json": b"{}",
    "vae/diffusion_pytorch_model.safetensors": CHANCE.randbytes(500_001),
}


@dataclass
class Tally:
    """What was seen over all kills."""

    kills: int = 0
    completed: int = 0
    killed_at: Counter[str] = field(default_factory=Counter[str])
    refetched: int = 0
    most_refetched: int = 0


class Nursery:
    """Starts downloading processes, one at a time, and kills them."""

    def __init__(self, server: HubServer, home: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.helpers.downloading_child", server.url, str(home), "--nursery"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run_and_kill(self, seconds: float) -> bool:
        """Let a process download for so long. True when it was killed, False when it was done before."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{seconds}\n")
        self._process.stdin.flush()
        line = ""
        while "ENDED " not in line:
            line = self._process.stdout.readline()
            assert line.startswith(("READY", "DONE", "ENDED")), line  # a kill may cost the end of a line
        code = int(line.partition("ENDED ")[2])
        assert code in {0, -signal.SIGKILL}
        return code != 0

    def close(self) -> None:
        self._process.communicate()
        assert self._process.returncode == 0


@pytest.fixture
def server() -> Iterator[HubServer]:
    with HubServer(SPEED) as server:
        server.add(REPOSITORY, FILES)
        yield server


@pytest.fixture
def nursery(server: HubServer, tmp_path: Path) -> Iterator[Nursery]:
    nursery = Nursery(server, tmp_path)
    yield nursery
    nursery.close()


@pytest.mark.timeout(60 + 6 * KILLS)
def test_no_kill_leaves_a_wrong_file_or_costs_a_flushed_byte(
    server: HubServer, nursery: Nursery, tmp_path: Path
) -> None:
    chance = random.Random(23)
    tally = Tally()
    while tally.kills < KILLS:
        flushed = flushed_bytes(tmp_path)
        server.requests.clear()
        killed = nursery.run_and_kill(chance.uniform(0, LONGEST_SECONDS))
        server.settle()
        check_names(tmp_path)
        check_requests(flushed, server.requests)
        tally.kills += killed
        if killed and tally.kills % 100 == 0:
            print(tally, flush=True)
        if (tmp_path / "downloads.json").exists():
            count_unflushed(tmp_path, tally)
        elif model_folder(tmp_path).exists():
            tally.completed += 1
            check_complete(tmp_path)
            shutil.rmtree(tmp_path / "models")
    while nursery.run_and_kill(60):
        pass
    check_complete(tmp_path)
    assert tally.killed_at["in a file"] > 0, "the kills came too early or too late to tell anything"
    print(tally)


def check_names(home: Path) -> None:
    """Whatever has a final name is the whole right file."""
    for path in model_files(home):
        if not path.name.startswith(".") and not path.name.endswith((".part", ".part.json")):
            assert path.read_bytes() == FILES[path.relative_to(model_folder(home)).as_posix()], path


def check_requests(flushed: dict[str, int], requests: list[Request]) -> None:
    """Each file is asked for once at most, from the first byte on that was not on the disk.

    The index is read once more before that, as a document, to choose the files.
    """
    content = [request for request in requests if request.path in FILES]
    sending = [request for request in content if request.server == "cdn" or len(FILES[request.path]) < 4096]
    sending = [request for request in sending if request.headers.get("Accept") != "application/json"]
    assert max(Counter(request.path for request in sending).values(), default=0) <= 1
    for request in sending:
        assert request.start == flushed.get(request.path, 0), request
        assert request.start < len(FILES[request.path]), "a complete file was asked for again"


def check_complete(home: Path) -> None:
    """The model and nothing beside it, and nothing left to go on with."""
    found = {path.relative_to(model_folder(home)).as_posix(): path.read_bytes() for path in model_files(home)}
    assert found == FILES
    assert {path.name for path in home.iterdir()} <= {"models"}


def flushed_bytes(home: Path) -> dict[str, int]:
    """How much of each file the disk has for certain: what the sidecar says, or the whole under its final name."""
    flushed: dict[str, int] = {}
    for path in model_files(home):
        name = path.relative_to(model_folder(home)).as_posix()
        if name in FILES:
            flushed[name] = path.stat().st_size
        elif path.name.startswith("."):
            assert path.name in {".download.lock", ".download.part"} or path.name.endswith(".part.json.tmp"), path
        elif name.endswith(".part.json") and name.removesuffix(".part.json") not in flushed:
            counts = [line for line in path.read_bytes().split(b"\n")[1:-1] if line.isdigit()]
            flushed[name.removesuffix(".part.json")] = int(counts[-1]) if counts else 0
    return flushed


def count_unflushed(home: Path, tally: Tally) -> None:
    """What is in a part beyond the flushed bytes is fetched again: at most a block, rounded up to whole chunks."""
    flushed = flushed_bytes(home)
    parts = [path for path in model_files(home) if path.name.endswith(".part")]
    for part in parts:
        name = part.relative_to(model_folder(home)).as_posix().removesuffix(".part")
        unflushed = part.stat().st_size - flushed.get(name, 0)
        assert 0 <= unflushed < BLOCK + CHUNK
        tally.refetched += unflushed
        tally.most_refetched = max(tally.most_refetched, unflushed)
    tally.killed_at["in a file" if parts else "between files"] += 1


def model_folder(home: Path) -> Path:
    return home / "models" / "owner--model"


def model_files(home: Path) -> list[Path]:
    return sorted((path for path in model_folder(home).rglob("*") if path.is_file()), key=lambda path: len(path.name))
