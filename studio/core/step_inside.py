"""What happens inside one step: what guidance does, and which words act where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from studio.core.trajectory import LatentColours, NoiseLevel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from studio.core.trajectory import Latents

    AttentionMap: TypeAlias = NDArray[np.float32]
    """float32, shape (height, width) in cells, 0 to 1 and read-only: the share of each cell's attention."""


@dataclass(frozen=True, slots=True, eq=False)
class Guidance:
    """What was expected behind the noise (x0) in one step.

    `conditional` is for the prompt, `unconditional` for the negative one, `guided` is what the sampler was given: with
    CFG unconditional + `scale` * (conditional - unconditional), less what is taken back of it. Without CFG there is no
    unconditional one; some models take the scale as an input instead.
    """

    scale: float
    conditional: Latents
    unconditional: Latents | None
    guided: Latents

    def __post_init__(self) -> None:
        for array in (self.conditional, self.unconditional, self.guided):
            if array is not None:
                array.setflags(write=False)

    def __reduce__(self) -> tuple[object, ...]:
        """numpy forgets on the way through pickle that an array is read-only."""
        return Guidance, (self.scale, self.conditional, self.unconditional, self.guided)

    @property
    def difference(self) -> Latents | None:
        """Where the prompt pulls to: conditional - unconditional."""
        return None if self.unconditional is None else self.conditional - self.unconditional

    @property
    def push(self) -> Latents | None:
        """What CFG adds to the answer for the prompt, away from the negative one: guided - conditional."""
        return None if self.unconditional is None else self.guided - self.conditional


@dataclass(frozen=True, slots=True, eq=False)
class WordAttention:
    """How much each cell attends to this word; the same word in two places is two of these."""

    word: str
    share: AttentionMap

    def __post_init__(self) -> None:
        self.share.setflags(write=False)

    def __reduce__(self) -> tuple[object, ...]:
        return WordAttention, (self.word, self.share)


@dataclass(frozen=True, slots=True, eq=False)
class CrossAttention:
    """The mean over all cross-attention layers and heads, for the prompt, or the first one of several with `AND`.

    In each cell the shares of all `words` and of the `rest` (beginning, end and padding) are 1 together.
    """

    words: tuple[WordAttention, ...]
    rest: AttentionMap

    def __post_init__(self) -> None:
        self.rest.setflags(write=False)

    def __reduce__(self) -> tuple[object, ...]:
        return CrossAttention, (self.words, self.rest)


@dataclass(frozen=True, slots=True, eq=False)
class StepInside:
    """Step `step` (from 1), which began at `level`. `attention` is None for models whose words and cells attend to each
    other in one: there is no share of the words alone.
    """

    step: int
    level: NoiseLevel
    guidance: Guidance
    attention: CrossAttention | None
    colours: LatentColours | None
