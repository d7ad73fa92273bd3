"""What a file or folder is, learned without torch and without running anything that is in it.

A model is a folder as diffusers writes it: `model_index.json`, and a folder for each component with its configuration
and its weights in safetensors.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn, cast

from studio.checkpoints.json_file import JsonObject, read_json_object
from studio.checkpoints.weights_file import PICKLE_ENDINGS, check_weights, refuse_pickle
from studio.core.checkpoint import Checkpoint, ModelFamily, RecommendedSampling
from studio.core.errors import (
    CheckpointDamaged,
    CheckpointIncomplete,
    CheckpointNotFound,
    InvalidSize,
    NotACheckpoint,
    PickleRefused,
)
from studio.core.geometry import Size
from studio.core.scheduler import SchedulerName

MODEL_INDEX = "model_index.json"

_FAMILIES = {"StableDiffusionPipeline": ModelFamily.STABLE_DIFFUSION}

_COMPONENTS = {
    "unet": [["diffusers", "UNet2DConditionModel"]],
    "vae": [["diffusers", "AutoencoderKL"], ["diffusers", "AutoencoderTiny"]],
    "text_encoder": [["transformers", "CLIPTextModel"]],
    "tokenizer": [["transformers", "CLIPTokenizer"], ["transformers", "CLIPTokenizerFast"]],
}
"""The classes that may be loaded. The scheduler's does not matter: the request names its own."""

_CONFIGS = {
    "unet": "unet/config.json",
    "vae": "vae/config.json",
    "text_encoder": "text_encoder/config.json",
    "scheduler": "scheduler/scheduler_config.json",
}
_WEIGHTS = {
    "unet": "unet/diffusion_pytorch_model.safetensors",
    "vae": "vae/diffusion_pytorch_model.safetensors",
    "text_encoder": "text_encoder/model.safetensors",
}
_TOKENIZER = "tokenizer/tokenizer.json"
_TOKENIZER_PARTS = ("tokenizer/vocab.json", "tokenizer/merges.txt")
_LARGEST_TOKENIZER = 32 * 1024 * 1024

_MOST_CHANNELS = 8192
_MOST_LAYERS = 128
"""A configuration beyond these would make the loader build for minutes or ask for terabytes."""
_CHANNEL_KEYS = ("block_out_channels", "encoder_block_out_channels", "decoder_block_out_channels", "hidden_size")
_LAYER_KEYS = ("layers_per_block", "num_hidden_layers", "transformer_layers_per_block", "num_decoder_blocks")

_NOT_THERE = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}


def inspect_checkpoint(path: Path) -> Checkpoint:
    """The model at `path`, named after its folder, with settings that suit its family.

    Raises:
        CheckpointNotFound: nothing is there.
        NotACheckpoint: something else, or a model of a kind that this version cannot run.
        PickleRefused: a pickle, or a folder whose weights are pickles only.
        CheckpointIncomplete: a folder that lacks a file.
        CheckpointDamaged: a file in it is not what it should be.
    """
    mode = _file_mode(path)
    if not stat.S_ISDIR(mode):
        _refuse_file(path, mode)
    return _inspect_folder(path.absolute())


def _file_mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError as error:
        if error.errno in _NOT_THERE:
            raise CheckpointNotFound(str(path)) from error
        raise NotACheckpoint(path, error.strerror or type(error).__name__) from error
    except ValueError as error:  # a null character: no file can have this name
        raise CheckpointNotFound(str(path)) from error


def _refuse_file(path: Path, mode: int) -> NoReturn:
    if not stat.S_ISREG(mode):  # to open a pipe would wait for its writer
        raise NotACheckpoint(path, "neither a file nor a folder")
    refuse_pickle(path)
    if path.suffix.lower() != ".safetensors":
        raise NotACheckpoint(path, "neither a diffusers folder nor a .safetensors file")
    check_weights(path)
    raise NotACheckpoint(path, "a model in a single file: this version loads diffusers folders only")


def _inspect_folder(folder: Path) -> Checkpoint:
    if not _has_file(folder, MODEL_INDEX):
        raise NotACheckpoint(folder, f"no {MODEL_INDEX} in it")
    index = read_json_object(_member(folder, MODEL_INDEX))
    family = _family(index, folder)
    _check_components(index, folder)
    configs = {component: _read_config(folder, name) for component, name in _CONFIGS.items()}
    _check_tokenizer(folder)
    for name in _WEIGHTS.values():
        _check_component_weights(folder, name)
    recommended = RecommendedSampling(_best_size(folder, configs), 25, 7.5, SchedulerName.DPMPP_2M)
    return Checkpoint(folder.absolute().name, folder, family, recommended)


def _family(index: JsonObject, folder: Path) -> ModelFamily:
    pipeline = index.get("_class_name")
    family = _FAMILIES.get(pipeline) if isinstance(pipeline, str) else None
    if family is None:
        raise NotACheckpoint(folder, f"a model for {str(pipeline)[:80]}, which this version cannot run")
    return family


def _check_components(index: JsonObject, folder: Path) -> None:
    for component, known in _COMPONENTS.items():
        declared = index.get(component)
        if declared not in known:
            raise NotACheckpoint(folder, f"its {component} is {str(declared)[:80]}, which this version cannot run")


def _read_config(folder: Path, name: str) -> JsonObject:
    config = read_json_object(_member(folder, name))
    for keys, highest in ((_CHANNEL_KEYS, _MOST_CHANNELS), (_LAYER_KEYS, _MOST_LAYERS)):
        for key in keys:
            if any(type(number) is int and not 0 < number <= highest for number in _numbers(config.get(key))):
                raise CheckpointDamaged(folder / name, f"{key} is not from 1 to {highest}")
    return config


def _numbers(value: object) -> Iterator[object]:
    """The numbers in a number, a list, or a list of lists: configurations use all three."""
    for part in _as_list(value):
        yield from _as_list(part)


def _as_list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else [value]


def _check_tokenizer(folder: Path) -> None:
    names = (_TOKENIZER,) if _has_file(folder, _TOKENIZER) else _TOKENIZER_PARTS
    for name in names:
        size = _member(folder, name).stat().st_size
        if size > _LARGEST_TOKENIZER:
            raise CheckpointDamaged(folder / name, f"larger than {_LARGEST_TOKENIZER} bytes")


def _check_component_weights(folder: Path, name: str) -> None:
    if not _has_file(folder, name):
        _refuse_pickles_beside(folder / name)
    check_weights(_member(folder, name))


def _refuse_pickles_beside(missing: Path) -> None:
    pickles = sorted(path for path in missing.parent.glob("*") if path.suffix.lower() in PICKLE_ENDINGS)
    if pickles:
        raise PickleRefused(pickles[0])


def _best_size(folder: Path, configs: dict[str, JsonObject]) -> Size:
    """What the UNet was trained for: its latent size times the pixels of one latent cell."""
    unet = folder / _CONFIGS["unet"]
    sides = list(_numbers(configs["unet"].get("sample_size")))
    factor = _pixels_per_cell(folder / _CONFIGS["vae"], configs["vae"])
    if len(sides) not in {1, 2} or not all(type(side) is int and 0 < side <= Size.HIGHEST for side in sides):
        raise CheckpointDamaged(unet, "no valid sample_size")
    height, width = (cast("int", side) * factor for side in (sides[0], sides[-1]))
    try:
        return Size(width, height)
    except InvalidSize as error:
        raise CheckpointDamaged(unet, f"made for {width}x{height} pixels, which is not possible") from error


def _pixels_per_cell(path: Path, vae: JsonObject) -> int:
    """Each block of the decoder but the last doubles the sides."""
    blocks = vae.get("block_out_channels", vae.get("decoder_block_out_channels"))
    doublings = len(_as_list(blocks)) - 1
    if not isinstance(blocks, list) or not 0 <= doublings <= 7:
        raise CheckpointDamaged(path, "no valid block_out_channels")
    return 2**doublings


def _has_file(folder: Path, name: str) -> bool:
    return os.path.lexists(folder / name)


def _member(folder: Path, name: str) -> Path:
    """The regular file `name` of the model, which may be a link within the model's own place."""
    path = folder / name
    try:
        mode = path.stat().st_mode
    except OSError as error:
        if error.errno in _NOT_THERE:
            raise CheckpointIncomplete(folder, name) from error
        raise CheckpointDamaged(path, error.strerror or type(error).__name__) from error
    if not stat.S_ISREG(mode):
        raise CheckpointDamaged(path, "not a regular file")
    if not path.resolve().is_relative_to(_link_root(folder)):
        raise CheckpointDamaged(path, "a link that leads out of the model's folder")
    return path


def _link_root(folder: Path) -> Path:
    """Where links may lead: the folder, or the whole repository in the cache of the Hugging Face hub.

    There a model is `models--NAME/snapshots/COMMIT`, made of links into `models--NAME/blobs`.
    """
    root = folder.resolve()
    return root.parent.parent if root.parent.name == "snapshots" else root
