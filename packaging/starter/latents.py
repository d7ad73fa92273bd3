"""Stage 3: encodes many views of every subject once, so that training only touches latents in memory.

    python packaging/starter/latents.py --work WORK --views 48
    python packaging/starter/latents.py --work WORK --side 256 --views 24

Writes WORK/latents-SIDE.npz: latents (pictures, 4, SIDE / 8, SIDE / 8) float16, and for each its subject's index and
its view.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from multiprocessing.pool import Pool
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from captions import COLOURS, PAINTS, SCENES, Subject, View, read_subjects
from compute import autocast, bfloat16_pays, device
from diffusers import AutoencoderTiny
from pictures import SIDE, VARIANTS, compose
from PIL import Image

SEED = 7
CHUNK = 512
TOGETHER = {"cpu": 32, "cuda": 512}
"""Pictures that are encoded at once."""


def held_out(subject: Subject, view: View) -> bool:
    """Whether this combination is kept from training, to ask for it in the evaluation: every tenth, by its name.

    Only combinations are held out. Every subject, background and paint alone is seen in training.
    """
    if view.background == "white" and view.paint is None:
        return False
    return zlib.crc32(f"{subject.code} {view.background} {view.paint}".encode()) % 10 == 0


def random_view(subject: Subject, rng: random.Random) -> View:
    """A view to train on."""
    while True:
        view = View(
            background=random_background(rng),
            paint=rng.choice(PAINTS) if subject.colour and rng.random() < 0.35 else None,
            small=rng.random() < 0.05,
            shift=(rng.randint(-1, 1), rng.randint(-1, 1)) if rng.random() < 0.15 else (0, 0),
            variant=rng.randrange(VARIANTS),
        )
        if not held_out(subject, view):
            return view


def loose_view(subject: Subject, rng: random.Random) -> View:
    """A view at any place and size, mirrored or not."""
    most = 3
    return replace(
        random_view(subject, rng),
        small=False,
        shift=(rng.randint(-most, most), rng.randint(-most, most)),
        loose=True,
        scale=rng.uniform(0.5, 1.0),
        mirrored=rng.random() < 0.5,
    )


def random_background(rng: random.Random) -> str:
    kind = rng.choices(("white", "colour", "scene"), (0.35, 0.4, 0.25))[0]
    if kind == "white":
        return "white"
    return rng.choice(tuple(COLOURS)[1:]) if kind == "colour" else rng.choice(tuple(SCENES))


def plan(subjects: Sequence[Subject], views: int, loose: int = 0) -> list[tuple[int, View]]:
    """(subject's index, view) of every picture; the first of each subject is the plain one, the last are `loose`."""
    rng = random.Random(SEED)
    plain = [(index, View()) for index in range(len(subjects))]
    others = [(i, random_view(subject, rng)) for _ in range(views - 1) for i, subject in enumerate(subjects)]
    anywhere = [(i, loose_view(subject, rng)) for _ in range(loose) for i, subject in enumerate(subjects)]
    return plain + others + anywhere


def picture(job: tuple[npt.NDArray[np.uint8], View], side: int = SIDE) -> npt.NDArray[np.uint8]:
    rgba, view = job
    return compose(Image.fromarray(rgba, "RGBA"), view, side)


def to_tensor(pictures: npt.NDArray[np.uint8] | torch.Tensor) -> torch.Tensor:
    """(n, height, width, 3) uint8 as (n, 3, height, width) from -1 to 1."""
    pixels = torch.as_tensor(pictures).permute(0, 3, 1, 2).float().div(127.5).sub(1)
    return pixels.contiguous(memory_format=torch.channels_last)


def latents_file(work: Path, side: int) -> Path:
    return work / f"latents-{side}.npz"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=Path("resources/starter"), help="the folder that holds vae/")
    parser.add_argument("--side", type=int, default=SIDE, help="of a picture, in pixels")
    parser.add_argument("--views", type=int, default=48, help="pictures of each subject")
    parser.add_argument("--loose", type=int, default=16, help="pictures of each subject at any place and size")
    parser.add_argument("--jobs", type=int, default=1, help="processes that compose the pictures")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="threads that encode them")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    jobs = plan(read_subjects(), arguments.views, arguments.loose)
    sprites = np.load(arguments.work / "sprites.npz")["rgba"]
    with multiprocessing.get_context(start_method()).Pool(
        arguments.jobs, keep_sprites, (sprites, arguments.side)
    ) as pool:
        vae = AutoencoderTiny.from_pretrained(arguments.model, subfolder="vae").eval()
        latents = encoded(vae, composed(pool, jobs))
    np.savez(
        latents_file(arguments.work, arguments.side),
        latents=latents,
        subject=np.array([index for index, _ in jobs], np.int16),
        view=json.dumps([asdict(view) for _, view in jobs]),
    )


def start_method() -> str:
    """Forking is at once where it is safe: here, before anything has started a thread."""
    return "fork" if sys.platform == "linux" else "spawn"


kept: dict[str, npt.NDArray[np.uint8] | int] = {}
"""In a process of the pool: the sprites and the side of the pictures that it composes."""


def keep_sprites(sprites: npt.NDArray[np.uint8], side: int) -> None:
    kept.update(sprites=sprites, side=side)


def kept_picture(job: tuple[int, View]) -> npt.NDArray[np.uint8]:
    index, view = job
    return picture((kept["sprites"][index], view), kept["side"])


def composed(pool: Pool, jobs: Sequence[tuple[int, View]]) -> Iterator[npt.NDArray[np.uint8]]:
    """The pictures in chunks, while the processes already work at the next ones."""
    pictures = pool.imap(kept_picture, jobs, chunksize=16)
    for start in range(0, len(jobs), CHUNK):
        count = min(CHUNK, len(jobs) - start)
        yield np.stack([next(pictures) for _ in range(count)])
        sys.stderr.write(f"\r{start + count} of {len(jobs)} ")


@torch.inference_mode()
def encoded(vae: AutoencoderTiny, chunks: Iterable[npt.NDArray[np.uint8]]) -> npt.NDArray[np.float16]:
    where = device()
    vae = vae.to(where, memory_format=torch.channels_last)
    half = autocast(where, bfloat16=bfloat16_pays(where))
    parts: list[npt.NDArray[np.float16]] = []
    for chunk in chunks:
        for batch in torch.from_numpy(chunk).split(TOGETHER[where.type]):
            with half:
                latents = vae.encode(to_tensor(batch.to(where))).latents
            parts.append(latents.half().cpu().contiguous().numpy())
    return np.concatenate(parts)


def read_views(file: Path) -> tuple[torch.Tensor, list[int], list[View]]:
    """Latents (n, 4, height, width) float16, subjects' indices and views, as `main` wrote them."""
    with np.load(file) as data:
        views = [View(**{**entry, "shift": tuple(entry["shift"])}) for entry in json.loads(str(data["view"]))]
        return torch.from_numpy(data["latents"]), data["subject"].tolist(), views


if __name__ == "__main__":
    main()
