"""NovelAI: PNG texts `Software`, `Description` (the prompt), `Source` (the model) and `Comment` (JSON with the rest).

Its WebP files hold the same as one JSON object in EXIF UserComment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from studio.imaging.metadata import values
from studio.imaging.metadata.foreign_settings import ForeignSettings
from studio.imaging.metadata.json_text import as_list, as_object, json_object
from studio.imaging.metadata.samplers import sampler_called
from studio.imaging.metadata.texts import PARAMETERS, Texts

_NAME = "NovelAI"
_HASH = re.compile(r" [0-9A-F]{8}$")
_MOST_CHARACTERS = 32


def speaks(texts: Texts) -> bool:
    comment = texts.get(PARAMETERS, "")
    return texts.get("Software") == _NAME or (comment.startswith("{") and f'"{_NAME}"' in comment)


def read(texts: Texts) -> ForeignSettings | None:
    fields = texts if "Comment" in texts else json_object(texts.get(PARAMETERS, "")) or {}
    if fields.get("Software") != _NAME:
        return None
    settings = json_object(values.words(fields.get("Comment")))
    if settings is None:
        return None
    positive = _prompt(settings.get("v4_prompt")) or settings.get("prompt") or fields.get("Description")
    prompt = values.prompt(positive, _prompt(settings.get("v4_negative_prompt")) or settings.get("uc"))
    if prompt is None:
        return None
    sampler = sampler_called(settings.get("sampler"), settings.get("noise_schedule"))
    return ForeignSettings(
        prompt=prompt,
        scheduler=sampler.scheduler,
        num_inference_steps=values.steps(settings.get("steps")),
        guidance_scale=values.guidance(settings.get("scale")),
        seed=values.seed(settings.get("seed")),
        size=values.size(settings.get("width"), settings.get("height")),
        schedule=sampler.schedule,
        guidance_rescale=values.guidance_rescale(settings.get("cfg_rescale", 0)),
        checkpoint_name=values.file_name(_HASH.sub("", values.words(fields.get("Source"))[:200])),
        program=_NAME,
    )


def _prompt(value: object) -> str:
    """Since version 4: one caption for the picture, and one for each character in it."""
    caption: Mapping[str, object] = as_object((as_object(value) or {}).get("caption")) or {}
    characters = [as_object(entry) or {} for entry in as_list(caption.get("char_captions"))[:_MOST_CHARACTERS]]
    texts = (caption.get("base_caption"), *(character.get("char_caption") for character in characters))
    return ", ".join(text for text in map(values.words, texts) if text)
