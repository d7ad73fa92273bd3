"""The memory plan: which placement a model gets with what is free, and what it will take."""

from __future__ import annotations

from dataclasses import replace

import pytest

from studio.core.checkpoint import ModelFamily
from studio.core.geometry import Size
from studio.core.memory import MemoryPlan, ModelSize, PartSize, Placement, Verdict, plan_memory

MB, GB = 2**20, 2**30

STABLE_DIFFUSION = ModelSize(
    text_encoders=(PartSize(235 * MB, 14 * MB, 73 * MB, 73 * MB),),
    denoiser=PartSize(1640 * MB, 490 * MB, 190 * MB, 56 * MB, width=320),
    vae=PartSize(160 * MB, 20 * MB, 0, 5 * MB, width=128),
    item_bytes=2,
)
SDXL = ModelSize(
    text_encoders=(PartSize(235 * MB, 14 * MB, 73 * MB, 73 * MB), PartSize(1325 * MB, 40 * MB, 120 * MB, 120 * MB)),
    denoiser=PartSize(4897 * MB, 2500 * MB, 850 * MB, 56 * MB, width=320),
    vae=PartSize(160 * MB, 20 * MB, 0, 5 * MB, width=128),
    item_bytes=2,
)
FLUX = ModelSize(
    text_encoders=(PartSize(235 * MB, 14 * MB, 73 * MB, 73 * MB), PartSize(9084 * MB, 370 * MB, 250 * MB, 250 * MB)),
    denoiser=PartSize(22700 * MB, 650 * MB, 200 * MB, 113 * MB, width=3072),
    vae=PartSize(160 * MB, 20 * MB, 0, 5 * MB, width=128),
    item_bytes=2,
)


def on_card(model: ModelSize, family: ModelFamily, side: int, free: float, **choices: object) -> MemoryPlan:
    return plan_memory(model, family, Size(side, side), int(free * GB), **choices)


@pytest.mark.parametrize(
    ("model", "family", "side", "free", "placement", "verdict"),
    [
        (STABLE_DIFFUSION, ModelFamily.STABLE_DIFFUSION, 512, 4, Placement.RESIDENT, Verdict.FITS),
        (STABLE_DIFFUSION, ModelFamily.STABLE_DIFFUSION, 512, 2.2, Placement.COMPONENT_SWAP, Verdict.FITS_WITH_OFFLOAD),
        (SDXL, ModelFamily.STABLE_DIFFUSION_XL, 1024, 11, Placement.RESIDENT, Verdict.FITS),
        (SDXL, ModelFamily.STABLE_DIFFUSION_XL, 1024, 7, Placement.COMPONENT_SWAP, Verdict.FITS_WITH_OFFLOAD),
        (SDXL, ModelFamily.STABLE_DIFFUSION_XL, 1024, 3, Placement.SEQUENTIAL, Verdict.FITS_WITH_OFFLOAD),
        (FLUX, ModelFamily.FLUX, 1024, 80, Placement.RESIDENT, Verdict.FITS),
        (FLUX, ModelFamily.FLUX, 1024, 23.5, Placement.COMPONENT_SWAP, Verdict.FITS_WITH_OFFLOAD),
        (FLUX, ModelFamily.FLUX, 1024, 11, Placement.BLOCK_OFFLOAD, Verdict.FITS_WITH_OFFLOAD),
        (FLUX, ModelFamily.FLUX, 1024, 0.5, Placement.SEQUENTIAL, Verdict.DOES_NOT_FIT),
    ],
)
def test_the_fastest_placement_that_fits_is_chosen(model, family, side, free, placement, verdict) -> None:
    plan = on_card(model, family, side, free)
    assert (plan.placement, plan.verdict) == (placement, verdict)


def peaks(model: ModelSize, placement: Placement, *, in_main_memory: bool) -> int:
    return on_card(
        model,
        ModelFamily.STABLE_DIFFUSION_XL,
        256,
        80,
        ladder=(placement,),
        in_main_memory=in_main_memory,
    ).peak_bytes


@pytest.mark.parametrize(
    ("placement", "in_main_memory", "more"),
    [
        (Placement.RESIDENT, True, 320 * MB),  # both are there
        (Placement.RESIDENT, False, 160 * MB),  # the model's own waits in main memory
        (Placement.COMPONENT_SWAP, True, 320 * MB),  # no file of the model has it: it stays beside the denoiser
        (Placement.COMPONENT_SWAP, False, 0),
    ],
)
def test_a_chosen_vae_counts_beside_the_own_one(placement: Placement, in_main_memory: bool, more: int) -> None:
    chosen = replace(SDXL, chosen_vae=PartSize(320 * MB, 40 * MB, 0, 10 * MB, width=128))
    before = peaks(SDXL, placement, in_main_memory=in_main_memory)
    assert peaks(chosen, placement, in_main_memory=in_main_memory) == before + more


def test_a_wider_vae_takes_more_to_decode() -> None:
    sides = {"family": ModelFamily.STABLE_DIFFUSION, "side": 1024, "free": 80.0}
    wide = replace(STABLE_DIFFUSION, chosen_vae=replace(STABLE_DIFFUSION.vae, width=256))
    tiny = replace(STABLE_DIFFUSION, chosen_vae=PartSize(5 * MB, width=64))
    peak = on_card(STABLE_DIFFUSION, **sides).peak_bytes
    assert on_card(wide, **sides).peak_bytes > 1.5 * peak
    assert on_card(tiny, **sides).peak_bytes < peak - 155 * MB
    in_halves = replace(tiny, vae_upcasts=True).in_float16
    assert in_halves.chosen_vae is not None
    assert in_halves.chosen_vae.weights == 10 * MB


def test_a_vae_in_float32_takes_twice_as_much_where_the_rest_is_in_float16() -> None:
    upcasts = replace(SDXL, vae_upcasts=True)
    assert SDXL.in_float16 == SDXL
    one, other = (on_card(m, ModelFamily.STABLE_DIFFUSION_XL, 1024, 24).peak_bytes for m in (SDXL, upcasts.in_float16))
    decoding = 1024 * 1024 * 6 * 128 * 2 * 1.6
    assert other - one == pytest.approx(160 * MB + decoding, rel=0.01)


def test_the_peaks_of_a_card_are_foretold() -> None:
    """Measured on an H100 in float16 with torch 2.11: Stable Diffusion's networks at 512 pixels, 20 steps."""
    text = PartSize(246_120_960, 14_175_744, 76_012_032, 75_890_688)
    denoiser = PartSize(1_719_041_928, 516_661_760, 4_149_128, 58_982_400, width=320)
    vae = PartSize(167_307_726, 33_049_600, 128_462, 4_718_592, width=128)
    model = ModelSize((text,), denoiser, vae, item_bytes=2, vae_upcasts=True).in_float16
    measured = {"resident": 3613, "swap": 1870, "offload": 1280, "sequential": 1280}
    for name, megabytes in measured.items():
        plan = on_card(model, ModelFamily.STABLE_DIFFUSION, 512, 80, ladder=[Placement(name)])
        assert plan.peak_bytes / 1e6 == pytest.approx(megabytes, rel=0.15), name


def test_what_unpacking_a_matrix_takes_comes_on_top_while_the_denoiser_runs() -> None:
    plain = replace(FLUX, vae=PartSize())
    packed = replace(plain, denoiser=replace(plain.denoiser, unpacking=340 * MB))
    peaks = [plan_memory(model, ModelFamily.FLUX, Size(512, 512), 2**40).peak_bytes for model in (packed, plain)]
    assert peaks[0] - peaks[1] == 340 * MB


def test_less_memory_never_means_a_faster_placement() -> None:
    order = list(Placement)
    rungs = [order.index(on_card(FLUX, ModelFamily.FLUX, 1024, free / 8).placement) for free in range(400, 12, -1)]
    assert rungs == sorted(rungs)
    assert set(rungs) == {0, 1, 2, 3}


def test_each_rung_needs_less_than_the_one_before() -> None:
    peaks = [on_card(FLUX, ModelFamily.FLUX, 1024, 1, ladder=(rung,)).peak_bytes for rung in Placement]
    assert peaks == sorted(peaks, reverse=True)
    assert len(set(peaks)) == len(peaks)


def test_tiles_are_used_only_when_nothing_else_fits() -> None:
    large = on_card(STABLE_DIFFUSION, ModelFamily.STABLE_DIFFUSION, 2048, 12)
    small = on_card(STABLE_DIFFUSION, ModelFamily.STABLE_DIFFUSION, 2048, 6)
    assert not large.vae_tiled
    assert small.vae_tiled
    assert small.fits
    assert small.placement is Placement.RESIDENT


def test_a_larger_picture_and_guidance_take_more() -> None:
    peaks = [on_card(STABLE_DIFFUSION, ModelFamily.STABLE_DIFFUSION, side, 99).peak_bytes for side in (512, 1024, 2048)]
    assert peaks == sorted(set(peaks))
    tiled = [on_card(SDXL, ModelFamily.STABLE_DIFFUSION_XL, 2048, 0, guided=guided) for guided in (False, True)]
    assert tiled[0].vae_tiled
    assert tiled[0].peak_bytes < tiled[1].peak_bytes


@pytest.mark.parametrize("family", ModelFamily)
def test_guidance_takes_more_where_two_predictions_are_made_at_once(family: ModelFamily) -> None:
    """FLUX and Z-Image have no second one; Qwen-Image makes it after the first."""
    model = replace(SDXL, vae=PartSize())
    plain, guided = (on_card(model, family, 2048, 0, guided=guided).peak_bytes for guided in (False, True))
    once = {ModelFamily.FLUX, ModelFamily.FLUX_2, ModelFamily.Z_IMAGE, ModelFamily.QWEN_IMAGE}
    assert (guided == plain) == (family in once)


def test_the_choice_of_the_user_is_kept_even_if_it_does_not_fit() -> None:
    plan = on_card(FLUX, ModelFamily.FLUX, 1024, 8, ladder=(Placement.RESIDENT,))
    assert plan.placement is Placement.RESIDENT
    assert plan.verdict is Verdict.DOES_NOT_FIT


def test_a_cpu_swaps_at_most() -> None:
    plan = plan_memory(FLUX, ModelFamily.FLUX, Size(1024, 1024), GB, in_main_memory=True)
    assert plan.placement is Placement.COMPONENT_SWAP
    assert plan.verdict is Verdict.DOES_NOT_FIT


def test_a_file_that_is_converted_is_in_memory_beside_the_result() -> None:
    halves = PartSize(2 * GB, width=320, converted_bytes=GB)
    model = ModelSize((PartSize(),), halves, PartSize(width=128), 4)
    small = Size(64, 64)
    on_cpu = plan_memory(model, ModelFamily.STABLE_DIFFUSION, small, 9 * GB, in_main_memory=True)
    on_card = plan_memory(model, ModelFamily.STABLE_DIFFUSION, small, 9 * GB)
    assert on_cpu.peak_bytes - on_card.peak_bytes > 0.8 * GB


def test_a_model_that_is_all_on_the_device_is_not_slower() -> None:
    assert MemoryPlan(Placement.RESIDENT, False, 1, 2).slowdown == 1.0
    assert MemoryPlan(Placement.SEQUENTIAL, False, 1, 2).slowdown == 3.0
