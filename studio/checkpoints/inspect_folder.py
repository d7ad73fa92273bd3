"""Folders as diffusers writes them: a whole model, or one part of it (a VAE, a ControlNet)."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

from studio.checkpoints.identities import AddonIdentity
from studio.checkpoints.json_file import JsonObject, read_json_object
from studio.checkpoints.recommendation import few_steps
from studio.checkpoints.tensor_identity import identify
from studio.checkpoints.weights_file import PICKLE_ENDINGS, check_weights, checked_header
from studio.core.addon import Addon
from studio.core.checkpoint import Checkpoint, ModelFamily, Prediction, RecommendedSampling
from studio.core.components import ClassPair, FamilyComponents, family_components, weights_name
from studio.core.errors import CheckpointDamaged, CheckpointIncomplete, InvalidSize, NotACheckpoint, PickleRefused
from studio.core.family import family_traits
from studio.core.geometry import Size

MODEL_INDEX = "model_index.json"

_SCHEDULER = "scheduler/scheduler_config.json"
_TOKENIZER_PARTS = ("vocab.json", "merges.txt")
_LARGEST_TOKENIZER = 32 * 1024 * 1024

_MOST_CHANNELS = 8192
_MOST_LAYERS = 128
"""A configuration beyond these would make the loader build for minutes or ask for terabytes."""
_CHANNEL_KEYS = ("block_out_channels", "encoder_block_out_channels", "decoder_block_out_channels", "hidden_size")
_LAYER_KEYS = (
    "layers_per_block",
    "num_hidden_layers",
    "transformer_layers_per_block",
    "num_decoder_blocks",
    "num_layers",
    "num_single_layers",
)

_NOT_THERE = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}


def inspect_model_folder(folder: Path) -> Checkpoint:
    """The model in `folder` (absolute). Raises what `inspect_checkpoint` raises."""
    if not has_file(folder, MODEL_INDEX):
        raise NotACheckpoint(folder, f"no {MODEL_INDEX} in it")
    index = read_json_object(_member(folder, MODEL_INDEX))
    families = _families(index, folder)
    components = family_components(families[0])
    networks = _declared(index, components.networks, components, folder)
    tokenizers = _declared(index, components.tokenizers, components, folder)
    configs = {part: _read_config(folder, f"{part}/config.json") for part in networks}
    _refuse_packed(folder, configs)
    scheduler = _read_config(folder, _SCHEDULER)
    for part in tokenizers:
        _check_tokenizer(folder, part)
    for part, declared in networks.items():
        _check_part_weights(folder, f"{part}/{weights_name(declared)}")
    return _checkpoint(folder, families, index, configs, scheduler)


def inspect_addon_folder(folder: Path) -> Addon:
    """The VAE or ControlNet in `folder` (absolute). Raises what `inspect_checkpoint` raises."""
    read_json_object(_member(folder, "config.json"))
    weights = _find_weights(folder, "diffusion_pytorch_model")
    shapes = {tensor.name: tensor.shape for path in weights for tensor in checked_header(path).tensors}
    identity = identify(shapes, {})
    if not isinstance(identity, AddonIdentity):
        raise NotACheckpoint(folder, "no VAE and no ControlNet")
    return Addon(folder.name, folder, identity.kind, identity.family)


def has_file(folder: Path, name: str) -> bool:
    """True also for a link that leads nowhere: it is a fault to be told."""
    return os.path.lexists(folder / name)


# --- what the folder says it is ----------------------------------------------------------------------------------


def _families(index: JsonObject, folder: Path) -> list[ModelFamily]:
    """Those that are made for the index's pipeline: one, except that Stable Diffusion 1 and 2 share theirs."""
    pipeline = index.get("_class_name")
    families = [family for family in ModelFamily if pipeline in family_components(family).pipelines]
    if not families:
        raise NotACheckpoint(folder, f"a model for {str(pipeline)[:80]}, which this version cannot run")
    return families


def _declared(
    index: JsonObject, known: Mapping[str, tuple[ClassPair, ...]], components: FamilyComponents, folder: Path
) -> dict[str, ClassPair]:
    """The class pair that the index names for each of the `known` parts, all of them allowed."""
    found: dict[str, ClassPair] = {}
    for part, allowed in known.items():
        declared = index.get(part)
        if part in components.optional and declared in (None, [None, None]):
            continue
        pair = next((pair for pair in allowed if declared == list(pair)), None)
        if pair is None:
            raise NotACheckpoint(folder, f"its {part} is {str(declared)[:80]}, which this version cannot run")
        found[part] = pair
    return found


def _refuse_packed(folder: Path, configs: Mapping[str, JsonObject]) -> None:
    """Only the library that packed such a network can load it."""
    for part, config in configs.items():
        told = config.get("quantization_config")
        if told is not None:
            method = cast("JsonObject", told).get("quant_method") if isinstance(told, dict) else told
            reason = f"its {part} was packed by {str(method)[:40]}; one in a .safetensors or .gguf file can be used"
            raise NotACheckpoint(folder, reason)


def _checkpoint(
    folder: Path,
    families: list[ModelFamily],
    index: JsonObject,
    configs: Mapping[str, JsonObject],
    scheduler: JsonObject,
) -> Checkpoint:
    family = families[0]
    prediction = family_traits(family).prediction
    recommended = family_traits(family).recommended
    inpainting = False
    unet = configs.get("unet")
    if unet is not None:
        if ModelFamily.STABLE_DIFFUSION_2 in families and unet.get("use_linear_projection") is True:
            family = ModelFamily.STABLE_DIFFUSION_2
        prediction = Prediction.V if scheduler.get("prediction_type") == "v_prediction" else Prediction.EPSILON
        inpainting = unet.get("in_channels") == 9
        traits = family_traits(family).recommended
        recommended = RecommendedSampling(
            _best_size(folder, unet, configs["vae"]),
            traits.num_inference_steps,
            traits.guidance_scale,
            traits.scheduler,
        )
    if _is_distilled(family, index, configs, scheduler):
        recommended = few_steps(recommended, prediction)
    return Checkpoint(folder.name, folder, family, recommended, prediction=prediction, inpainting=inpainting)


def _is_distilled(
    family: ModelFamily, index: JsonObject, configs: Mapping[str, JsonObject], scheduler: JsonObject
) -> bool:
    """Turbo models come with a schedule that ends at the last step and does not begin in pure noise; FLUX.1 schnell
    has no place for a guidance; FLUX.2 says so.
    """
    if family is ModelFamily.FLUX:
        return configs["transformer"].get("guidance_embeds") is not True
    if family is ModelFamily.FLUX_2:
        return index.get("is_distilled") is True
    is_unet = "unet" in configs
    return is_unet and scheduler.get("timestep_spacing") == "trailing" and not scheduler.get("rescale_betas_zero_snr")


def _best_size(folder: Path, unet: JsonObject, vae: JsonObject) -> Size:
    """What the UNet was trained for: its latent size times the pixels of one latent cell."""
    path = folder / "unet/config.json"
    sides = list(_numbers(unet.get("sample_size")))
    factor = _pixels_per_cell(folder / "vae/config.json", vae)
    if len(sides) not in {1, 2} or not all(type(side) is int and 0 < side <= Size.HIGHEST for side in sides):
        raise CheckpointDamaged(path, "no valid sample_size")
    height, width = (cast("int", side) * factor for side in (sides[0], sides[-1]))
    try:
        return Size(width, height)
    except InvalidSize as error:
        raise CheckpointDamaged(path, f"made for {width}x{height} pixels, which is not possible") from error


def _pixels_per_cell(path: Path, vae: JsonObject) -> int:
    """Each block of the decoder but the last doubles the sides."""
    blocks = vae.get("block_out_channels", vae.get("decoder_block_out_channels"))
    doublings = len(_as_list(blocks)) - 1
    if not isinstance(blocks, list) or not 0 <= doublings <= 7:
        raise CheckpointDamaged(path, "no valid block_out_channels")
    return 2**doublings


# --- its files ---------------------------------------------------------------------------------------------------


def _read_config(folder: Path, name: str) -> JsonObject:
    config = read_json_object(_member(folder, name))
    for keys, highest in ((_CHANNEL_KEYS, _MOST_CHANNELS), (_LAYER_KEYS, _MOST_LAYERS)):
        for key in keys:
            if any(type(number) is int and not 0 <= number <= highest for number in _numbers(config.get(key))):
                raise CheckpointDamaged(folder / name, f"{key} is not from 1 to {highest}")
    if any(number == 0 for key in _CHANNEL_KEYS for number in _numbers(config.get(key))):
        raise CheckpointDamaged(folder / name, "a layer of no channels")
    return config


def _numbers(value: object) -> Iterator[object]:
    """The numbers in a number, a list, or a list of lists: configurations use all three."""
    for part in _as_list(value):
        yield from _as_list(part)


def _as_list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else [value]


def _check_tokenizer(folder: Path, part: str) -> None:
    is_whole = has_file(folder, f"{part}/tokenizer.json")
    for name in ("tokenizer.json",) if is_whole else _TOKENIZER_PARTS:
        size = _member(folder, f"{part}/{name}").stat().st_size
        if size > _LARGEST_TOKENIZER:
            raise CheckpointDamaged(folder / part / name, f"larger than {_LARGEST_TOKENIZER} bytes")


def _check_part_weights(folder: Path, stem: str) -> None:
    for path in _find_weights(folder, stem):
        check_weights(path)


def _find_weights(folder: Path, stem: str) -> list[Path]:
    """The files of weights whose names begin with `stem`: one, one in half precision, or those that an index names."""
    for name in (f"{stem}.safetensors", f"{stem}.fp16.safetensors"):
        if has_file(folder, name):
            return [_member(folder, name)]
    for name in (f"{stem}.safetensors.index.json", f"{stem}.safetensors.index.fp16.json"):
        if has_file(folder, name):
            return _shards(folder, name)
    _refuse_pickles_beside(folder / stem)
    return [_member(folder, f"{stem}.safetensors")]


def _shards(folder: Path, name: str) -> list[Path]:
    index = _member(folder, name)
    weight_map = read_json_object(index).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise CheckpointDamaged(index, "names no files")
    names = set(cast("dict[str, object]", weight_map).values())
    shards = {shard for shard in names if isinstance(shard, str) and Path(shard).name == shard}
    if shards != names:
        raise CheckpointDamaged(index, "names files that are not beside it")
    return [_member(folder, str(Path(name).with_name(shard))) for shard in sorted(shards)]


def _refuse_pickles_beside(missing: Path) -> None:
    pickles = sorted(path for path in missing.parent.glob("*") if path.suffix.lower() in PICKLE_ENDINGS)
    if pickles:
        raise PickleRefused(pickles[0])


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
    if not path.resolve().is_relative_to(link_root(folder)):
        raise CheckpointDamaged(path, "a link that leads out of the model's folder")
    return path


def link_root(folder: Path) -> Path:
    """Where links may lead: the folder, or the whole repository in the cache of the Hugging Face hub.

    There a model is `models--NAME/snapshots/COMMIT`, made of links into `models--NAME/blobs`.
    """
    root = folder.resolve()
    return root.parent.parent if root.parent.name == "snapshots" else root
