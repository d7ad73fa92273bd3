"""How many tokens a prompt has, and where in the text the chunks begin that the text encoder reads. Without torch.

Edits and alternations count with their longest part, `{a|b}` and `__name__` as they are typed. The tokenizer is read on
the first call (50 ms): call from a background thread.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from studio.core.checkpoint import Checkpoint
from studio.core.family import family_traits
from studio.core.resources import resource_path
from studio.prompts.chunking import split_at_window
from studio.prompts.language import read_prompt
from studio.prompts.syntax import Span, SpanKind

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_USUAL_LENGTH: Final = 77
_OWN_TOKENS: Final = 2
_COMMA: Final = ",</w>"
_UNREAD: Final = {SpanKind.LORA, SpanKind.COMMENT, SpanKind.BREAK, SpanKind.AND, SpanKind.WEIGHT}
_BRACKETS: Final = {SpanKind.EMPHASIS, SpanKind.DEEMPHASIS}

_Place: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class TokenCount:
    """Of the longest condition. All chunks before the last count as full, as in A1111.

    `borders` are the characters of the text at which the second and the following chunks begin.
    """

    total: int
    window: int
    borders: tuple[int, ...]


def count_tokens(checkpoint: Checkpoint, text: str) -> TokenCount | None:
    """The tokens of the prompt `text`; None for a model that reads another way, or without a tokenizer."""
    folder = _tokenizer_folder(checkpoint.path)
    if not family_traits(checkpoint.family).weights_words or folder is None:
        return None
    return _ClipCounter(_tokenizer(folder), _window(folder)).count(text)


class _ClipCounter:
    def __init__(self, tokenizer: Tokenizer, window: int) -> None:
        self._tokenizer = tokenizer
        self._window = window
        self._comma = tokenizer.token_to_id(_COMMA)

    def count(self, text: str) -> TokenCount:
        spans = read_prompt(text).spans
        read = _what_is_read(text, spans)
        totals: list[int] = []
        borders: list[int] = []
        for condition in _split(text, spans, SpanKind.AND):
            parts = _split(text, spans, SpanKind.BREAK, condition)
            chunks = [chunk for part in parts for chunk in self._chunks(read, part)]
            totals.append(self._window * (len(chunks) - 1) + len(chunks[-1]))
            borders.extend(chunk[0][1] for chunk in chunks[1:] if chunk)
        return TokenCount(max(totals), self._window, tuple(borders))

    def _chunks(self, read: str, part: _Place) -> list[list[tuple[int, int]]]:
        """Each chunk's tokens: their numbers and where they begin in the text."""
        start, end = part
        encoding = self._tokenizer.encode(read[start:end], add_special_tokens=False)
        starts = (start + first for first, _ in encoding.offsets)
        tokens = list(zip(encoding.ids, starts, strict=True))
        return [list(chunk) for chunk in split_at_window(tokens, self._window, lambda token: token[0] == self._comma)]


def _split(text: str, spans: tuple[Span, ...], kind: SpanKind, within: _Place | None = None) -> Iterator[_Place]:
    """What lies between the spans of this kind."""
    start, last = within or (0, len(text))
    for span in spans:
        if span.kind is kind and start <= span.start < last:
            yield start, span.start
            start = span.end
    yield start, last


def _what_is_read(text: str, spans: tuple[Span, ...]) -> str:
    """A text of the same length with spaces for all that the text encoder does not see."""
    characters = list(text)

    def blank(start: int, end: int) -> None:
        characters[start:end] = " " * (end - start)

    for index, span in enumerate(spans):
        if span.kind in _UNREAD:
            blank(span.start, span.end)
        elif span.kind is SpanKind.ESCAPE:
            blank(span.start, span.start + 1)
        elif span.kind in _BRACKETS:
            blank(span.start, span.start + 1)
            blank(span.end - 1, span.end)
        elif span.kind in {SpanKind.EDIT, SpanKind.ALTERNATION}:
            first, last = _longest_part(text, span, spans[index + 1 :])
            blank(span.start, first)
            blank(last, span.end)
    return "".join(characters)


def _longest_part(text: str, span: Span, following: tuple[Span, ...]) -> _Place:
    """Of an edit or an alternation, between its brackets and separators."""
    separator = ":" if span.kind is SpanKind.EDIT else "|"
    borders = [span.start]
    place = span.start + 1
    for inner in following:
        if inner.start >= span.end:
            break
        if inner.start >= place:
            borders.extend(index for index in range(place, inner.start) if text[index] == separator)
            place = inner.end
    borders.extend(index for index in range(place, span.end - 1) if text[index] == separator)
    if span.kind is SpanKind.ALTERNATION:
        borders.append(span.end - 1)
    parts = [(left + 1, right) for left, right in pairwise(borders)]
    return max(parts, key=lambda part: part[1] - part[0])


def _tokenizer_folder(model: Path) -> Path | None:
    """Single files have CLIP's own, which the program brings; SDXL's refiner has a second one alone."""
    if model.is_file():
        return resource_path("configs") / "tokenizers" / "clip"
    folders = (model / "tokenizer", model / "tokenizer_2")
    return next((folder for folder in folders if _has_tokenizer(folder)), None)


def _has_tokenizer(folder: Path) -> bool:
    return (folder / "tokenizer.json").is_file() or (folder / "merges.txt").is_file()


def _window(folder: Path) -> int:
    config = folder / "tokenizer_config.json"
    length = json.loads(config.read_text(encoding="utf-8")).get("model_max_length") if config.is_file() else None
    return (length if isinstance(length, int) else _USUAL_LENGTH) - _OWN_TOKENS


@functools.lru_cache(maxsize=2)
def _tokenizer(folder: Path) -> Tokenizer:
    from tokenizers import Tokenizer

    if (folder / "tokenizer.json").is_file():
        return Tokenizer.from_file(str(folder / "tokenizer.json"))
    return _clip_tokenizer(folder)


def _clip_tokenizer(folder: Path) -> Tokenizer:
    """From the two files of older models. CLIP's own splitting: words, single digits, runs of other signs."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

    vocabulary = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    lines = (folder / "merges.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split(" ") for line in lines if line and not line.startswith("#version:"))
    merges = [(left, right) for left, right in pairs]
    tokenizer = Tokenizer(
        models.BPE(vocabulary, merges, unk_token="<|endoftext|>", end_of_word_suffix="</w>", fuse_unk=False)
    )
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    words = Regex(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(words, behavior="removed", invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    return tokenizer
