"""The header of a GGUF file, also of hostile ones."""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path

import gguf
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.errors import CheckpointDamaged, CheckpointError, NotACheckpoint
from studio.core.gguf_header import read_gguf_header
from tests.helpers.gguf_file import write_gguf
from tests.helpers.growth import costs_less_than

TENSORS = {
    "blk.weight": np.ones((4, 64), np.float32),
    "norm.scale": np.ones(5, np.float32),
    "conv.weight": np.ones((4, 2, 4, 2), np.float32),
}


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_gguf(tmp_path_factory.mktemp("gguf") / "good.gguf", TENSORS, "Q4_0", architecture="flux")


def test_it_says_what_the_formats_own_library_says(good: Path) -> None:
    header = read_gguf_header(good)

    theirs = {tensor.name: tensor for tensor in gguf.GGUFReader(good).tensors}
    assert {tensor.name for tensor in header.tensors} == theirs.keys() == TENSORS.keys()
    for tensor in header.tensors:
        their = theirs[tensor.name]
        assert (tensor.kind.name, tensor.begin) == (their.tensor_type.name, their.data_offset)
        assert tensor.end - tensor.begin == their.n_bytes
        assert tensor.shape == tuple(reversed([int(side) for side in their.shape]))
    assert header.texts["general.architecture"] == "flux"


def test_it_knows_the_shape_that_a_tensor_had_before(good: Path) -> None:
    shapes = {tensor.name: tensor.original_shape for tensor in read_gguf_header(good).tensors}

    assert shapes == {"blk.weight": None, "norm.scale": None, "conv.weight": (4, 2, 4, 2)}


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def header(tensors: int = 0, values: int = 0, version: int = 3, rest: bytes = b"") -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, values) + rest


def tensor(name: str = "a", sides: tuple[int, ...] = (32,), kind: int = 2, offset: int = 0) -> bytes:
    return text(name) + struct.pack(f"<I{len(sides)}QIQ", len(sides), *sides, kind, offset)


def padded(content: bytes, data: bytes = b"") -> bytes:
    return content + bytes(-len(content) % 32) + data


DAMAGED = {
    "empty": b"",
    "another magic": b"GGML" + bytes(100),
    "only the magic": b"GGUF",
    "a tensor for each atom": header(tensors=2**63),
    "as many values": header(values=2**63),
    "a name of an exabyte": header(values=1, rest=struct.pack("<Q", 2**60)),
    "a value of an unknown type": header(values=1, rest=text("a") + struct.pack("<I", 99)),
    "a list of an exabyte": header(values=1, rest=text("a") + struct.pack("<IIQ", 9, 4, 2**60)),
    "a list of texts without end": header(values=1, rest=text("a") + struct.pack("<IIQ", 9, 8, 2**60)),
    "a list of lists": header(values=1, rest=text("a") + struct.pack("<IIQ", 9, 9, 1)),
    "an alignment of nothing": header(values=1, rest=text("general.alignment") + struct.pack("<II", 4, 0)),
    "nine dimensions": padded(header(1, rest=tensor(sides=(1,) * 9)), bytes(18)),
    "half a block": padded(header(1, rest=tensor(sides=(16,))), bytes(18)),
    "truncated": padded(header(1, rest=tensor()), bytes(17)),
    "trailing bytes": padded(header(1, rest=tensor()), bytes(64)),
    "hole": padded(header(1, rest=tensor(offset=64)), bytes(100)),
    "overlap": padded(header(2, rest=tensor() + tensor("b")), bytes(18)),
    "another shape that does not fit": padded(
        header(
            1,
            1,
            rest=text("comfy.gguf.orig_shape.a") + struct.pack("<IIQII", 9, 5, 2, 4, 9) + tensor(),
        ),
        bytes(18),
    ),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_file_is_a_fact_and_costs_no_time(tmp_path: Path, content: bytes) -> None:
    """However many tensors it says that it holds."""
    path = tmp_path / "x.gguf"
    path.write_bytes(content)

    def refusing() -> None:
        with pytest.raises(CheckpointDamaged) as caught:
            read_gguf_header(path)
        assert caught.value.path == path

    assert costs_less_than(100, refusing, path.read_bytes)


@pytest.mark.parametrize(
    ("content", "what"),
    [(header(version=1), "version 1"), (padded(header(1, rest=tensor(sides=(256,), kind=16)), bytes(66)), "number 16")],
    ids=["version", "packing"],
)
def test_what_is_not_known_is_no_damage(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(content)

    with pytest.raises(NotACheckpoint, match=what):
        read_gguf_header(path)


def test_a_file_that_vanished_is_a_fact(tmp_path: Path) -> None:
    with pytest.raises(CheckpointDamaged):
        read_gguf_header(tmp_path / "gone.gguf")


@given(position=st.integers(0, 700), value=st.integers(0, 255), length=st.integers(0, 1600))
def test_no_change_of_a_real_file_is_more_than_a_fact(good: Path, position: int, value: int, length: int) -> None:
    content = bytearray(good.read_bytes())
    content[position % len(content)] = value
    path = good.parent / "mutated.gguf"
    path.write_bytes(content[:length] if length < 800 else content)

    with suppress(CheckpointError):
        assert all(tensor.end <= path.stat().st_size for tensor in read_gguf_header(path).tensors)
