"""The only place that knows torch's exceptions: it turns them into the facts of `studio.core.errors`."""

from __future__ import annotations

import gc
import logging
import re
import traceback
from collections.abc import Generator
from contextlib import contextmanager, suppress

import torch

from studio.core.errors import DeviceLost, EngineFailed, OutOfMemory, StudioError
from studio.engine.device_memory import trim_heap

_log = logging.getLogger("studio.engine")

_MEMORY_PHRASES = (
    "out of memory",  # CUDA, XPU, MPS
    "DefaultCPUAllocator",
    "not enough memory",  # the CPU allocator on Windows
    "CUDNN_STATUS_ALLOC_FAILED",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "Cannot allocate memory",  # ENOMEM, where a file of weights is mapped
    "os error 12",  # the same, as safetensors says it
)
_UNITS = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_AMOUNT = r"([\d.]+) (bytes|KiB|MiB|GiB)"
_NEEDED = re.compile(rf"tried to allocate {_AMOUNT}", re.IGNORECASE)
_FREE = re.compile(rf"of which {_AMOUNT} is free")


@contextmanager
def engine_failures(device: str) -> Generator[None]:
    """Run a part of the engine's work on `device`.

    Raises:
        OutOfMemory, DeviceLost: for what torch says about the device.
        EngineFailed: for every other RuntimeError; its traceback is in the log.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        failure = as_failure(error, device)
        # The failure holds its cause, that holds its traceback, that holds frames, and those hold the tensors.
        traceback.clear_frames(error.__traceback__)
        release_memory()
        raise failure from error


def as_failure(error: MemoryError | RuntimeError, device: str) -> StudioError:
    """The fact behind `error`; logs the traceback where that fact does not explain it."""
    message = str(error)
    if is_out_of_memory(error):
        return OutOfMemory(device, _bytes(_NEEDED.search(message)), _bytes(_FREE.search(message)))
    if isinstance(error, torch.AcceleratorError):
        _log.error("the device failed", exc_info=error)
        return DeviceLost(device, message)
    _log.error("the engine failed", exc_info=error)
    return EngineFailed(message)


def is_out_of_memory(error: BaseException) -> bool:
    """True when `error`, or what it came of, means that the device or the machine has no room."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or any(
        phrase in str(error) for phrase in _MEMORY_PHRASES
    ):
        return True
    origin = error.__cause__ or error.__context__
    return origin is not None and is_out_of_memory(origin)


def blame_no_file(error: BaseException) -> None:
    """A file that there was no room for is not damaged: to be called before one is said to be.

    Raises:
        RuntimeError, MemoryError: `error`, or what it means, where there was no room.
    """
    if not is_out_of_memory(error):
        return
    if isinstance(error, RuntimeError | MemoryError):
        raise error
    raise MemoryError(str(error)) from error


def release_memory() -> None:
    """Give back what no longer has an owner."""
    gc.collect()
    trim_heap()
    # A lost device has nothing to give back.
    with suppress(torch.AcceleratorError):
        if torch.accelerator.is_available():
            torch.accelerator.empty_cache()


def _bytes(amount: re.Match[str] | None) -> int | None:
    return None if amount is None else int(float(amount[1]) * _UNITS[amount[2]])
