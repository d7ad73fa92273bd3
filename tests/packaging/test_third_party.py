"""What others made of the program is named with its licence."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGING = Path(__file__).parents[2] / "packaging"


@pytest.fixture(autouse=True)
def packaging_on_the_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(PACKAGING))
    yield
    sys.modules.pop("third_party", None)


def test_the_makers_of_modules_are_found_and_python_itself_is_not_among_them() -> None:
    from third_party import bundled_distributions

    found = bundled_distributions(["torch.nn", "PIL.Image", "json.decoder", "studio.core", "numpy"])
    assert [each.name.lower() for each in found] == ["numpy", "pillow", "torch"]


def test_licences_are_there_with_their_texts_and_the_bill_names_each_part(tmp_path: Path) -> None:
    from third_party import bundled_distributions, write_third_party

    found = bundled_distributions(["torch", "PySide6.QtCore"])
    write_third_party(tmp_path, found)
    text = (tmp_path / "licences.txt").read_text(encoding="utf-8")
    assert "you may replace them" in text
    assert "From PyTorch:" in text

    bill = json.loads((tmp_path / "sbom.json").read_text())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    parts = {part["name"].lower(): part for part in bill["components"]}
    assert parts["torch"]["purl"] == "pkg:pypi/torch@2.13.0"
    assert "LGPL" in parts["pyside6_essentials"]["licenses"][0]["license"]["name"]


def test_the_same_parts_give_the_same_bytes(tmp_path: Path) -> None:
    from third_party import bundled_distributions, write_third_party

    for name in ("one", "two"):
        write_third_party(tmp_path / name, bundled_distributions(["numpy", "PIL"]))
    for file in ("licences.txt", "sbom.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
