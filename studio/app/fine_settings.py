"""Add-ons and the finer settings of sampling, as people say them on the command line and in Python."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.checkpoints.weights_file import SAFETENSORS_ENDINGS
from studio.core.addon import LoraUse
from studio.core.addon_names import LoraTag
from studio.core.errors import InvalidAddonWeight

_LORA = re.compile(r"(?P<lora>.+?)(?::(?P<weight>[+-]?[\d.]+))?(?::(?P<text>[+-]?[\d.]+))?")


@dataclass(frozen=True, slots=True)
class FineSettings:
    """What is rarely changed. None means: not said, so as usual. `loras` as `named_lora` reads them."""

    loras: Sequence[str] = ()
    vae: str | None = None
    schedule: str | None = None
    clip_skip: int | None = None
    cfg_rescale: float | None = None


@dataclass(frozen=True, slots=True)
class NamedLora:
    """A LoRA by the tag that a prompt has for it; `file` where it is named by its path."""

    tag: LoraTag
    file: Path | None


def named_lora(text: str) -> NamedLora:
    """`NAME-or-FILE`, `NAME-or-FILE:weight` or `NAME-or-FILE:weight:weight of the text encoder`.

    Raises:
        InvalidAddonWeight: for a weight such as "0.8.1".
    """
    parts = _LORA.fullmatch(text.strip())
    if parts is None:
        return NamedLora(LoraTag(text), None)
    file = Path(parts["lora"])
    is_file = file.suffix.lower() in SAFETENSORS_ENDINGS and file.is_file()
    name = file.stem if is_file else parts["lora"]
    weight = _weight(name, parts["weight"]) if parts["weight"] else 1.0
    text_weight = _weight(name, parts["text"]) if parts["text"] else weight
    return NamedLora(LoraTag(name, weight, text_weight), file.absolute() if is_file else None)


def _weight(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidAddonWeight(name, text, LoraUse.LOWEST, LoraUse.HIGHEST) from None
