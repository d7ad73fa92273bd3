"""What another program's picture tells, for `studio info`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studio.imaging.metadata.foreign_settings import ForeignSettings


def foreign_facts(settings: ForeignSettings) -> dict[str, str | int | float]:
    """Each fact by its name; what the picture does not tell is left out."""
    size, rescale, skip = settings.size, settings.guidance_rescale, settings.clip_skip
    facts: dict[str, str | int | float | None] = {
        "Prompt": settings.prompt.text or None,
        "Negative prompt": settings.prompt.negative or None,
        "Steps": settings.num_inference_steps,
        "Sampler": settings.scheduler.label if settings.scheduler else None,
        "CFG scale": settings.guidance_scale,
        "Seed": settings.seed,
        "Size": f"{size.width}x{size.height}" if size else None,
        "Model": settings.checkpoint_name,
        "LoRAs": ", ".join(f"{lora.name}: {lora.weight:g}" for lora in settings.loras) or None,
        "VAE": settings.vae,
        "CFG rescale": rescale or None,
        "Clip skip": skip or None,
        "Program": settings.program or None,
    }
    return {name: fact for name, fact in facts.items() if fact is not None}


def as_lines(facts: Mapping[str, str | int | float]) -> str:
    return "\n".join(f"{name}: {fact}" for name, fact in facts.items())
