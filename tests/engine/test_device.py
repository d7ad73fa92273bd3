"""The choice of device and number type, apart from the timing it rests on."""

from __future__ import annotations

import re
from itertools import cycle

import pytest
import torch

from studio.core.checkpoint import ModelFamily
from studio.engine import device
from studio.engine.device import ComputeDevice, choose_cpu_dtype, first_working, probe_device


def probed_anew() -> ComputeDevice:
    probe_device.cache_clear()
    return probe_device()


@pytest.mark.parametrize(
    ("times", "dtype"),
    [
        ([(1, 2.6), (1, 0.5)], torch.bfloat16),  # AVX512-BF16 as measured: slower on small matrices, then twice as fast
        ([(1, 1.5), (1, 0.12)], torch.bfloat16),  # matrix units
        ([(1, 3), (1, 2)], torch.float32),
        ([(1, 1), (1, 1)], torch.float32),
        ([], torch.float32),
    ],
)
def test_bfloat16_must_be_faster_on_a_cpu(times, dtype):
    assert choose_cpu_dtype(iter(times)) == dtype


def test_a_hopeless_type_is_not_timed_further():
    times = iter([(1.0, 400.0), (1.0, 0.1)])
    assert choose_cpu_dtype(times) == torch.float32
    assert next(times) == (1.0, 0.1)


def test_the_first_type_that_works_is_taken_else_the_last():
    types = (torch.float16, torch.bfloat16, torch.float32)
    assert first_working(types, lambda dtype: dtype != torch.float16) == torch.bfloat16
    assert first_working(types, lambda dtype: False) == torch.float32


@pytest.mark.parametrize(("wide", "dtype"), [(torch.bfloat16, torch.bfloat16), (None, torch.float16)])
def test_what_outgrows_float16_is_computed_in_wider_numbers(wide, dtype):
    card = ComputeDevice(torch.device("cpu"), torch.float16, wide)
    assert card.suited_to(ModelFamily.Z_IMAGE) == ComputeDevice(torch.device("cpu"), dtype)
    assert card.suited_to(ModelFamily.STABLE_DIFFUSION) == ComputeDevice(torch.device("cpu"), torch.float16)
    assert card.info.wide_dtype == (None if wide is None else "bfloat16")


@pytest.mark.parametrize(
    ("working", "expected"),
    [
        ({torch.float16, torch.bfloat16, torch.float32}, (torch.float16, torch.bfloat16)),
        ({torch.float16, torch.float32}, (torch.float16, torch.float32)),  # before bfloat16
        ({torch.bfloat16, torch.float32}, (torch.bfloat16, None)),
        ({torch.float32}, (torch.float32, None)),
    ],
)
def test_a_card_has_a_type_for_each_kind_of_family(monkeypatch, working, expected):
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda check_available: torch.device("meta"))
    monkeypatch.setattr(device, "_computes_finite", lambda _device, dtype: dtype in working)
    probe_device.cache_clear()
    try:
        found = probe_device()
    finally:
        probe_device.cache_clear()
    assert (found.dtype, found.wide_dtype) == expected


def test_the_probe_gives_the_same_answer_every_time():
    infos = {probed_anew().info for _ in range(5)}
    assert len(infos) == 1
    info = infos.pop()
    assert re.fullmatch(r"cpu|mps|(cuda|xpu) \(.+\)", info.name)
    assert info.dtype in {"float32", "bfloat16", "float16"}


def test_the_probe_leaves_the_number_of_threads_as_it_was():
    threads = torch.get_num_threads()
    for few in (1, 2):
        torch.set_num_threads(few)
        probed_anew()
        assert torch.get_num_threads() == few
    torch.set_num_threads(threads)


@pytest.mark.parametrize(("bfloat16", "rounds"), [(0.5, 20), (400.0, 5)], ids=["native", "emulated"])
def test_an_emulated_type_is_timed_only_until_that_is_sure(monkeypatch, bfloat16, rounds):
    times = cycle([1.0, bfloat16])
    timed: list[float] = []

    def next_time(_run: object) -> float:
        timed.append(next(times))
        return timed[-1]

    monkeypatch.setattr(device, "_seconds", next_time)
    assert device._gemm_seconds(64) == (1.0, bfloat16)
    assert len(timed) == 2 * rounds


def test_all_sessions_of_a_process_share_one_probe(monkeypatch):
    first = probed_anew()
    monkeypatch.setattr(device, "choose_cpu_dtype", lambda _times: torch.float64)
    assert probe_device() is first
