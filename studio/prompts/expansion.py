"""A request whose prompts leave something to chance becomes requests that do not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from studio.core.request import SEED_COUNT, GenerationRequest, Prompt
from studio.prompts.wildcards import expand, has_choices


def leaves_choices(request: GenerationRequest) -> bool:
    """False when `without_choices` gives the request back, and costs nothing."""
    return has_choices(request.prompt.text) or has_choices(request.prompt.negative)


def without_choices(request: GenerationRequest, wildcards: Path) -> tuple[GenerationRequest, ...]:
    """One request for each picture, with the choices that its seed makes; a single one if they all come out alike.

    So a picture's own request makes the same picture again, whatever becomes of the files in `wildcards`.
    """
    if not leaves_choices(request):
        return (request,)
    singles = [_chosen(request.single(index), wildcards) for index in range(request.batch_size)]
    if len({single.prompt for single in singles}) == 1:
        return (replace(request, prompt=singles[0].prompt),)
    return tuple(singles)


def _chosen(single: GenerationRequest, wildcards: Path) -> GenerationRequest:
    """The negative prompt has seeds of its own, so that it does not always choose as the prompt does."""
    seed = single.sampling.seed
    text = expand(single.prompt.text, wildcards, seed)
    return replace(single, prompt=Prompt(text, expand(single.prompt.negative, wildcards, SEED_COUNT + seed)))
