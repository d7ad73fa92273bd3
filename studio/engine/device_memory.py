"""How much room there is for a model and its pictures, now."""

from __future__ import annotations

import contextlib
import ctypes
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import psutil
import torch


class DeviceMemory(Protocol):
    """The memory that a device computes in. `is_main_memory`: it is what the rest of the system lives in, too."""

    @property
    def is_main_memory(self) -> bool: ...

    def free(self) -> int:
        """Bytes that can be had now."""
        ...

    def swappable(self) -> int:
        """Bytes besides, which the system makes by writing to the disk: enough to work, too slow to plan for."""
        ...


class AcceleratorMemory:
    """That of a graphics card, or what the system lends to it."""

    is_main_memory = False

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def free(self) -> int:
        """What the driver has, and what torch holds without using it."""
        if self._device.type == "mps":
            return torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
        free, _total = torch.accelerator.get_memory_info(self._device)
        reserved = torch.accelerator.memory_reserved(self._device)
        return free + reserved - torch.accelerator.memory_allocated(self._device)

    def swappable(self) -> int:
        return 0


class HostMemory:
    """Main memory, as far as this process may have it."""

    is_main_memory = True

    def __init__(self, control_group: Path = Path("/sys/fs/cgroup")) -> None:
        self._control_group = control_group

    def free(self) -> int:
        return self._within_limits(psutil.virtual_memory().available)

    def swappable(self) -> int:
        both = psutil.virtual_memory().available + psutil.swap_memory().free
        return self._within_limits(both) - self.free()

    def _within_limits(self, available: int) -> int:
        return max(0, min([available, *_left_by_process_limits(), *_left_by_group(self._control_group)]))


def memory_of(device: torch.device) -> DeviceMemory:
    """The memory of `device`."""
    return HostMemory() if device.type == "cpu" else AcceleratorMemory(device)


def total_memory(device: torch.device) -> int | None:
    """Bytes that an accelerator has, whoever uses them now; None for one that computes in main memory."""
    if device.type == "cpu":
        return None
    if device.type == "mps":
        return torch.mps.recommended_max_memory()
    _free, total = torch.accelerator.get_memory_info(device)
    return total


def trim_heap() -> None:
    """Give freed main memory back to the system: glibc keeps blocks of up to 32 MiB, most of a picture's tensors."""
    with contextlib.suppress(AttributeError):
        _glibc().malloc_trim(0)


@contextmanager
def weights_in_pages_of_their_own() -> Generator[None]:
    """Load weights so that their memory is free as soon as they are: in the heap they would leave holes."""
    with contextlib.suppress(AttributeError):
        _glibc().mallopt(_MMAP_THRESHOLD, 2**20)
    try:
        yield
    finally:
        with contextlib.suppress(AttributeError):
            _glibc().mallopt(_MMAP_THRESHOLD, _HIGHEST_THRESHOLD)


_MMAP_THRESHOLD = -3
_HIGHEST_THRESHOLD = 32 * 2**20
"""What glibc raises it to by itself: mapping each tensor of a picture anew would cost time."""


def _glibc() -> ctypes.CDLL:
    """The C library of the process; on other systems than Linux, and with other libraries, an AttributeError comes."""
    if sys.platform != "linux":
        raise AttributeError
    return ctypes.CDLL(None)


def _left_by_process_limits() -> list[int]:
    """What the limits of the process leave; nothing where none is set."""
    left: list[int] = []
    with contextlib.suppress(ImportError):  # Windows has no such limits
        import resource

        used = psutil.Process().memory_info()
        for limit, taken in ((resource.RLIMIT_AS, used.vms), (resource.RLIMIT_DATA, used.data)):
            soft, _hard = resource.getrlimit(limit)
            if soft != resource.RLIM_INFINITY:
                left.append(soft - taken)
    return left


def _left_by_group(folder: Path) -> list[int]:
    """What the limit of the control group leaves; nothing where none is set.

    Sources: https://docs.kernel.org/admin-guide/cgroup-v2.html, https://docs.kernel.org/admin-guide/cgroup-v1/memory.html.
    """
    second = _left_in(folder, "memory.max", "memory.current", "inactive_file")
    memory = folder / "memory"  # the first version has a tree for each resource
    return second or _left_in(memory, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")


def _left_in(folder: Path, limit_file: str, taken_file: str, given_up: str) -> list[int]:
    """Files that were read count as taken, though their pages are free as soon as others are needed (`given_up`)."""
    try:
        limit = int((folder / limit_file).read_text())
        taken = int((folder / taken_file).read_text())
        statistics = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        return [limit - taken + int(statistics[given_up])]
    except (OSError, ValueError, KeyError):  # no such file outside a control group; "max" is no limit
        return []
