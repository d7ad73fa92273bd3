"""Training of the starter model: a run that is killed at any moment carries on to the same bits."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

# Other processes import torch and diffusers, which takes minutes on a busy machine.
pytestmark = pytest.mark.timeout(900)
STARTER = Path(__file__).parents[2] / "resources" / "starter"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model of the starter's classes, with its tokenizer and its schedule."""
    folder = tmp_path_factory.mktemp("model")
    torch.manual_seed(0)
    tokenizer = CLIPTokenizer.from_pretrained(STARTER, subfolder="tokenizer")
    tokenizer.save_pretrained(folder / "tokenizer")
    DDIMScheduler.from_pretrained(STARTER, subfolder="scheduler").save_pretrained(folder / "scheduler")
    text = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=1,
        max_position_embeddings=32,
        eos_token_id=tokenizer.eos_token_id,
    )
    CLIPTextModel(text).save_pretrained(folder / "text_encoder")
    unet = UNet2DConditionModel(
        sample_size=16,
        in_channels=4,
        out_channels=4,
        layers_per_block=1,
        block_out_channels=(32, 64),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=64,
        attention_head_dim=2,
        norm_num_groups=8,
    )
    unet.save_pretrained(folder / "unet")
    return folder


@pytest.fixture
def work(tmp_path: Path, recipe_on_the_path: Path) -> Path:
    """A working folder with two views of each subject at both sizes, all of the same random latents."""
    from captions import View, read_subjects

    count = len(read_subjects())
    views = [asdict(View(background=name)) for name in ("white", "blue") for _ in range(count)]
    for side in (128, 256):
        one = np.random.default_rng(0).standard_normal((4, side // 8, side // 8)).astype(np.float16)
        latents = np.broadcast_to(one, (2 * count, *one.shape))
        file = tmp_path / f"latents-{side}.npz"
        np.savez(file, latents=latents, subject=[*range(count)] * 2, view=json.dumps(views))
    return tmp_path


def finished_state(work: Path, model: Path, run: str, steps: int = 12, **changes: Any) -> dict[str, Any]:
    """The last state of a whole run, in this process."""
    from checkpoint import read_state
    from train import Plan, train

    plan = replace(Plan(work, model, run, steps=steps, decay=0.5, batch=4, at_once=2), **changes)
    train(plan)
    state = read_state(plan.state_file)
    assert state is not None
    return state


def kill_while_training(recipe: Path, work: Path, model: Path, run: str) -> None:
    """Starts a run in another process that saves after every step, and kills it after its fourth step."""
    paths = f"--work {work} --model {model} --run {run}"
    options = "--steps 12 --decay 0.5 --batch 4 --at-once 2 --precision float32 --save-seconds 0 --log-steps 1"
    command = [sys.executable, str(recipe / "train.py"), *paths.split(), *options.split()]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if '"step": 4,' in line:
            process.kill()
    process.stderr.close()
    assert process.wait() != 0


def assert_same(one: object, other: object, where: str = "state") -> None:
    if isinstance(one, torch.Tensor):
        assert torch.equal(one, other), where
    elif isinstance(one, dict):
        assert isinstance(other, dict)
        assert one.keys() == other.keys(), where
        for key in one:
            assert_same(one[key], other[key], f"{where}.{key}")
    elif isinstance(one, list):
        assert isinstance(other, list)
        for i, (a, b) in enumerate(zip(one, other, strict=True)):
            assert_same(a, b, f"{where}[{i}]")
    else:
        assert one == other, where


def test_a_killed_run_carries_on_to_the_same_bits(recipe_on_the_path: Path, work: Path, model: Path) -> None:
    whole = finished_state(work, model, "whole")
    kill_while_training(recipe_on_the_path, work, model, "killed")
    from checkpoint import read_state

    left = read_state(work / "killed" / "state.pt")
    assert left is not None
    assert 3 <= left["step"] < 12
    assert_same(finished_state(work, model, "killed"), whole)


def test_loose_views_are_trained_on_only_where_their_place_can_be_seen(
    recipe_on_the_path: Path, work: Path, model: Path
) -> None:
    from captions import View, read_subjects
    from network import load_tokenizer
    from train import LOOSE_BELOW, Examples, Plan

    subjects = read_subjects()[:2]
    latents = torch.stack([torch.full((4, 16, 16), float(number)) for number in range(4)]).half()
    views = [View(), View(), View(loose=True), View(loose=True)]
    plan = Plan(work, model, "run", steps=1)
    examples = Examples(latents, [*subjects, *subjects], views, load_tokenizer(model), plan)
    batch = examples.batch(0, 2000)
    loose = batch.latents[:, 0, 0, 0] >= 2
    assert not loose[batch.timesteps >= LOOSE_BELOW].any()
    assert 0.6 < loose[batch.timesteps < LOOSE_BELOW].float().mean() < 0.8


def test_captions_are_wrong_only_where_the_thing_can_be_seen(recipe_on_the_path: Path, work: Path, model: Path) -> None:
    from captions import View, read_subjects
    from network import load_tokenizer
    from train import CLEAR_BELOW, WRONG_SHARE, Examples, Plan

    subjects, tokenizer = read_subjects()[:2], load_tokenizer(model)
    latents = torch.stack([torch.full((4, 16, 16), float(number)) for number in range(2)]).half()
    plan = Plan(work, model, "run", steps=1, drop=0.0, clear=0.5, first_weight=1.0)
    batch = Examples(latents, subjects, [View(), View()], tokenizer, plan).batch(0, 2000)
    names = [{word for name in subject.names for word in name.split()} for subject in subjects]
    texts = tokenizer.batch_decode(batch.tokens, skip_special_tokens=True)
    shown = batch.latents[:, 0, 0, 0].int().tolist()
    wrong = torch.tensor([not names[i] & set(text.split()) for i, text in zip(shown, texts, strict=True)])
    clear = batch.timesteps < CLEAR_BELOW
    assert not wrong[~clear].any()
    # Half of the others' captions are of the same subject.
    assert wrong[clear].float().mean() == pytest.approx(WRONG_SHARE / 2, abs=0.05)
    assert clear.float().mean() > 0.6


def test_training_learns(work: Path, model: Path) -> None:
    finished_state(work, model, "run", steps=60, decay=0.17, batch=8, at_once=8, log_steps=10, lr=5e-3)
    losses = [json.loads(line)["loss"] for line in (work / "run" / "log.jsonl").read_text().splitlines()]
    assert losses[-1] < 0.9 * losses[0]


def test_large_pictures_are_trained_on_too_with_a_quarter_of_the_samples(work: Path, model: Path) -> None:
    from train import Plan, has_large_pictures

    options = {"batch": 8, "at_once": 8, "large_from": 0.25}
    plan = Plan(work, model, "run", **options)
    large = [has_large_pictures(step, step / 12, plan) for step in range(12)]
    assert not any(large[:3])
    assert 0 < sum(large) < 9
    state = finished_state(work, model, "large", **options)
    assert state["samples"] == sum(2 if is_large else 8 for is_large in large)


def test_a_run_of_so_many_seconds_ends_when_they_are_over(work: Path, model: Path) -> None:
    from train import Plan, learning_rate_factor

    plan = Plan(work, model, "run", seconds=100.0, decay=0.5)
    assert learning_rate_factor(1000, 0.75, plan) == 0.5
    state = finished_state(work, model, "timed", steps=sys.maxsize, seconds=4.0, log_steps=1)
    seconds = [json.loads(line)["seconds"] for line in (work / "timed" / "log.jsonl").read_text().splitlines()]
    assert state["step"] == len(seconds) > 1
    assert all(second < 4.0 for second in seconds[:-2])
    assert seconds[-1] >= 3.0


def test_more_layers_begin_as_the_same_function(model: Path) -> None:
    from grow import grown
    from network import load_network

    before = load_network(model)
    for parameter in before.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    after = grown(before.unet, [1, 3])
    assert sum(p.numel() for p in after.parameters()) > 1.3 * sum(p.numel() for p in before.unet.parameters())
    noisy, text = torch.randn(2, 4, 16, 16), torch.randn(2, 32, 64)
    torch.testing.assert_close(after(noisy, 500, text).sample, before.unet(noisy, 500, text).sample)


def test_two_workers_are_as_good_as_one(work: Path, model: Path) -> None:
    one = finished_state(work, model, "one", steps=2)
    two = finished_state(work, model, "two", steps=2, workers=2)
    for name, weight in one["network"].items():
        torch.testing.assert_close(two["network"][name], weight, atol=2e-4, rtol=0, msg=name)
