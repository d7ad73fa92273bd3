"""LoRAs as people write them on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.app.fine_settings import named_lora
from studio.core.addon_names import LoraTag
from studio.core.errors import InvalidAddonWeight


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("ink", LoraTag("ink", 1, 1)),
        ("ink:0.8", LoraTag("ink", 0.8, 0.8)),
        ("ink:-1:0", LoraTag("ink", -1, 0)),
        ("styles/ink v2", LoraTag("styles/ink v2", 1, 1)),
    ],
)
def test_a_name_with_up_to_two_weights(text: str, tag: LoraTag) -> None:
    named = named_lora(text)
    assert (named.tag, named.file) == (tag, None)


def test_a_file_is_named_by_its_path(tmp_path: Path) -> None:
    file = tmp_path / "new style.safetensors"
    file.touch()
    for text, weight in ((str(file), 1.0), (f"{file}:0.8", 0.8)):
        named = named_lora(text)
        assert named.file == file
        assert named.tag == LoraTag("new style", weight, weight)


def test_a_weight_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidAddonWeight):
        named_lora("ink:0.8.1")
