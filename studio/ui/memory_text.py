"""What to say about memory plans. No Qt."""

from __future__ import annotations

from studio.core.memory import MemoryPlan, Placement, Verdict
from studio.core.progress import PlanLowered
from studio.ui.messages import readable_bytes

_PLACEMENTS = {
    Placement.RESIDENT: "everything in memory",
    Placement.COMPONENT_SWAP: "one part of the model in memory at a time",
    Placement.BLOCK_OFFLOAD: "the model streamed in blocks",
    Placement.SEQUENTIAL: "the model streamed layer by layer",
}


def verdict_text(plan: MemoryPlan) -> str:
    """Whether a model runs on this machine, in a few words."""
    match plan.verdict:
        case Verdict.FITS:
            return "fits"
        case Verdict.FITS_WITH_OFFLOAD:
            return f"fits with offload, about {plan.slowdown:g}x slower"
        case Verdict.DOES_NOT_FIT:
            missing = readable_bytes(plan.peak_bytes - plan.free_bytes)
            return f"does not fit ({missing} more would be needed)"


def plan_text(plan: MemoryPlan) -> str:
    """How a picture will be fitted into the memory."""
    tiles = ", decoded in tiles" if plan.vae_tiled else ""
    amounts = f"about {readable_bytes(plan.peak_bytes)} of {readable_bytes(plan.free_bytes)} free"
    return f"{_PLACEMENTS[plan.placement].capitalize()}{tiles}: {amounts}."


def lowered_text(lowered: PlanLowered) -> str:
    """What was done after a picture had no room."""
    if lowered.failed.placement is lowered.tried.placement:
        done = "it was decoded in tiles instead. Its seams are blended"
    else:
        done = f"it goes on with {_PLACEMENTS[lowered.tried.placement]}. That is slower"
    return f"The picture had no room in memory, so {done}. Close other programs or choose a smaller size to avoid this."
