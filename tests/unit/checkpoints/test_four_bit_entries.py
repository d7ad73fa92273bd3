"""Files with weights of 4 bits are known by the matrices that are in them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studio.checkpoints.four_bit_entries import PACKED_DTYPE, with_real_shapes
from studio.checkpoints.safetensors_header import read_safetensors_header
from studio.core.errors import CheckpointDamaged
from studio.core.four_bits import LARGEST_STATE
from studio.engine.tensor_file import open_tensors

STATE = "x.weight.quant_state.bitsandbytes__nf4"


def write(path: Path, tensors: dict[str, tuple[str, list[int], bytes]]) -> Path:
    header, data = {}, b""
    for name, (dtype, shape, content) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path


def a_file(path: Path, shape: list[int]) -> Path:
    state = json.dumps({"quant_type": "nf4", "blocksize": 64, "shape": shape}).encode()
    return write(
        path,
        {
            "x.bias": ("F16", [4], bytes(8)),
            "x.weight": ("U8", [128, 1], bytes(128)),
            "x.weight.absmax": ("F32", [4], bytes(16)),
            "x.weight.quant_map": ("F32", [16], bytes(64)),
            STATE: ("U8", [len(state)], state),
        },
    )


def test_packed_weights_have_their_own_shape_and_what_lies_beside_is_left_out(tmp_path: Path) -> None:
    path = a_file(tmp_path / "m.safetensors", [4, 64])
    bias, weight = with_real_shapes(path, read_safetensors_header(path))
    assert (bias.name, bias.shape) == ("x.bias", (4,))
    assert (weight.name, weight.shape, weight.dtype) == ("x.weight", (4, 64), PACKED_DTYPE)
    assert weight.end - weight.begin == 4 * (32 + 4)


def test_a_file_without_any_stays_as_it_is(tmp_path: Path) -> None:
    path = write(tmp_path / "m.safetensors", {"x.weight": ("F16", [2, 2], bytes(8))})
    entries = read_safetensors_header(path)
    assert with_real_shapes(path, entries) is entries


def test_a_shape_of_another_size_is_damage(tmp_path: Path) -> None:
    path = a_file(tmp_path / "m.safetensors", [8, 64])
    with pytest.raises(CheckpointDamaged, match="has not the size"):
        with_real_shapes(path, read_safetensors_header(path))


def test_a_weight_that_is_only_told_of_is_missing(tmp_path: Path) -> None:
    path = write(tmp_path / "m.safetensors", {STATE: ("U8", [2], b"{}")})
    with pytest.raises(CheckpointDamaged, match=r"x\.weight is missing"):
        with_real_shapes(path, read_safetensors_header(path))


def test_a_text_without_end_is_damage_and_not_read(tmp_path: Path) -> None:
    long = b" " * (LARGEST_STATE + 1)
    path = write(tmp_path / "m.safetensors", {"x.weight": ("U8", [2, 1], bytes(2)), STATE: ("U8", [len(long)], long)})
    with pytest.raises(CheckpointDamaged, match="does not tell"):
        with_real_shapes(path, read_safetensors_header(path))
    with pytest.raises(CheckpointDamaged, match="does not tell"):
        open_tensors(path)
