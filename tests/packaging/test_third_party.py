"""What others made of the program is named with its licence."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click import Context

from studio.app.cli import studio
from studio.core.version import VERSION

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"


@pytest.fixture(autouse=True)
def packaging_on_the_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(PACKAGING))
    yield
    for name in ("third_party", "bundle_contents"):
        sys.modules.pop(name, None)


def files(*modules: str) -> list[Path]:
    return [Path(str(importlib.import_module(name).__file__)) for name in modules]


def test_the_makers_of_files_are_found_ours_are_not_among_them_and_python_is_one() -> None:
    from third_party import parts_of

    found = parts_of([*files("torch.nn", "PIL.Image", "json.decoder", "studio.core", "cv2"), Path("a/link")], ours=ROOT)
    assert [each.name.lower() for each in found] == ["opencv-python-headless", "pillow", "python", "torch"]


def test_licences_are_there_with_their_texts_and_the_bill_names_each_part(tmp_path: Path) -> None:
    from third_party import parts_of, write_third_party

    found = parts_of(files("torch", "PySide6.QtCore", "socksio"), ours=ROOT)
    write_third_party(tmp_path, found)
    text = (tmp_path / "licences.txt").read_text(encoding="utf-8")
    assert "you may replace them" in text
    assert "From PyTorch:" in text
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in text

    bill = json.loads((tmp_path / "sbom.json").read_text())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    parts = {part["name"].lower(): part for part in bill["components"]}
    assert parts["torch"]["purl"] == "pkg:pypi/torch@2.13.0"
    assert "LGPL" in parts["pyside6_essentials"]["licenses"][0]["license"]["name"]
    assert "MIT" in parts["socksio"]["licenses"][0]["license"]["name"]

    program = bill["metadata"]["component"]
    assert (program["name"], program["version"]) == ("Latent Studio", VERSION)
    assert bill["dependencies"] == [
        {"ref": program["bom-ref"], "dependsOn": [part["bom-ref"] for part in bill["components"]]}
    ]


def test_the_same_parts_give_the_same_bytes(tmp_path: Path) -> None:
    from third_party import parts_of, write_third_party

    for name in ("one", "two"):
        write_third_party(tmp_path / name, parts_of(files("numpy", "PIL"), ours=ROOT))
    for file in ("licences.txt", "sbom.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


@pytest.mark.tools
def test_what_comes_from_debian_is_named_with_its_package_and_what_comes_from_nowhere_is_not(
    tmp_path: Path,
) -> None:
    from third_party import OwnerUnknown, parts_of

    zlib = next(Path("/usr/lib").glob("*/libz.so.1"))
    [part] = parts_of([zlib], ours=ROOT)
    assert (part.name, part.purl.partition("@")[0]) == ("zlib1g", "pkg:deb/debian/zlib1g")
    assert "Zlib" in part.licence
    assert "Mark Adler" in part.text

    strange = tmp_path / "libstrange.so"
    strange.touch()
    with pytest.raises(OwnerUnknown, match="libstrange"):
        parts_of([strange], ours=ROOT)


def test_libraries_that_only_something_left_out_needed_are_left_out() -> None:
    from bundle_contents import without_orphans, without_what_nobody_loads

    at = "/usr/lib/x86_64-linux-gnu"
    theme = ("PySide6/Qt/plugins/platformthemes/libqgtk3.so", "/venv/PySide6/libqgtk3.so", "BINARY")
    core = ("PySide6/Qt/lib/libQt6Core.so.6", "/venv/PySide6/libQt6Core.so.6", "BINARY")
    atk, glib, pcre = ((name, f"{at}/{name}", "BINARY") for name in ("libatk.so", "libglib.so", "libpcre.so"))
    python = ("libpython3.11.so.1.0", "/usr/lib/libpython3.11.so.1.0", "BINARY")
    needs = {theme[1]: ["libatk.so", "libglib.so"], core[1]: ["libglib.so", "libpcre.so"]}

    left = without_what_nobody_loads([theme, core, atk, glib, pcre, python], frozenset())
    assert left == [core, atk, glib, pcre, python]
    assert without_orphans(left, lambda file: needs.get(file, [])) == [core, glib, pcre, python]


def test_of_qts_plugins_those_that_a_desktop_needs_go_in() -> None:
    from bundle_contents import without_what_nobody_loads

    needed = [
        "imageformats/libqsvg",
        "imageformats/libqjpeg",
        "wayland-shell-integration/libxdg-shell",
        "platforms/libqxcb",
    ]
    others = [
        "imageformats/libqtga",
        "imageformats/qpdf",
        "wayland-shell-integration/libivi-shell",
        "platforms/libqvnc",
    ]
    entries = [(f"PySide6/Qt/plugins/{name}.so", name, "BINARY") for name in (*needed, *others)]
    assert [name for _, name, _ in without_what_nobody_loads(entries, frozenset())] == needed


def test_every_command_is_bundled() -> None:
    from bundle_contents import own_modules

    commands = [studio.get_command(Context(studio), name) for name in studio.list_commands(Context(studio))]

    assert len(commands) > 10
    assert {command.callback.__module__ for command in commands if command and command.callback} <= {*own_modules(ROOT)}
