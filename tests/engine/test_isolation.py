"""What the engine does not touch: Qt, the network, the terminal, and what takes seconds to import for nothing.

Seen in a fresh interpreter.
"""

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
imported = set(sys.modules)

import torch
doubled = torch.compile(lambda tensor: tensor * 2, backend="eager")(torch.ones(1))  # for whoever needs it after all
print(json.dumps({
    "network": network,
    "qt": [name for name in sys.modules if name.startswith(("PySide6", "shiboken6"))],
    "offline": constants.HF_HUB_OFFLINE,
    "idle": sorted(imported.intersection(json.loads(sys.argv[1]))),
    "doubled": float(doubled),
}))
"""
SLOW_TO_IMPORT = [
    "torch._dynamo.convert_frame",
    "diffusers.pipelines.auto_pipeline",
    "diffusers.pipelines.flux2.pipeline_flux2_klein",
    "diffusers.pipelines.stable_diffusion_3.pipeline_stable_diffusion_3",
    "diffusers.pipelines.z_image.pipeline_z_image",
]

OUTGOING = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendmsg", "socket.sendto"}


@pytest.fixture(scope="module")
def fresh_interpreter() -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", SCRIPT, json.dumps(SLOW_TO_IMPORT)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=100)


def test_loading_connects_to_nothing(fresh_interpreter):
    seen = json.loads(fresh_interpreter.stdout)
    assert seen["offline"] is True
    assert OUTGOING.isdisjoint(seen["network"])


def test_the_engine_does_not_import_qt(fresh_interpreter):
    assert json.loads(fresh_interpreter.stdout)["qt"] == []


def test_loading_says_nothing_on_the_terminal(fresh_interpreter):
    assert fresh_interpreter.stderr == ""
    assert fresh_interpreter.stdout.count("\n") == 1


def test_what_the_starter_model_does_not_need_is_not_imported(fresh_interpreter):
    assert json.loads(fresh_interpreter.stdout)["idle"] == []


def test_the_compiler_comes_when_somebody_asks_for_it(fresh_interpreter):
    assert json.loads(fresh_interpreter.stdout)["doubled"] == 2.0
