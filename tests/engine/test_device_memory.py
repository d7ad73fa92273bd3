"""How much main memory is free: what the system, the process's limits and its control group leave."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from studio.engine.device_memory import HostMemory

MB = 2**20


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """8 GB free, 4 GB of swap."""
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=8192 * MB))
    monkeypatch.setattr(psutil, "swap_memory", lambda: SimpleNamespace(free=4096 * MB))


def control_group(folder: Path, limit: str, current: int, inactive_file: int) -> HostMemory:
    (folder / "memory.max").write_text(f"{limit}\n")
    (folder / "memory.current").write_text(f"{current}\n")
    (folder / "memory.stat").write_text(f"anon 1\nfile {inactive_file + 5}\ninactive_file {inactive_file}\n")
    return HostMemory(folder)


def test_swap_is_not_free_but_can_be_had(tmp_path: Path) -> None:
    memory = HostMemory(tmp_path)
    assert memory.free() == 8192 * MB
    assert memory.swappable() == 4096 * MB


def test_pages_of_files_that_were_read_count_as_free_in_a_control_group(tmp_path: Path) -> None:
    memory = control_group(tmp_path, str(2048 * MB), 1500 * MB, 900 * MB)
    assert memory.free() == (2048 - 1500 + 900) * MB
    assert memory.swappable() == 0, "the limit is one of both"


def test_a_control_group_of_the_first_version_limits_as_well(tmp_path: Path) -> None:
    """Its number for no limit is larger than any memory."""
    folder = tmp_path / "memory"
    folder.mkdir()
    (folder / "memory.usage_in_bytes").write_text(f"{1500 * MB}\n")
    (folder / "memory.stat").write_text(f"inactive_file 7\ntotal_inactive_file {900 * MB}\n")
    for limit, left in ((2048 * MB, (2048 - 1500 + 900) * MB), (2**63 - 4096, 8192 * MB)):
        (folder / "memory.limit_in_bytes").write_text(f"{limit}\n")
        assert HostMemory(tmp_path).free() == left


def test_a_group_without_a_limit_limits_nothing(tmp_path: Path) -> None:
    assert control_group(tmp_path, "max", 1500 * MB, 0).free() == 8192 * MB
