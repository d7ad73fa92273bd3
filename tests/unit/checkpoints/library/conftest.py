"""A library that is empty, and room for what is put into it."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.checkpoints.library import ModelLibrary
from tests.unit.checkpoints.libraries import Libraries, PartsBeside, plenty_of_space

__all__ = ["plenty_of_space"]


@pytest.fixture
def libraries(tmp_path: Path) -> Libraries:
    return Libraries(tmp_path / "home")


@pytest.fixture
def library(libraries: Libraries) -> ModelLibrary:
    return libraries.library


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


@pytest.fixture
def with_parts(libraries: Libraries) -> ModelLibrary:
    return ModelLibrary(libraries.places, PartsBeside())
