"""One picture from its request, whatever it starts from, and whatever stays as it is in another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from studio.core.request import GenerationRequest
from studio.core.sources import PixelSource
from studio.core.task import ImageToImage, Inpaint, TextToImage
from studio.core.trajectory import Trajectory
from studio.engine.image_to_image import image_to_image
from studio.engine.inpaint import inpaint
from studio.engine.kept_steps import AllKept, KeptSteps
from studio.engine.latents import cells_of_mask
from studio.engine.picture_run import HeldModel, PictureRun, Position, Watchers, start_run
from studio.engine.region import RegionSteps
from studio.engine.text_to_image import text_to_image
from studio.imaging.fit import Placement, fit_placement
from studio.imaging.inpaint_region import InpaintPlan, PreviewPaste, plan_inpaint, put_back
from studio.imaging.region_plan import RegionPlan, plan_region, put_region_back

if TYPE_CHECKING:
    from studio.core.pixels import Pixels


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A picture, and where a part of it was to stay, how many pixels were found unchanged."""

    pixels: Pixels
    trajectory: Trajectory | None
    unchanged: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PictureMaker:
    """Makes pictures with a model that is ready for them; `sources` has what they start from."""

    model: HeldModel
    sources: PixelSource
    watchers: Watchers

    def make(self, request: GenerationRequest, index: int, batch_size: int) -> Made:
        """Picture `index` of a batch. What is kept around its regions is made again before, the oldest first.

        Raises:
            MaskUnusable: for a region with nothing in it.
            SourceMissing: for what it starts from.
            GenerationCancelled, BrokenPicture, RuntimeError, MemoryError: as the functions that it calls.
        """
        kept: KeptSteps | None = None
        *before, whole = _with_kept_pictures(request)
        runs = len(before) + 1
        for run, each in enumerate(before):
            kept = self._kept_steps(each, Position(index, batch_size, run, runs), kept)
        return self._make(whole, Position(index, batch_size, len(before), runs), kept)

    def _kept_steps(self, request: GenerationRequest, position: Position, kept: KeptSteps | None) -> KeptSteps:
        """Nobody looks at this run; it only counts."""
        silent = replace(self.watchers, previews=None, records=False, inspector=None)
        keeps = KeptSteps(request.steps_run)
        try:
            replace(self, watchers=silent)._make(request, position, kept, keeps)
        except AllKept:
            return keeps
        raise AssertionError("the picture ended before its steps")

    def _make(
        self, request: GenerationRequest, position: Position, kept: KeptSteps | None, keeps: KeptSteps | None = None
    ) -> Made:
        """`kept` is what lies around its last region; `keeps` is told of all steps."""
        task = request.task
        plan = self._inpaint_plan(request, task) if isinstance(task, Inpaint) else None
        region_plan = self._region_plan(request, plan) if request.regions else None
        region = None
        if region_plan is not None and kept is not None:
            model, last = self.model.loaded.model, request.regions[-1]
            region = RegionSteps(model, last, region_plan.denoise, kept, request.size, request.steps_run)
        paste = None if plan is None else PreviewPaste(plan)
        run = start_run(self.model, request, position, self.watchers, paste=paste, region=region, keeps=keeps)
        made = self._run(request, run, plan)
        pixels, unchanged = made if region_plan is None else put_region_back(region_plan, made[0])
        return Made(pixels, run.trajectory(self._strengths(plan, region)), unchanged)

    def _run(self, request: GenerationRequest, run: PictureRun, plan: InpaintPlan | None) -> tuple[Pixels, int | None]:
        """The picture, and how many of its pixels inpainting left unchanged."""
        diffusion, prompts, task = self.model.loaded.model, self.model.addons.prompts, request.task
        if isinstance(task, TextToImage):
            return text_to_image(diffusion, prompts, request, run.samplers), None
        if isinstance(task, ImageToImage):
            picture = self.sources.image(task.image)
            return image_to_image(diffusion, prompts, request, task, picture, run.samplers), None
        assert plan is not None  # it was made for this task
        return put_back(plan, inpaint(diffusion, prompts, request, task.masked_content, plan, run.samplers))

    def _inpaint_plan(self, request: GenerationRequest, task: Inpaint) -> InpaintPlan:
        return plan_inpaint(self.sources.image(task.image), self.sources.mask(task.mask), task, request.size)

    def _region_plan(self, request: GenerationRequest, plan: InpaintPlan | None) -> RegionPlan:
        region = request.regions[-1]
        original, mask = self.sources.image(region.image), self.sources.mask(region.mask)
        return plan_region(original, mask, blur=region.mask_blur, placement=_placement(request, plan))

    def _strengths(self, plan: InpaintPlan | None, region: RegionSteps | None) -> torch.Tensor | None:
        """Where and how late the steps could change the picture; None: everywhere, from the first one on."""
        like = torch.zeros(1)
        parts = [] if plan is None else [cells_of_mask(self.model.loaded.model, plan.denoise, like=like)]
        if region is not None:
            parts.append(region.strengths(like=like))
        return torch.stack(parts).amin(0) if parts else None


def _with_kept_pictures(request: GenerationRequest) -> list[GenerationRequest]:
    """The pictures around its regions, the oldest first, and itself."""
    requests = [request]
    while requests[0].regions:
        requests.insert(0, requests[0].kept_around())
    return requests


def _placement(request: GenerationRequest, plan: InpaintPlan | None) -> Placement | None:
    """Where the finished picture lies in what the model makes, if it is not the same."""
    match request.task:
        case ImageToImage(image=image, restore_size=True, fit=fit):
            return fit_placement(image.width, image.height, request.size, fit)
        case _:
            return None if plan is None else plan.placement
