"""Stage 2: fine-tunes the autoencoder, from the one of a model.

    python packaging/starter/autoencoder.py --work WORK --steps 1000

As a rule only the decoder learns: the latents then stay what they were, and the UNet, the preview factors and all that
people have made go on to fit. With --encoder both learn, and every later stage must be run again, and
fit_latent_rgb.py too. Like `train.py` it carries on after a kill to the same bits.
Writes WORK/vae; stage 3 and 6 take it with --model after it has been copied to MODEL/vae.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as nnf
from captions import read_subjects
from checkpoint import read_state, write_state
from compute import autocast, bfloat16_pays, device
from diffusers import AutoencoderTiny
from latents import picture, random_view, to_tensor

LATENT_NOISE = 0.12
"""Deviation of noise on the latents, at most: generated latents are never quite right."""


@dataclass(frozen=True)
class Plan:
    work: Path
    model: Path
    steps: int
    batch: int = 8
    lr: float = 2e-4
    encoder: bool = False
    threads: int = 1
    save_seconds: float = 180.0

    @property
    def state_file(self) -> Path:
        return self.work / "vae-state.pt"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=Path("resources/starter"))
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--batch", type=int, default=Plan.batch)
    parser.add_argument("--lr", type=float, default=Plan.lr)
    parser.add_argument("--encoder", action="store_true", help="let the encoder learn too: this changes the latents")
    parser.add_argument("--threads", type=int, default=Plan.threads)
    parser.add_argument("--save-seconds", type=float, default=Plan.save_seconds)
    plan = Plan(**vars(parser.parse_args()))
    torch.set_num_threads(plan.threads)
    train(plan).save_pretrained(plan.work / "vae")


def train(plan: Plan) -> AutoencoderTiny:
    where = device()
    bfloat16 = bfloat16_pays(where)
    vae = AutoencoderTiny.from_pretrained(plan.model, subfolder="vae", torch_dtype=torch.float32)
    vae.to(where, memory_format=torch.channels_last).encoder.requires_grad_(plan.encoder)
    optimiser = torch.optim.AdamW(learning(vae), lr=plan.lr, betas=(0.9, 0.98), weight_decay=0)
    step = 0
    if state := read_state(plan.state_file):
        vae.load_state_dict(state["vae"])
        optimiser.load_state_dict(state["optimiser"])
        step = state["step"]
    sprites = np.load(plan.work / "sprites.npz")["rgba"]
    saved = time.monotonic()
    while step < plan.steps:
        optimiser.param_groups[0]["lr"] = plan.lr * min(1, (step + 1) / 50, (plan.steps - step) / plan.steps * 2)
        generator = torch.Generator().manual_seed(step)
        pictures = batch(sprites, plan.batch, step).to(where, memory_format=torch.channels_last)
        with autocast(where, bfloat16=bfloat16):
            loss = reconstruction_loss(vae, pictures, generator)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learning(vae), 1.0)
        optimiser.step()
        step += 1
        if step % 20 == 0:
            sys.stderr.write(f"step {step}  loss {loss.item():.4f}\n")
        if time.monotonic() - saved > plan.save_seconds or step == plan.steps:
            write_state(plan.state_file, {"step": step, "vae": vae.state_dict(), "optimiser": optimiser.state_dict()})
            saved = time.monotonic()
    return vae


def learning(vae: AutoencoderTiny) -> list[torch.nn.Parameter]:
    return [parameter for parameter in vae.parameters() if parameter.requires_grad]


def batch(sprites: np.ndarray, size: int, step: int) -> torch.Tensor:
    """Random views, mirrored or not, some cut to a random window: (size, 3, 128, 128) from -1 to 1."""
    rng = random.Random(step)
    subjects = read_subjects()
    pictures = []
    for _ in range(size):
        index = rng.randrange(len(subjects))
        pixels = picture((sprites[index], random_view(subjects[index], rng)))
        pictures.append(pixels[:, :: rng.choice((1, -1))])
    shift = (rng.randrange(8), rng.randrange(8))
    return to_tensor(np.roll(np.stack(pictures), shift, axis=(1, 2)))


def reconstruction_loss(vae: AutoencoderTiny, pictures: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    latents = vae.encoder(pictures).float()
    amount = torch.rand(len(latents), 1, 1, 1, generator=generator) * LATENT_NOISE
    noise = torch.randn(latents.shape, generator=generator) * amount
    loss = picture_loss(vae.decoder(latents + noise.to(latents.device)).float(), pictures)
    # Keeps the latents of an encoder that learns at mean 0, deviation 1, inside diffusers' soft limit of 3.
    unit = latents.mean((0, 2, 3)).square().mean() + (latents.std((0, 2, 3)) - 1).square().mean()
    return loss + 0.02 * unit + 0.02 * (latents.abs() - 2.6).clamp(min=0).mean()


def picture_loss(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Absolute differences of pixels and of gradients at three scales: sharp edges, flat backgrounds."""
    loss = torch.zeros((), device=one.device)
    for weight in (1.0, 0.5, 0.5):
        gradients = sum((a - b).abs().mean() for a, b in zip(edges(one), edges(other), strict=True))
        loss = loss + weight * ((one - other).abs().mean() + gradients)
        one, other = nnf.avg_pool2d(one, 2), nnf.avg_pool2d(other, 2)
    return loss


def edges(pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return pixels[..., :, 1:] - pixels[..., :, :-1], pixels[..., 1:, :] - pixels[..., :-1, :]


if __name__ == "__main__":
    main()
