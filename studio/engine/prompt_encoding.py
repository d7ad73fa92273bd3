"""Prompts to text embeddings, remembered, and what the text encoder did not get to read."""

from __future__ import annotations

from collections import OrderedDict

from studio.core.progress import PromptTruncated
from studio.core.request import Prompt
from studio.engine.diffusion_model import DiffusionModel, EncodedPrompt
from studio.engine.pipeline_types import Tokenizer

_REMEMBERED = 16


class PromptEncoder:
    """Encodes prompts for one loaded checkpoint and keeps the last 16.

    `tokenizer` is that of the encoder whose window cuts prompts off, None where hardly any prompt is long enough.
    """

    def __init__(self, model: DiffusionModel, tokenizer: Tokenizer | None) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._encoded: OrderedDict[tuple[Prompt, bool], EncodedPrompt] = OrderedDict()

    def encode(self, prompt: Prompt, *, with_negative: bool) -> EncodedPrompt:
        """The embeddings of `prompt`, computed only if they are not among the remembered ones."""
        key = (prompt, with_negative)
        encoded = self._encoded.pop(key, None) or self._model.encode_prompt(prompt, with_negative=with_negative)
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

    def _truncation(self, text: str, negative: bool) -> PromptTruncated | None:
        tokenizer = self._tokenizer
        if tokenizer is None:
            return None
        window = tokenizer.model_max_length - tokenizer.num_special_tokens_to_add()
        spans = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
        if len(spans) <= window:
            return None
        first_cut = spans[window][0]
        return PromptTruncated(negative, window, len(spans), text[first_cut:])
