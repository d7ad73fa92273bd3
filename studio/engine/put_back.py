"""Between the steps, latents are put back wherever it is too early for change.

That is differential diffusion (E. Levin, O. Fried: "Differential Diffusion: Giving Each Pixel Its Strength", 2023). A
hard mask is the case of never and always.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from studio.engine.pipeline_types import StepEnd


@dataclass(frozen=True, slots=True, eq=False)
class PutBack:
    """diffusers' `callback_on_step_end`: calls `then`, and puts back what the next step must not change yet.

    Of n `steps` a cell of strength s (0 to 1) is free in the last s * n, rounded up. With a strength of 0 it comes out
    as it was. `kept` tells the latents behind a number of steps; the noise in them must always be the same, so that a
    cell that becomes free goes on where the picture would have been. Before `since` steps are done, all are free.
    """

    kept: Callable[[int], torch.Tensor]
    strengths: torch.Tensor
    steps: int
    then: StepEnd
    since: int = 0

    def __call__(
        self, pipeline: object, step_index: int, timestep: object, tensors: dict[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        done = step_index + 1
        changed = self.then(pipeline, step_index, timestep, tensors)
        if done < self.since:
            return changed
        latents = changed.get("latents", tensors["latents"])
        is_free = self.strengths > max(0.0, 1 - (done + 1) / self.steps)
        return {**changed, "latents": torch.where(is_free, latents, self.kept(done))}
