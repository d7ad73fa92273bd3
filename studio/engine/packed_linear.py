"""Linear layers whose weights stay packed; each is unpacked for as long as it is used."""

# pyright: reportUnknownMemberType=false
# (torch types its layers in part)

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import cast

import torch

from studio.engine.packed_tensor import PackedTensor, Packing


class PackedLinear(torch.nn.Linear):
    """`weight` are bytes (out_features, bytes): not of a floating type, so that no change of the number type of the
    network reaches them. `compute_dtype` is that type: diffusers asks a layer for it whose weights do not tell (Z-Image
    gives the timestep to such a layer, in float32 otherwise)."""

    def __init__(self, like: torch.nn.Linear, packed: PackedTensor, compute_dtype: torch.dtype) -> None:
        has_bias = cast("torch.nn.Parameter | None", like.bias) is not None
        super().__init__(like.in_features, like.out_features, bias=has_bias, device="meta")
        empty = torch.empty(packed.shape, dtype=torch.uint8, device="meta")
        self.weight = torch.nn.Parameter(empty, requires_grad=False)
        self.packing: Packing = packed.packing
        self.compute_dtype = compute_dtype

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # noqa: A002 - the name that torch gives it
        return torch.nn.functional.linear(input, self.unpacked().to(input.dtype), self.bias)

    def unpacked(self) -> torch.Tensor:
        return self.packing.unpack(self.weight)


@contextmanager
def shown_unpacked(model: torch.nn.Module, dtype: torch.dtype) -> Generator[None]:
    """Meanwhile packed layers of `model` have weights of the shape and type that they would have unpacked, of zeros
    and without memory: diffusers asks for the shape when it puts a LoRA on."""
    layers = [layer for layer in model.modules() if isinstance(layer, PackedLinear)]
    packed = [layer.weight for layer in layers]
    for layer, weight in zip(layers, packed, strict=True):
        shown = torch.zeros((), dtype=dtype, device=weight.device).expand(layer.out_features, layer.in_features)
        layer.weight = torch.nn.Parameter(shown, requires_grad=False)
    try:
        yield
    finally:
        for layer, weight in zip(layers, packed, strict=True):
            layer.weight = weight


def keep_packed(
    model: torch.nn.Module, state: Mapping[str, torch.Tensor], dtype: torch.dtype
) -> dict[str, torch.Tensor]:
    """`state` as `model` can take it: the linear layers with packed weights are exchanged for those that unpack them,
    and everything else is in numbers of type `dtype`."""
    taken: dict[str, torch.Tensor] = {}
    for name, tensor in state.items():
        if isinstance(tensor, PackedTensor):
            taken[name] = tensor.plain() if _exchange(model, name, tensor, dtype) else tensor.unpacked().to(dtype)
        else:
            taken[name] = tensor.to(dtype) if tensor.is_floating_point() else tensor
    return taken


def _exchange(model: torch.nn.Module, name: str, packed: PackedTensor, dtype: torch.dtype) -> bool:
    """Whether the weight `name` is that of a linear layer."""
    place, _, kind = name.rpartition(".")
    layer = model.get_submodule(place)
    if kind != "weight" or not isinstance(layer, torch.nn.Linear):
        return False
    model.set_submodule(place, PackedLinear(layer, packed, dtype))
    return True
