"""Draws pictures with a model as the program does on a processor: DPM++ 2M, 20 steps, float32."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from compute import device
from diffusers import (
    DPMSolverMultistepScheduler,
    StableDiffusionImg2ImgPipeline,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
)
from pictures import SIDE
from PIL import Image, ImageDraw

STEPS = 20
GUIDANCE = 5.0
TOGETHER = {"cpu": 16, "cuda": 128}
"""Pictures that are drawn at once."""
LABEL_HEIGHT = 14


def load_pipeline(model: Path) -> StableDiffusionPipeline:
    pipeline = StableDiffusionPipeline.from_pretrained(model, torch_dtype=torch.float32)
    pipeline.scheduler = DPMSolverMultistepScheduler.from_config(pipeline.scheduler.config)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.unet.to(memory_format=torch.channels_last)
    return pipeline.to(device())


def draw(
    pipeline: StableDiffusionPipeline,
    prompts: Sequence[str],
    seeds: Sequence[int],
    guidance: float = GUIDANCE,
    side: int = SIDE,
) -> npt.NDArray[np.uint8]:
    """(n, side, side, 3) uint8, one for each prompt and its seed."""
    pictures: list[npt.NDArray[np.uint8]] = []
    together = TOGETHER[device().type]
    for start in range(0, len(prompts), together):
        chunk = slice(start, start + together)
        made = pipeline(
            list(prompts[chunk]),
            num_inference_steps=STEPS,
            guidance_scale=guidance,
            generator=[torch.Generator().manual_seed(seed) for seed in seeds[chunk]],
            height=side,
            width=side,
        ).images
        pictures += [np.asarray(picture) for picture in made]
    return np.stack(pictures)


def redraw(
    pipeline: StableDiffusionPipeline, pictures: npt.NDArray[np.uint8], prompts: Sequence[str], strength: float
) -> npt.NDArray[np.uint8]:
    """Image to image: (n, height, width, 3) uint8 in and out, seed 1 for each."""
    made = StableDiffusionImg2ImgPipeline(**pipeline.components, requires_safety_checker=False)(
        list(prompts),
        image=[Image.fromarray(picture) for picture in pictures],
        strength=strength,
        num_inference_steps=STEPS,
        guidance_scale=GUIDANCE,
        generator=[torch.Generator().manual_seed(1) for _ in prompts],
    ).images
    return np.stack([np.asarray(picture) for picture in made])


def fill(
    pipeline: StableDiffusionPipeline,
    pictures: npt.NDArray[np.uint8],
    mask: npt.NDArray[np.uint8],
    prompts: Sequence[str],
) -> npt.NDArray[np.uint8]:
    """Inpainting where the mask, (height, width), is 255; seed 1 for each."""
    made = StableDiffusionInpaintPipeline(**pipeline.components, requires_safety_checker=False)(
        list(prompts),
        image=[Image.fromarray(picture) for picture in pictures],
        mask_image=[Image.fromarray(mask)] * len(prompts),
        height=mask.shape[0],
        width=mask.shape[1],
        strength=1.0,
        num_inference_steps=STEPS,
        guidance_scale=GUIDANCE,
        generator=[torch.Generator().manual_seed(1) for _ in prompts],
    ).images
    return np.stack([np.asarray(picture) for picture in made])


def contact_sheet(pictures: npt.NDArray[np.uint8], labels: Sequence[str], columns: int, file: Path) -> None:
    """Writes the pictures side by side, each over its label."""
    rows, side = -(-len(pictures) // columns), pictures.shape[1]
    sheet = Image.new("RGB", (columns * side, rows * (side + LABEL_HEIGHT)), "white")
    pen = ImageDraw.Draw(sheet)
    for i, (picture, label) in enumerate(zip(pictures, labels, strict=True)):
        x, y = i % columns * side, i // columns * (side + LABEL_HEIGHT)
        sheet.paste(Image.fromarray(picture), (x, y))
        pen.text((x + 2, y + side + 1), label[:24], fill="black")
    file.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(file)
