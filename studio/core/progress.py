"""What a session tells while it works. Small: no pixels except in `PreviewFrame`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from studio.core.memory import MemoryPlan
from studio.core.scheduler import SchedulerName
from studio.core.trajectory import NoiseLevel

if TYPE_CHECKING:
    from studio.core.pixels import Pixels


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """The model `checkpoint_name` is being loaded."""

    checkpoint_name: str


@dataclass(frozen=True, slots=True)
class StepProgress:
    """`step` of `steps` is done in picture `index` (from 0) of `batch_size`.

    `seconds_per_step` is the mean over the finished steps of this picture, None before the second step.
    """

    index: int
    batch_size: int
    step: int
    steps: int
    seconds_per_step: float | None

    @property
    def fraction(self) -> float:
        """Progress of the whole batch, 0 to 1."""
        return (self.index + self.step / self.steps) / self.batch_size

    @property
    def seconds_left(self) -> float | None:
        """Estimate for the whole batch, None before the second step."""
        if self.seconds_per_step is None:
            return None
        steps_left = (self.batch_size - self.index) * self.steps - self.step
        return steps_left * self.seconds_per_step


@dataclass(frozen=True, slots=True)
class PromptTruncated:
    """The text encoder reads `kept` of `total` tokens; `cut_text` is the end that it does not see."""

    negative: bool
    kept: int
    total: int
    cut_text: str


@dataclass(frozen=True, slots=True)
class PlanChosen:
    """How the pictures of this request will be fitted into the memory: before the first of them is begun, and before a
    later one for which it changed."""

    plan: MemoryPlan


@dataclass(frozen=True, slots=True)
class PlanLowered:
    """The plan `failed` had no room; the same picture goes on with `tried`, and so will the next ones."""

    failed: MemoryPlan
    tried: MemoryPlan


@dataclass(frozen=True, slots=True)
class PromptSyntaxIgnored:
    """The prompt, or the negative one, says more than its words, and the model reads the words alone."""

    negative: bool


@dataclass(frozen=True, slots=True)
class SamplerReplaced:
    """The model cannot be run with the sampler `asked`: its pictures are made with `used`, and tell that one."""

    asked: SchedulerName
    used: SchedulerName


Ignored: TypeAlias = PromptTruncated | PromptSyntaxIgnored | SamplerReplaced
"""What of a request the model makes no use of."""
Progress: TypeAlias = LoadProgress | StepProgress | PlanChosen | PlanLowered | Ignored


@dataclass(frozen=True, slots=True, eq=False)
class PreviewFrame:
    """A small picture of what is expected after `step` of `steps` in picture `index` of the batch; before the first
    step, of what it begins with.

    `noisy` is what the step was given, with `level` of noise in it. Before the first step it is the noise, if that is
    what the picture begins with.
    """

    pixels: Pixels
    index: int
    step: int
    steps: int
    noisy: Pixels | None = None
    level: NoiseLevel | None = None


class PreviewSink(Protocol):
    """Receives preview frames, and says beforehand whether one is wanted so that none is made in vain."""

    def wants_frame(self) -> bool:
        """True when somebody is looking and the last frame is old enough. Called at every step."""
        ...

    def put(self, frame: PreviewFrame) -> None:
        """Take the newest frame; an older one that was not shown yet is dropped."""
        ...
