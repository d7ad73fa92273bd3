"""The program's own data is found in a source tree, in a wheel and in a frozen bundle."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from studio.core import resources
from studio.core.resources import catalogue_path, resource_path

ROOT = Path(__file__).parents[3]


def lay_out(root: Path) -> Path:
    (root / "resources" / "starter").mkdir(parents=True)
    (root / "models.json").write_text("{}")
    return root


def test_in_the_source_tree() -> None:
    assert resource_path("starter") == ROOT / "resources" / "starter"
    assert resource_path("starter", "model_index.json").is_file()
    assert catalogue_path() == ROOT / "models.json"


def test_in_a_wheel_the_data_lies_inside_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = lay_out(tmp_path / "site-packages" / "studio")
    monkeypatch.setattr(resources, "_PACKAGE", package)

    assert resource_path("starter") == package / "resources" / "starter"
    assert catalogue_path() == package / "models.json"


def test_a_stranger_beside_the_installed_package_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = lay_out(tmp_path / "site-packages" / "studio")
    lay_out(tmp_path / "site-packages" / "x")
    (tmp_path / "site-packages" / "resources").mkdir()
    monkeypatch.setattr(resources, "_PACKAGE", package)

    assert resource_path() == package / "resources"


def test_in_a_frozen_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(tmp_path)
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)

    assert resource_path("starter") == tmp_path / "resources" / "starter"
    assert catalogue_path() == tmp_path / "models.json"


def test_a_bundle_without_its_data_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)

    with pytest.raises(FileNotFoundError, match=r"models\.json"):
        catalogue_path()
