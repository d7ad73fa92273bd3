"""Textual inversions: words that the text encoder learns for a request and forgets after it.

The tokenizer gets a copy with a new token for each vector, the table of vectors an addition that is looked into for
those tokens; neither the tokenizer nor the table itself is ever changed. A token is a character of Unicode's private
use area, so that neither the prompt language nor the tokenizer can take it for anything else.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

import torch

from studio.core.addon import Addon
from studio.core.addon_names import embedding_pattern
from studio.core.errors import AddonUnusable
from studio.engine.addon_file import Tensors, read_tensors
from studio.engine.network_loading import is_finite
from studio.engine.pipeline_types import TextToImagePipeline, Tokenizer

_FIRST_TOKEN = 0xF0000
_MOST_VECTORS = 256
_ENCODERS = ("", "_2")
"""Suffixes of the text encoders and tokenizers that read CLIP's tokens."""


class _TokenTable(Protocol):
    def add_tokens(self, new_tokens: list[str], special_tokens: bool) -> int: ...
    def convert_tokens_to_ids(self, tokens: str) -> int: ...

    eos_token_id: int


class _PooledEncoder(Protocol):
    """CLIP with `eos_token_id == 2` takes the highest token for the last one: wrong as soon as there are new ones."""

    eos_token_id: int


class _Encoder(Protocol):
    def get_input_embeddings(self) -> torch.nn.Embedding: ...
    def modules(self) -> Sequence[torch.nn.Module]: ...


@dataclass(frozen=True, slots=True)
class IdentifiedEmbedding:
    """A textual inversion, and the sha256 of its file."""

    addon: Addon
    sha256: str


@dataclass(frozen=True, slots=True)
class _Word:
    """A name with the characters that stand for it, and its vectors by the suffix of the text encoder."""

    name: str
    characters: str
    vectors: Mapping[str, torch.Tensor]


class TextualInversions:
    """The additional words of one loaded model."""

    def __init__(self, pipeline: TextToImagePipeline) -> None:
        self._pipeline = pipeline
        self._taught: tuple[IdentifiedEmbedding, ...] = ()
        self._words: tuple[_Word, ...] = ()
        self._undo: list[Callable[[], object]] = []

    def put_on(self, embeddings: Sequence[IdentifiedEmbedding]) -> None:
        """Exactly these from now on. Reads no file where they are there already.

        Raises:
            AddonUnusable: for one that does not fit; then there are none.
        """
        if embeddings and tuple(embeddings) == self._taught:
            return
        self._take_off()
        words: list[_Word] = []
        for embedding in embeddings:
            taken = sum(len(word.characters) for word in words)
            words.append(_word(embedding.addon, read_tensors(embedding.addon), taken, self._widths()))
        for suffix in self._widths() if words else {}:
            self._teach(suffix, words)
        self._words, self._taught = tuple(words), tuple(embeddings)

    def encodable(self, text: str) -> str:
        """The text with the names replaced by what stands for them."""
        for word in self._words:
            text = embedding_pattern(word.name).sub(word.characters, text)
        return text

    def _take_off(self) -> None:
        self._words, self._taught = (), ()
        while self._undo:
            self._undo.pop()()

    def _widths(self) -> dict[str, int]:
        """The width of each text encoder that knows CLIP's tokens."""
        encoders = {suffix: getattr(self._pipeline, f"text_encoder{suffix}", None) for suffix in _ENCODERS}
        return {
            suffix: cast("_Encoder", encoder).get_input_embeddings().embedding_dim
            for suffix, encoder in encoders.items()
            if encoder is not None and hasattr(encoder, "get_input_embeddings")
        }

    def _teach(self, suffix: str, words: Sequence[_Word]) -> None:
        name = f"tokenizer{suffix}"
        tokenizer = cast("Tokenizer", getattr(self._pipeline, name))
        taught = copy.deepcopy(tokenizer)
        table = cast("_TokenTable", taught)
        characters = "".join(word.characters for word in words)
        table.add_tokens(list(characters), special_tokens=True)
        encoder = cast("_Encoder", getattr(self._pipeline, f"text_encoder{suffix}"))
        self._undo.append(lambda: setattr(self._pipeline, name, tokenizer))
        setattr(self._pipeline, name, taught)
        vectors = torch.cat([word.vectors[suffix] for word in words])
        first = table.convert_tokens_to_ids(characters[0])
        self._undo += _look_up_too(encoder.get_input_embeddings(), first, vectors)
        self._undo += _find_the_end(encoder, table.eos_token_id)


def _look_up_too(table: torch.nn.Embedding, first: int, vectors: torch.Tensor) -> list[Callable[[], object]]:
    """Tokens from `first` on are looked up in `vectors`. Returns what undoes it."""
    asked: list[torch.Tensor] = []

    def before(_table: torch.nn.Module, arguments: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        (tokens,) = arguments
        asked[:] = [tokens]
        return (torch.where(tokens >= first, 0, tokens),)

    def after(_table: torch.nn.Module, _arguments: object, found: torch.Tensor) -> torch.Tensor:
        is_new = asked[0] >= first
        additional = vectors.to(found.device, found.dtype)[(asked[0] - first).clamp(0, len(vectors) - 1)]
        return torch.where(is_new[..., None], additional, found)

    return [table.register_forward_pre_hook(before).remove, table.register_forward_hook(after).remove]


def _find_the_end(encoder: _Encoder, eos_token_id: int) -> list[Callable[[], object]]:
    """The pooled output is taken at the end token, even where the configuration does not know it."""
    undo: list[Callable[[], object]] = []
    for module in encoder.modules():
        if getattr(module, "eos_token_id", None) == 2:
            pooled = cast("_PooledEncoder", module)
            pooled.eos_token_id = eos_token_id
            undo.append(lambda pooled=pooled: setattr(pooled, "eos_token_id", 2))
    return undo


def _word(embedding: Addon, tensors: Tensors, taken: int, widths: Mapping[str, int]) -> _Word:
    vectors = _vectors(embedding.name, tensors, widths)
    count = len(next(iter(vectors.values())))
    if count > _MOST_VECTORS or any(len(part) != count for part in vectors.values()):
        raise AddonUnusable(embedding.name, f"{count} vectors, {_MOST_VECTORS} are possible")
    characters = "".join(chr(_FIRST_TOKEN + taken + number) for number in range(count))
    return _Word(embedding.name, characters, vectors)


def _vectors(name: str, tensors: Tensors, widths: Mapping[str, int]) -> dict[str, torch.Tensor]:
    """(count, width) for each text encoder: A1111's `emb_params`, `clip_l` and `clip_g` of SDXL, or one tensor of any
    name, as diffusers writes it.
    """
    if set(tensors) >= {"clip_l", "clip_g"}:
        by_suffix = {"": tensors["clip_l"], "_2": tensors["clip_g"]}
    elif len(tensors) == 1 or "emb_params" in tensors:
        by_suffix = {"": tensors.get("emb_params", next(iter(tensors.values())))}
    else:
        raise AddonUnusable(name, "no textual inversion of a known kind")
    vectors = {suffix: tensor.reshape(-1, tensor.shape[-1]) for suffix, tensor in by_suffix.items() if tensor.ndim}
    found = {suffix: part.shape[-1] for suffix, part in vectors.items()}
    if found != dict(widths):
        made_for = " and ".join(str(width) for width in found.values())
        needed = " and ".join(str(width) for width in widths.values())
        raise AddonUnusable(name, f"made for text encoders of width {made_for}, this model's have {needed}")
    if not all(map(is_finite, vectors.values())):
        raise AddonUnusable(name, "its vectors are not finite")
    return vectors
