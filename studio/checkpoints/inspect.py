"""What a file or folder is, learned without torch and without running anything that is in it.

A model is a folder as diffusers writes it (`model_index.json`, and a folder for each part with its configuration and
its weights in safetensors) or a single file; an add-on is a single file, or the folder of one part.
"""

from __future__ import annotations

import errno
import stat
from dataclasses import replace
from pathlib import Path

from studio.checkpoints.identities import ModelIdentity
from studio.checkpoints.inspect_file import (
    file_identity,
    inspect_addon_file,
    inspect_any_file,
    inspect_model_file,
)
from studio.checkpoints.inspect_folder import MODEL_INDEX, has_file, inspect_addon_folder, inspect_model_folder
from studio.checkpoints.weights_file import SAFETENSORS_ENDINGS, refuse_pickle
from studio.core.addon import Addon
from studio.core.checkpoint import Checkpoint
from studio.core.errors import CheckpointError, CheckpointNotFound, NotACheckpoint
from studio.core.gguf_header import GGUF_ENDING

_NOT_THERE = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}
_ADDON_CONFIG = "config.json"


def inspect_checkpoint(path: Path) -> Checkpoint:
    """The model at `path`, named after its folder or file, with settings that suit it.

    A folder without `model_index.json` is looked through for the one file in it that is a model.

    Raises:
        CheckpointNotFound: nothing is there.
        NotACheckpoint: something else, or a model of a kind that this version cannot run.
        PickleRefused: a pickle, or a folder whose weights are pickles only.
        CheckpointIncomplete: a folder that lacks a file, or a file that lacks a part which is not beside it either.
        CheckpointDamaged: a file in it is not what it should be.
    """
    if not _is_folder(path):
        return inspect_model_file(path.absolute())
    folder = path.absolute()
    only_file = None if has_file(folder, MODEL_INDEX) else _only_model_file(folder)
    if only_file is None:
        return inspect_model_folder(folder)
    return replace(inspect_model_file(only_file), name=folder.name)


def inspect_addon(path: Path) -> Addon:
    """The LoRA, textual inversion, VAE, ControlNet or upscaler at `path`. Raises what `inspect_checkpoint` raises."""
    return inspect_addon_folder(path.absolute()) if _is_folder(path) else inspect_addon_file(path.absolute())


def inspect_file(path: Path) -> Checkpoint | Addon:
    """Whichever of both is at `path`, a file or a folder. Raises what `inspect_checkpoint` raises."""
    if not _is_folder(path):
        return inspect_any_file(path.absolute())
    is_addon = has_file(path, _ADDON_CONFIG) and not has_file(path, MODEL_INDEX)
    return inspect_addon(path) if is_addon else inspect_checkpoint(path)


def _is_folder(path: Path) -> bool:
    """False for a regular file."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        if error.errno in _NOT_THERE:
            raise CheckpointNotFound(str(path)) from error
        raise NotACheckpoint(path, error.strerror or type(error).__name__) from error
    except ValueError as error:  # a null character: no file can have this name
        raise CheckpointNotFound(str(path)) from error
    if stat.S_ISDIR(mode):
        return True
    if not stat.S_ISREG(mode):  # to open a pipe would wait for its writer
        raise NotACheckpoint(path, "neither a file nor a folder")
    refuse_pickle(path)
    return False


def _only_model_file(folder: Path) -> Path | None:
    """The file directly in `folder` that is a model, if there is just one."""
    endings = {*SAFETENSORS_ENDINGS, GGUF_ENDING}
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in endings and path.is_file())
    models = [path for path in files if _is_model(path)]
    return models[0] if len(models) == 1 else None


def _is_model(path: Path) -> bool:
    """What cannot be read is no model; where it is the only file, the folder's own fault is told."""
    try:
        return isinstance(file_identity(path), ModelIdentity)
    except CheckpointError:
        return False
