"""A picture that begins as another one did, and goes on otherwise from some step on."""

from __future__ import annotations

from dataclasses import dataclass, replace

from studio.core.errors import InvalidBranchStep
from studio.core.picture_id import PictureId
from studio.core.request import GenerationRequest, Prompt, Region, Stretch
from studio.core.scheduler import SchedulerName, ScheduleType
from studio.core.sources import ImageRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a branch does otherwise. None: as it was. A schedule that another sampler does not know becomes its usual.

    The prompt is `text` and `negative`.
    """

    text: str | None = None
    negative: str | None = None
    scheduler: SchedulerName | None = None
    schedule: ScheduleType | None = None
    guidance_scale: float | None = None
    guidance_rescale: float | None = None

    def of(self, stretch: Stretch) -> Stretch:
        """Raises PromptUnusable."""
        scheduler = stretch.scheduler if self.scheduler is None else self.scheduler
        kept = stretch.schedule if stretch.schedule in scheduler.schedules else ScheduleType.AUTOMATIC
        return Stretch(
            until_step=stretch.until_step,
            prompt=Prompt(
                stretch.prompt.text if self.text is None else self.text,
                stretch.prompt.negative if self.negative is None else self.negative,
            ),
            scheduler=scheduler,
            schedule=kept if self.schedule is None else self.schedule,
            guidance_scale=stretch.guidance_scale if self.guidance_scale is None else self.guidance_scale,
            guidance_rescale=stretch.guidance_rescale if self.guidance_rescale is None else self.guidance_rescale,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaint:
    """Only what lies under `mask` goes on otherwise, the rest stays as it is in `image`: the picture that is branched.

    The other values are those of `Region`.
    """

    image: ImageRef
    mask: ImageRef
    noise_seed: int | None = None
    mask_blur: int = Region.USUAL_BLUR

    def region(self, kept: tuple[Stretch, ...], step: int) -> Region:
        """Of a picture that was made by `kept`. Raises what `Region` raises."""
        return Region(
            image=self.image,
            mask=self.mask,
            after_step=step,
            kept=kept,
            noise_seed=self.noise_seed,
            mask_blur=self.mask_blur,
        )


def branched(
    request: GenerationRequest, step: int, change: Change, parent: PictureId | None, repaint: Repaint | None = None
) -> GenerationRequest:
    """A picture of `request`, which made `parent`: its first `step` steps as they were, the others changed, with
    `repaint` in a region only.

    Raises:
        InvalidBranchStep: unless there are steps before and after it.
        InvalidRequest: the leaf that says what is wrong with the change.
    """
    if not 1 <= step < request.steps_run:
        raise InvalidBranchStep(step, 1, request.steps_run - 1)
    begun = beginning(request.stretches, step)
    *between, last = (change.of(stretch) for stretch in request.stretches if stretch.until_step > step)
    return replace(
        request,
        prompt=last.prompt,
        sampling=last.sampling(request.sampling),
        batch_size=1,
        earlier=(*begun, *between),
        regions=request.regions if repaint is None else (*request.regions, repaint.region(request.stretches, step)),
        branched_from=parent,
    )


def beginning(stretches: tuple[Stretch, ...], step: int) -> tuple[Stretch, ...]:
    """Those of the first `step` steps of a picture; the last of them ends there."""
    ended = tuple(stretch for stretch in stretches if stretch.until_step < step)
    return (*ended, replace(stretches[len(ended)], until_step=step))
