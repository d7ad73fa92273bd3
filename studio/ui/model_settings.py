"""Which settings the panel shows when another model is chosen."""

from __future__ import annotations

from studio.core.checkpoint import Checkpoint, RecommendedSampling


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
    steps = f"{settings.num_inference_steps} step" + ("s" if settings.num_inference_steps != 1 else "")
    size = f"{settings.size.width} × {settings.size.height}"
    return f"{size}, {steps}, CFG {settings.guidance_scale:g}, {settings.scheduler.label}"
