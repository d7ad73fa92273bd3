"""The choice of device and number type, apart from the timing it rests on."""

from __future__ import annotations

import re

import pytest
import torch

from studio.engine.device import choose_cpu_dtype, first_working, probe_device


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


def test_the_probe_gives_the_same_answer_every_time():
    infos = {probe_device().info for _ in range(5)}
    assert len(infos) == 1
    info = infos.pop()
    assert re.fullmatch(r"cpu|mps|(cuda|xpu) \(.+\)", info.name)
    assert info.dtype in {"float32", "bfloat16", "float16"}


def test_the_probe_leaves_the_number_of_threads_as_it_was():
    threads = torch.get_num_threads()
    for few in (1, 2):
        torch.set_num_threads(few)
        probe_device()
        assert torch.get_num_threads() == few
    torch.set_num_threads(threads)
