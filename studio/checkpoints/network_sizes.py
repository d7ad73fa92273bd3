"""How large the networks of a model are that is not on this machine: counted once for each kind of model.

`resources/configs/sizes.json` has, for every configuration that the program ships, what `PartSize` counts, in numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

from studio.checkpoints.catalogue_entry import MemoryNeed, as_object
from studio.checkpoints.json_file import read_json_object
from studio.checkpoints.model_size import UNPACKING_BYTES
from studio.core.errors import CheckpointDamaged
from studio.core.memory import ModelSize, PartSize

_DENOISERS = frozenset({"unet", "transformer"})
_VAE = "vae"


class NetworkSizes:
    """What that file says, read when it is asked for first."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._sizes: Mapping[str, object] | None = None

    def of(self, need: MemoryNeed, item_bytes: int) -> ModelSize | None:
        """The size of a model, its numbers loaded in `item_bytes` each; None where nobody counted it.

        Raises:
            CheckpointDamaged: the file cannot be read.
        """
        if self._sizes is None:
            self._sizes = read_json_object(self._file)
        if need.networks is None or need.networks not in self._sizes:
            return None
        try:
            return _model_size(as_object(self._sizes[need.networks]), item_bytes, need.denoiser_item_bytes)
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointDamaged(self._file, f"{type(error).__name__}: {error}") from error


def _model_size(told: Mapping[str, object], item_bytes: int, denoiser_bytes: int | None) -> ModelSize:
    parts = {name: _numbers(as_object(part)) for name, part in as_object(told["parts"]).items()}
    [denoiser] = [_in_bytes(part, denoiser_bytes or item_bytes) for name, part in parts.items() if name in _DENOISERS]
    if denoiser_bytes is not None:
        denoiser = replace(denoiser, unpacking=denoiser.largest_tensor // denoiser_bytes * UNPACKING_BYTES)
    return ModelSize(
        text_encoders=tuple(_in_bytes(parts[name], item_bytes) for name in sorted({*parts} - _DENOISERS - {_VAE})),
        denoiser=denoiser,
        vae=_in_bytes(parts[_VAE], item_bytes),
        item_bytes=item_bytes,
        vae_upcasts=told["vae_upcasts"] is True,
    )


def _numbers(part: Mapping[str, object]) -> PartSize:
    return PartSize(**cast("Mapping[str, int]", part))


def _in_bytes(part: PartSize, item_bytes: int) -> PartSize:
    return replace(
        part,
        weights=part.weights * item_bytes,
        largest_block=part.largest_block * item_bytes,
        outside_blocks=part.outside_blocks * item_bytes,
        largest_tensor=part.largest_tensor * item_bytes,
    )
