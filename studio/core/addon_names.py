"""How a prompt names add-ons: `<lora:name:0.8>` for a LoRA, the bare name for a textual inversion.

The files themselves are in the request's add-ons; a tag tells the model nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

EXPLICIT = "embedding:"
"""Before a name it says that nothing else is meant."""

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)"
_TAG = re.compile(rf"<lora:([^:<>\n]+)(?::(?:te=)?({_NUMBER}))?(?::(?:te=)?({_NUMBER}))?>")


@dataclass(frozen=True, slots=True)
class LoraTag:
    """`<lora:name:weight>`, or `<lora:name:weight:text_encoder_weight>` where the two differ."""

    name: str
    weight: float = 1.0
    text_encoder_weight: float = 1.0

    def __str__(self) -> str:
        weights = [self.weight]
        if self.text_encoder_weight != self.weight:
            weights.append(self.text_encoder_weight)
        return ":".join(["<lora", self.name, *(_number(weight) for weight in weights)]) + ">"


def lora_tags(text: str) -> tuple[LoraTag, ...]:
    """The tags in a prompt, in their order. What is no whole tag is text."""
    tags: list[LoraTag] = []
    for name, weight, text_encoder_weight in _TAG.findall(text):
        unet = float(weight or 1)
        tags.append(LoraTag(name.strip(), unet, float(text_encoder_weight or unet)))
    return tuple(tags)


def without_lora_tags(text: str) -> str:
    """What of a prompt the text encoder reads. A prompt without tags stays as it is."""
    if "<lora:" not in text:
        return text
    return re.sub(r" {2,}", " ", _TAG.sub("", text)).strip()


def with_lora_tags(text: str, tags: Iterable[LoraTag]) -> str:
    """The prompt, with those `tags` at its end whose names it does not contain yet."""
    named = {tag.name.casefold() for tag in lora_tags(text)}
    missing = [str(tag) for tag in tags if tag.name.casefold() not in named]
    return " ".join([part for part in (text.rstrip() if missing else text, *missing) if part])


def embedding_pattern(name: str) -> re.Pattern[str]:
    """Finds a textual inversion's name in a prompt: words of their own, in any case, with or without the folder that
    is part of the name, with or without `embedding:`.
    """
    folder, _, stem = name.rpartition("/")
    folder_part = f"(?:{re.escape(folder)}/)?" if folder else ""
    return re.compile(rf"(?<![\w/-])(?:{EXPLICIT})?{folder_part}{re.escape(stem)}(?![\w/-])", re.IGNORECASE)


def _number(value: float) -> str:
    return repr(value).removesuffix(".0")
