"""How a prompt names add-ons: `<lora:name:0.8>` for a LoRA, the bare name for a textual inversion.

The files themselves are in the request's add-ons; a tag tells the model nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

EXPLICIT = "embedding:"
"""Before a name it says that nothing else is meant."""


@dataclass(frozen=True, slots=True)
class LoraTag:
    """`<lora:name:weight>`, or `<lora:name:weight:text_encoder_weight>` where the two differ.

    It says nothing to the text encoder. `studio.prompts.language.read_prompt` finds those of a prompt.
    """

    name: str
    weight: float = 1.0
    text_encoder_weight: float = 1.0

    def __str__(self) -> str:
        weights = [self.weight]
        if self.text_encoder_weight != self.weight:
            weights.append(self.text_encoder_weight)
        return ":".join(["<lora", self.name, *(_number(weight) for weight in weights)]) + ">"


def embedding_pattern(name: str) -> re.Pattern[str]:
    """Finds a textual inversion's name in a prompt: words of their own, in any case, with or without the folder that
    is part of the name, with or without `embedding:`.
    """
    folder, _, stem = name.rpartition("/")
    folder_part = f"(?:{re.escape(folder)}/)?" if folder else ""
    return re.compile(rf"(?<![\w/-])(?:{EXPLICIT})?{folder_part}{re.escape(stem)}(?![\w/-])", re.IGNORECASE)


def _number(value: float) -> str:
    """Decimal digits only: nobody reads `1e-05` as a weight."""
    return format(Decimal(repr(value)), "f").removesuffix(".0")
