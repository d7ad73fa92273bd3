"""The sizes of models that are not here."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.checkpoints.catalogue import load_catalogue
from studio.checkpoints.catalogue_entry import MemoryNeed, Repository
from studio.checkpoints.model_kind import ModelKind
from studio.checkpoints.network_sizes import NetworkSizes
from studio.core.errors import CheckpointDamaged
from studio.core.resources import catalogue_path, resource_path

SIZES = NetworkSizes(resource_path("configs", "sizes.json"))
NEEDS = {
    entry.id: entry.memory
    for entry in load_catalogue(catalogue_path())
    if entry.kind is ModelKind.CHECKPOINT and isinstance(entry.origin, Repository) and entry.memory
}


@pytest.mark.parametrize("name", NEEDS)
def test_every_model_that_can_be_had_is_counted(name: str) -> None:
    need = NEEDS[name]
    size = SIZES.of(need, 2)
    assert size is not None
    assert size.denoiser.width >= 320
    assert all(0 < part.largest_tensor <= part.weights for part in size.parts)
    if need.weights is not None:  # bytes of files, with a header each
        assert size.weights == pytest.approx(need.weights.resident, rel=0.02)
        assert size.denoiser.weights == pytest.approx(need.weights.denoiser, rel=0.01)


def test_numbers_of_two_bytes_take_half_as_much_as_those_of_four() -> None:
    half, whole = SIZES.of(NEEDS["sdxl-base"], 2), SIZES.of(NEEDS["sdxl-base"], 4)
    assert half is not None
    assert whole is not None
    assert 2 * half.weights == whole.weights
    assert (half.denoiser.width, half.vae.width) == (whole.denoiser.width, whole.vae.width) == (320, 128)
    assert half.vae_upcasts


def test_a_denoiser_of_eight_bits_stays_small_and_is_unpacked_layer_by_layer() -> None:
    size = SIZES.of(NEEDS["flux1-schnell"], 4)
    assert size is not None
    assert 11e9 < size.denoiser.weights < 13e9
    assert size.denoiser.unpacking == 12 * size.denoiser.largest_tensor
    assert sum(encoder.weights for encoder in size.text_encoders) > 19e9


def test_what_nobody_counted_is_not_known() -> None:
    assert SIZES.of(MemoryNeed(1, 1, None, None, None), 2) is None
    assert SIZES.of(MemoryNeed(1, 1, None, "of/another", None), 2) is None


@pytest.mark.parametrize(
    "content", ["", "[]", '{"a": 1}', '{"a": {"parts": {}}}', '{"a": {"parts": {"unet": {"x": 1}}}}']
)
def test_a_file_that_is_none_is_a_fact(tmp_path: Path, content: str) -> None:
    file = tmp_path / "sizes.json"
    file.write_text(content)
    with pytest.raises(CheckpointDamaged):
        NetworkSizes(file).of(MemoryNeed(1, 1, None, "a", None), 2)
