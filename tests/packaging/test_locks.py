"""The lock of each system has all that the program and its package need, in versions that they allow, with hashes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "packaging" / "locks").glob("*.txt"))
_LOCKED = re.compile(
    r"^(?P<name>[\w.-]+)==(?P<version>\S+) \\\n(    --hash=sha256:[0-9a-f]{64}( \\)?\n)+", re.MULTILINE
)


def asked() -> Iterator[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for line in [*project["dependencies"], *project["optional-dependencies"]["package"]]:
        yield Requirement(line)


def test_there_is_one_for_each_system() -> None:
    assert [lock.stem for lock in LOCKS] == ["linux", "macos", "windows"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_has_a_possible_version_of_all_that_is_asked_for(lock: Path) -> None:
    locked = {canonicalize_name(found["name"]): found["version"] for found in _LOCKED.finditer(lock.read_text())}
    for requirement in asked():
        assert requirement.specifier.contains(locked[canonicalize_name(requirement.name)]), requirement


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_line_of_a_lock_is_a_version_with_its_hashes(lock: Path) -> None:
    assert _LOCKED.sub("", lock.read_text()) == ""
