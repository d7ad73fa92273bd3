"""Weights that stay as small in memory as they are in their file: blocks of GGUF, 8 bits, or 4 by bitsandbytes."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# (diffusers types its quantisers in part)

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias, cast

import torch

from studio.core.four_bits import FACTOR_BYTES
from studio.core.gguf_header import GgufType

UnpackBlocks: TypeAlias = Callable[..., torch.Tensor]


class Packing(Protocol):
    """How the numbers of a matrix were made smaller. Equal ones unpack alike."""

    def width(self, packed_width: int) -> int:
        """How many numbers a row of so many bytes holds."""
        ...

    def unpack(self, packed: torch.Tensor) -> torch.Tensor:
        """The matrix (rows, numbers) of `packed` (rows, bytes; uint8), in float32 or a type of 16 bits."""
        ...


@dataclass(frozen=True, slots=True)
class GgufPacking:
    """Blocks of numbers with factors of their own, as ggml packs them; diffusers unpacks them."""

    kind: GgufType

    def width(self, packed_width: int) -> int:
        return packed_width // self.kind.block_bytes * self.kind.items

    def unpack(self, packed: torch.Tensor) -> torch.Tensor:
        unpack_blocks = _gguf_functions()[self.kind.code]
        blocks = packed.reshape(-1, self.kind.block_bytes)
        numbers = unpack_blocks(blocks, self.kind.items, self.kind.block_bytes, dtype=torch.float32)
        return numbers.reshape(packed.shape[0], self.width(packed.shape[1]))


@dataclass(frozen=True, slots=True)
class Float8Packing:
    """Floating-point numbers of 8 bits, all of them to be multiplied by `factor`."""

    dtype: torch.dtype
    factor: float = 1.0

    def width(self, packed_width: int) -> int:
        return packed_width

    def unpack(self, packed: torch.Tensor) -> torch.Tensor:
        numbers = packed.view(self.dtype)
        return numbers.to(torch.bfloat16) if self.factor == 1.0 else numbers.to(torch.float32) * self.factor


@dataclass(frozen=True, slots=True)
class FourBitPacking:
    """Blocks of `block` numbers: their factor in float32, and halves of bytes that are indices into `values`."""

    block: int
    values: tuple[float, ...]

    def width(self, packed_width: int) -> int:
        return packed_width // (FACTOR_BYTES + self.block // 2) * self.block

    def unpack(self, packed: torch.Tensor) -> torch.Tensor:
        blocks = packed.reshape(-1, FACTOR_BYTES + self.block // 2)
        factors = blocks[:, :FACTOR_BYTES].contiguous().view(torch.float32)
        halves = torch.stack((blocks[:, FACTOR_BYTES:] >> 4, blocks[:, FACTOR_BYTES:] & 15), dim=-1)
        values = torch.tensor(self.values, dtype=torch.float32, device=packed.device)
        numbers = values.index_select(0, halves.flatten().int()).reshape(-1, self.block).mul_(factors)
        return numbers.reshape(packed.shape[0], self.width(packed.shape[1]))


def _gguf_functions() -> Mapping[int, UnpackBlocks]:
    """By ggml's numbers. Imported when first needed: it takes as long as half of the other imports together."""
    from diffusers.quantizers.gguf.utils import dequantize_functions

    return cast("Mapping[int, UnpackBlocks]", dequantize_functions)


class PackedTensor(torch.Tensor):
    """The bytes of a packed matrix (rows, bytes) while its model's tensors are renamed, split by rows and joined again:
    what comes out of that is packed as what went in."""

    packing: Packing

    @classmethod
    def of(cls, packed: torch.Tensor, packing: Packing) -> PackedTensor:
        tensor = cast("PackedTensor", torch.Tensor._make_subclass(cls, packed))  # pyright: ignore[reportPrivateUsage]
        tensor.packing = packing
        return tensor

    @property
    def matrix_shape(self) -> torch.Size:
        """Of the numbers in it."""
        return torch.Size((*self.shape[:-1], self.packing.width(self.shape[-1])))

    def plain(self) -> torch.Tensor:
        """The bytes as an ordinary tensor."""
        return self.as_subclass(torch.Tensor)

    def unpacked(self) -> torch.Tensor:
        return self.packing.unpack(self.plain())

    @classmethod
    def __torch_function__(
        cls,
        func: Callable[..., object],
        types: Iterable[type],
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        result = cast("object", super().__torch_function__(func, types, args, kwargs or {}))
        packings = {tensor.packing for tensor in _packed_among(args)}
        if len(packings) > 1:
            raise ValueError("matrices that are packed in different ways and belong to one")
        for tensor in _packed_among([result]):
            [tensor.packing] = packings
        return result


def _packed_among(values: Iterable[object]) -> Iterable[PackedTensor]:
    for value in values:
        if isinstance(value, PackedTensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _packed_among(cast("Sequence[object]", value))


def shape_of(tensor: torch.Tensor) -> torch.Size:
    """Of the numbers in `tensor`, packed or not."""
    return tensor.matrix_shape if isinstance(tensor, PackedTensor) else tensor.shape
