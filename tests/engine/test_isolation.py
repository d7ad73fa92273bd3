"""What the engine does not touch: Qt, the network, the terminal. Seen in a fresh interpreter."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

SCRIPT = """
import json, sys

network = []
sys.addaudithook(lambda event, args: network.append(event) if event.startswith("socket.") else None)

from studio.checkpoints.model_size import read_model_size
from studio.core.checkpoint import Checkpoint, ModelFamily, RecommendedSampling
from studio.core.geometry import Size
from studio.core.resources import resource_path
from studio.core.scheduler import SchedulerName
from studio.core.sources import MemorySources
from studio.engine.session import DiffusersSession

recommended = RecommendedSampling(Size(128, 128), 20, 5.0, SchedulerName.DPMPP_2M)
session = DiffusersSession(resource_path("latent_rgb.json"), MemorySources(), resource_path("configs"), read_model_size)
session.load(Checkpoint("Starter", resource_path("starter"), ModelFamily.STABLE_DIFFUSION, recommended))
from huggingface_hub import constants
print(json.dumps({
    "network": network,
    "qt": [name for name in sys.modules if name.startswith(("PySide6", "shiboken6"))],
    "offline": constants.HF_HUB_OFFLINE,
}))
"""

OUTGOING = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendmsg", "socket.sendto"}


@pytest.fixture(scope="module")
def fresh_interpreter() -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=100)


def test_loading_connects_to_nothing(fresh_interpreter):
    seen = json.loads(fresh_interpreter.stdout)
    assert seen["offline"] is True
    assert OUTGOING.isdisjoint(seen["network"])


def test_the_engine_does_not_import_qt(fresh_interpreter):
    assert json.loads(fresh_interpreter.stdout)["qt"] == []


def test_loading_says_nothing_on_the_terminal(fresh_interpreter):
    assert fresh_interpreter.stderr == ""
    assert fresh_interpreter.stdout.count("\n") == 1
