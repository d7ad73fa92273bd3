"""Make the pictures of the guide's chapters (`resources/guide/chapter_*.png`) with the program itself.

    python packaging/guide/make_chapter_pictures.py

Every one of them is what its chapter tells about, done by the engine: nothing is drawn. What lies between the parts is
transparent, so that they suit light and dark. Run it again whenever the bundled model's weights change (some minutes).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from studio import generate_image, noisy_image, open_session, round_trip
from studio.core.lesson import Learned, Lesson
from studio.core.resources import example_picture, resource_path
from studio.core.session import CancelToken
from studio.imaging.decode import read_pixels
from studio.imaging.latent_picture import channel_picture, latent_picture

if TYPE_CHECKING:
    from studio.app.api import Session
    from studio.core.pixels import Pixels
    from studio.core.trajectory import Latents, Trajectory

_CELL, _GAP = 120, 10
_SIZE = (192, 192)
_STEPS_SHOWN = (0, 3, 7, 12, 19)
_LEARNED = ("example_a_car", "example_a_smiling_face", "example_a_heart_on_a_pink_background", "steps_many")


def main() -> None:
    with open_session() as session:
        _, trajectory = generate_image("a red apple", seed=42, steps=20, trace=True, session=session)
        _save("1_diffusion", [_guesses(trajectory)])
        _save("2_forward", [[_noisy(t, session) for t in (0, 250, 500, 750, 999)]])
        _save("3_reverse", [_seen(trajectory), _guesses(trajectory)])
        _save("4_latent", [_latent(session)])
        _save("5_guidance", [[_made(session, "a panda", seed=2, cfg=cfg) for cfg in (1.0, 3.0, 7.0, 15.0)]])
        _save("6_steps", [[_made(session, "a hamburger", seed=4, steps=steps) for steps in (1, 2, 4, 8, 20)]])
        _save("7_pictures", [_varied(session)])
        _save("8_learning", _learning(session))


def _guesses(trajectory: Trajectory) -> list[Image.Image]:
    return [_smooth(trajectory, trajectory.steps[step].predicted) for step in _STEPS_SHOWN]


def _seen(trajectory: Trajectory) -> list[Image.Image]:
    assert trajectory.colours is not None
    steps = [trajectory.steps[step] for step in _STEPS_SHOWN]
    return [_squares(latent_picture(step.latents, trajectory.colours)) for step in steps]


def _smooth(trajectory: Trajectory, latents: Latents) -> Image.Image:
    assert trajectory.colours is not None
    pixels = latent_picture(latents, trajectory.colours)
    return Image.fromarray(pixels).resize((_CELL, _CELL), Image.Resampling.BICUBIC)


def _noisy(t: int, session: Session) -> Image.Image:
    return noisy_image(example_picture("a car"), t, session=session)


def _latent(session: Session) -> list[Image.Image]:
    picture = example_picture("a car")
    trip = round_trip(picture, session=session)
    channels = [_squares(np.repeat(channel_picture(channel)[:, :, None], 3, axis=2)) for channel in trip.latents[:3]]
    return [Image.open(picture), *channels, Image.fromarray(trip.decoded)]


def _made(session: Session, prompt: str, *, seed: int, steps: int = 12, cfg: float | None = None) -> Image.Image:
    return generate_image(prompt, seed=seed, steps=steps, cfg=cfg, size=_SIZE, session=session)


def _varied(session: Session) -> list[Image.Image]:
    start = Image.open(example_picture("a car")).convert("RGB").resize(_SIZE)
    varied = [
        generate_image("a blue car", image=start, strength=strength, steps=12, seed=3, session=session)
        for strength in (0.3, 0.5, 0.7, 0.9)
    ]
    return [start, *varied]


def _learning(session: Session) -> list[list[Image.Image]]:
    """The same noise before, amid and after three hundred steps, and below what was learned from."""
    told: list[Learned] = []
    pictures = tuple(read_pixels(resource_path("guide", f"{name}.png")) for name in _LEARNED)
    lesson = Lesson(pictures, seconds=600, most_steps=400, seed=7)
    session.engine.learn(lesson, on_learned=told.append, cancel=CancelToken())
    seen = [told[0], told[len(told) // 4], told[-1]]
    return [*[[_squares(sample) for sample in each.samples] for each in seen], [Image.fromarray(p) for p in pictures]]


def _squares(pixels: Pixels) -> Image.Image:
    """Each cell is seen as a square."""
    return Image.fromarray(pixels).resize((_CELL, _CELL), Image.Resampling.NEAREST)


def _save(name: str, rows: Sequence[Sequence[Image.Image]]) -> None:
    columns = max(map(len, rows))
    size = columns * (_CELL + _GAP) - _GAP, len(rows) * (_CELL + _GAP) - _GAP
    sheet = Image.new("RGBA", size, (0, 0, 0, 0))
    for row, images in enumerate(rows):
        for column, image in enumerate(images):
            cell = image.convert("RGB").resize((_CELL, _CELL), Image.Resampling.LANCZOS)
            sheet.paste(cell, (column * (_CELL + _GAP), row * (_CELL + _GAP)))
    sheet.save(resource_path("guide", f"chapter_{name}.png"), optimize=True)


if __name__ == "__main__":
    main()
