"""Chooses where pictures are made and in which number type, by trying and not by name.

On a CPU a half type is worth it only with matrix units for it: without them bfloat16 was measured at 0.3 GFLOPS
against 137 in float32.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch

from studio.core.session import DeviceInfo

_GEMM_SIZES = (128, 256, 512, 768)
"""Growing, so that a type which is hopeless on this machine shows it within milliseconds."""
_BFLOAT16_SPEEDUP = 3.0
"""Matrix units give 6 and more, AVX512-BF16 about 2, emulation far below 1. Far from all of them, so that the choice is
the same every time: with another number type the same request gives other pixels."""
_GPU_DTYPES = (torch.float16, torch.bfloat16, torch.float32)


@dataclass(frozen=True, slots=True)
class ComputeDevice:
    """A torch device and the number type of the weights on it."""

    torch_device: torch.device
    dtype: torch.dtype

    @property
    def info(self) -> DeviceInfo:
        return DeviceInfo(_device_name(self.torch_device), str(self.dtype).removeprefix("torch."))


def probe_device() -> ComputeDevice:
    """The accelerator if there is one, else the CPU, with the number type that serves best there (about 50 ms)."""
    device = torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
    if device.type == "cpu":
        return ComputeDevice(device, choose_cpu_dtype(_cpu_gemm_seconds()))
    return ComputeDevice(device, first_working(_GPU_DTYPES, lambda dtype: _computes_finite(device, dtype)))


def choose_cpu_dtype(gemm_seconds: Iterator[tuple[float, float]]) -> torch.dtype:
    """Decide from (float32, bfloat16) times of growing matrix products; stops reading when bfloat16 has lost.

    The last pair decides: bfloat16 must be three times faster.
    """
    float32, bfloat16 = 1.0, 1.0
    for float32, bfloat16 in gemm_seconds:
        if bfloat16 > 2 * float32:
            return torch.float32
    return torch.bfloat16 if float32 >= _BFLOAT16_SPEEDUP * bfloat16 else torch.float32


def first_working(dtypes: Sequence[torch.dtype], works: Callable[[torch.dtype], bool]) -> torch.dtype:
    """The first type that `works`, else the last."""
    return next((dtype for dtype in dtypes if works(dtype)), dtypes[-1])


def _cpu_gemm_seconds() -> Iterator[tuple[float, float]]:
    for size in _GEMM_SIZES:
        yield _gemm_seconds(size, torch.float32), _gemm_seconds(size, torch.bfloat16)


def _gemm_seconds(size: int, dtype: torch.dtype) -> float:
    """The fastest of four products of two size x size matrices, after one to warm up."""
    matrix = torch.ones(size, size, dtype=dtype)
    return min(_seconds(lambda: matrix @ matrix) for _ in range(5))


def _seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def _computes_finite(device: torch.device, dtype: torch.dtype) -> bool:
    """Some cards (GTX 16xx) give NaN in half precision convolutions, and some drivers lack a type altogether."""
    try:
        image = torch.ones(1, 64, 32, 32, device=device, dtype=dtype)
        kernel = torch.full((64, 64, 3, 3), 0.01, device=device, dtype=dtype)
        result = torch.nn.functional.conv2d(image, kernel)
        return bool(torch.isfinite(result).all()) and bool(result.any())
    except (RuntimeError, TypeError):
        return False


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return f"cuda ({torch.cuda.get_device_name(device)})"
    if device.type == "xpu":
        return f"xpu ({torch.xpu.get_device_name(device)})"
    return device.type
