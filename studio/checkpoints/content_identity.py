"""What a model is, wherever it lies and however it is called: told by its weights, without reading all of them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from studio.checkpoints.model_copy import files_of
from studio.checkpoints.model_files import MODEL_ENDINGS

_SAMPLES = 16
_SAMPLE_BYTES = 4096
"""Two models of one layout differ nearly everywhere in their weights, so a few places tell them apart."""


def content_identity(model: Path) -> str:
    """32 hexadecimal digits for the model folder or single file `model`: the same after it was moved or renamed.

    Its sizes and 64 KiB of each file of weights count, in the order of their names; no name does. It tells models
    apart, and proves nothing: that is what `verify` is for.

    Raises:
        CheckpointDamaged: a link that leads out of the model's place, or nowhere.
        OSError
    """
    digest = hashlib.sha256()
    for file in files_of(model):
        if file.path.suffix.lower() in MODEL_ENDINGS:
            digest.update(file.size.to_bytes(8, "little"))
            digest.update(_sample(file.path, file.size))
    return digest.hexdigest()[:32]


def _sample(path: Path, size: int) -> bytes:
    """All of a small file; of a large one, places spread evenly from its first to its last byte."""
    with path.open("rb") as file:
        if size <= _SAMPLES * _SAMPLE_BYTES:
            return file.read(_SAMPLES * _SAMPLE_BYTES)
        parts: list[bytes] = []
        for number in range(_SAMPLES):
            file.seek((size - _SAMPLE_BYTES) * number // (_SAMPLES - 1))
            parts.append(file.read(_SAMPLE_BYTES))
        return b"".join(parts)
