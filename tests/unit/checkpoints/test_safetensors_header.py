"""The header of a safetensors file, also of hostile ones."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors import SafetensorError, safe_open

from studio.checkpoints.safetensors_header import TensorEntry, read_safetensors_header
from studio.core.errors import CheckpointDamaged
from studio.core.resources import resource_path
from tests.helpers.growth import costs_less_than
from tests.unit.checkpoints.model_folder import safetensors, tensor

STARTER_UNET = resource_path("starter", "unet", "diffusion_pytorch_model.safetensors")


def test_reads_the_tensors_in_the_order_of_their_data(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    header = {"__metadata__": {"format": "pt"}, "b": tensor("F32", [1, 2], 1, 9), "a": tensor("U8", [1], 0, 1)}
    path.write_bytes(safetensors(header, bytes(9)))

    assert read_safetensors_header(path) == (
        TensorEntry("a", "U8", (1,), 0, 1),
        TensorEntry("b", "F32", (1, 2), 1, 9),
    )


def test_agrees_with_the_library_on_a_real_model() -> None:
    ours = {entry.name: entry.shape for entry in read_safetensors_header(STARTER_UNET)}

    with safe_open(STARTER_UNET, framework="numpy") as file:
        theirs = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    assert ours == theirs


GOOD = {"a": tensor("F32", [2], 0, 8)}

DAMAGED = {
    "empty": b"",
    "short": b"\x01\x00",
    "header beyond the file": (1000).to_bytes(8, "little") + b"{}",
    "header of an exabyte": (2**60).to_bytes(8, "little") + b"{}",
    "no JSON": (2).to_bytes(8, "little") + b"{x",
    "no UTF-8": (2).to_bytes(8, "little") + b"\xff\xff",
    "list": safetensors([], b""),
    "deep": (100_000).to_bytes(8, "little") + b"[" * 100_000,
    "entry is a text": safetensors({"a": "x"}, b""),
    "unknown type": safetensors({"a": tensor("F99", [2], 0, 8)}, bytes(8)),
    "type is a list": safetensors({"a": tensor([], [2], 0, 8)}, bytes(8)),
    "negative side": safetensors({"a": tensor("F32", [-2], 0, 8)}, bytes(8)),
    "boolean side": safetensors({"a": tensor("F32", [True, 2], 0, 8)}, bytes(8)),
    "nine dimensions": safetensors({"a": tensor("F32", [1] * 8 + [2], 0, 8)}, bytes(8)),
    "shape is no list": safetensors({"a": tensor("F32", 2, 0, 8)}, bytes(8)),
    "one offset": safetensors({"a": tensor("F32", [2], 0)}, bytes(8)),
    "wrong size": safetensors({"a": tensor("F32", [3], 0, 8)}, bytes(8)),
    "backwards": safetensors({"a": tensor("F32", [2], 8, 0)}, bytes(8)),
    "hole": safetensors({**GOOD, "b": tensor("F32", [2], 12, 20)}, bytes(20)),
    "overlap": safetensors({**GOOD, "b": tensor("F32", [2], 4, 12)}, bytes(12)),
    "truncated": safetensors(GOOD, bytes(7)),
    "trailing bytes": safetensors(GOOD, bytes(9)),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_file_is_a_fact_and_the_library_would_refuse_it_too(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(content)

    with pytest.raises(CheckpointDamaged) as caught:
        read_safetensors_header(path)

    assert caught.value.path == path


def test_a_file_that_vanished_is_a_fact(tmp_path: Path) -> None:
    with pytest.raises(CheckpointDamaged):
        read_safetensors_header(tmp_path / "gone.safetensors")


def test_too_many_tensors_are_refused_before_they_cost_anything(tmp_path: Path) -> None:
    """Reading their names is all that is done."""
    path = tmp_path / "x.safetensors"
    entry = json.dumps(tensor("F32", [0], 0, 0))
    header = "{" + ",".join(f'"{number}":{entry}' for number in range(300_000)) + "}"
    path.write_bytes(len(header).to_bytes(8, "little") + header.encode())

    def refusing() -> None:
        with pytest.raises(CheckpointDamaged, match="300000 tensors"):
            read_safetensors_header(path)

    assert costs_less_than(3, refusing, partial(json.loads, header))


@given(position=st.integers(0, 2000), value=st.integers(0, 255), length=st.integers(0, 2400))
def test_what_is_accepted_the_library_accepts(
    tmp_path_factory: pytest.TempPathFactory, position: int, value: int, length: int
) -> None:
    """Mutations of a real file: one byte changed, and the file cut."""
    header = {f"block.{number}.weight": tensor("F16", [2, 2], number * 8, number * 8 + 8) for number in range(20)}
    content = bytearray(safetensors(header, bytes(160)))
    content[position % len(content)] = value
    path = tmp_path_factory.getbasetemp() / "mutated.safetensors"
    path.write_bytes(content[:length] if length < 1000 else content)

    try:
        entries = read_safetensors_header(path)
    except CheckpointDamaged:
        return
    try:
        with safe_open(path, framework="numpy") as file:
            assert {entry.name for entry in entries} == set(file.keys())
    except SafetensorError as error:
        raise AssertionError("accepted what the library refuses") from error
