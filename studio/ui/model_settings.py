"""Which settings the panel shows when another model is chosen."""

from __future__ import annotations

from studio.core.checkpoint import Checkpoint, RecommendedSampling
from studio.core.language import tr, trn


def settings_for(
    new: Checkpoint, old: Checkpoint, current: RecommendedSampling, used_before: RecommendedSampling | None
) -> RecommendedSampling:
    """The settings to go on with after `current`, which were for `old`.

    What was last used with `new` comes back. A model of another family begins with what it is best at. Within a family
    only those settings change that stood at the old model's best: what the user chose stays.
    """
    if used_before is not None:
        return used_before
    if new.family != old.family:
        return new.recommended
    best, wanted = old.recommended, new.recommended
    return RecommendedSampling(
        size=wanted.size if current.size == best.size else current.size,
        num_inference_steps=(
            wanted.num_inference_steps
            if current.num_inference_steps == best.num_inference_steps
            else current.num_inference_steps
        ),
        guidance_scale=(
            wanted.guidance_scale if current.guidance_scale == best.guidance_scale else current.guidance_scale
        ),
        scheduler=wanted.scheduler if current.scheduler == best.scheduler else current.scheduler,
    )


def settings_text(settings: RecommendedSampling) -> str:
    """Settings in a few words: "1024 × 1024, 30 steps, CFG 6, DPM++ 2M"."""
    steps = trn("{n} step", "{n} steps", settings.num_inference_steps)
    size = f"{settings.size.width} × {settings.size.height}"
    return tr(
        "{size}, {steps}, CFG {cfg:g}, {sampler}",
        size=size,
        steps=steps,
        cfg=settings.guidance_scale,
        sampler=settings.scheduler.label,
    )
