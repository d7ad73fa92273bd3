"""Weights packed in 4 bits as bitsandbytes packs them, and the numbers that this leaves of them."""

from __future__ import annotations

import json

import torch

NF4 = (
    -1.0,
    -0.6961928009986877,
    -0.5250730514526367,
    -0.39491748809814453,
    -0.28444138169288635,
    -0.18477343022823334,
    -0.09105003625154495,
    0.0,
    0.07958029955625534,
    0.16093020141124725,
    0.24611230194568634,
    0.33791524171829224,
    0.44070982933044434,
    0.5626170039176941,
    0.7229568362236023,
    1.0,
)
"""The values of NF4: T. Dettmers et al., "QLoRA", 2023, appendix E."""
NESTED_BLOCK = 256
Tensors = dict[str, torch.Tensor]


def packed_in_four_bits(name: str, matrix: torch.Tensor, block: int, *, nested: bool) -> tuple[Tensors, torch.Tensor]:
    """The tensors of the file for the weight `name`, and the matrix that they tell."""
    blocks = matrix.float().reshape(-1, block)
    factors = blocks.abs().amax(dim=1)
    beside: Tensors = {"absmax": factors}
    told: dict[str, object] = {"quant_type": "nf4", "blocksize": block, "dtype": "float16", "shape": list(matrix.shape)}
    if nested:
        factors, beside, more = _nested(factors)
        told |= more
    values = torch.tensor(NF4)
    indices = (blocks / factors[:, None] - values[:, None, None]).abs().argmin(dim=0).to(torch.uint8).flatten()
    halves = (indices[::2] << 4) | indices[1::2]
    state = torch.tensor(list(json.dumps(told).encode()), dtype=torch.uint8)
    tensors = {
        name: halves[:, None],
        f"{name}.quant_map": values,
        f"{name}.quant_state.bitsandbytes__nf4": state,
        **{f"{name}.{ending}": tensor for ending, tensor in beside.items()},
    }
    left = values[indices.long()].reshape(-1, block) * factors[:, None]
    return tensors, left.reshape(matrix.shape)


def _nested(factors: torch.Tensor) -> tuple[torch.Tensor, Tensors, dict[str, object]]:
    offset = float(factors.mean())
    values = torch.linspace(-1, 1, 256)
    outer = torch.stack([part.abs().amax() for part in (factors - offset).split(NESTED_BLOCK)]).clamp_min(1e-6)
    repeated = outer.repeat_interleave(NESTED_BLOCK)[: len(factors)]
    indices = ((factors - offset) / repeated - values[:, None]).abs().argmin(dim=0).to(torch.uint8)
    left = values[indices.long()] * repeated + offset
    beside = {"absmax": indices, "nested_absmax": outer, "nested_quant_map": values}
    return left, beside, {"nested_blocksize": NESTED_BLOCK, "nested_dtype": "float32", "nested_offset": offset}
