"""What a file with weights of 4 bits tells of them, and what it must not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studio.core.errors import CheckpointDamaged
from studio.core.four_bits import FourBits, read_four_bits, weight_of_state, without_companions

FILE = Path("model.safetensors")
TOLD = {"quant_type": "nf4", "blocksize": 64, "dtype": "bfloat16", "shape": [3072, 64]}


def test_plain_and_nested_factors_are_told_apart() -> None:
    assert read_four_bits(FILE, "x", json.dumps(TOLD).encode()) == FourBits((3072, 64), 64)
    nested = TOLD | {"nested_blocksize": 256, "nested_dtype": "float32", "nested_offset": 0.0625}
    assert read_four_bits(FILE, "x", json.dumps(nested).encode()) == FourBits((3072, 64), 64, 256, 0.0625)


def test_a_matrix_takes_four_bits_a_number_and_its_factors() -> None:
    assert FourBits((10, 128), 64).bytes_in_memory == 10 * (64 + 2 * 4)
    assert FourBits((10, 128), 64).has_whole_blocks
    assert not FourBits((64, 96), 64).has_whole_blocks


def test_what_lies_beside_packed_weights_is_no_weight() -> None:
    beside = ("absmax", "quant_map", "nested_absmax", "nested_quant_map", "quant_state.bitsandbytes__nf4")
    names = {"a.weight", "a.bias", "b.weight", "b.absmax", *(f"a.weight.{ending}" for ending in beside)}
    assert without_companions(names) == {"a.weight", "a.bias", "b.weight", "b.absmax"}
    assert weight_of_state("a.weight.quant_state.bitsandbytes__fp4") == "a.weight"
    assert weight_of_state("a.weight") is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[1, 2]",
        b"\xff\xfe",
        b"[" * 4000,
        b"{" + b" " * 5000 + b"}",
        *(
            json.dumps(TOLD | change).encode()
            for change in (
                {"shape": None},
                {"shape": [3072]},
                {"shape": [3072, 64, 3, 3]},
                {"shape": [-1, 64]},
                {"shape": [2**40, 2**40]},
                {"shape": [True, 64]},
                {"shape": [3, 5]},
                {"blocksize": 0},
                {"blocksize": 48},
                {"blocksize": "64"},
                {"nested_blocksize": 256},
                {"nested_blocksize": 0, "nested_offset": 1.0},
                {"nested_blocksize": 256, "nested_offset": "much"},
            )
        ),
    ],
)
def test_texts_of_another_kind_are_damage(content: bytes) -> None:
    with pytest.raises(CheckpointDamaged, match=r"x\.state"):
        read_four_bits(FILE, "x.state", content)
