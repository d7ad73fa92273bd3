"""Stage 5b: measures a model, and lays its pictures side by side.

    python packaging/starter/evaluate.py --work WORK --model resources/starter --out WORK/evaluation/new

Writes OUT/figures.json and the contact sheets subjects.png, unseen.png and firsts.png. The pictures are kept in
OUT: with --judge-only they are not drawn again, for a judge or a figure that has changed.
What is measured, with seeds 1 and 2 for every prompt:

- top1, top5: is the subject that was asked for the judge's first guess among all, or among its first five? Prompts: the
  plain ones of a fixed list ("seen"), and combinations with a background or a paint kept from training ("unseen").
- background_accuracy: is the mean colour at the border nearest to the colour asked for, of all 17?
- frechet: distance of Gaussians (as FID) between embeddings of the pictures and of composed originals.
- nearest_original, nearest_other_view: median distance in the embedding from a generated picture to the nearest
  original, and from another view of an original to it. Equal means: no nearer to the originals than their own variants.
- edges: steepness of the outlines as a share of that in the autoencoder's reconstructions of the originals;
  edges_of_reconstructions: of those as a share of that in the originals.
- layout_kept: correlation at 16 x 16 of originals and what image to image at 0.5 makes of them; see edits.png.
- psnr: of the autoencoder, on originals and on photographs.
- seconds: for one picture at 20 steps; the best of five, as the machine may be busy.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from captions import COLOURS, PAINTS, SCENES, Subject, View, plain_prompt, read_subjects
from diffusers import AutoencoderTiny, StableDiffusionPipeline
from embedding import Embedding, load_embedding, shrunk
from latents import held_out, picture, to_tensor
from pictures import SIDE
from PIL import Image
from prepare import checked, read_photographs
from sampling import GUIDANCE, contact_sheet, draw, fill, load_pipeline, redraw

SEEDS = (1, 2)
UNSEEN = 60
EVERY_OTHER = 3
"""All subjects that people ask for first are asked for, and every third of the others."""
Pixels = npt.NDArray[np.uint8]
Figures = dict[str, float]


@dataclass(frozen=True)
class Prompt:
    text: str
    subject: int
    view: View


def seen_prompts(subjects: Sequence[Subject]) -> list[Prompt]:
    firsts = [index for index, subject in enumerate(subjects) if subject.asked_first]
    others = [index for index, subject in enumerate(subjects) if not subject.asked_first]
    return [Prompt(plain_prompt(subjects[index]), index, View()) for index in sorted(firsts + others[::EVERY_OTHER])]


def unseen_prompts(subjects: Sequence[Subject], count: int = UNSEEN) -> list[Prompt]:
    """Combinations of known words that were held out of training, the same for every model."""
    rng = random.Random(3)
    prompts: list[Prompt] = []
    while len(prompts) < count:
        index = rng.randrange(len(subjects))
        paint = rng.choice(PAINTS) if subjects[index].colour and rng.random() < 0.5 else None
        view = View(rng.choice((*COLOURS, *COLOURS, *SCENES)), paint)
        if held_out(subjects[index], view):
            prompts.append(Prompt(plain_prompt(subjects[index], view.background, paint), index, view))
    return prompts


@torch.inference_mode()
def judged(judge: Embedding, pictures: Pixels) -> tuple[torch.Tensor, torch.Tensor]:
    """Features of unit length, and scores."""
    features, scores = judge(shrunk(pictures))
    return torch.nn.functional.normalize(features, dim=1), scores


def retrieval(scores: torch.Tensor, prompts: Sequence[Prompt]) -> Figures:
    asked = torch.tensor([prompt.subject for prompt in prompts])
    guesses = scores.topk(5, dim=1).indices
    hits = guesses == asked[:, None]
    return {"top1": float(hits[:, 0].float().mean()), "top5": float(hits.any(dim=1).float().mean())}


def background_accuracy(pictures: Pixels, prompts: Sequence[Prompt]) -> float:
    names = list(COLOURS)
    palette = np.array([COLOURS[name].rgb for name in names], np.float32)
    plain = [i for i, prompt in enumerate(prompts) if prompt.view.background in COLOURS]
    top = pictures[plain, :3].reshape(len(plain), -1, 3)
    left = pictures[plain, :, :3].reshape(len(plain), -1, 3)
    border = np.concatenate([top, left], axis=1)
    colours = np.median(border.astype(np.float32), axis=1)
    nearest = np.linalg.norm(colours[:, None] - palette, axis=2).argmin(axis=1)
    return float(np.mean([names[k] == prompts[i].view.background for k, i in zip(nearest, plain, strict=True)]))


def frechet_distance(one: torch.Tensor, other: torch.Tensor) -> float:
    """Between Gaussians fitted to two sets of features: Heusel et al., 2017, arXiv:1706.08500, equation 6."""
    (mean, covariance), (mean_other, covariance_other) = gaussian(one), gaussian(other)
    root = torch.linalg.eigvals(covariance @ covariance_other).sqrt().real.sum()
    traces = covariance.trace() + covariance_other.trace()
    return float((mean - mean_other).square().sum() + traces - 2 * root)


def gaussian(features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return features.double().mean(dim=0), torch.cov(features.double().T)


def nearest_distance(features: torch.Tensor, originals: torch.Tensor) -> float:
    return float(torch.cdist(features, originals).min(dim=1).values.median())


def edge_steepness(pictures: Pixels) -> float:
    """Mean of the steepest twentieth of each picture's brightness gradients, in grey levels a pixel."""
    grey = pictures.astype(np.float32).mean(axis=3)
    across, down = np.diff(grey, axis=2)[:, :-1], np.diff(grey, axis=1)[:, :, :-1]
    steepness = np.sort(np.hypot(across, down).reshape(len(grey), -1), axis=1)
    return float(steepness[:, -steepness.shape[1] // 20 :].mean())


@torch.inference_mode()
def reconstructed(vae: AutoencoderTiny, pictures: Pixels) -> Pixels:
    batches = to_tensor(pictures).split(16)
    parts = [vae.decode(vae.encode(batch.to(vae.device)).latents).sample.cpu() for batch in batches]
    pixels = torch.cat(parts).clamp(-1, 1).add(1).mul(127.5).round().byte()
    return pixels.permute(0, 2, 3, 1).contiguous().numpy()


def psnr(pictures: Pixels, others: Pixels) -> float:
    """Mean of the pictures' peak signal-to-noise ratios in decibels."""
    error = ((pictures.astype(np.float64) - others) / 255) ** 2
    return float((-10 * np.log10(error.mean(axis=(1, 2, 3)))).mean())


def photographs(side: int) -> Pixels:
    """The middle squares of the photographs of sources.json, side x side.

    Raises:
        ModuleNotFoundError: scikit-image is not installed (`pip install '.[train]'`).
        WrongChecksum: They are not the photographs that the recipe knows.
    """
    package = importlib.util.find_spec("skimage")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("scikit-image, for its photographs")
    folder = Path(package.origin).parent / "data"
    return np.stack(
        [middle_square(checked(folder / name, sha256), side) for name, sha256 in read_photographs().items()]
    )


def middle_square(file: Path, side: int) -> Pixels:
    picture = Image.open(file).convert("RGB")
    whole = min(picture.size)
    left, top = (picture.width - whole) // 2, (picture.height - whole) // 2
    square = picture.crop((left, top, left + whole, top + whole))
    return np.asarray(square.resize((side, side), Image.Resampling.LANCZOS))


def layout_kept(pictures: Pixels, others: Pixels) -> float:
    """Mean correlation of the pictures' brightness at 16 x 16."""
    cell = pictures.shape[1] // 16
    cells = [p.reshape(len(p), 16, cell, 16, cell, 3).mean(axis=(2, 4, 5)) for p in (pictures, others)]
    pairs = zip(*(c.reshape(len(c), -1) for c in cells), strict=True)
    return float(np.mean([np.corrcoef(one, other)[0, 1] for one, other in pairs]))


def edited(studio: Studio, rgba: Pixels, subjects: Sequence[Subject]) -> float:
    """Writes edits.png: originals, what image to image at 0.5 and inpainting of the right half make of them.

    The figure is how much of the layout image to image keeps; whether inpainting fills plausibly must be looked at.
    """
    names = ("car", "apple", "house", "cat face", "smiling face", "tree", "rocket", "balloon")
    indices = [[subject.name for subject in subjects].index(name) for name in names]
    view = View("light blue", shift=(1, 0), small=True)
    originals = np.stack([picture((rgba[i], view), studio.side) for i in indices])
    prompts = [plain_prompt(subjects[i], "light blue") for i in indices]
    redrawn = redraw(studio.pipeline, originals, prompts, 0.5)
    right_half = np.zeros((studio.side, studio.side), np.uint8)
    right_half[:, studio.side // 2 :] = 255
    filled = fill(studio.pipeline, originals, right_half, prompts)
    labels = [*names, *["0.5"] * len(names), *["right half"] * len(names)]
    contact_sheet(np.concatenate([originals, redrawn, filled]), labels, len(names), studio.out / "edits.png")
    return layout_kept(originals, redrawn)


def seconds_per_picture(studio: Studio) -> float:
    times: list[float] = []
    for _ in range(6):
        started = time.perf_counter()
        draw(studio.pipeline, ["a cat"], [1], studio.guidance, studio.side)
        times.append(time.perf_counter() - started)
    return min(times[1:])


@dataclass(frozen=True)
class Studio:
    """Where the pictures come from: the model, or the ones it drew before."""

    pipeline: StableDiffusionPipeline
    out: Path
    guidance: float
    side: int
    judge_only: bool

    def drawn(self, prompts: Sequence[Prompt], name: str, columns: int) -> Pixels:
        """A picture of every prompt with every seed; those of the first seed go on a contact sheet."""
        file = self.out / f"{name}.npy"
        if self.judge_only:
            return np.load(file)
        repeated = [prompt.text for prompt in prompts for _ in SEEDS]
        pictures = draw(self.pipeline, repeated, [*SEEDS] * len(prompts), self.guidance, self.side)
        contact_sheet(pictures[:: len(SEEDS)], [p.text for p in prompts], columns, self.out / f"{name}.png")
        np.save(file, pictures)
        return pictures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--guidance", type=float, default=GUIDANCE)
    parser.add_argument("--side", type=int, default=SIDE, help="of a picture, in pixels")
    parser.add_argument("--first", type=int, help="ask only for the first n subjects, to compare with an older model")
    parser.add_argument("--every", type=int, default=1, help="for a quick look: only every n-th prompt")
    parser.add_argument("--judge-only", action="store_true", help="take the pictures drawn before")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    pipeline = load_pipeline(arguments.model)
    studio = Studio(pipeline, arguments.out, arguments.guidance, arguments.side, arguments.judge_only)
    figures = measured(studio, arguments.work, read_subjects()[: arguments.first], arguments.every)
    text = json.dumps(figures, indent=2) + "\n"
    (arguments.out / "figures.json").write_text(text, encoding="utf-8")
    sys.stdout.write(text)


def measured(studio: Studio, work: Path, subjects: Sequence[Subject], every: int) -> dict[str, float | Figures]:
    rgba = np.load(work / "sprites.npz")["rgba"]
    judge, judge_accuracy = load_embedding(work / "embedding.pt")
    seen, unseen = seen_prompts(subjects)[::every], unseen_prompts(subjects)[::every]
    seen_pictures, unseen_pictures = studio.drawn(seen, "subjects", 14), studio.drawn(unseen, "unseen", 12)
    originals, other_originals = (
        np.stack([picture((rgba[p.subject], p.view), studio.side) for p in ps]) for ps in (seen, unseen)
    )
    reconstructions = reconstructed(studio.pipeline.vae, originals)
    original_features, original_scores = judged(judge, originals)
    other_features, other_scores = judged(judge, other_originals)
    features, scores = judged(judge, seen_pictures)
    unseen_features, unseen_scores = judged(judge, unseen_pictures)
    seen, unseen, once, unseen_once = repeated(seen), repeated(unseen), seen, unseen
    firsts = [i for i, prompt in enumerate(seen) if subjects[prompt.subject].asked_first]
    sheet = [i for i in firsts if i % len(SEEDS) == 0]
    contact_sheet(seen_pictures[sheet], [seen[i].text for i in sheet], 14, studio.out / "firsts.png")
    photos = photographs(studio.side)
    return {
        "guidance": studio.guidance,
        "side": studio.side,
        "judge": {
            "held_out_renderings": judge_accuracy,
            **{f"originals_{name}": value for name, value in retrieval(original_scores, once).items()},
            **{f"unseen_originals_{name}": value for name, value in retrieval(other_scores, unseen_once).items()},
        },
        "seen": retrieval(scores, seen),
        "asked_first": retrieval(scores[firsts], [seen[i] for i in firsts]),
        "unseen": retrieval(unseen_scores, unseen),
        "background_accuracy": background_accuracy(unseen_pictures, unseen),
        "frechet_seen": frechet_distance(features, original_features),
        "frechet_unseen": frechet_distance(unseen_features, other_features),
        "nearest_original": nearest_distance(features, original_features),
        "nearest_other_view": nearest_distance(other_features, original_features),
        "edges": edge_steepness(seen_pictures) / edge_steepness(reconstructions),
        "edges_of_reconstructions": edge_steepness(reconstructions) / edge_steepness(originals),
        "layout_kept": edited(studio, rgba, subjects),
        "psnr_originals": psnr(originals, reconstructions),
        "psnr_photographs": psnr(photos, reconstructed(studio.pipeline.vae, photos)),
        "seconds": seconds_per_picture(studio),
    }


def repeated(prompts: Sequence[Prompt]) -> list[Prompt]:
    """Every prompt once for each seed, as its pictures are."""
    return [prompt for prompt in prompts for _ in SEEDS]


if __name__ == "__main__":
    main()
