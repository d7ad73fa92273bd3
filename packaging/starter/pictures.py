"""Composes training pictures: an object, its colour, its place, a background."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
from captions import COLOURS, SCENES, View
from PIL import Image, ImageDraw, ImageFilter, ImageOps

SIDE = 128
"""Pixels of a training picture's side, if it is not the large one."""
LARGE_SIDE = 256
SPRITE_SIDE = 256
CELLS = 16
"""Steps across a picture by which objects move: one latent cell at the usual side, two at the large one. The latents of
an object then stay what they were, and only move, where a finer shift would give new latents for the same thing."""
OBJECT_SCALE, SMALL_SCALE, SCENE_SCALE = 0.9, 0.66, 0.86
VARIANTS = 3
"""Fixed drawings of every scene. Stars and bubbles at fresh random places cannot be told from the words, so learning
them would be wasted."""

HUE_SATURATION_VALUE: Mapping[str, tuple[float, float, float]] = {
    "red": (358, 1, 1),
    "orange": (26, 1, 1),
    "yellow": (48, 1, 1.12),
    "green": (128, 0.95, 0.92),
    "blue": (216, 1, 1),
    "purple": (272, 0.9, 1),
    "pink": (334, 0.62, 1.12),
    "black": (0, 0.04, 0.30),
    "white": (0, 0.04, 1.6),
}
"""What a paint does: hue in degrees, factors of saturation and value."""

Pixels = npt.NDArray[np.uint8]
Stops = tuple[tuple[float, tuple[int, int, int]], ...]
"""A vertical gradient: heights from 0 (top) to 1, and their colours."""

GRADIENTS: Mapping[str, Stops] = {
    "meadow": ((0, (120, 190, 245)), (0.55, (208, 234, 250)), (0.56, (120, 196, 88)), (1, (62, 142, 56))),
    "beach": (
        (0, (110, 192, 246)),
        (0.42, (200, 234, 250)),
        (0.43, (36, 140, 190)),
        (0.6, (92, 200, 214)),
        (0.62, (250, 240, 214)),
        (0.66, (240, 216, 160)),
        (1, (226, 190, 126)),
    ),
    "sunset": (
        (0, (84, 52, 120)),
        (0.4, (226, 96, 92)),
        (0.66, (254, 190, 90)),
        (0.68, (96, 50, 62)),
        (1, (48, 26, 46)),
    ),
    "night": ((0, (10, 14, 44)), (0.7, (44, 56, 110)), (0.72, (22, 40, 44)), (1, (12, 24, 30))),
    "snow": ((0, (150, 190, 226)), (0.58, (214, 230, 244)), (0.6, (250, 252, 255)), (1, (222, 232, 246))),
    "desert": ((0, (250, 214, 150)), (0.5, (254, 240, 206)), (0.52, (232, 170, 92)), (1, (196, 122, 58))),
    "underwater": (
        (0, (110, 214, 236)),
        (0.5, (30, 130, 196)),
        (0.88, (10, 62, 130)),
        (0.9, (190, 172, 120)),
        (1, (150, 130, 90)),
    ),
    "space": ((0, (8, 6, 24)), (1, (22, 12, 50))),
    "sky": ((0, (70, 158, 238)), (1, (186, 224, 250))),
    "table": (
        (0, (240, 226, 204)),
        (0.6, (228, 208, 180)),
        (0.62, (186, 124, 74)),
        (0.66, (160, 100, 56)),
        (1, (126, 76, 42)),
    ),
}
GROUNDED = frozenset({"meadow", "beach", "sunset", "night", "snow", "desert", "table"})
"""Scenes in which things stand on the ground and throw a shadow."""


def load_sprite(path: Path) -> Image.Image:
    """An original as RGBA, 256 x 256."""
    return Image.open(path).convert("RGBA").resize((SPRITE_SIDE, SPRITE_SIDE), Image.Resampling.LANCZOS)


def compose(sprite: Image.Image, view: View, side: int = SIDE) -> Pixels:
    """The picture of an object as `view` says: (side, side, 3) uint8. The same view gives the same picture."""
    cell = side // CELLS
    scale = view.scale * (SMALL_SCALE if view.small else OBJECT_SCALE)
    if view.mirrored:
        sprite = ImageOps.mirror(sprite)
    if view.background in SCENES:
        scale *= SCENE_SCALE
    across = round(side * scale)
    left = (side - across) // 2 + view.shift[0] * cell
    top = (side - across) // 2 + view.shift[1] * cell + (cell if view.background in GROUNDED else 0)
    behind = background(view, side)
    return paste(behind, painted(sprite, view.paint), (left, top), across, view.background in GROUNDED)


def paste(picture: Image.Image, sprite: Image.Image, corner: tuple[int, int], side: int, shadow: bool) -> Pixels:
    x, y = corner
    if shadow:
        shade = Image.new("L", picture.size)
        ImageDraw.Draw(shade).ellipse((x + side * 0.16, y + side * 0.88, x + side * 0.84, y + side), fill=90)
        picture.paste((20, 20, 30), mask=shade.filter(ImageFilter.GaussianBlur(3 * picture.width / SIDE)))
    # Resized with premultiplied alpha, so that no dark fringe appears at the edges.
    thing = sprite.convert("RGBa").resize((side, side), Image.Resampling.LANCZOS).convert("RGBA")
    picture.paste(thing, corner, thing)
    return np.asarray(picture)


def background(view: View, side: int) -> Image.Image:
    if view.background in COLOURS:
        return Image.new("RGB", (side, side), COLOURS[view.background].rgb)
    return scene(view.background, view.variant).resize((side, side), Image.Resampling.BILINEAR)


@functools.cache
def scene(name: str, variant: int) -> Image.Image:
    picture = gradient(GRADIENTS[name])
    if name in DECORATIONS:
        DECORATIONS[name](picture, random.Random(f"{name} {variant}"))
    return picture


def gradient(stops: Stops) -> Image.Image:
    heights = np.linspace(0, 1, SPRITE_SIDE)
    at = [position for position, _ in stops]
    column = np.stack([np.interp(heights, at, [colour[i] for _, colour in stops]) for i in range(3)], axis=-1)
    return Image.fromarray(np.repeat(column[:, None], SPRITE_SIDE, axis=1).astype(np.uint8), "RGB")


def dots(picture: Image.Image, rng: random.Random, count: int, fill: tuple[int, int, int], size: tuple, low: int = 256):
    draw = ImageDraw.Draw(picture)
    for _ in range(count):
        x, y, across = rng.uniform(0, 256), rng.uniform(0, low), rng.uniform(*size)
        draw.ellipse((x, y, x + across, y + across), fill=fill)


def blobs(picture: Image.Image, boxes: list[tuple[float, ...]], fill: tuple[int, int, int], blur: float) -> None:
    mask = Image.new("L", picture.size)
    for box in boxes:
        ImageDraw.Draw(mask).ellipse(box, fill=255)
    picture.paste(Image.new("RGB", picture.size, fill), mask=mask.filter(ImageFilter.GaussianBlur(blur)))


def setting_sun(picture: Image.Image, rng: random.Random) -> None:
    ground = picture.crop((0, 174, 256, 256))
    blobs(picture, [(98, 118, 158, 178)], (255, 236, 160), 4)
    picture.paste(ground, (0, 174))


def stars(picture: Image.Image, rng: random.Random) -> None:
    dots(picture, rng, 34, (255, 250, 214), (3, 6), 170)


def snowflakes(picture: Image.Image, rng: random.Random) -> None:
    dots(picture, rng, 30, (255, 255, 255), (5, 9))


def bubbles(picture: Image.Image, rng: random.Random) -> None:
    draw = ImageDraw.Draw(picture)
    for _ in range(9):
        x, y, across = rng.uniform(0, 250), rng.uniform(0, 210), rng.uniform(6, 14)
        draw.ellipse((x, y, x + across, y + across), outline=(214, 244, 252), width=2)


def nebula(picture: Image.Image, rng: random.Random) -> None:
    blobs(picture, [(-40, 120, 120, 300), (150, -60, 320, 90)], (92, 44, 130), 40)
    dots(picture, rng, 46, (255, 255, 250), (2.5, 6))


def clouds(picture: Image.Image, rng: random.Random) -> None:
    x = rng.uniform(-20, 20)
    low = [(x - 20, 180, x + 80, 250), (x + 40, 196, x + 130, 260), (x + 190, 206, x + 290, 270)]
    high = [(x + 170, 30, x + 240, 74), (x + 200, 20, x + 290, 76)]
    blobs(picture, [*low, *high], (255, 255, 255), 6)


DECORATIONS: Mapping[str, Callable[[Image.Image, random.Random], None]] = {
    "sunset": setting_sun,
    "night": stars,
    "snow": snowflakes,
    "underwater": bubbles,
    "space": nebula,
    "sky": clouds,
}


def painted(sprite: Image.Image, paint: str | None) -> Image.Image:
    """The object with its main hue replaced; parts of another hue keep theirs."""
    if paint is None:
        return sprite
    target, saturation, value = HUE_SATURATION_VALUE[paint]
    hsv = np.asarray(sprite.convert("RGB").convert("HSV")).astype(np.float32)
    alpha = np.asarray(sprite)[..., 3]
    hue = main_hue(hsv, alpha)
    away = np.abs(np.angle(np.exp(1j * (hsv[..., 0] / 255 * 2 * np.pi - hue))))
    amount = np.clip((1.25 - away) / 0.35, 0, 1) * np.clip(hsv[..., 1] / 50 - 0.3, 0, 1)
    turned = (hsv[..., 0] + ((target - np.degrees(hue)) % 360) / 360 * 255) % 255
    new = np.stack([turned, np.clip(hsv[..., 1] * saturation, 0, 255), np.clip(hsv[..., 2] * value, 0, 255)], axis=-1)
    repainted = np.asarray(Image.fromarray(new.astype(np.uint8), "HSV").convert("RGB")).astype(np.float32)
    original = np.asarray(sprite.convert("RGB")).astype(np.float32)
    mixed = original + (repainted - original) * amount[..., None]
    return Image.fromarray(np.dstack([mixed.astype(np.uint8), alpha]), "RGBA")


def main_hue(hsv: npt.NDArray[np.float32], alpha: Pixels) -> float:
    """The most frequent hue among the saturated pixels, in radians."""
    hue, saturation, value = (hsv[..., i] / 255 for i in range(3))
    weights = saturation**2 * value * (alpha / 255.0)
    bins = np.bincount((hue * 48).astype(int).ravel() % 48, weights.ravel(), 48)
    smooth = bins + np.roll(bins, 1) + np.roll(bins, -1)
    around = (smooth.argmax() + np.arange(-1, 2)) % 48
    return float(np.angle((bins[around] * np.exp(2j * np.pi * (around + 0.5) / 48)).sum()))
