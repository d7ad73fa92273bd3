"""The forms that transformers take latents in: "packed" is what the pipeline's loop and its scheduler handle.

Cells are (1, channels, height, width), tokens (1, tokens, width).
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (torch types `unflatten` in part)

from __future__ import annotations

from typing import Protocol

import torch
from torch.nn.functional import pixel_shuffle, pixel_unshuffle


class LatentPacking(Protocol):
    """One form."""

    def pack(self, cells: torch.Tensor) -> torch.Tensor: ...

    def pack_start(self, cells: torch.Tensor) -> torch.Tensor:
        """As the pipeline takes its first latents."""
        ...

    def unpack(self, packed: torch.Tensor, height: int, width: int) -> torch.Tensor:
        """`height` and `width` in cells."""
        ...


class CellsAsTheyAre:
    """The transformer makes tokens of them itself."""

    def pack(self, cells: torch.Tensor) -> torch.Tensor:
        return cells

    def pack_start(self, cells: torch.Tensor) -> torch.Tensor:
        return cells

    def unpack(self, packed: torch.Tensor, height: int, width: int) -> torch.Tensor:
        return packed


class TokensOfFour:
    """Each square of four cells is a token of 4 channels."""

    def pack(self, cells: torch.Tensor) -> torch.Tensor:
        return pixel_unshuffle(cells, 2).flatten(2).transpose(1, 2).contiguous()

    def pack_start(self, cells: torch.Tensor) -> torch.Tensor:
        return self.pack(cells)

    def unpack(self, packed: torch.Tensor, height: int, width: int) -> torch.Tensor:
        return pixel_shuffle(packed.transpose(1, 2).unflatten(2, (height // 2, width // 2)), 2)


class TokenForEachCell:
    """The pipeline makes tokens of its first latents itself, and of no others."""

    def pack(self, cells: torch.Tensor) -> torch.Tensor:
        return cells.flatten(2).transpose(1, 2)

    def pack_start(self, cells: torch.Tensor) -> torch.Tensor:
        return cells

    def unpack(self, packed: torch.Tensor, height: int, width: int) -> torch.Tensor:
        return packed.transpose(1, 2).unflatten(2, (height, width))
