"""Prompts for models that read plain words: no weights, edits and conditions, and an end to what is read."""

from __future__ import annotations

from studio.core.progress import PromptSyntaxIgnored, PromptTruncated
from studio.core.request import Prompt
from studio.engine.pipeline_types import Tokenizer
from studio.prompts.language import read_prompt
from studio.prompts.scheduling import is_plain, plain_text


def plain_prompt(prompt: Prompt) -> Prompt:
    """The words alone, for a text encoder for which nothing else means anything."""
    return Prompt(plain_text(read_prompt(prompt.text)), plain_text(read_prompt(prompt.negative)))


def ignored_syntax(prompt: Prompt, *, with_negative: bool) -> list[PromptSyntaxIgnored]:
    """Which of the prompts say more than their words."""
    texts = [(prompt.text, False), *([(prompt.negative, True)] if with_negative else [])]
    return [PromptSyntaxIgnored(negative) for text, negative in texts if not is_plain(read_prompt(text))]


def truncation(tokenizer: Tokenizer, window: int, text: str, *, negative: bool) -> PromptTruncated | None:
    """What of a plain `text` lies beyond the first `window` tokens."""
    spans = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
    if len(spans) <= window:
        return None
    return PromptTruncated(negative, window, len(spans), text[spans[window][0] :])
