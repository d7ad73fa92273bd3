"""Where and in which precision the recipe computes: found by trying, never by the name of a processor."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager

import torch

PROBE_CHANNELS, PROBE_SIDE, PROBE_BATCH = 128, 16, 8


def device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def autocast(where: torch.device, *, bfloat16: bool) -> AbstractContextManager[None]:
    return torch.autocast(where.type, torch.bfloat16, enabled=bfloat16)


def bfloat16_pays(where: torch.device) -> bool:
    """Whether bfloat16 is at least 1.3 times as fast: twice with AVX512-BF16, six times with AMX."""
    if where.type == "cuda":
        return torch.cuda.is_bf16_supported()
    single, half = (convolution_seconds(dtype) for dtype in (torch.float32, torch.bfloat16))
    return single > 1.3 * half


def convolution_seconds(dtype: torch.dtype) -> float:
    """Processor time of a convolution on this thread; the best of five, as others may use the machine."""
    convolution = torch.nn.Conv2d(PROBE_CHANNELS, PROBE_CHANNELS, 3, padding=1, dtype=dtype)
    convolution = convolution.to(memory_format=torch.channels_last)
    shape = (PROBE_BATCH, PROBE_CHANNELS, PROBE_SIDE, PROBE_SIDE)
    pixels = torch.ones(shape, dtype=dtype).contiguous(memory_format=torch.channels_last)
    times: list[float] = []
    for _ in range(5):
        started = time.thread_time()
        with torch.inference_mode():
            convolution(pixels)
        times.append(time.thread_time() - started)
    return min(times)
