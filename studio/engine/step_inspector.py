"""Looks into steps of a picture, and ends the picture after the last of them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Protocol, cast, runtime_checkable

import torch
from torch.utils.hooks import RemovableHandle

from studio.core.checkpoint import Prediction
from studio.core.family import heeds_guidance
from studio.core.request import GenerationRequest, Stretch
from studio.core.step_inside import CrossAttention, Guidance, StepInside
from studio.core.trajectory import LatentColours, NoiseLevel
from studio.engine.cross_attention import AttentionWatch
from studio.engine.diffusion_model import DiffusionModel, PromptEncoder
from studio.engine.encoded_prompt import Word
from studio.engine.pipeline_types import Scheduler
from studio.engine.step_level import level_and_scale
from studio.engine.trajectory_recorder import in_main_memory


class AllSeen(Exception):
    """The last step that was wanted was taken; no more of the picture is needed."""


@runtime_checkable
class _Prediction(Protocol):
    """What a network answers unless it is asked for a tuple."""

    sample: torch.Tensor


class StepInspector:
    """Watches `request` (its prompts ready to be encoded) being made, and tells `on_seen` of each of `steps` (from 1).

    Raises:
        AllSeen: from the sampler's step, once the last of them was taken.
    """

    def __init__(
        self,
        model: DiffusionModel,
        prompts: PromptEncoder,
        request: GenerationRequest,
        steps: Collection[int],
        colours: LatentColours | None,
        on_seen: Callable[[StepInside], None],
    ) -> None:
        self._model = model
        self._prompts = prompts
        self._request = request
        self._steps = frozenset(steps)
        self._colours = colours
        self._on_seen = on_seen
        self._taken = 0
        self._answers: list[torch.Tensor] = []
        self._attention: AttentionWatch | None = None
        self._hook: RemovableHandle | None = None

    def watch(self, schedulers: Iterable[Scheduler], in_cells: Callable[[torch.Tensor], torch.Tensor]) -> None:
        """From now on. `schedulers` follow one another; `in_cells` turns latents as they handle them into cells."""
        self._hook = cast("torch.nn.Module", self._model.denoiser).register_forward_hook(self._hear)
        self._begin_step()
        for scheduler in schedulers:
            self._watch(scheduler, in_cells)

    def stop(self) -> None:
        """Leave the network as it was."""
        if self._hook is not None:
            self._hook.remove()
        self._stop_attending()

    def _watch(self, scheduler: Scheduler, in_cells: Callable[[torch.Tensor], torch.Tensor]) -> None:
        step = scheduler.step

        @functools.wraps(step)  # the pipeline reads the signature to see whether a generator is taken
        def inspected_step(
            guided: torch.Tensor, timestep: torch.Tensor, sample: torch.Tensor, *args: object, **kwargs: object
        ) -> tuple[torch.Tensor, ...]:
            outcome = step(guided, timestep, sample, *args, **kwargs)
            if self._is_wanted:
                level, scale = level_and_scale(scheduler, timestep)
                cells = [in_cells(tensor) for tensor in (sample * scale, guided, *self._rows())]
                self._on_seen(self._inside(level, *cells))
            self._taken += 1
            if self._taken == max(self._steps):
                raise AllSeen
            self._begin_step()
            return outcome

        scheduler.step = inspected_step

    @property
    def _is_wanted(self) -> bool:
        """Whether the step that is taken now is."""
        return self._taken + 1 in self._steps

    def _begin_step(self) -> None:
        self._answers.clear()
        self._stop_attending()
        if self._is_wanted and self._words() is not None:
            size, cell = self._request.size, self._model.pixels_per_cell
            row = 1 if self._has_negative() else 0
            self._attention = AttentionWatch(self._model.denoiser, row, size.height // cell, size.width // cell)

    def _stop_attending(self) -> None:
        if self._attention is not None:
            self._attention.stop()
            self._attention = None

    def _hear(self, _module: object, _arguments: object, output: object) -> None:
        if self._is_wanted and self._has_negative():
            answer = output.sample if isinstance(output, _Prediction) else cast("tuple[torch.Tensor]", output)[0]
            self._answers.append(answer)

    def _rows(self) -> Sequence[torch.Tensor]:
        """The answer for the prompt, and with CFG that for the negative one. Families that ask for both in one run ask
        for the negative one first; those that ask twice ask for the prompt first."""
        if len(self._answers) == 2:
            return self._answers
        return [row for answer in self._answers for row in (answer[1:], answer[:1])]

    def _inside(
        self, level: NoiseLevel, latents: torch.Tensor, guided: torch.Tensor, *rows: torch.Tensor
    ) -> StepInside:
        expected = [
            in_main_memory(expected_original(self._model.prediction, level, latents, predicted)[0])
            for predicted in (guided, *rows)
        ]
        whole, conditional, unconditional = expected if rows else (expected[0], expected[0], None)
        heeded = self._stretch().guidance_scale if heeds_guidance(self._request.checkpoint) else 1.0
        guidance = Guidance(heeded, conditional, unconditional, whole)
        return StepInside(self._taken + 1, level, guidance, self._shares(), self._colours)

    def _shares(self) -> CrossAttention | None:
        words = self._words()
        return None if words is None or self._attention is None else self._attention.shares(words)

    def _words(self) -> tuple[Word, ...] | None:
        return self._prompts.words(self._stretch().prompt, self._taken, self._request.steps_run)

    def _stretch(self) -> Stretch:
        """That of the step which is taken now."""
        return next(stretch for stretch in self._request.stretches if self._taken < stretch.until_step)

    def _has_negative(self) -> bool:
        return self._model.uses_negative(self._stretch().sampling(self._request.sampling))


def expected_original(
    kind: Prediction, level: NoiseLevel, latents: torch.Tensor, predicted: torch.Tensor
) -> torch.Tensor:
    """x0 by what a network of this kind `predicted` for `latents`, of variance 1, at `level`."""
    latents, predicted = latents.float(), predicted.float()
    match kind:
        case Prediction.EPSILON:
            return (latents - level.noise * predicted) / level.signal
        case Prediction.V:
            return level.signal * latents - level.noise * predicted
        case Prediction.FLOW:
            return latents - level.noise * predicted


def expected_noise(kind: Prediction, level: NoiseLevel, latents: torch.Tensor, predicted: torch.Tensor) -> torch.Tensor:
    """eps by the same."""
    latents, predicted = latents.float(), predicted.float()
    match kind:
        case Prediction.EPSILON:
            return predicted
        case Prediction.V:
            return level.signal * predicted + level.noise * latents
        case Prediction.FLOW:
            return latents + level.signal * predicted
