"""Whether a model of the catalogue would run on this machine."""

from __future__ import annotations

import psutil

from studio.checkpoints.catalogue_entry import CatalogueEntry
from studio.checkpoints.network_sizes import NetworkSizes
from studio.core.language import tr
from studio.core.memory import plan_memory
from studio.core.session import DeviceInfo
from studio.ui.memory_text import verdict_text

PROCESSOR = DeviceInfo("cpu", "float32")
"""What is assumed until the engine has looked: most machines can do no more."""
_PROGRAM_BYTES = 600 * 2**20
"""What the program takes without any model."""
_OWN_USE = 0.95
"""Of a card's memory, what the desktop and the driver leave."""


def memory_verdict(entry: CatalogueEntry, sizes: NetworkSizes, device: DeviceInfo) -> str:
    """In a few words, for a picture with the settings that the model is best at.

    Raises:
        CheckpointDamaged: the sizes of networks cannot be read.
    """
    need, best = entry.memory, entry.recommended
    device = device if entry.family is None else device.suited_to(entry.family)
    size = None if need is None else sizes.of(need, device.item_bytes)
    if size is None or best is None or entry.family is None:
        return (
            tr("not known")
            if need is None
            else tr("a graphics card with {size:.0f} GB is advised", size=need.advised_vram / 1e9)
        )
    if device.dtype == "float16":
        size = size.in_float16
    in_main_memory = device.memory_bytes is None
    free = main_memory_for_models() if device.memory_bytes is None else int(_OWN_USE * device.memory_bytes)
    guided = best.guidance_scale > 1
    plan = plan_memory(size, entry.family, best.size, free, guided=guided, in_main_memory=in_main_memory)
    return verdict_text(plan)


def main_memory_for_models() -> int:
    """Bytes that are free, and those of the model that is loaded now: it would make room for another."""
    own = psutil.Process().memory_info().rss - _PROGRAM_BYTES
    return psutil.virtual_memory().available + max(0, own)
