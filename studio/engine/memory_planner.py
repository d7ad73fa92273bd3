"""Plans the memory of each picture with what is free now, and remembers where a plan has failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from studio.core.addon import Addon
from studio.core.checkpoint import Checkpoint
from studio.core.errors import OutOfMemory
from studio.core.geometry import Size
from studio.core.memory import ON_ACCELERATOR, ON_CPU, MemoryPlan, ModelSize, Placement, plan_memory
from studio.engine.device import ComputeDevice
from studio.engine.device_memory import DeviceMemory

MeasureModel = Callable[[Checkpoint, int, Addon | None], ModelSize]
"""The size of a model with all its parts, its numbers loaded in so many bytes each, and with another VAE if one is
chosen."""


class MemoryPlanner:
    """Chooses the placement for the pictures of one session.

    What failed for want of memory is not chosen again for this model until `forget`: an estimate that was wrong once
    would be wrong for every picture of a batch.
    """

    def __init__(self, device: ComputeDevice, memory: DeviceMemory, measure: MeasureModel) -> None:
        self._device = device
        self._memory = memory
        self._measure = measure
        self._rungs = ON_CPU if memory.is_main_memory else ON_ACCELERATOR
        self._wanted: Placement | None = None
        self._ladder = self._rungs
        self._tiles_needed = False
        self._sizes: dict[tuple[Checkpoint, Addon | None], ModelSize] = {}

    def prefer(self, placement: Placement | None) -> None:
        """Use this one (the nearest that the device knows) whatever the estimate says; None: the fastest that fits."""
        self._wanted = placement
        self.forget()

    def forget(self) -> None:
        """Another model comes, or memory was freed: what failed may work now."""
        self._tiles_needed = False
        self._ladder = self._rungs
        if self._wanted is not None:
            self._ladder = (self._wanted if self._wanted in self._rungs else self._rungs[-1],)

    def plan(
        self, checkpoint: Checkpoint, picture: Size, *, guided: bool, held: int, vae: Addon | None = None
    ) -> MemoryPlan:
        """How to make a picture of this size, decoded by `vae` or by the model's own. `held`: bytes that the model
        takes of the device already.

        Raises:
            OutOfMemory: in main memory, if it cannot fit even with what the system swaps out and the user did not
                insist: the system might end the program.
        """
        free = self._memory.free() + held
        plan = plan_memory(
            self._size(checkpoint, vae),
            checkpoint.family,
            picture,
            free,
            guided=guided,
            in_main_memory=self._memory.is_main_memory,
            ladder=self._ladder,
        )
        if self._memory.is_main_memory and not plan.fits and self._wanted is None:
            most = free + self._memory.swappable()
            if plan.peak_bytes > most:
                raise OutOfMemory(self._device.info.name, plan.peak_bytes, most)
        return replace(plan, vae_tiled=True) if self._tiles_needed else plan

    def lower(self, failed: Placement) -> bool:
        """Choose only what is below `failed` from now on. False if nothing is."""
        below = self._rungs[self._rungs.index(failed) + 1 :]
        if below:
            self._ladder = below
        return bool(below)

    def use_tiles(self) -> None:
        """Decode in tiles from now on: a whole picture had no room."""
        self._tiles_needed = True

    def _size(self, checkpoint: Checkpoint, vae: Addon | None) -> ModelSize:
        key = (checkpoint, vae)
        if key not in self._sizes:
            dtype = self._device.suited_to(checkpoint.family).dtype
            size = self._measure(checkpoint, dtype.itemsize, vae)
            self._sizes = {key: size.in_float16 if dtype is torch.float16 else size}
        return self._sizes[key]
