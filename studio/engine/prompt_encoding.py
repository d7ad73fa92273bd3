"""Prompts to text embeddings, remembered, and what the text encoder did not get to read."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import torch

from studio.core.progress import PromptTruncated
from studio.core.request import Prompt
from studio.engine.pipeline_types import ClipTextModel, TextToImagePipeline
from studio.engine.placement import compute_device

_REMEMBERED = 16


@dataclass(frozen=True, slots=True, eq=False)
class EncodedPrompt:
    """Embeddings (1, tokens, width); `negative` only where CFG needs it."""

    positive: torch.Tensor
    negative: torch.Tensor | None


class PromptEncoder:
    """Encodes prompts for one loaded checkpoint and keeps the last 16. The last `clip_skip` layers are left out."""

    def __init__(self, pipeline: TextToImagePipeline, *, clip_skip: int = 0) -> None:
        self._pipeline = pipeline
        self._clip_skip = clip_skip
        self._encoded: OrderedDict[tuple[Prompt, bool], EncodedPrompt] = OrderedDict()

    def encode(self, prompt: Prompt, *, with_negative: bool) -> EncodedPrompt:
        """The embeddings of `prompt`, computed only if they are not among the remembered ones."""
        key = (prompt, with_negative)
        encoded = self._encoded.pop(key, None) or self._compute(prompt, with_negative)
        self._encoded[key] = encoded
        if len(self._encoded) > _REMEMBERED:
            self._encoded.popitem(last=False)
        return encoded

    def truncations(self, prompt: Prompt, *, with_negative: bool) -> list[PromptTruncated]:
        """What the text encoder's window cuts off the prompt and, with CFG, off the negative prompt."""
        texts = [(prompt.text, False)]
        if with_negative:
            texts.append((prompt.negative, True))
        found = [self._truncation(text, negative) for text, negative in texts]
        return [truncated for truncated in found if truncated is not None]

    def _compute(self, prompt: Prompt, with_negative: bool) -> EncodedPrompt:
        with _without_last_layers(cast("ClipTextModel", self._pipeline.text_encoder), self._clip_skip):
            positive, negative = self._pipeline.encode_prompt(
                prompt=prompt.text,
                negative_prompt=prompt.negative,
                device=compute_device(self._pipeline),
                num_images_per_prompt=1,
                do_classifier_free_guidance=with_negative,
            )
        return EncodedPrompt(positive, negative)

    def _truncation(self, text: str, negative: bool) -> PromptTruncated | None:
        tokenizer = self._pipeline.tokenizer
        window = tokenizer.model_max_length - tokenizer.num_special_tokens_to_add()
        spans = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
        if len(spans) <= window:
            return None
        first_cut = spans[window][0]
        return PromptTruncated(negative, window, len(spans), text[first_cut:])


@contextmanager
def _without_last_layers(text_encoder: ClipTextModel, count: int) -> Generator[None]:
    """diffusers' own way leaves the negative prompt as it is, and does not know the networks of transformers 5."""
    encoder = text_encoder.encoder
    layers = encoder.layers
    encoder.layers = layers[: len(layers) - count]
    try:
        yield
    finally:
        encoder.layers = layers
