"""What a test picture is made of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from studio.app.model_pictures import sample_request
from studio.checkpoints.installed_model import InstalledModel, Place
from studio.core.addon import Addon, AddonKind
from studio.core.request import Prompt
from tests.helpers.fake_session import CHECKPOINT

APPLE = replace(CHECKPOINT, examples=("a red apple", "a car"))


def installed(kind: AddonKind, name: str) -> InstalledModel:
    path = Path(f"{name}.safetensors")
    return InstalledModel(
        root=path, place=Place.IN_PLACE, entry_id=None, model=Addon(name, path, kind, None), size=1, identity="1" * 32
    )


def test_a_model_shows_its_first_example_with_its_own_settings() -> None:
    request = sample_request(APPLE)
    best = APPLE.recommended
    assert request.prompt == Prompt("a red apple")
    assert request.size == best.size
    assert request.sampling.num_inference_steps == best.num_inference_steps
    assert sample_request(replace(APPLE, examples=())).prompt.text


@pytest.mark.parametrize(
    ("kind", "name", "prompt"),
    [
        (AddonKind.LORA, "ink", Prompt("a red apple <lora:ink:1>")),
        (AddonKind.TEXTUAL_INVERSION, "my-style", Prompt("a red apple, my-style")),
        (AddonKind.TEXTUAL_INVERSION, "EasyNegative", Prompt("a red apple", "EasyNegative")),
    ],
)
def test_what_prompts_name_is_in_the_prompt(kind: AddonKind, name: str, prompt: Prompt) -> None:
    assert sample_request(APPLE, installed(kind, name)).prompt == prompt


def test_a_vae_is_used_for_the_picture() -> None:
    vae = installed(AddonKind.VAE, "sharp")
    request = sample_request(APPLE, vae)
    assert (request.prompt, request.addons.vae) == (Prompt("a red apple"), vae.model)
