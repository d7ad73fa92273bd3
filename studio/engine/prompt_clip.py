"""Weighted words to embeddings by CLIP text encoders, in A1111's arithmetic.

Tokens go into chunks of the encoder's window (75 and its own two); the answers are put one behind the other. Each
token's answer is multiplied by its weight, then the whole chunk so that its mean is as before.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

import torch

from studio.engine.encoded_prompt import Embeddings, Word
from studio.engine.pipeline_types import ClipTextEncoder, TextToImagePipeline, Tokenizer, TwoTextEncoders
from studio.engine.placement import compute_device
from studio.prompts.chunking import split_at_window
from studio.prompts.scheduling import Chunks, WeightedText

_REMEMBERED = 32
_WORD_END = "</w>"
"""What CLIP's tokens have at the end of a word."""


class _Token(NamedTuple):
    id: int
    weight: float


class ClipReader:
    """Reads what stands between two `BREAK`s with all text encoders of a pipeline, and remembers the last 32.

    The last `clip_skip` layers of the encoders are left out.
    """

    def __init__(self, pipeline: TextToImagePipeline, clip_skip: int) -> None:
        self._encoders = _encoders(pipeline, clip_skip)
        self._read: OrderedDict[tuple[WeightedText, ...], tuple[Embeddings, ...]] = OrderedDict()

    def read(self, chunks: Chunks) -> Embeddings:
        """The embeddings of all chunks, of which the first one gives `pooled`."""
        return _joined([embeddings for part in _parts(chunks) for embeddings in self._windows(part)])

    def words(self, chunks: Chunks) -> tuple[Word, ...]:
        """The words of all chunks, and where their tokens are in what `read` gives."""
        encoder = self._encoders[-1]
        windows = [window for part in _parts(chunks) for window in encoder.windows(part)]
        return tuple(
            Word(text, tuple(number * encoder.length + 1 + place for place in places))
            for number, window in enumerate(windows)
            for text, places in encoder.words(window)
        )

    def padded(self, embeddings: Embeddings, tokens: int) -> Embeddings:
        """With so many chunks of an empty prompt behind it that there are `tokens`."""
        (empty,) = self._windows(())
        missing = (tokens - embeddings.tokens) // empty.tokens
        return _joined([embeddings, *[empty] * missing])

    def _windows(self, part: tuple[WeightedText, ...]) -> tuple[Embeddings, ...]:
        found = self._read.pop(part, None) or self._compute(part)
        self._read[part] = found
        if len(self._read) > _REMEMBERED:
            self._read.popitem(last=False)
        return found

    def _compute(self, part: tuple[WeightedText, ...]) -> tuple[Embeddings, ...]:
        answers = [encoder.encode(part) for encoder in self._encoders]
        return tuple(_side_by_side(same_window) for same_window in zip(*answers, strict=True))


class _ClipEncoder:
    """One text encoder with its tokenizer.

    Which states it gives: those after the layer `layer` from the end (-1 is the last), `normed` by the encoder's last
    norm, as Stable Diffusion 1 and 2 take them, or as they are, as SDXL does.
    """

    def __init__(
        self, pipeline: object, tokenizer: Tokenizer, model: ClipTextEncoder, *, layer: int, normed: bool
    ) -> None:
        self._pipeline = pipeline
        self._tokenizer = tokenizer
        self._model = model
        self._layer = layer
        self._normed = normed
        self._comma = tokenizer.convert_tokens_to_ids(",</w>")

    def encode(self, part: tuple[WeightedText, ...]) -> list[Embeddings]:
        """Each window of `part`."""
        return [self._encode_window(tokens) for tokens in self.windows(part)]

    @property
    def length(self) -> int:
        """Of a window, with the two tokens around it."""
        return self._tokenizer.model_max_length

    def windows(self, part: tuple[WeightedText, ...]) -> Sequence[Sequence[_Token]]:
        """The tokens of each window, without those around it."""
        window = self.length - self._tokenizer.num_special_tokens_to_add()
        return split_at_window(self._tokens(part), window, lambda token: token.id == self._comma)

    def words(self, tokens: Sequence[_Token]) -> list[tuple[str, list[int]]]:
        """The words of a window, each with the places of its tokens in it."""
        words: list[list[int]] = [[]]
        for place, name in enumerate(self._tokenizer.convert_ids_to_tokens([token.id for token in tokens])):
            words[-1].append(place)
            if name.endswith(_WORD_END):
                words.append([])
        return [(self._tokenizer.decode([tokens[place].id for place in word]).strip(), word) for word in words if word]

    def _tokens(self, part: tuple[WeightedText, ...]) -> list[_Token]:
        return [
            _Token(token_id, piece.weight)
            for piece in part
            for token_id in self._tokenizer(piece.text, add_special_tokens=False)["input_ids"]
        ]

    def _encode_window(self, tokens: Sequence[_Token]) -> Embeddings:
        length = self._tokenizer.model_max_length
        padding = length - len(tokens) - 2
        begin, end, pad = (self._tokenizer.bos_token_id, self._tokenizer.eos_token_id, self._tokenizer.pad_token_id)
        ids = [begin, *(token.id for token in tokens), end, *[pad] * padding]
        states, pooled = self._answer(torch.tensor([ids], device=compute_device(self._pipeline)))
        if any(token.weight != 1.0 for token in tokens):
            states = weighted(states, [1.0, *(token.weight for token in tokens), *[1.0] * (padding + 1)])
        return Embeddings(states, pooled)

    def _answer(self, ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        if self._layer == -1 and self._normed:
            return self._model(ids, output_hidden_states=False)[0], None
        answer = self._model(ids, output_hidden_states=True)
        states = answer.hidden_states[self._layer]
        if self._normed:
            return self._model.final_layer_norm(states), None
        return states, answer[0] if answer[0].ndim == 2 else None


def _parts(chunks: Chunks) -> Chunks:
    return chunks if len(chunks) == 1 or chunks[-1] else chunks[:-1]  # nothing stands behind the last break


def weighted(states: torch.Tensor, weights: Sequence[float]) -> torch.Tensor:
    """`states` (1, tokens, width), each token's times its weight, and all so that their mean is as it was."""
    exact = states.float()  # half types would round the two means
    scaled = exact * torch.tensor(weights, device=states.device)[None, :, None]
    return (scaled * (exact.mean() / scaled.mean())).to(states.dtype)


def _encoders(pipeline: TextToImagePipeline, clip_skip: int) -> list[_ClipEncoder]:
    if isinstance(pipeline, TwoTextEncoders):
        return _sdxl_encoders(pipeline, clip_skip)
    tokenizer, model = pipeline.tokenizer, pipeline.text_encoder
    return [_ClipEncoder(pipeline, tokenizer, model, layer=-1 - clip_skip, normed=True)]


def _sdxl_encoders(pipeline: TwoTextEncoders, clip_skip: int) -> list[_ClipEncoder]:
    """The refiner has only the second one."""
    pairs = [(pipeline.tokenizer, pipeline.text_encoder), (pipeline.tokenizer_2, pipeline.text_encoder_2)]
    return [
        _ClipEncoder(pipeline, tokenizer, model, layer=-2 - clip_skip, normed=False)
        for tokenizer, model in pairs
        if model is not None
    ]


def _side_by_side(answers: Sequence[Embeddings]) -> Embeddings:
    """What several encoders say of one window; the last one's pooled."""
    if len(answers) == 1:
        return answers[0]
    return Embeddings(torch.cat([answer.states for answer in answers], dim=-1), answers[-1].pooled)


def _joined(windows: Sequence[Embeddings]) -> Embeddings:
    if len(windows) == 1:
        return windows[0]
    return Embeddings(torch.cat([window.states for window in windows], dim=1), windows[0].pooled)
