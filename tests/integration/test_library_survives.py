"""The library of models after kill -9, and with two programs at once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from studio.checkpoints.verification import FileState
from tests.helpers.importing_child import library_in
from tests.unit.checkpoints.model_folder import safetensors, tensor
from tests.unit.checkpoints.test_scan import make_lora

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("LIBRARY_KILLS", "12"))
BIG = 24 * 1024 * 1024


def start(home: Path, how: str, *models: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.helpers.importing_child", str(home), how, *map(str, models)]
    return subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True
    )


def make_big_lora(path: Path) -> Path:
    """As `make_lora`, with a large tensor, so that a copy takes its time."""
    header = {
        "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight": tensor(
            "F16", [BIG // 2 // 768, 768], 0, BIG // 2 // 768 * 768 * 2
        )
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(safetensors(header, os.urandom(BIG // 2 // 768 * 768 * 2)))
    return path


def test_no_kill_leaves_half_a_model_under_its_name(tmp_path: Path) -> None:
    """Killed at random moments of a copy; whatever then has a name is whole, and the next copy clears up and works."""
    home, source = tmp_path / "home", make_big_lora(tmp_path / "ink.safetensors")
    chance = random.Random(20260725)
    interrupted = 0
    for _ in range(KILLS):
        child = start(home, "copy", source)
        deadline = time.monotonic() + 20
        while not list(home.glob("loras/.*.importing")) and child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(chance.uniform(0, 0.03))
        child.send_signal(signal.SIGKILL)
        child.communicate()
        library = library_in(home)
        found = library.installed()
        assert library.problems() == ()
        interrupted += not found
        for model in found:
            assert [file.state for file in library.verify(model).files] == [FileState.INTACT]
            model.root.rename(tmp_path / f"done-{time.monotonic_ns()}")

    child = start(home, "copy", source)
    assert child.communicate()[0].strip() == str(home / "loras/ink/ink.safetensors")

    assert interrupted > KILLS // 3
    assert [path.name for path in (home / "loras").iterdir()] == ["ink"]


def test_two_programs_at_once_lose_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    mine = [make_lora(tmp_path / f"mine/{number}.safetensors") for number in range(15)]
    yours = [make_lora(tmp_path / f"yours/{number + 100}.safetensors") for number in range(15)]

    children = [start(home, "in_place", *mine), start(home, "in_place", *yours)]

    assert [child.wait(60) for child in children] == [0, 0]
    for child in children:
        child.communicate()
    assert {model.path for model in library_in(home).installed()} == {*mine, *yours}


def test_two_programs_that_copy_the_same_model_make_one(tmp_path: Path) -> None:
    home, source = tmp_path / "home", make_big_lora(tmp_path / "ink.safetensors")

    children = [start(home, "copy", source) for _ in range(2)]
    for child in children:
        child.communicate(timeout=60)

    library = library_in(home)
    [model] = library.installed()
    assert sorted(child.returncode for child in children) == [0, 1]
    assert not library.verify(model).bad
    assert [path.name for path in (home / "loras").iterdir()] == ["ink"]
