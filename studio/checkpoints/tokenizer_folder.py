"""Which tokenizer tells how long a prompt is for a model."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from studio.checkpoints.json_file import read_json_object
from studio.core.checkpoint import Checkpoint, ModelFamily

_OTHER_PARTS = {ModelFamily.FLUX: "tokenizer_2", ModelFamily.STABLE_DIFFUSION_XL_REFINER: "tokenizer_2"}
"""Where the first tokenizer is not the one: FLUX.1 reads words by T5, the refiner has only the second one of SDXL."""


def tokenizer_folder(checkpoint: Checkpoint, configs: Path) -> Path | None:
    """The folder with the files of the tokenizer; None where the model has none on this machine.

    A single file has it beside it, or in the program's own `configs`, where `FAMILY/tokenizers.json` names it.

    Raises:
        CheckpointDamaged: that list cannot be read.
    """
    part = _OTHER_PARTS.get(checkpoint.family, "tokenizer")
    root = checkpoint.path if checkpoint.path.is_dir() else checkpoint.path.parent
    if _has_tokenizer(root / part):
        return root / part
    return None if checkpoint.path.is_dir() else _shipped(checkpoint.family, part, configs)


def _shipped(family: ModelFamily, part: str, configs: Path) -> Path | None:
    names = configs / family.value / "tokenizers.json"
    options = read_json_object(names).get(part) if names.is_file() else None
    if not isinstance(options, dict):
        return None
    folder = configs / "tokenizers" / str(cast("dict[str, object]", options).get("folder"))
    return folder if _has_tokenizer(folder) else None


def _has_tokenizer(folder: Path) -> bool:
    return (folder / "tokenizer.json").is_file() or (folder / "vocab.json").is_file()
