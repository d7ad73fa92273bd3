"""What happened inside a step, as the window shows it: pictures of latents, and how much of what is where."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from studio.core.language import tr
from studio.ui.process.shown_process import picture_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from studio.core.pixels import Pixels
    from studio.core.step_inside import StepInside

_PLACES = (
    (tr("at the top left"), tr("at the top"), tr("at the top right")),
    (tr("at the left"), tr("in the middle"), tr("at the right")),
    (tr("at the bottom left"), tr("at the bottom"), tr("at the bottom right")),
)
"""The ninths of a picture, row by row."""


@dataclass(frozen=True, eq=False)
class Acting:
    """How much something acts in each cell: `amount` (height, width), 0 or more. `word` is None for CFG itself.

    Its numbers are counted once: the curve over all steps is drawn from them with each step that is shown.
    """

    word: str | None
    amount: NDArray[np.float32]

    @cached_property
    def mean(self) -> float:
        return float(self.amount.mean())

    @cached_property
    def least(self) -> float:
        return float(self.amount.min())

    @cached_property
    def most(self) -> float:
        return float(self.amount.max())

    @property
    def where(self) -> str:
        """The ninth of the picture that has most of it: "at the top left", "in the middle"."""
        height, width = self.amount.shape
        row, column = divmod(int(self.amount.argmax()), width)
        return _PLACES[min(2, 3 * row // height)][min(2, 3 * column // width)]


@dataclass(frozen=True, slots=True, eq=False)
class ShownInside:
    """Of step `step` (from 1). Pictures have one pixel for each cell.

    `other` is the guess for the negative prompt, None without CFG; `difference` is where the prompt pulls to, of size
    `difference_size`, and `push_size` is how much CFG adds to the guess for the prompt. `acting` is CFG, where there is
    any, and then each word; `reads_words` says whether words can be told apart.
    """

    step: int
    scale: float
    prompt: Pixels
    other: Pixels | None
    difference: Pixels | None
    guided: Pixels
    difference_size: float
    push_size: float
    acting: tuple[Acting, ...]
    reads_words: bool

    @property
    def bytes(self) -> int:
        """Of main memory."""
        pictures = (self.prompt, self.other, self.difference, self.guided)
        return sum(each.nbytes for each in pictures if each is not None) + sum(
            each.amount.nbytes for each in self.acting
        )


def shown_inside(inside: StepInside) -> ShownInside:
    """A few milliseconds of work."""
    from studio.core.trajectory import root_mean_square
    from studio.imaging.latent_picture import change_picture, strength_of

    found, colours = inside.guidance, inside.colours
    words = () if inside.attention is None else inside.attention.words
    difference, push = found.difference, found.push
    return ShownInside(
        step=inside.step,
        scale=found.scale,
        prompt=picture_of(found.conditional, colours),
        other=None if found.unconditional is None else picture_of(found.unconditional, colours),
        difference=None if difference is None else change_picture(difference, colours),
        guided=picture_of(found.guided, colours),
        difference_size=0.0 if difference is None else root_mean_square(difference),
        push_size=0.0 if push is None else root_mean_square(push),
        acting=(
            *(() if push is None else (Acting(None, strength_of(push)),)),
            *(Acting(word.word, word.share) for word in words),
        ),
        reads_words=inside.attention is not None,
    )
