"""Chooses where pictures are made and in which number type, by trying and not by name.

On a CPU a half type is worth it only with instructions for it: without them bfloat16 was measured at 0.3 GFLOPS against
137 in float32; with AVX512-BF16 a picture took 2.2 s instead of 3.8 s.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache

import torch

from studio.core.checkpoint import ModelFamily
from studio.core.family import family_traits
from studio.core.session import DeviceInfo
from studio.engine.device_memory import total_memory

_GEMM_SIZES = (64, 256)
"""The small one costs an emulated type only milliseconds, the large one shows what native instructions gain."""
_GEMM_ROUNDS = 20
_FEW_ROUNDS = 5
"""After which a type that is hopeless is not timed further: each round costs an emulated one 30 ms."""
_HOPELESS = 20.0
"""Times slower than float32: emulation is 400, while native instructions lose a factor of 3 on small matrices."""
_GPU_DTYPES = (torch.float16, torch.bfloat16, torch.float32)
_WIDE_DTYPES = (torch.bfloat16, torch.float32)
"""With numbers as large as float32's, for families that outgrow float16."""


@dataclass(frozen=True, slots=True)
class ComputeDevice:
    """A torch device and the number type of the weights on it. `wide_dtype` is that of families that outgrow float16,
    None where it is the same."""

    torch_device: torch.device
    dtype: torch.dtype
    wide_dtype: torch.dtype | None = None

    def suited_to(self, family: ModelFamily) -> ComputeDevice:
        """With the number type for models of `family`, and no other."""
        if self.wide_dtype is not None and family_traits(family).outgrows_float16:
            return ComputeDevice(self.torch_device, self.wide_dtype)
        return ComputeDevice(self.torch_device, self.dtype)

    @property
    def info(self) -> DeviceInfo:
        return DeviceInfo(
            _device_name(self.torch_device),
            _dtype_name(self.dtype),
            total_memory(self.torch_device),
            wide_dtype=None if self.wide_dtype is None else _dtype_name(self.wide_dtype),
        )


@cache
def probe_device() -> ComputeDevice:
    """The accelerator if there is one, else the CPU, with the number type that serves best there.

    Tried once in a process (about 50 ms, 150 ms without instructions for half types): every session computes alike.
    """
    device = torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
    if device.type == "cpu":
        with closing(_cpu_gemm_seconds()) as gemm_seconds:
            return ComputeDevice(device, choose_cpu_dtype(gemm_seconds))
    dtype, wide = (
        first_working(dtypes, lambda dtype: _computes_finite(device, dtype)) for dtypes in (_GPU_DTYPES, _WIDE_DTYPES)
    )
    return ComputeDevice(device, dtype, None if wide is dtype else wide)


def choose_cpu_dtype(gemm_seconds: Iterator[tuple[float, float]]) -> torch.dtype:
    """Decide from (float32, bfloat16) times of growing matrix products; stops reading when bfloat16 has lost.

    The last pair decides: bfloat16 must be faster. Measured there were factors of 2 with AVX512-BF16, and AMX gives
    more; emulation is far below 1. So the choice is the same every time, which it must be: with another number type
    the same request gives other pixels.
    """
    float32, bfloat16 = 1.0, 1.0
    for float32, bfloat16 in gemm_seconds:
        if bfloat16 > _HOPELESS * float32:
            return torch.float32
    return torch.bfloat16 if bfloat16 < float32 else torch.float32


def first_working(dtypes: Sequence[torch.dtype], works: Callable[[torch.dtype], bool]) -> torch.dtype:
    """The first type that `works`, else the last."""
    return next((dtype for dtype in dtypes if works(dtype)), dtypes[-1])


def _cpu_gemm_seconds() -> Generator[tuple[float, float]]:
    """Times on one thread: several would wait for each other, and on a busy machine that is what would be measured."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for size in _GEMM_SIZES:
            yield _gemm_seconds(size)
    finally:
        torch.set_num_threads(threads)


def _gemm_seconds(size: int) -> tuple[float, float]:
    """The fastest product of two size x size matrices in float32 and in bfloat16; they take turns."""
    ones = torch.ones(size, size)
    halves = ones.to(torch.bfloat16)
    float32 = bfloat16 = math.inf
    for done in range(_GEMM_ROUNDS):
        if done >= _FEW_ROUNDS and bfloat16 > _HOPELESS * float32:
            break
        float32 = min(float32, _seconds(lambda: ones @ ones))
        bfloat16 = min(bfloat16, _seconds(lambda: halves @ halves))
    return float32, bfloat16


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


def _dtype_name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return f"cuda ({torch.cuda.get_device_name(device)})"
    if device.type == "xpu":
        return f"xpu ({torch.xpu.get_device_name(device)})"
    return device.type
