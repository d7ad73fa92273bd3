"""Fits the preview factors of a model's latent space: RGB as a linear function of the latent's channels.

Makes pictures, and regresses their pixels (averaged over the area of a latent cell) on their latents by least squares.
Run it from the root of the repository whenever the weights of a VAE change; about a minute on two cores:

    python packaging/starter/fit_latent_rgb.py resources/starter "Starter model" resources/latent_rgb.json
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import torch
from diffusers import AutoencoderTiny

from studio.core.checkpoint import Checkpoint, ModelFamily, RecommendedSampling
from studio.core.geometry import Size
from studio.core.request import Sampling
from studio.core.scheduler import SchedulerName
from studio.engine.device import ComputeDevice
from studio.engine.loader import LoadedCheckpoint, load_checkpoint
from studio.engine.preview import softly_limited

THINGS = ("apple", "car", "panda", "gift", "cactus", "robot", "smiling face", "christmas tree", "hamburger", "bus")
PLACES = ("", " on a blue background", " on a beach at sunset", " in a green meadow")
STEPS = 12
TINY_SOFT_LIMIT = 3.0
"""diffusers' DecoderTiny: tanh(x / 3) * 3."""


def main() -> None:
    arguments = parse_arguments()
    loaded = load_checkpoint(checkpoint_at(arguments.folder, arguments.side), cpu())
    limit = TINY_SOFT_LIMIT if isinstance(loaded.pipeline.vae, AutoencoderTiny) else None
    latents, pixels = (torch.cat(samples) for samples in zip(*samples_of(loaded, arguments.side), strict=True))
    latents = softly_limited(latents, limit)
    factors, bias, explained = fit(latents, pixels)
    entry = {
        "latent_space": arguments.name,
        "vae_sha256": loaded.vae_sha256,
        "factors": [[round(value, 4) for value in row] for row in factors.tolist()],
        "bias": [round(value, 4) for value in bias.tolist()],
        "soft_limit": limit,
    }
    replace_entry(arguments.file, entry)
    sys.stderr.write(f"{len(latents)} cells, {explained:.1%} of the variance explained\n")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the model, a diffusers folder")
    parser.add_argument("name", help="a name for its latent space, for people")
    parser.add_argument("file", type=Path, help="latent_rgb.json; an entry of the same name is replaced")
    parser.add_argument("--side", type=int, default=128, help="width and height of the pictures in pixels")
    return parser.parse_args()


def checkpoint_at(folder: Path, side: int) -> Checkpoint:
    recommended = RecommendedSampling(Size(side, side), STEPS, 5.0, SchedulerName.DPMPP_2M)
    return Checkpoint(folder.name, folder, ModelFamily.STABLE_DIFFUSION, recommended)


def cpu() -> ComputeDevice:
    return ComputeDevice(torch.device("cpu"), torch.float32)


@torch.inference_mode()
def samples_of(loaded: LoadedCheckpoint, side: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """For each of 40 pictures: (cells, channels) latents and (cells, 3) mean pixels in -1 to 1."""
    pipeline = loaded.pipeline
    sampling = Sampling(scheduler=SchedulerName.DPMPP_2M, num_inference_steps=STEPS, guidance_scale=5.0, seed=0)
    for seed, (thing, place) in enumerate(itertools.product(THINGS, PLACES)):
        pipeline.scheduler = loaded.model.make_scheduler(sampling, corrects=True)
        latents = pipeline(
            prompt=f"a {thing}{place}",
            generator=torch.Generator().manual_seed(seed),
            width=side,
            height=side,
            num_inference_steps=STEPS,
            guidance_scale=sampling.guidance_scale,
            output_type="latent",
        ).images
        image = pipeline.vae.decode(latents / pipeline.vae.config.scaling_factor, return_dict=False)[0].clamp(-1, 1)
        cells = torch.nn.functional.avg_pool2d(image, pipeline.vae_scale_factor)
        yield latents[0].flatten(1).T, cells[0].flatten(1).T


def fit(latents: torch.Tensor, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, float]:
    """Factors (channels, 3), bias (3,), and the share of the pixels' variance that they explain."""
    inputs = torch.cat([latents, torch.ones(len(latents), 1)], dim=1)
    solution = torch.linalg.lstsq(inputs, pixels).solution
    unexplained = (pixels - inputs @ solution).square().mean() / pixels.var(dim=0).mean()
    return solution[:-1], solution[-1], 1.0 - float(unexplained)


def replace_entry(file: Path, entry: dict[str, object]) -> None:
    entries = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    others = [other for other in entries if other["latent_space"] != entry["latent_space"]]
    file.write_text(json.dumps([*others, entry], indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
