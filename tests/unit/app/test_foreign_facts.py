"""`studio info` tells what pictures of other programs tell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from studio.app.cli import studio

INVOKEAI = {
    "generation_mode": "txt2img",
    "positive_prompt": "a lighthouse",
    "negative_prompt": "fog",
    "width": 512,
    "height": 768,
    "seed": 7,
    "cfg_scale": 7.5,
    "steps": 30,
    "scheduler": "euler",
    "model": {"name": "dreamshaper", "base": "sd-1", "type": "main", "key": "k", "hash": "blake3:00"},
    "app_version": "5.6.0",
}


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    texts = PngInfo()
    texts.add_itxt("invokeai_metadata", json.dumps(INVOKEAI))
    Image.new("RGB", (8, 8)).save(tmp_path / "invoke.png", pnginfo=texts)
    return tmp_path / "invoke.png"


def info(*arguments: object) -> Result:
    return CliRunner().invoke(studio, ["info", *map(str, arguments)])


def test_info_tells_what_another_program_wrote(picture: Path) -> None:
    lines = info(picture).stdout.splitlines()
    assert lines[:2] == ["Prompt: a lighthouse", "Negative prompt: fog"]
    assert {"Steps: 30", "CFG scale: 7.5", "Seed: 7", "Size: 512x768", "Model: dreamshaper"} <= set(lines)


def test_info_tells_it_as_json(picture: Path) -> None:
    told = json.loads(info(picture, "--json").stdout)
    assert (told["Prompt"], told["Seed"], told["Sampler"]) == ("a lighthouse", 7, "Euler")
    assert "LoRAs" not in told
