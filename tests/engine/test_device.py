"""The choice of device and number type, apart from the timing it rests on."""

from __future__ import annotations

import re

import pytest
import torch

from studio.engine.device import choose_cpu_dtype, first_working, probe_device


@pytest.mark.parametrize(
    ("times", "dtype"),
    [
        ([(1, 1.5), (1, 0.2), (1, 0.15)], torch.bfloat16),  # matrix units show at larger sizes
        ([(1, 0.5), (1, 0.5), (1, 0.5)], torch.float32),  # AVX512-BF16: faster, but near to nothing gained
        ([(1, 1), (1, 0.33)], torch.bfloat16),
        ([(1, 1), (1, 0.34)], torch.float32),
        ([], torch.float32),
    ],
)
def test_bfloat16_must_be_three_times_faster_on_a_cpu(times, dtype):
    assert choose_cpu_dtype(iter(times)) == dtype


def test_a_hopeless_type_is_not_timed_further():
    times = iter([(1.0, 400.0), (1.0, 0.1)])
    assert choose_cpu_dtype(times) == torch.float32
    assert next(times) == (1.0, 0.1)


def test_the_first_type_that_works_is_taken_else_the_last():
    types = (torch.float16, torch.bfloat16, torch.float32)
    assert first_working(types, lambda dtype: dtype != torch.float16) == torch.bfloat16
    assert first_working(types, lambda dtype: False) == torch.float32


def test_the_probe_gives_the_same_answer_every_time():
    infos = {probe_device().info for _ in range(5)}
    assert len(infos) == 1
    info = infos.pop()
    assert re.fullmatch(r"cpu|mps|(cuda|xpu) \(.+\)", info.name)
    assert info.dtype in {"float32", "bfloat16", "float16"}
