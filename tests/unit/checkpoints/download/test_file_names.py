"""Names from a server: which may become files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.checkpoints.download.file_names import folder_name, target_path
from studio.core.errors import UnsafeFileName


@pytest.mark.parametrize(
    "name", ["model.safetensors", "unet/diffusion_pytorch_model.fp16.safetensors", "Größe/模型.safetensors", "a b.txt"]
)
def test_a_usual_name_stays_below_the_folder(tmp_path: Path, name: str) -> None:
    assert target_path(tmp_path, name) == tmp_path / name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "..",
        "../a",
        "a/../../b",
        "/etc/passwd",
        "a//b",
        "C:/a",
        "C:\\a",
        "\\\\server\\share",
        "a:stream",
        "CON",
        "nul.safetensors",
        "lpt1/model",
        "model.",
        "model ",
        ".studio-model.json",
        ".hidden/model",
        "a\x00b",
        "a\nb",
        "a\u202eb",
        "a\u200bb",
        "\ud800",
        "x" * 121,
        "ä" * 61,
        "a/b/c/d/e/f/g/h/i",
        "model.part",
        "model.part.json",
        "what?",
    ],
)
def test_a_dangerous_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnsafeFileName):
        target_path(tmp_path, name)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "unet").symlink_to(tmp_path)

    with pytest.raises(UnsafeFileName):
        target_path(tmp_path / "models", "unet/model.safetensors")


def test_two_spellings_of_one_name_are_one_file(tmp_path: Path) -> None:
    assert target_path(tmp_path, "Gro\u0308ße") == target_path(tmp_path, "Größe")


@given(st.text())
def test_whatever_the_name_the_file_is_below_the_folder_or_there_is_none(name: str) -> None:
    folder = Path("/models")
    try:
        target = target_path(folder, name)
    except UnsafeFileName:
        return
    assert target.is_relative_to(folder)
    assert target != folder
    assert ".." not in target.parts


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("A: b/c", "A b c"),
        ("...", "model"),
        ("x" * 200, "x" * 80),
        (" name. ", "name"),
        ("日本語", "日本語"),
        ("NUL", "model NUL"),
        ("nul.x", "model nul.x"),
        ("a.part", "model"),
        ("a\u202eb", "a b"),
    ],
)
def test_a_folder_name_works_on_every_file_system(name: str, folder: str) -> None:
    assert folder_name(name) == folder


@given(st.text())
def test_a_title_becomes_one_allowed_folder(title: str) -> None:
    name = folder_name(title)

    assert target_path(Path("/models"), name) == Path("/models") / name
