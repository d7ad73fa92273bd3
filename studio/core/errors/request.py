"""What is wrong with a request: the fault of a field that a notice can stand beside."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from studio.core.errors.base import StudioError


class RequestField(StrEnum):
    """The field of a request that is at fault, so that a notice can stand beside it."""

    PROMPT = "prompt"
    STEPS = "steps"
    GUIDANCE = "guidance"
    SEED = "seed"
    SIZE = "size"
    SAMPLER = "sampler"
    BATCH = "batch"
    MODEL = "model"
    IMAGE = "image"
    STRENGTH = "strength"
    MASK = "mask"
    GRID = "grid"


@dataclass(eq=False)
class InvalidRequest(StudioError):
    """Base: the request itself is at fault (exit code 2 on the command line)."""

    field: ClassVar[RequestField]


@dataclass(eq=False)
class InvalidSteps(InvalidRequest):
    """`value` steps asked for; `lowest` to `highest` are possible."""

    code: ClassVar[str] = "invalid_steps"
    field: ClassVar[RequestField] = RequestField.STEPS
    value: int | str
    lowest: int
    highest: int


@dataclass(eq=False)
class InvalidBranchStep(InvalidRequest):
    """Other settings from step `value` on, which is not from `lowest` to `highest`: a picture of one step has none."""

    code: ClassVar[str] = "invalid_branch_step"
    field: ClassVar[RequestField] = RequestField.STEPS
    value: int | str
    lowest: int
    highest: int


@dataclass(eq=False)
class RegionOfAnother(InvalidRequest):
    """A region was painted on a picture with another beginning: another seed, size, model, or number of steps."""

    code: ClassVar[str] = "region_of_another"
    field: ClassVar[RequestField] = RequestField.STEPS


@dataclass(eq=False)
class InvalidGuidance(InvalidRequest):
    """A CFG scale that is no finite number from `lowest` to `highest`."""

    code: ClassVar[str] = "invalid_guidance"
    field: ClassVar[RequestField] = RequestField.GUIDANCE
    value: float | str
    lowest: float
    highest: float


@dataclass(eq=False)
class InvalidSeed(InvalidRequest):
    """A seed outside 0 to `highest` (2**64 - 1, what torch's generator takes)."""

    code: ClassVar[str] = "invalid_seed"
    field: ClassVar[RequestField] = RequestField.SEED
    value: int | str
    highest: int


@dataclass(eq=False)
class InvalidSize(InvalidRequest):
    """A size whose sides are not multiples of `multiple` from `lowest` to `highest` pixels."""

    code: ClassVar[str] = "invalid_size"
    field: ClassVar[RequestField] = RequestField.SIZE
    width: int | str
    height: int | str
    multiple: int
    lowest: int
    highest: int


@dataclass(eq=False)
class InvalidGuidanceRescale(InvalidRequest):
    """A CFG rescale that is no finite number from `lowest` to `highest`."""

    code: ClassVar[str] = "invalid_guidance_rescale"
    field: ClassVar[RequestField] = RequestField.GUIDANCE
    value: float | str
    lowest: float
    highest: float


@dataclass(eq=False)
class InvalidClipSkip(InvalidRequest):
    """A number of layers to leave out of the text encoder outside `lowest` to `highest`."""

    code: ClassVar[str] = "invalid_clip_skip"
    field: ClassVar[RequestField] = RequestField.PROMPT
    value: int | str
    lowest: int
    highest: int


@dataclass(eq=False)
class InvalidTimestep(InvalidRequest):
    """A timestep of the forward process outside `lowest` to `highest`."""

    code: ClassVar[str] = "invalid_timestep"
    field: ClassVar[RequestField] = RequestField.STEPS
    value: int | str
    lowest: int
    highest: int


@dataclass(eq=False)
class InvalidBatchSize(InvalidRequest):
    """A number of pictures outside `lowest` to `highest`."""

    code: ClassVar[str] = "invalid_batch_size"
    field: ClassVar[RequestField] = RequestField.BATCH
    value: int | str
    lowest: int
    highest: int


@dataclass(eq=False)
class UnknownScheduler(InvalidRequest):
    """A sampler name that is not among `known`."""

    code: ClassVar[str] = "unknown_scheduler"
    field: ClassVar[RequestField] = RequestField.SAMPLER
    name: str
    known: tuple[str, ...]


@dataclass(eq=False)
class ScheduleNotPossible(InvalidRequest):
    """A `schedule` that `sampler` does not know; it knows `known` (values of ScheduleType)."""

    code: ClassVar[str] = "schedule_not_possible"
    field: ClassVar[RequestField] = RequestField.SAMPLER
    schedule: str
    sampler: str
    known: tuple[str, ...]


@dataclass(eq=False)
class PromptUnusable(InvalidRequest):
    """A prompt that cannot be stored or encoded (`reason` is a fact such as "too long: 12000 characters")."""

    code: ClassVar[str] = "prompt_unusable"
    field: ClassVar[RequestField] = RequestField.PROMPT
    reason: str


@dataclass(eq=False)
class InvalidStrength(InvalidRequest):
    """A strength that is no finite number from `lowest` to `highest`."""

    code: ClassVar[str] = "invalid_strength"
    field: ClassVar[RequestField] = RequestField.STRENGTH
    value: float | str
    lowest: float
    highest: float


@dataclass(eq=False)
class InvalidMaskSetting(InvalidRequest):
    """A padding, blur or growth of the mask (`name`) outside `lowest` to `highest` pixels."""

    code: ClassVar[str] = "invalid_mask_setting"
    field: ClassVar[RequestField] = RequestField.MASK
    name: str
    value: int | str
    lowest: int
    highest: int


@dataclass(eq=False)
class MaskUnusable(InvalidRequest):
    """A mask with which nothing can be painted; `reason` is a fact such as "nothing is painted on it"."""

    code: ClassVar[str] = "mask_unusable"
    field: ClassVar[RequestField] = RequestField.MASK
    reason: str


@dataclass(eq=False)
class SourceUnusable(InvalidRequest):
    """A picture that cannot be started from, or extended; `reason` is a fact such as its size."""

    code: ClassVar[str] = "source_unusable"
    field: ClassVar[RequestField] = RequestField.IMAGE
    reason: str


@dataclass(eq=False)
class SourceRequired(InvalidRequest):
    """A setting (`name`) that means something only together with `needed`, such as "a mask"."""

    code: ClassVar[str] = "source_required"
    field: ClassVar[RequestField] = RequestField.IMAGE
    name: str
    needed: str


@dataclass(eq=False)
class NoSeedsBetween(InvalidRequest):
    """A model (`checkpoint`) for inpainting draws its noise itself, so none between two seeds can be given."""

    code: ClassVar[str] = "no_seeds_between"
    field: ClassVar[RequestField] = RequestField.SEED
    checkpoint: str


@dataclass(eq=False)
class UnknownChoice(InvalidRequest):
    """A `value` for a setting (`name`) that is not among `known`."""

    code: ClassVar[str] = "unknown_choice"
    field: ClassVar[RequestField] = RequestField.IMAGE
    name: str
    value: str
    known: tuple[str, ...]


@dataclass(eq=False)
class GridValuesInvalid(InvalidRequest):
    """`part` of the values typed for `axis` ("CFG scale") is at fault; `reason` is a fact such as "no number"."""

    code: ClassVar[str] = "grid_values_invalid"
    field: ClassVar[RequestField] = RequestField.GRID
    axis: str
    part: str
    reason: str


@dataclass(eq=False)
class GridAxisWithoutEffect(InvalidRequest):
    """What `axis` ("CFG scale") would vary changes nothing in these pictures; `reason` is the fact behind it."""

    code: ClassVar[str] = "grid_axis_without_effect"
    field: ClassVar[RequestField] = RequestField.GRID
    axis: str
    reason: str


@dataclass(eq=False)
class GridTooLarge(InvalidRequest):
    """A grid of `count` pictures; `most` are possible."""

    code: ClassVar[str] = "grid_too_large"
    field: ClassVar[RequestField] = RequestField.GRID
    count: int
    most: int


@dataclass(eq=False)
class GridAxesUnusable(InvalidRequest):
    """No axis, more than three, or one thing varied twice; `reason` says which."""

    code: ClassVar[str] = "grid_axes_unusable"
    field: ClassVar[RequestField] = RequestField.GRID
    reason: str


@dataclass(eq=False)
class GridNotFound(InvalidRequest):
    """There is no unfinished grid to go on with."""

    code: ClassVar[str] = "grid_not_found"
    field: ClassVar[RequestField] = RequestField.GRID


@dataclass(eq=False)
class InvalidAddonWeight(InvalidRequest):
    """The weight of a LoRA (`name`) that is no finite number from `lowest` to `highest`."""

    code: ClassVar[str] = "invalid_addon_weight"
    field: ClassVar[RequestField] = RequestField.PROMPT
    name: str
    value: float | str
    lowest: float
    highest: float


@dataclass(eq=False)
class AddonMismatch(InvalidRequest):
    """An add-on (`name`) that was made for models of the family `made_for`, not for `family`."""

    code: ClassVar[str] = "addon_mismatch"
    field: ClassVar[RequestField] = RequestField.MODEL
    name: str
    made_for: str
    family: str


@dataclass(eq=False)
class AddonNotFound(InvalidRequest):
    """No installed add-on of this `kind` (a value of AddonKind) has this name; `similar` ones do exist."""

    code: ClassVar[str] = "addon_not_found"
    field: ClassVar[RequestField] = RequestField.PROMPT
    kind: str
    name: str
    similar: tuple[str, ...]


@dataclass(eq=False)
class AddonUnusable(InvalidRequest):
    """An add-on (`name`) that is there and cannot be used; `reason` is a fact such as "a pickle file"."""

    code: ClassVar[str] = "addon_unusable"
    field: ClassVar[RequestField] = RequestField.PROMPT
    name: str
    reason: str


@dataclass(eq=False)
class BranchLorasDiffer(InvalidRequest):
    """A LoRA changes the whole picture, and a later stretch of a branch names others than its first steps have.

    `kept` are the tags of these, `named` the others.
    """

    code: ClassVar[str] = "branch_loras_differ"
    field: ClassVar[RequestField] = RequestField.PROMPT
    kept: tuple[str, ...]
    named: tuple[str, ...]
