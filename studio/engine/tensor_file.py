"""The tensors of a file of weights by name: their shapes at once, and themselves when they are needed."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (safetensors types its files in part)

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from safetensors import safe_open

from studio.core.errors import CheckpointDamaged, NotACheckpoint
from studio.core.four_bits import LARGEST_STATE, FourBits, read_four_bits, weight_of_state, without_companions
from studio.core.gguf_header import GGUF_ENDING, GgufTensor, read_gguf_header
from studio.engine.network_loading import StateDict, faults_of
from studio.engine.packed_tensor import Float8Packing, FourBitPacking, GgufPacking, PackedTensor
from studio.engine.weights_file import check_weights

GetTensor: TypeAlias = Callable[[str], torch.Tensor]

_FLOATS_OF_8_BITS = {"F8_E4M3": torch.float8_e4m3fn, "F8_E5M2": torch.float8_e5m2}
_WEIGHT = ".weight"
_FACTORS = (".scale_weight", ".weight_scale")
"""Beside a weight of 8 bits the number that it is to be multiplied by, as ComfyUI wrote it and writes it today."""
_BESIDES_FACTORS = (".scale_input", ".input_scale", ".comfy_quant", "scaled_fp8")
"""Beside those: how to calculate in 8 bits on the cards that can (not done here), and that it is such a file."""
_FOREIGN = {".weight_scale_2": "NVFP4"}
"""Parts of names that tell weights which cannot be unpacked here."""


@dataclass(frozen=True, slots=True)
class TensorFile:
    """`shapes`: of the numbers, packed or not, by the names of their tensors."""

    path: Path
    shapes: Mapping[str, torch.Size]
    _read: Callable[[Iterable[str]], StateDict]

    def read(self, names: Iterable[str]) -> StateDict:
        """These tensors; matrices that are packed in the file come as `PackedTensor`.

        Raises:
            CheckpointDamaged: if they cannot be read.
        """
        with faults_of(self.path):
            return self._read(names)


def open_tensors(path: Path) -> TensorFile:
    """The safetensors or GGUF file `path`.

    Raises:
        NotACheckpoint: packed in a way that is not known.
        PickleRefused, CheckpointIncomplete, CheckpointDamaged: as `check_weights` says.
    """
    return _open_gguf(path) if path.suffix.lower() == GGUF_ENDING else _open_safetensors(path)


# --- safetensors -------------------------------------------------------------------------------------------------


def _open_safetensors(path: Path) -> TensorFile:
    check_weights(path.parent, path.name)
    with faults_of(path), safe_open(path, framework="pt") as file:
        slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118 (no dict)
        shapes = {name: torch.Size(found.get_shape()) for name, found in slices.items()}
        dtypes = {name: str(found.get_dtype()) for name, found in slices.items()}
        four_bits = _four_bits(path, shapes, file.get_tensor)
    _refuse_foreign(path, shapes)
    factors = _factors(path, shapes, dtypes)
    beside = {name for name in shapes if name.endswith(_BESIDES_FACTORS)} | set(factors.values())
    beside |= shapes.keys() - without_companions(shapes)
    shapes |= {name: torch.Size(each.shape) for name, each in four_bits.items()}
    packed = {name: _FLOATS_OF_8_BITS[kind] for name, kind in dtypes.items() if kind in _FLOATS_OF_8_BITS}

    def read(names: Iterable[str]) -> StateDict:
        with safe_open(path, framework="pt") as opened:
            get = opened.get_tensor
            return {
                name: _of_four_bits(path, get, name, four_bits[name])
                if name in four_bits
                else _tensor(get, name, packed.get(name), factors.get(name))
                for name in names
            }

    return TensorFile(path, {name: shape for name, shape in shapes.items() if name not in beside}, read)


def _refuse_foreign(path: Path, names: Iterable[str]) -> None:
    for name in names:
        for part, what in _FOREIGN.items():
            if part in name:
                raise NotACheckpoint(path, f"{what}, which this version cannot run")


def _factors(path: Path, shapes: Mapping[str, torch.Size], dtypes: Mapping[str, str]) -> dict[str, str]:
    """The name of the factor of each weight that has one."""
    found: dict[str, str] = {}
    for name, shape in shapes.items():
        ending = next((ending for ending in _FACTORS if name.endswith(ending)), None)
        if ending is None:
            continue
        weight = name.removesuffix(ending) + _WEIGHT
        if shape.numel() != 1 or dtypes.get(weight) not in _FLOATS_OF_8_BITS:
            raise NotACheckpoint(path, f"weights of few bits with factors of another kind ({name})")
        found[weight] = name
    return found


def _tensor(get: GetTensor, name: str, packed_as: torch.dtype | None, factor: str | None) -> torch.Tensor:
    tensor = get(name)
    if packed_as is None:
        return tensor
    packing = Float8Packing(packed_as, 1.0 if factor is None else float(get(factor)))
    if tensor.dim() == 2:
        return PackedTensor.of(tensor.view(torch.uint8), packing)
    return packing.unpack(tensor.view(torch.uint8))


# --- 4 bits by bitsandbytes --------------------------------------------------------------------------------------


def _four_bits(path: Path, shapes: Mapping[str, torch.Size], get: GetTensor) -> dict[str, FourBits]:
    """Of each weight that is packed so."""
    states = {name: weight for name in shapes if (weight := weight_of_state(name)) is not None}
    too_long = next((name for name in states if shapes[name].numel() > LARGEST_STATE), None)
    if too_long is not None:
        raise CheckpointDamaged(path, f"{too_long} does not tell how the weight was packed")
    return {
        weight: read_four_bits(path, name, get(name).to(torch.uint8).numpy().tobytes())
        for name, weight in states.items()
    }


def _of_four_bits(path: Path, get: GetTensor, name: str, told: FourBits) -> torch.Tensor:
    """Each block with its factor before it, so that rows can be taken apart; unpacked at once where a block goes on in
    the next row."""
    halves, values = get(name).flatten(), get(f"{name}.quant_map").float()
    factors = _block_factors(get, name, told)
    count = math.prod(told.shape) // told.block
    if (halves.numel() * 2, factors.numel(), values.numel()) != (math.prod(told.shape), count, 16):
        raise CheckpointDamaged(path, f"{name} does not fit what is told of it")
    packing = FourBitPacking(told.block, tuple(values.tolist()))
    blocks = torch.cat((factors.reshape(-1, 1).view(torch.uint8), halves.reshape(count, -1)), dim=1)
    if told.has_whole_blocks:
        return PackedTensor.of(blocks.reshape(told.shape[0], -1), packing)
    return packing.unpack(blocks).reshape(told.shape)


def _block_factors(get: GetTensor, name: str, told: FourBits) -> torch.Tensor:
    """In float32, one for each block."""
    absmax = get(f"{name}.absmax").flatten()
    if told.nested_block is None:
        return absmax.float()
    values = get(f"{name}.nested_quant_map").float()
    if absmax.dtype is not torch.uint8 or values.numel() != 256:
        raise ValueError(f"{name}.absmax is of another kind")
    outer = get(f"{name}.nested_absmax").float().repeat_interleave(told.nested_block)[: absmax.numel()]
    return values.index_select(0, absmax.int()) * outer + told.nested_offset


# --- GGUF --------------------------------------------------------------------------------------------------------

_PLAIN = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


def _open_gguf(path: Path) -> TensorFile:
    tensors = {tensor.name: tensor for tensor in read_gguf_header(path).tensors}

    def read(names: Iterable[str]) -> StateDict:
        return {name: _unpacked_or_matrix(tensors[name], _content(path, tensors[name])) for name in names}

    shapes = {name: torch.Size(tensor.original_shape or tensor.shape) for name, tensor in tensors.items()}
    return TensorFile(path, shapes, read)


def _content(path: Path, tensor: GgufTensor) -> torch.Tensor:
    return torch.from_numpy(np.fromfile(path, np.uint8, tensor.end - tensor.begin, offset=tensor.begin))


def _unpacked_or_matrix(tensor: GgufTensor, content: torch.Tensor) -> torch.Tensor:
    """Only matrices stay packed: all else is small."""
    if not tensor.kind.is_packed:
        return content.view(_PLAIN[tensor.kind.name]).reshape(tensor.original_shape or tensor.shape)
    packing = GgufPacking(tensor.kind)
    rows = content.reshape(math.prod(tensor.shape[:-1]), -1)
    if len(tensor.shape) == 2 and tensor.original_shape is None:
        return PackedTensor.of(rows, packing)
    return packing.unpack(rows).reshape(tensor.original_shape or tensor.shape)
