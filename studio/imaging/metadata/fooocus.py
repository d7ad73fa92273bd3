"""Fooocus' own scheme: a JSON object as PNG text `parameters` or EXIF UserComment (modules/meta_parser.py there).

Its other scheme is A1111's infotext.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from studio.core.addon_names import LoraTag
from studio.core.geometry import Size
from studio.imaging.metadata import values
from studio.imaging.metadata.foreign_settings import ForeignSettings
from studio.imaging.metadata.json_text import as_list, json_object
from studio.imaging.metadata.samplers import sampler_called
from studio.imaging.metadata.texts import PARAMETERS, Texts

_OWN_KEY = "base_model"
_SIZE = re.compile(r"\D*(\d{1,6})\D+(\d{1,6})\D*")
_MOST_LORAS = 64


def speaks(texts: Texts) -> bool:
    text = texts.get(PARAMETERS, "")
    return text.startswith("{") and f'"{_OWN_KEY}"' in text


def read(texts: Texts) -> ForeignSettings | None:
    document = json_object(texts[PARAMETERS])
    if document is None or _OWN_KEY not in document:
        return None
    prompt = values.prompt(document.get("prompt"), document.get("negative_prompt"))
    if prompt is None:
        return None
    sampler = sampler_called(document.get("sampler"), document.get("scheduler"))
    return ForeignSettings(
        prompt=prompt,
        scheduler=sampler.scheduler,
        num_inference_steps=values.steps(document.get("steps")),
        guidance_scale=values.guidance(document.get("guidance_scale")),
        seed=values.seed(document.get("seed")),
        size=_size(document.get("resolution")),
        schedule=sampler.schedule,
        guidance_rescale=0.0,
        clip_skip=_clip_skip(document.get("clip_skip", 1)),
        vae=_vae(document.get("vae")),
        checkpoint_name=values.file_name(document.get(_OWN_KEY)),
        loras=tuple(_loras(document)),
        program=values.version(document.get("version")) or "Fooocus",
    )


def _size(resolution: object) -> Size | None:
    """A tuple as Python prints it: `(896, 1152)`."""
    found = _SIZE.fullmatch(resolution) if isinstance(resolution, str) and len(resolution) < 40 else None
    return None if found is None else values.size(found[1], found[2])


def _clip_skip(value: object) -> int | None:
    """The last layer counts as 1 there."""
    skip = values.whole(value)
    return None if skip is None else values.clip_skip(skip - 1)


def _vae(value: object) -> str | None:
    name = values.file_name(value)
    return None if name is None or name.startswith("Default") else name


def _loras(document: Mapping[str, object]) -> Iterator[LoraTag]:
    """`[name, weight, hash]` each; older versions: `"lora_combined_1": "name : weight"`."""
    pairs = [as_list(entry)[:2] for entry in as_list(document.get("loras"))[:_MOST_LORAS]]
    if not pairs:
        texts = (document.get(f"lora_combined_{number}") for number in range(1, _MOST_LORAS))
        pairs = [text.rsplit(" : ", 1) for text in texts if isinstance(text, str)]
    for pair in pairs:
        if len(pair) == 2 and (lora := values.lora(pair[0], pair[1])) is not None:
            yield lora
