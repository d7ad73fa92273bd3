"""A request for pictures: complete, valid and immutable. A request that exists can be run.

Argument names are diffusers' own (`num_inference_steps`, `guidance_scale`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from studio.core.addon import Addons
from studio.core.checkpoint import Checkpoint, ModelFamily
from studio.core.errors import (
    AddonMismatch,
    InvalidBatchSize,
    InvalidBranchStep,
    InvalidClipSkip,
    InvalidGuidance,
    InvalidGuidanceRescale,
    InvalidMaskSetting,
    InvalidSeed,
    InvalidSize,
    InvalidSteps,
    MaskUnusable,
    PromptUnusable,
    ScheduleNotPossible,
    SourceUnusable,
)
from studio.core.family import family_traits
from studio.core.geometry import Size
from studio.core.language import tr
from studio.core.picture_id import PictureId
from studio.core.scheduler import SchedulerName, ScheduleType
from studio.core.sources import ImageRef
from studio.core.task import Inpaint, Task, TextToImage, finished_size, steps_run

SEED_COUNT = 2**64
"""Seeds are 0 to 2**64 - 1: what `torch.Generator.manual_seed` takes without wrapping."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What should be in the picture and what should not. Both may be empty (an unconditional picture).

    Raises:
        PromptUnusable: for more than 10,000 characters, or text that is not valid Unicode (a lone surrogate).
    """

    LONGEST: ClassVar[int] = 10_000

    text: str = ""
    negative: str = ""

    def __post_init__(self) -> None:
        for part in (self.text, self.negative):
            if len(part) > self.LONGEST:
                raise PromptUnusable(
                    tr("too long: {n} characters, {longest} are possible", n=len(part), longest=self.LONGEST)
                )
            if not part.isascii() and any("\ud800" <= character <= "\udfff" for character in part):
                raise PromptUnusable(tr("not valid Unicode"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How the noise is removed.

    Raises:
        InvalidSteps: unless 1 to 150.
        InvalidGuidance: unless a finite number from 0 to 30.
        InvalidSeed: unless 0 to 2**64 - 1.
        InvalidGuidanceRescale: unless a finite number from 0 to 1.
        InvalidClipSkip: unless 0 to 12.
        ScheduleNotPossible: for a schedule that the sampler does not know.
    """

    FEWEST_STEPS: ClassVar[int] = 1
    MOST_STEPS: ClassVar[int] = 150
    LOWEST_GUIDANCE: ClassVar[float] = 0.0
    HIGHEST_GUIDANCE: ClassVar[float] = 30.0
    HIGHEST_SEED: ClassVar[int] = SEED_COUNT - 1

    MOST_CLIP_SKIP: ClassVar[int] = 12

    scheduler: SchedulerName
    num_inference_steps: int
    guidance_scale: float
    seed: int
    schedule: ScheduleType = ScheduleType.AUTOMATIC
    guidance_rescale: float = 0.0
    """How far CFG's contrast is taken back, 0 to 1 (Lin et al. 2023, arXiv 2305.08891, section 3.4)."""
    clip_skip: int = 0
    """How many of the last layers of a CLIP text encoder are left out."""

    def __post_init__(self) -> None:
        if not self.FEWEST_STEPS <= self.num_inference_steps <= self.MOST_STEPS:
            raise InvalidSteps(self.num_inference_steps, self.FEWEST_STEPS, self.MOST_STEPS)
        finite = math.isfinite(self.guidance_scale)
        if not finite or not self.LOWEST_GUIDANCE <= self.guidance_scale <= self.HIGHEST_GUIDANCE:
            raise InvalidGuidance(self.guidance_scale, self.LOWEST_GUIDANCE, self.HIGHEST_GUIDANCE)
        if not 0 <= self.seed <= self.HIGHEST_SEED:
            raise InvalidSeed(self.seed, self.HIGHEST_SEED)
        if not math.isfinite(self.guidance_rescale) or not 0.0 <= self.guidance_rescale <= 1.0:
            raise InvalidGuidanceRescale(self.guidance_rescale, 0.0, 1.0)
        if not 0 <= self.clip_skip <= self.MOST_CLIP_SKIP:
            raise InvalidClipSkip(self.clip_skip, 0, self.MOST_CLIP_SKIP)
        known = self.scheduler.schedules
        if self.schedule not in known:
            raise ScheduleNotPossible(self.schedule, self.scheduler.label, tuple(schedule.value for schedule in known))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Steps of a picture with settings of their own: those up to the step `until_step`, from where the one before
    ended. The seed, the number of steps and the skipped layers are the whole picture's.
    """

    until_step: int
    prompt: Prompt
    scheduler: SchedulerName
    guidance_scale: float
    schedule: ScheduleType = ScheduleType.AUTOMATIC
    guidance_rescale: float = 0.0

    def sampling(self, whole: Sampling) -> Sampling:
        """How noise is removed in this stretch of a picture whose last one has the sampling `whole`.

        Raises what `Sampling` raises.
        """
        return replace(
            whole,
            scheduler=self.scheduler,
            schedule=self.schedule,
            guidance_scale=self.guidance_scale,
            guidance_rescale=self.guidance_rescale,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """The part of a branch that is made otherwise: all around `mask` (255 = otherwise, 0 = kept, grey: later) stays as
    it is in `image`, bit for bit. That is the picture which the branch begins as; its stretches were `kept`.

    Behind each step from `after_step` on, the latents around the mask are those that `image` had there. With a
    `noise_seed` the noise under the mask is another one from then on. The edge fades over `mask_blur` pixels outwards.

    Raises:
        InvalidMaskSetting: for a blur outside its range.
        InvalidSeed: for a seed of the noise outside 0 to 2**64 - 1.
        MaskUnusable: if `mask` has another size than `image`.
    """

    USUAL_BLUR: ClassVar[int] = 4
    MOST: ClassVar[int] = 8
    """In one picture: what is kept around each is made again first, so that each costs another picture's time."""

    image: ImageRef
    mask: ImageRef
    after_step: int
    kept: tuple[Stretch, ...]
    noise_seed: int | None = None
    mask_blur: int = USUAL_BLUR

    def __post_init__(self) -> None:
        if not 0 <= self.mask_blur <= Inpaint.LARGEST_BLUR:
            raise InvalidMaskSetting("blur", self.mask_blur, 0, Inpaint.LARGEST_BLUR)
        if self.noise_seed is not None and not 0 <= self.noise_seed < SEED_COUNT:
            raise InvalidSeed(self.noise_seed, SEED_COUNT - 1)
        image, mask = self.image, self.mask
        if (image.width, image.height) != (mask.width, mask.height):
            raise MaskUnusable(
                f"it has {mask.width} x {mask.height} pixels, the picture has {image.width} x {image.height}"
            )

    def with_later_noise(self, count: int) -> Region:
        """With the seed `count` after that of its noise, if it has one."""
        return self if self.noise_seed is None else replace(self, noise_seed=(self.noise_seed + count) % SEED_COUNT)


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationRequest:
    """`batch_size` pictures of one prompt. Picture i has the seed `sampling.seed + i` (modulo 2**64); where only a
    region is made otherwise, that region's noise has.

    A branch begins as another picture did: `earlier` are its first stretches, to which `prompt` and `sampling` do not
    apply yet; `branched_from` is that picture, if it is in the gallery. Of `regions` the last is this branch's, those
    before are those of the pictures that it comes from, the oldest first.

    Raises:
        InvalidBatchSize: unless 1 to 64.
        InvalidSize: unless the sides are multiples of what the checkpoint's family can make.
        AddonMismatch: for an add-on of another family than the checkpoint's.
        InvalidBranchStep: for stretches that do not follow one another, or leave no step to the last.
        InvalidGuidance, InvalidGuidanceRescale, ScheduleNotPossible: for those of an earlier stretch, too.
        SourceUnusable: for a region of a picture of another size.
        MaskUnusable: for too many regions.
    """

    SMALLEST_BATCH: ClassVar[int] = 1
    LARGEST_BATCH: ClassVar[int] = 64

    prompt: Prompt
    sampling: Sampling
    size: Size
    checkpoint: Checkpoint
    task: Task = field(default_factory=TextToImage)
    batch_size: int = 1
    addons: Addons = field(default_factory=Addons)
    earlier: tuple[Stretch, ...] = ()
    regions: tuple[Region, ...] = ()
    branched_from: PictureId | None = None

    def __post_init__(self) -> None:
        if not self.SMALLEST_BATCH <= self.batch_size <= self.LARGEST_BATCH:
            raise InvalidBatchSize(self.batch_size, self.SMALLEST_BATCH, self.LARGEST_BATCH)
        multiple = family_traits(self.checkpoint.family).size_multiple
        if self.size.width % multiple or self.size.height % multiple:
            raise InvalidSize(self.size.width, self.size.height, multiple, Size.LOWEST, Size.HIGHEST)
        for addon in self.addons.each:
            if addon.family not in {None, self.checkpoint.family}:
                raise AddonMismatch(addon.name, _label(addon.family), _label(self.checkpoint.family))
        check_earlier(self.earlier, self.sampling, self.task)
        check_regions(self.regions, self.sampling, self.task, self.size)

    @property
    def steps_run(self) -> int:
        """How many steps each picture takes: from another picture fewer than it is asked for."""
        return steps_of(self.sampling, self.task)

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """The earlier ones, and the last with what applies at the end."""
        return (*self.earlier, last_stretch(self.prompt, self.sampling, self.steps_run))

    @property
    def every_stretch(self) -> tuple[Stretch, ...]:
        """Its own, and those of the pictures around its regions."""
        return (*self.stretches, *(stretch for region in self.regions for stretch in region.kept))

    def with_stretches(self, change: Callable[[Stretch], Stretch]) -> GenerationRequest:
        """With every stretch changed."""
        *earlier, last = map(change, self.stretches)
        regions = (replace(region, kept=tuple(map(change, region.kept))) for region in self.regions)
        return replace(
            self,
            prompt=last.prompt,
            sampling=last.sampling(self.sampling),
            earlier=tuple(earlier),
            regions=tuple(regions),
        )

    def kept_around(self) -> GenerationRequest:
        """The request that makes the picture around its last region."""
        *before, region = self.regions
        *earlier, last = region.kept
        return replace(
            self,
            prompt=last.prompt,
            sampling=last.sampling(self.sampling),
            batch_size=1,
            earlier=tuple(earlier),
            regions=tuple(before),
            branched_from=None,
        )

    def single(self, index: int) -> GenerationRequest:
        """The request that makes picture `index` of this batch on its own."""
        if self.regions:
            *before, region = self.regions
            return replace(self, batch_size=1, regions=(*before, region.with_later_noise(index)))
        seed = (self.sampling.seed + index) % SEED_COUNT
        return replace(self, batch_size=1, sampling=replace(self.sampling, seed=seed))


def steps_of(sampling: Sampling, task: Task) -> int:
    """How many steps are really run."""
    steps = sampling.num_inference_steps
    return steps if isinstance(task, TextToImage) else steps_run(steps, task.strength)


def check_earlier(earlier: tuple[Stretch, ...], sampling: Sampling, task: Task) -> None:
    """What `GenerationRequest` says about its earlier stretches. Raises InvalidRequest."""
    lowest, highest = 1, steps_of(sampling, task) - 1
    for stretch in earlier:
        if not lowest <= stretch.until_step <= highest:
            raise InvalidBranchStep(stretch.until_step, lowest, highest)
        stretch.sampling(sampling)
        lowest = stretch.until_step + 1


def check_regions(regions: Sequence[Region], sampling: Sampling, task: Task, size: Size) -> None:
    """What `GenerationRequest` says about its regions. Raises InvalidRequest."""
    if len(regions) > Region.MOST:
        raise MaskUnusable(f"the picture would have more than {Region.MOST} regions of its own")
    steps, made = steps_of(sampling, task), finished_size(task, size)
    for region in regions:
        if not 1 <= region.after_step < steps:
            raise InvalidBranchStep(region.after_step, 1, steps - 1)
        ends = region.kept[-1].until_step if region.kept else 0
        if ends != steps:
            raise InvalidBranchStep(ends, steps, steps)
        check_earlier(region.kept[:-1], region.kept[-1].sampling(sampling), task)
        has = (region.image.width, region.image.height)
        if has != made:
            raise SourceUnusable(f"it has {has[0]} x {has[1]} pixels, its settings make {made[0]} x {made[1]}")


def last_stretch(prompt: Prompt, sampling: Sampling, steps: int) -> Stretch:
    """What applies until the end of a picture of `steps` steps."""
    return Stretch(
        until_step=steps,
        prompt=prompt,
        scheduler=sampling.scheduler,
        guidance_scale=sampling.guidance_scale,
        schedule=sampling.schedule,
        guidance_rescale=sampling.guidance_rescale,
    )


def _label(family: ModelFamily | None) -> str:
    return family_traits(family).label if family is not None else ""
