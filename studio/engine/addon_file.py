"""Files of add-ons: looked at before any library does, read, and identified."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file  # pyright: ignore[reportUnknownVariableType]

from studio.core.addon import Addon
from studio.core.errors import AddonUnusable, CheckpointError, PickleRefused
from studio.engine.weights_file import PICKLE_ENDINGS, check_weights, file_sha256

WEIGHTS_IN_FOLDER = "diffusion_pytorch_model.safetensors"

Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class AddonHashes:
    """As `studio.core.addon.UsedAddon` defines them."""

    sha256: str
    tensors_sha256: str


class AddonHasher:
    """Remembers the hashes of files for as long as these stay as they are."""

    def __init__(self) -> None:
        self._known: dict[tuple[Path, int, int], AddonHashes] = {}

    def hashes(self, addon: Addon) -> AddonHashes:
        """Raises AddonUnusable: if there is no such file."""
        path = weights_path(addon)
        try:
            status = path.stat()
            key = (path, status.st_size, status.st_mtime_ns)
            if key not in self._known:
                self._known[key] = AddonHashes(file_sha256(path), _tensors_sha256(path))
        except OSError as error:
            raise AddonUnusable(addon.name, error.strerror or type(error).__name__) from error
        return self._known[key]


def weights_path(addon: Addon) -> Path:
    """The file with the weights: the add-on itself, or the one in its folder."""
    return addon.path / WEIGHTS_IN_FOLDER if addon.path.is_dir() else addon.path


def read_tensors(addon: Addon) -> Tensors:
    """All tensors of the file, in main memory.

    Raises:
        AddonUnusable: a pickle, or no whole safetensors file.
    """
    path = weights_path(addon)
    try:
        if path.suffix.lower() in PICKLE_ENDINGS:
            raise PickleRefused(path)
        check_weights(path.parent, path.name)
        return load_file(path)
    except PickleRefused:
        raise AddonUnusable(addon.name, "a pickle file, which could run hidden code") from None
    except CheckpointError as error:
        raise AddonUnusable(addon.name, str(getattr(error, "reason", "there is no such file"))) from error
    except (OSError, SafetensorError) as error:
        raise AddonUnusable(addon.name, str(error)) from error


def _tensors_sha256(path: Path) -> str:
    """Of what follows the header."""
    with path.open("rb") as file:
        file.seek(8 + int.from_bytes(file.read(8), "little"))
        digest = hashlib.sha256()
        while block := file.read(2**20):
            digest.update(block)
        return digest.hexdigest()
