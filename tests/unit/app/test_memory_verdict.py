"""Whether a model of the catalogue fits is told for this machine's device."""

from __future__ import annotations

from dataclasses import replace

import pytest

from studio.app import memory_verdict as module
from studio.app.memory_verdict import PROCESSOR, main_memory_for_models, memory_verdict
from studio.checkpoints.catalogue import load_catalogue
from studio.checkpoints.network_sizes import NetworkSizes
from studio.core.resources import catalogue_path, resource_path
from studio.core.session import DeviceInfo

GB = 2**30
ENTRIES = {entry.id: entry for entry in load_catalogue(catalogue_path())}
SIZES = NetworkSizes(resource_path("configs", "sizes.json"))


def on_card(entry: str, memory: int, dtype: str = "float16") -> str:
    return memory_verdict(ENTRIES[entry], SIZES, DeviceInfo("cuda (a card)", dtype, memory * GB))


@pytest.mark.parametrize(
    ("entry", "memory", "verdict"),
    [
        ("sd15", 8, "fits"),
        ("sdxl-base", 24, "fits"),
        ("sdxl-base", 8, "fits with offload, about 1.2x slower"),
        ("z-image-turbo", 12, "fits with offload, about 1.5x slower"),
        ("qwen-image", 8, "fits with offload, about 1.5x slower"),
        ("sdxl-base", 1, "does not fit"),
    ],
)
def test_a_card_is_judged_by_all_that_it_has(entry: str, memory: int, verdict: str) -> None:
    assert on_card(entry, memory).startswith(verdict)


def test_a_card_without_bfloat16_computes_some_families_in_numbers_of_twice_the_size() -> None:
    card = DeviceInfo("cuda (a card)", "float16", 40 * GB, wide_dtype="float32")
    wide, narrow = (
        memory_verdict(ENTRIES["z-image-turbo"], SIZES, each) for each in (card, replace(card, wide_dtype=None))
    )
    assert narrow == "fits"
    assert wide.startswith("fits with offload")
    assert memory_verdict(ENTRIES["sdxl-base"], SIZES, card) == "fits"


def test_a_processor_is_judged_by_what_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "main_memory_for_models", lambda: 8 * GB)
    assert memory_verdict(ENTRIES["sd15"], SIZES, PROCESSOR) == "fits"
    assert memory_verdict(ENTRIES["sdxl-base"], SIZES, PROCESSOR).startswith("does not fit")
    assert memory_verdict(ENTRIES["sdxl-base"], SIZES, replace(PROCESSOR, dtype="bfloat16")).startswith("fits")


def test_without_sizes_the_advice_is_told() -> None:
    entry = ENTRIES["sd15"]
    assert entry.memory is not None
    uncounted = replace(entry, memory=replace(entry.memory, networks=None))
    assert memory_verdict(uncounted, SIZES, PROCESSOR) == "a graphics card with 8 GB is advised"
    assert memory_verdict(replace(entry, memory=None), SIZES, PROCESSOR) == "not known"


def test_the_model_that_is_loaded_would_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    class Available:
        available = 2 * GB

    class Program:
        class memory:  # noqa: N801
            rss = 9 * GB

        def memory_info(self) -> object:
            return self.memory

    monkeypatch.setattr(module.psutil, "virtual_memory", Available)
    monkeypatch.setattr(module.psutil, "Process", Program)
    assert 10 * GB < main_memory_for_models() < 11 * GB
