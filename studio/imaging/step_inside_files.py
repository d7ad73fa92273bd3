"""What happened inside a step as files: arrays that numpy opens, and pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from studio.core.step_inside import CrossAttention, StepInside
from studio.imaging.latent_picture import channel_picture, latent_picture
from studio.imaging.plain_png import encode_plain_png

if TYPE_CHECKING:
    from numpy.typing import NDArray


def guidance_files(inside: StepInside) -> Iterator[tuple[str, bytes]]:
    """Names and contents: an .npz with what was expected (x0), and a picture of each where the colours are known."""
    found = inside.guidance
    named = {
        "guided": found.guided,
        "conditional": found.conditional,
        "unconditional": found.unconditional,
        "difference": found.difference,
    }
    arrays = {name: array for name, array in named.items() if array is not None}
    yield f"step-{inside.step:03}-guidance.npz", _npz(arrays)
    if inside.colours is not None:
        for name, array in arrays.items():
            yield f"step-{inside.step:03}-{name}.png", encode_plain_png(latent_picture(array, inside.colours))


def attention_files(step: int, attention: CrossAttention) -> Iterator[tuple[str, bytes]]:
    """Names and contents: an .npz with `words`, their `shares` and the `rest`, and a picture of each word, from black
    where least of it is to white where most is."""
    shares = [word.share for word in attention.words]
    arrays: dict[str, NDArray[np.generic]] = {
        "words": np.asarray([word.word for word in attention.words], np.str_),
        "shares": np.stack(shares) if shares else np.empty((0, *attention.rest.shape), np.float32),
        "rest": attention.rest,
    }
    yield f"step-{step:03}-attention.npz", _npz(arrays)
    for number, word in enumerate(attention.words, 1):
        name = re.sub(r"[^\w-]", "", word.word)[:40]
        yield f"step-{step:03}-attention-{number:02}-{name}.png", encode_plain_png(channel_picture(word.share))


def _npz(arrays: Mapping[str, NDArray[np.generic]]) -> bytes:
    buffer = BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()
