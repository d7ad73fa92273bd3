"""What to say about memory plans. No Qt."""

from __future__ import annotations

from studio.core.language import tr
from studio.core.memory import MemoryPlan, Placement, Verdict
from studio.core.progress import PlanLowered
from studio.ui.messages import readable_bytes

_PLACEMENTS = {
    Placement.RESIDENT: tr("everything in memory"),
    Placement.COMPONENT_SWAP: tr("one part of the model in memory at a time"),
    Placement.BLOCK_OFFLOAD: tr("the model streamed in blocks"),
    Placement.SEQUENTIAL: tr("the model streamed layer by layer"),
}


def verdict_text(plan: MemoryPlan) -> str:
    """Whether a model runs on this machine, in a few words."""
    match plan.verdict:
        case Verdict.FITS:
            return tr("fits")
        case Verdict.FITS_WITH_OFFLOAD:
            return tr("fits with offload, about {slowdown:g}x slower", slowdown=plan.slowdown)
        case Verdict.DOES_NOT_FIT:
            missing = readable_bytes(plan.peak_bytes - plan.free_bytes)
            return tr("does not fit ({missing} more would be needed)", missing=missing)


def plan_text(plan: MemoryPlan) -> str:
    """How a picture will be fitted into the memory."""
    tiles = tr(", decoded in tiles") if plan.vae_tiled else ""
    amounts = tr(
        "about {needed} of {free} free", needed=readable_bytes(plan.peak_bytes), free=readable_bytes(plan.free_bytes)
    )
    return f"{placement_text(plan.placement)}{tiles}: {amounts}."


def placement_text(placement: Placement) -> str:
    """Where the model is, as a line of its own."""
    text = _PLACEMENTS[placement]
    return f"{text[:1].upper()}{text[1:]}"


def lowered_text(lowered: PlanLowered) -> str:
    """What was done after a picture had no room."""
    if lowered.failed.placement is lowered.tried.placement:
        done = tr("it was decoded in tiles instead. Its seams are blended")
    else:
        done = tr("it goes on with {placement}. That is slower", placement=_PLACEMENTS[lowered.tried.placement])
    return tr(
        "The picture had no room in memory, so {done}. Close other programs or choose a smaller size to avoid this.",
        done=done,
    )
