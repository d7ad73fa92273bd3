"""Prompts for models that read plain words: no weights, edits and conditions, and an end to what is read."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from studio.core.progress import PromptSyntaxIgnored, PromptTruncated
from studio.core.request import Prompt
from studio.engine.encoded_prompt import Embeddings, EncodedPrompt, constant_prompt
from studio.engine.pipeline_types import Tokenizer
from studio.prompts.language import read_prompt
from studio.prompts.scheduling import is_plain, plain_text

_REMEMBERED = 16


@dataclass(frozen=True, slots=True, eq=False)
class TextReader:
    """The tokenizer of the text encoder that reads the words, and how many tokens of a prompt there is room for."""

    tokenizer: Tokenizer
    most_tokens: int


def plain_prompt(prompt: Prompt) -> Prompt:
    """The words alone, for a text encoder for which nothing else means anything."""
    return Prompt(plain_text(read_prompt(prompt.text)), plain_text(read_prompt(prompt.negative)))


def ignored_syntax(prompt: Prompt, *, with_negative: bool) -> list[PromptSyntaxIgnored]:
    """Which of the prompts say more than their words."""
    texts = [(prompt.text, False), *([(prompt.negative, True)] if with_negative else [])]
    return [PromptSyntaxIgnored(negative) for text, negative in texts if not is_plain(read_prompt(text))]


def cut_prompts(prompt: Prompt, reader: TextReader, *, with_negative: bool) -> list[PromptTruncated]:
    """Which of the prompts are longer than `reader` reads."""
    words = plain_prompt(prompt)
    texts = [(words.text, False), *([(words.negative, True)] if with_negative else [])]
    return [cut for text, negative in texts if (cut := _cut(text, reader, negative=negative)) is not None]


def _cut(text: str, reader: TextReader, *, negative: bool) -> PromptTruncated | None:
    places = reader.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
    if len(places) <= reader.most_tokens:
        return None
    first_unread, _ = places[reader.most_tokens]
    return PromptTruncated(negative, reader.most_tokens, len(places), text[first_unread:].strip())


class PlainPromptEncoder:
    """Encodes the words of prompts with `encode`, and remembers the last 16."""

    def __init__(self, encode: Callable[[str], Embeddings]) -> None:
        self._encode = encode
        self._remembered: OrderedDict[str, Embeddings] = OrderedDict()

    def encode(self, prompt: Prompt, *, with_negative: bool, steps: int) -> EncodedPrompt:
        """The same for any number of `steps`."""
        words = plain_prompt(prompt)
        return constant_prompt(
            self._embeddings(words.text), self._embeddings(words.negative) if with_negative else None
        )

    def words(self, prompt: Prompt, step: int, steps: int) -> None:
        """Words and cells attend to each other in one."""

    def _embeddings(self, text: str) -> Embeddings:
        found = self._remembered.pop(text, None) or self._encode(text)
        self._remembered[text] = found
        if len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)
        return found
