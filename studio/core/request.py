"""A request for pictures: complete, valid and immutable. A request that exists can be run.

Argument names are diffusers' own (`num_inference_steps`, `guidance_scale`).
"""

from __future__ import annotations

import math
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
    InvalidSeed,
    InvalidSize,
    InvalidSteps,
    PromptUnusable,
    ScheduleNotPossible,
)
from studio.core.family import family_traits
from studio.core.geometry import Size
from studio.core.language import tr
from studio.core.picture_id import PictureId
from studio.core.scheduler import SchedulerName, ScheduleType
from studio.core.task import Task, TextToImage, steps_run

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
class GenerationRequest:
    """`batch_size` pictures of one prompt. Picture i has the seed `sampling.seed + i` (modulo 2**64).

    A branch begins as another picture did: `earlier` are its first stretches, to which `prompt` and `sampling` do not
    apply yet; `branched_from` is that picture, if it is in the gallery.

    Raises:
        InvalidBatchSize: unless 1 to 64.
        InvalidSize: unless the sides are multiples of what the checkpoint's family can make.
        AddonMismatch: for an add-on of another family than the checkpoint's.
        InvalidBranchStep: for stretches that do not follow one another, or leave no step to the last.
        InvalidGuidance, InvalidGuidanceRescale, ScheduleNotPossible: for those of an earlier stretch, too.
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

    @property
    def steps_run(self) -> int:
        """How many steps each picture takes: from another picture fewer than it is asked for."""
        return steps_of(self.sampling, self.task)

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """The earlier ones, and the last with what applies at the end."""
        return (*self.earlier, last_stretch(self.prompt, self.sampling, self.steps_run))

    def single(self, index: int) -> GenerationRequest:
        """The request that makes picture `index` of this batch on its own."""
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
