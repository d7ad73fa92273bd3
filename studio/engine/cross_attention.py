"""How much each cell attends to each token, from the queries and keys that a UNet's own attention uses."""

# pyright: reportUnknownMemberType=false
# (diffusers types its attention in part)

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import torch
from torch.nn.functional import interpolate
from torch.utils.hooks import RemovableHandle

from studio.core.step_inside import CrossAttention, WordAttention
from studio.engine.pipeline_types import CrossAttentionLayer, Model

if TYPE_CHECKING:
    from studio.engine.encoded_prompt import Word

_LAYER = "attn2"
"""What diffusers calls the attention to the prompt in each block; `attn1` is that of the cells to each other."""


class AttentionWatch:
    """Adds up the attention of one run of a UNet, in row `row` of its batch, for `height` x `width` cells."""

    def __init__(self, denoiser: Model, row: int, height: int, width: int) -> None:
        self._row = row
        self._size = (height, width)
        self._layers = 0
        self._sum: torch.Tensor | None = None
        self._hooks = [hook for layer in _layers(denoiser) for hook in self._hooks_of(layer)]

    def stop(self) -> None:
        for hook in self._hooks:
            hook.remove()

    def shares(self, words: tuple[Word, ...]) -> CrossAttention:
        """The mean of all layers, by word."""
        assert self._sum is not None  # the denoiser was run
        tokens = (self._sum / self._layers).cpu()
        of_words = [tokens[list(word.positions)].sum(0) for word in words]
        named = {position for word in words for position in word.positions}
        rest = tokens[[position for position in range(len(tokens)) if position not in named]].sum(0)
        return CrossAttention(
            tuple(WordAttention(word.text, share.numpy()) for word, share in zip(words, of_words, strict=True)),
            rest.numpy(),
        )

    def _hooks_of(self, layer: CrossAttentionLayer) -> list[RemovableHandle]:
        queries: list[torch.Tensor] = []

        def keep_query(_module: object, _arguments: object, query: torch.Tensor) -> None:
            queries[:] = [query[self._row : self._row + 1]]

        def attend(_module: object, _arguments: object, key: torch.Tensor) -> None:
            self._add(layer, queries.pop(), key[self._row : self._row + 1])

        return [layer.to_q.register_forward_hook(keep_query), layer.to_k.register_forward_hook(attend)]

    def _add(self, layer: CrossAttentionLayer, query: torch.Tensor, key: torch.Tensor) -> None:
        """Larger cells of deeper layers are spread smoothly, which keeps the sum in each cell."""
        query, key = (layer.head_to_batch_dim(tensor).float() for tensor in (query, key))
        shares = (query @ key.transpose(-1, -2) * layer.scale).softmax(-1).mean(0)
        height, width = _cells(len(shares), *self._size)
        tokens = shares.T.reshape(1, -1, height, width)
        spread = interpolate(tokens, self._size, mode="bilinear", align_corners=False)[0]
        self._sum = spread if self._sum is None else self._sum + spread
        self._layers += 1


def _layers(denoiser: Model) -> list[CrossAttentionLayer]:
    attending = (module for name, module in denoiser.named_modules() if name.rpartition(".")[2] == _LAYER)
    return [cast("CrossAttentionLayer", module) for module in attending]


def _cells(count: int, height: int, width: int) -> tuple[int, int]:
    """The shape of a layer with `count` cells: each level of a UNet has half the height and width, rounded up."""
    while height * width > count:
        height, width = math.ceil(height / 2), math.ceil(width / 2)
    return height, width
