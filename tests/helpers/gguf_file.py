"""GGUF files, written by the format's own library."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import gguf
import numpy as np


def write_gguf(path: Path, tensors: Mapping[str, np.ndarray], kind: str, architecture: str = "flux") -> Path:
    """`tensors` with their matrices packed as `kind` where they fill its blocks. A kernel whose rows do not is made
    flat for it, as ComfyUI-GGUF's converter does."""
    packing = gguf.GGMLQuantizationType[kind]
    block = gguf.GGML_QUANT_SIZES[packing][0]
    writer = gguf.GGUFWriter(path, architecture)
    for name, tensor in tensors.items():
        numbers = tensor.astype(np.float32)
        if numbers.ndim == 4 and numbers.size % block == 0:
            writer.add_array(f"comfy.gguf.orig_shape.{name}", list(numbers.shape))
            numbers = numbers.reshape(-1, block)
        if numbers.ndim == 2 and numbers.shape[1] % block == 0:
            writer.add_tensor(name, gguf.quants.quantize(numbers, packing), raw_dtype=packing)
        else:
            writer.add_tensor(name, numbers)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def as_packed(tensor: np.ndarray, kind: str) -> np.ndarray:
    """What `write_gguf` keeps of `tensor`."""
    packing = gguf.GGMLQuantizationType[kind]
    block = gguf.GGML_QUANT_SIZES[packing][0]
    fills = tensor.size % block == 0 if tensor.ndim == 4 else tensor.ndim == 2 and tensor.shape[1] % block == 0
    if not fills:
        return tensor.astype(np.float32)
    rows = tensor.astype(np.float32).reshape(-1, block) if tensor.ndim == 4 else tensor.astype(np.float32)
    return gguf.quants.dequantize(gguf.quants.quantize(rows, packing), packing).reshape(tensor.shape)
