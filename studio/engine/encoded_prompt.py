"""What guides a picture: embeddings, which may change from step to step, of one or several conditions."""

from __future__ import annotations

from dataclasses import dataclass

import torch


@dataclass(frozen=True, slots=True, eq=False)
class Embeddings:
    """What a prompt means to a model: `states` (1, tokens, width), and `pooled` (1, width) for SDXL."""

    states: torch.Tensor
    pooled: torch.Tensor | None

    @property
    def tokens(self) -> int:
        return self.states.shape[1]

    def zeroed(self) -> Embeddings:
        """As many zeros: what SDXL was trained to take for nothing."""
        return Embeddings(torch.zeros_like(self.states), None if self.pooled is None else torch.zeros_like(self.pooled))


@dataclass(frozen=True, slots=True)
class Word:
    """Where the tokens of a word are among those of a prompt."""

    text: str
    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """What guides with `weight`: from which step on (the first is 0) which embeddings."""

    weight: float
    changes: tuple[tuple[int, Embeddings], ...]

    def at(self, step: int) -> Embeddings:
        return next(embeddings for first, embeddings in reversed(self.changes) if first <= step)

    def later(self, step: int) -> Condition:
        """The same for one who counts from `step` on."""
        changes = tuple((first - step, embeddings) for first, embeddings in self.changes if first > step)
        return Condition(self.weight, ((0, self.at(step)), *changes))


@dataclass(frozen=True, slots=True, eq=False)
class EncodedPrompt:
    """The conditions of a prompt, all with as many tokens; `negative` only where CFG needs it.

    The tensors are those of the first condition in the first step: what pipelines are called with.
    """

    conditions: tuple[Condition, ...]
    negative_condition: Condition | None

    @property
    def positive(self) -> torch.Tensor:
        """(1, tokens, width)"""
        return self.conditions[0].at(0).states

    @property
    def negative(self) -> torch.Tensor | None:
        """(1, tokens, width)"""
        return self.negative_condition.at(0).states if self.negative_condition else None

    @property
    def positive_pooled(self) -> torch.Tensor | None:
        """(1, width), for SDXL"""
        return self.conditions[0].at(0).pooled

    @property
    def negative_pooled(self) -> torch.Tensor | None:
        """(1, width), for SDXL"""
        return self.negative_condition.at(0).pooled if self.negative_condition else None

    @property
    def is_constant(self) -> bool:
        """True for a single condition that never changes: what pipelines can do by themselves."""
        return len(self.conditions) == 1 and all(len(condition.changes) == 1 for condition in self.rows)

    @property
    def rows(self) -> tuple[Condition, ...]:
        """All that the denoiser is asked for in one step: the negative one first, as in diffusers."""
        return self.conditions if self.negative_condition is None else (self.negative_condition, *self.conditions)

    def later(self, step: int) -> EncodedPrompt:
        """The same for one who counts from `step` on."""
        negative = self.negative_condition
        return EncodedPrompt(
            tuple(condition.later(step) for condition in self.conditions),
            None if negative is None else negative.later(step),
        )


def constant_prompt(positive: Embeddings, negative: Embeddings | None) -> EncodedPrompt:
    """One condition that never changes."""
    return EncodedPrompt(
        (Condition(1.0, ((0, positive),)),), None if negative is None else Condition(1.0, ((0, negative),))
    )
