"""Stage 5a: the judge, a small classifier of the originals that never sees a generated picture.

    python packaging/starter/embedding.py --work WORK

Learns to name a subject however it is turned, moved, resized, mirrored, tinted, blurred and whatever is behind it, from
random changes of the originals. It is tested on pictures made another way (`pictures.compose`: scenes, shadows,
paints), mirrored or not. Its last hidden layer is the embedding in which `evaluate.py` measures distances.
Writes WORK/embedding.pt.
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as nnf
from captions import read_subjects
from compute import autocast, bfloat16_pays, device
from latents import picture, random_view, to_tensor

SIDE = 64
WIDTH = 128


class Embedding(torch.nn.Module):
    """(n, 3, 64, 64) pixels from -1 to 1; (n, 128) features and (n, subjects) scores."""

    def __init__(self, subjects: int) -> None:
        super().__init__()
        self.features = torch.nn.Sequential(
            block(3, 32), block(32, 64), block(64, 128), block(128, 256), torch.nn.AdaptiveAvgPool2d(1),
            torch.nn.Flatten(), torch.nn.Linear(256, WIDTH), torch.nn.LayerNorm(WIDTH)
        )  # fmt: skip
        self.scores = torch.nn.Linear(WIDTH, subjects)

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        features = self.features(pixels)
        return features, self.scores(features)


def block(channels: int, out: int) -> torch.nn.Sequential:
    return torch.nn.Sequential(
        torch.nn.Conv2d(channels, out, 4, stride=2, padding=1),
        torch.nn.GroupNorm(8, out),
        torch.nn.SiLU(),
        torch.nn.Conv2d(out, out, 3, padding=1),
        torch.nn.GroupNorm(8, out),
        torch.nn.SiLU(),
    )


def changed(sprites: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Random renderings of (n, 4, 64, 64) RGBA from 0 to 1, premultiplied: (n, 3, 64, 64) from -1 to 1."""
    n = len(sprites)

    def between(low: float, high: float, *shape: int) -> torch.Tensor:
        return torch.rand(n, *shape, generator=generator, device=generator.device) * (high - low) + low

    angle, scale = between(-0.3, 0.3), between(0.55, 1.08)
    mirror = torch.where(between(0, 1) < 0.4, -1.0, 1.0)
    rows = torch.stack(
        [
            torch.stack([mirror * angle.cos() / scale, -angle.sin() / scale, between(-0.3, 0.3)], dim=1),
            torch.stack([mirror * angle.sin() / scale, angle.cos() / scale, between(-0.3, 0.3)], dim=1),
        ],
        dim=1,
    )
    grid = nnf.affine_grid(rows, list(sprites.shape), align_corners=False)
    moved = nnf.grid_sample(sprites, grid, align_corners=False)
    behind = torch.where(between(0, 1, 1, 1, 1) < 0.3, 1.0, backgrounds(n, generator))
    pixels = recoloured(moved[:, :3], generator) + behind * (1 - moved[:, 3:])
    # Soften some, as a small model's pictures are softer than the originals.
    soft = nnf.interpolate(nnf.avg_pool2d(pixels, 2), scale_factor=2, mode="bilinear", align_corners=False)
    pixels = torch.lerp(pixels, soft, between(0, 1, 1, 1, 1))
    noise = torch.randn(pixels.shape, generator=generator, device=generator.device)
    pixels = pixels + noise * between(0, 0.06, 1, 1, 1)
    return pixels.clamp(0, 1).mul(2).sub(1)


def recoloured(colours: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Tinted, a third of them strongly: the shape must tell the subject when the colour does not."""
    n, where = len(colours), generator.device
    tint = torch.rand(n, 3, 1, 1, generator=generator, device=where) * 0.5 + 0.75
    share = torch.rand(n, 1, 1, 1, generator=generator, device=where) * 1.4
    grey = colours.mean(dim=1, keepdim=True).lerp(colours, share)
    mixing = torch.softmax(torch.randn(n, 3, 3, generator=generator, device=where) * 3, dim=2)
    mixed = torch.einsum("nij,njhw->nihw", mixing, colours)
    choice = torch.rand(n, 1, 1, 1, generator=generator, device=where)
    changed = torch.where(choice < 0.2, mixed, torch.where(choice < 0.35, grey, colours))
    return (changed * tint).clamp(0, 1)


def backgrounds(count: int, generator: torch.Generator) -> torch.Tensor:
    """Vertical gradients through four random colours, half of them nearly flat."""
    where = generator.device
    first = torch.rand(count, 3, 1, 1, generator=generator, device=where)
    stops = torch.rand(count, 3, 4, 1, generator=generator, device=where)
    flat = torch.rand(count, 1, 1, 1, generator=generator, device=where) < 0.5
    stops = torch.where(flat, first.lerp(stops, 0.1), stops)
    return nnf.interpolate(stops, size=(SIDE, SIDE), mode="bilinear", align_corners=True)


def small_sprites(rgba: np.ndarray) -> torch.Tensor:
    """(n, 256, 256, 4) uint8 as (n, 4, 64, 64) from 0 to 1, premultiplied."""
    pixels = torch.from_numpy(rgba).permute(0, 3, 1, 2).float() / 255
    pixels[:, :3] *= pixels[:, 3:]
    return nnf.avg_pool2d(pixels, rgba.shape[1] // SIDE)


def held_out_pictures(rgba: np.ndarray) -> torch.Tensor:
    """One composed picture of each subject, every second one mirrored: (n, 3, 64, 64)."""
    rng = random.Random(1)
    views = [random_view(subject, rng) for subject in read_subjects()]
    pictures = np.stack([picture(job) for job in zip(rgba, views, strict=True)])
    pictures[::2] = pictures[::2, :, ::-1]
    return shrunk(pictures)


def shrunk(pictures: np.ndarray) -> torch.Tensor:
    """(n, 128, 128, 3) uint8 as (n, 3, 64, 64) from -1 to 1."""
    return nnf.avg_pool2d(to_tensor(pictures), pictures.shape[1] // SIDE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    rgba = np.load(arguments.work / "sprites.npz")["rgba"]
    network = trained(small_sprites(rgba), arguments.steps, arguments.batch, arguments.lr)
    right = accuracy(network, held_out_pictures(rgba))
    sys.stderr.write(f"right on held-out renderings: {right:.1%}\n")
    torch.save({"weights": network.cpu().state_dict(), "held_out_accuracy": right}, arguments.work / "embedding.pt")


def trained(sprites: torch.Tensor, steps: int, batch: int, lr: float) -> Embedding:
    where = device()
    bfloat16 = bfloat16_pays(where)
    torch.manual_seed(0)
    generator = torch.Generator(where).manual_seed(0)
    sprites = sprites.to(where)
    network = Embedding(len(sprites)).to(where, memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(network.parameters(), lr=lr, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, lr, total_steps=steps)
    for step in range(steps):
        subjects = torch.randint(len(sprites), (batch,), generator=generator, device=where)
        pixels = changed(sprites[subjects], generator).contiguous(memory_format=torch.channels_last)
        with autocast(where, bfloat16=bfloat16):
            scores = network(pixels)[1]
        loss = nnf.cross_entropy(scores.float(), subjects, label_smoothing=0.05)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 50 == 0:
            sys.stderr.write(f"step {step}  loss {loss.item():.3f}\n")
    return network.eval()


@torch.inference_mode()
def accuracy(network: Embedding, pixels: torch.Tensor) -> float:
    """The share of pictures, one of each subject in order, that are named rightly."""
    scores = network(pixels.to(next(network.parameters()).device))[1]
    return float((scores.argmax(1).cpu() == torch.arange(len(pixels))).float().mean())


def load_embedding(file: Path) -> tuple[Embedding, float]:
    """The judge, and its accuracy on held-out renderings."""
    saved = torch.load(file, map_location="cpu", weights_only=True)
    network = Embedding(len(saved["weights"]["scores.bias"]))
    network.load_state_dict(saved["weights"])
    return network.eval(), saved["held_out_accuracy"]


if __name__ == "__main__":
    main()
