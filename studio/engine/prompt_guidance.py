"""Prompts that pipelines cannot follow by themselves: those that change between steps, or have several conditions.

While a pipeline runs, its denoiser is asked for each condition with the embeddings of the step. What it answers is
added up as in "Compositional Visual Generation with Composable Diffusion Models" (Liu et al. 2022), so that CFG, which
comes after, gives: unconditional + scale * sum of weight * (conditional - unconditional).
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TypeAlias, cast

import torch

from studio.engine.encoded_prompt import EncodedPrompt
from studio.engine.pipeline_types import Model

_Arguments: TypeAlias = tuple[torch.Tensor, ...]
_Keywords: TypeAlias = dict[str, object]


@contextmanager
def following(prompt: EncodedPrompt, denoiser: Model) -> Generator[None]:
    """Within, `denoiser` (a UNet that a pipeline asks once in each step) follows `prompt` from its first step on."""
    if prompt.is_constant:
        yield
        return
    guidance = _Guidance(prompt)
    module = cast("torch.nn.Module", denoiser)
    hooks = (
        module.register_forward_pre_hook(guidance.ask, with_kwargs=True),
        module.register_forward_hook(guidance.answer, prepend=True),  # others see what the pipeline sees
    )
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


class _Guidance:
    """The two hooks, and the step that they are in."""

    def __init__(self, prompt: EncodedPrompt) -> None:
        self._prompt = prompt
        self._step = 0

    def ask(self, _module: torch.nn.Module, args: _Arguments, kwargs: _Keywords) -> tuple[_Arguments, _Keywords]:
        """The same latents once for each condition, with its embeddings of this step."""
        latents, timestep = args
        embeddings = [condition.at(self._step) for condition in self._prompt.rows]
        states = torch.cat([embedding.states for embedding in embeddings])
        asked = {**kwargs, "encoder_hidden_states": states}
        added = kwargs.get("added_cond_kwargs")
        if added is not None:
            pooled = torch.cat([embedding.pooled for embedding in embeddings if embedding.pooled is not None])
            time_ids = cast("dict[str, torch.Tensor]", added)["time_ids"]
            asked["added_cond_kwargs"] = {"text_embeds": pooled, "time_ids": time_ids[self._source_rows(time_ids)]}
        return (latents[self._source_rows(latents)], timestep), asked

    def answer(self, _module: torch.nn.Module, _args: _Arguments, output: tuple[torch.Tensor]) -> tuple[torch.Tensor]:
        """What the pipeline expects: one prediction, or with CFG the unconditional one and one."""
        self._step += 1
        return (self._composed(output[0]),)

    def _composed(self, predictions: torch.Tensor) -> torch.Tensor:
        weights = [condition.weight for condition in self._prompt.conditions]
        if len(weights) == 1:
            return predictions
        if self._prompt.negative_condition is None:
            return _weighted_mean(predictions, weights)
        unconditional, conditional = predictions[:1], predictions[1:]
        return torch.cat([unconditional, unconditional + _weighted_sum(conditional - unconditional, weights)])

    def _source_rows(self, tensor: torch.Tensor) -> list[int]:
        """Which row of the pipeline's each condition gets: all conditions that of the prompt, the last."""
        return [*range(len(tensor) - 1), *[len(tensor) - 1] * len(self._prompt.conditions)]


def _weighted_sum(tensors: torch.Tensor, weights: list[float]) -> torch.Tensor:
    return (tensors * tensors.new_tensor(weights)[:, None, None, None]).sum(0, keepdim=True)


def _weighted_mean(predictions: torch.Tensor, weights: list[float]) -> torch.Tensor:
    """Without CFG there is nothing to add to; weights that are all zero count alike."""
    total = sum(map(abs, weights))
    return _weighted_sum(predictions, [weight / total if total else 1 / len(weights) for weight in weights])
