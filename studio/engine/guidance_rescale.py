"""CFG rescale: takes back what a high CFG scale adds in contrast (Lin et al. 2023, arXiv 2305.08891, section 3.4).

Not all pipelines of diffusers know it, so it is done between network and sampler, where all of them pass.
"""

from __future__ import annotations

import functools
from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol, cast, runtime_checkable

import torch

from studio.engine.pipeline_types import Scheduler


@runtime_checkable
class _Prediction(Protocol):
    """What a network answers unless it is asked for a tuple."""

    sample: torch.Tensor


@contextmanager
def rescaled_guidance(denoiser: object, scheduler: Scheduler, rescale: float) -> Generator[None]:
    """While this lasts, `scheduler` gets predictions whose spread is, by `rescale` (0 to 1), that of the prompt's own.

    `denoiser` is the network that predicts; with CFG its second half is for the prompt.
    """
    if rescale == 0:
        yield
        return
    latest: list[torch.Tensor] = []
    step = scheduler.step

    def remember(_module: torch.nn.Module, _arguments: object, output: object) -> None:
        latest[:] = [output.sample if isinstance(output, _Prediction) else cast("tuple[torch.Tensor]", output)[0]]

    @functools.wraps(step)  # the pipeline reads the signature to see whether a generator is taken
    def rescaled_step(guided: torch.Tensor, *args: object, **kwargs: object) -> tuple[torch.Tensor, ...]:
        predicted = latest[0]
        if len(predicted) == 2 * len(guided):
            guided = _rescaled(guided, predicted[len(guided) :], rescale)
        return step(guided, *args, **kwargs)

    hook = cast("torch.nn.Module", denoiser).register_forward_hook(remember)
    scheduler.step = rescaled_step
    try:
        yield
    finally:
        scheduler.step = step
        hook.remove()


def _rescaled(guided: torch.Tensor, conditional: torch.Tensor, rescale: float) -> torch.Tensor:
    axes = tuple(range(1, guided.ndim))
    same_spread = guided * (conditional.std(axes, keepdim=True) / guided.std(axes, keepdim=True))
    return torch.lerp(guided, same_spread, rescale)
