"""Readers that others wrote (sd-parsers, exiftool) understand our files: we write the formats of the field."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from sd_parsers import ParserManager
from sd_parsers.data import PromptInfo

from studio.core.request import Prompt
from studio.core.result import GeneratedImage
from studio.core.scheduler import SchedulerName
from studio.imaging.export import export_image
from tests.helpers.fake_session import a_picture, a_request


def our_picture() -> GeneratedImage:
    request = a_request(seed=2**64 - 1)
    sampling = replace(request.sampling, scheduler=SchedulerName.DPMPP_2M_KARRAS, guidance_scale=7.5)
    return a_picture(replace(request, prompt=Prompt("a café by the sea, 海", "blurry, ugly"), sampling=sampling))


def as_others_read(path: Path) -> PromptInfo:
    found = ParserManager().parse(path)
    assert found is not None
    return found


@pytest.mark.parametrize("ending", [".png", ".jpg", ".webp"])
def test_another_program_reads_our_settings(tmp_path: Path, ending: str) -> None:
    export_image(our_picture(), file := tmp_path / f"x{ending}")
    found = as_others_read(file)
    [sampler] = found.samplers
    assert (found.full_prompt, found.full_negative_prompt) == ("a café by the sea, 海", "blurry, ugly")
    assert sampler.name == "DPM++ 2M"
    settings = {"steps": "4", "scheduler": "Karras", "cfg_scale": "7.5", "seed": str(2**64 - 1)}
    assert {key: sampler.parameters[key] for key in settings} == settings
    assert sampler.model is not None
    assert (sampler.model.name, sampler.model.hash) == ("Fake model", "0" * 10)
    assert found.metadata["Size"] == "64x64"


@pytest.mark.tools
@pytest.mark.parametrize("ending", [".png", ".jpg", ".webp", ".avif"])
def test_exiftool_reads_our_settings_and_that_a_model_made_it(tmp_path: Path, ending: str) -> None:
    export_image(our_picture(), file := tmp_path / f"x{ending}")
    done = subprocess.run(["exiftool", "-json", str(file)], capture_output=True, check=True)
    [found] = json.loads(done.stdout)
    infotext = found["Parameters" if ending == ".png" else "UserComment"]
    prompt, negative, settings = infotext.splitlines()
    assert (prompt, negative) == ("a café by the sea, 海", "Negative prompt: blurry, ugly")
    for setting in ("Steps: 4", "Sampler: DPM++ 2M", f"Seed: {2**64 - 1}", "Size: 64x64", "Model: Fake model"):
        assert setting in settings
    assert found["DigitalSourceType"].endswith("/trainedAlgorithmicMedia")
    assert "Warning" not in found
