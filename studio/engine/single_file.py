"""A model in a single file, or a denoiser with the files of its other parts beside it.

What such a file does not say - the configurations, the noise schedule, the tokenizers - comes from the program's own
`resources/configs`: a folder for each family, in it one for each variant (`model_index.json` and the configurations of
its parts, as diffusers writes them), and `tokenizers.json`: for each tokenizer of the family, the folder below
`resources/configs/tokenizers` and the options that it is made with. Nothing is ever fetched.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import cast

import torch

from studio.core.checkpoint import Checkpoint, Prediction
from studio.core.components import DENOISER_PREFIX, ClassPair, FamilyComponents, family_components
from studio.core.errors import CheckpointDamaged, CheckpointIncomplete, NotACheckpoint, PickleRefused
from studio.core.gguf_header import GGUF_ENDING
from studio.engine.component_cache import ComponentKey, file_identity
from studio.engine.config_file import JsonObject, read_config
from studio.engine.device import ComputeDevice
from studio.engine.failures import blame_no_file
from studio.engine.model_folder import named_classes, read_scheduler_config
from studio.engine.model_source import ModelSource, NetworkSource
from studio.engine.network_loading import (
    READING_ERRORS,
    StateDict,
    check_state,
    dtype_for,
    empty_network,
    fill_network,
    first_line,
    load_transformers_state,
)
from studio.engine.packed_tensor import PackedTensor, shape_of
from studio.engine.pipeline_types import Tokenizer
from studio.engine.schedulers import SchedulerConfig, config_by_marks
from studio.engine.single_file_keys import to_diffusers_keys
from studio.engine.tensor_file import TensorFile, open_tensors
from studio.engine.tokenizer_loading import LoadTokenizer
from studio.engine.weights_file import PICKLE_ENDINGS

_FEW_STEPS = 8


def open_single_file(checkpoint: Checkpoint, device: ComputeDevice, configs: Path, load: LoadTokenizer) -> ModelSource:
    """Look at the file of `checkpoint` and its companions; `configs` is the folder `resources/configs`.

    Raises:
        NotACheckpoint, PickleRefused: if it is no model that we know.
        CheckpointIncomplete, CheckpointDamaged: if a part is missing or bad.
    """
    _check_kind(checkpoint.path)
    components = family_components(checkpoint.family)
    holders = _holders(checkpoint, components)
    variant = _variant(checkpoint, components, configs, holders[components.denoiser])
    index = read_config(variant, "model_index.json")
    networks = {
        part: pair
        for part, pair in named_classes(index, components.networks, components, variant).items()
        if part in holders
    }
    return ModelSource(
        checkpoint,
        {part: _network(holders[part], part, pair, variant, device) for part, pair in networks.items()},
        _tokenizers(checkpoint, components, configs, load, [part for part in networks if part != components.denoiser]),
        _scheduler_config(checkpoint, variant, is_flow=not components.is_unet),
        index,
    )


class _Holder:
    """The tensors of one part: those in `file` whose names begin with `prefix`."""

    def __init__(self, file: TensorFile, prefix: str) -> None:
        self._file = file
        self.prefix = prefix
        self.path = file.path
        self.shapes = {
            name.removeprefix(prefix): shape for name, shape in file.shapes.items() if name.startswith(prefix)
        }
        """By their names without the prefix."""

    def read(self) -> StateDict:
        tensors = self._file.read(self.prefix + name for name in self.shapes)
        return {name.removeprefix(self.prefix): tensor for name, tensor in tensors.items()}


def _check_kind(path: Path) -> None:
    if path.suffix.lower() in PICKLE_ENDINGS:
        raise PickleRefused(path)
    if path.suffix.lower() not in {".safetensors", ".sft", GGUF_ENDING}:
        raise NotACheckpoint(path, "not a .safetensors or .gguf file")


def _holders(checkpoint: Checkpoint, components: FamilyComponents) -> dict[str, _Holder]:
    """What holds each part: the model's own file, or a companion."""
    own = open_tensors(checkpoint.path)
    holders = {part: _holder_of(own, prefixes) for part, prefixes in components.prefixes.items()}
    has_prefix = any(name.startswith(DENOISER_PREFIX) for name in own.shapes)
    holders[components.denoiser] = _holder_of(own, (DENOISER_PREFIX if has_prefix else "",))
    for companion in checkpoint.companions:
        holders[companion.part] = _holder_of(open_tensors(companion.path), ("",))
    for part, holder in holders.items():
        if holder is None and part not in components.optional:
            raise CheckpointIncomplete(checkpoint.path, part)
    return {part: holder for part, holder in holders.items() if holder is not None}


def _holder_of(file: TensorFile, prefixes: tuple[str, ...]) -> _Holder | None:
    holders = (_Holder(file, prefix) for prefix in prefixes)
    return next((holder for holder in holders if holder.shapes), None)


def _variant(checkpoint: Checkpoint, components: FamilyComponents, configs: Path, denoiser: _Holder) -> Path:
    """The folder of the variant whose denoiser has just the tensors that the file has.

    Raises:
        CheckpointDamaged: if there is none; what the first one lacks, or has too many, is told.
    """
    fault: CheckpointDamaged | None = None
    for variant in sorted(path for path in (configs / checkpoint.family.value).iterdir() if path.is_dir()):
        index = read_config(variant, "model_index.json")
        pair = named_classes(index, components.networks, components, variant)[components.denoiser]
        try:
            _check_fit(denoiser, pair, read_config(variant, f"{components.denoiser}/config.json"))
        except CheckpointDamaged as error:
            fault = fault or error
        else:
            return variant
    raise fault or NotACheckpoint(checkpoint.path, f"no configuration for {checkpoint.family}")


def _check_fit(denoiser: _Holder, pair: ClassPair, config: JsonObject) -> None:
    without_data = {name: torch.empty(shape, device="meta") for name, shape in denoiser.shapes.items()}
    converted = _converted(pair, without_data, config, denoiser.path)
    shapes = {name: tensor.shape for name, tensor in converted.items()}
    check_state(empty_network(pair, config), shapes, denoiser.path)


def _converted(pair: ClassPair, state: StateDict, config: JsonObject, path: Path) -> StateDict:
    try:
        return to_diffusers_keys(pair[1], state, config)
    except (*READING_ERRORS, IndexError, RuntimeError) as error:
        blame_no_file(error)
        raise CheckpointDamaged(path, f"tensors of another layout: {first_line(error)}") from error


def _network(holder: _Holder, part: str, pair: ClassPair, variant: Path, device: ComputeDevice) -> NetworkSource:
    config = variant / part
    files = tuple(file_identity(path) for path in (config / "config.json", holder.path))
    load = functools.partial(_load_network, holder, pair, config, device)
    return NetworkSource(ComponentKey(pair[1], files, holder.prefix, device), (holder.path,), load)


def _load_network(holder: _Holder, pair: ClassPair, config_folder: Path, device: ComputeDevice) -> torch.nn.Module:
    config = read_config(config_folder, "config.json")
    state = _converted(pair, holder.read(), config, holder.path)
    if pair[0] == "transformers":
        return load_transformers_state(config_folder, holder.path, pair, _unpacked(state), device)
    network = empty_network(pair, config)
    check_state(network, {name: shape_of(tensor) for name, tensor in state.items()}, holder.path)
    of_its_type = ComputeDevice(device.torch_device, dtype_for(pair, device, config_folder))
    return fill_network(network, state, holder.path, of_its_type)


def _unpacked(state: StateDict) -> StateDict:
    """For text encoders, which transformers fills itself. They run once for a picture, and most come unpacked."""
    return {name: tensor.unpacked() if isinstance(tensor, PackedTensor) else tensor for name, tensor in state.items()}


def _scheduler_config(checkpoint: Checkpoint, variant: Path, *, is_flow: bool) -> SchedulerConfig:
    """The file's variant knows its schedule; what it predicts and whether it needs few steps, the checkpoint does."""
    config = read_scheduler_config(variant, is_flow=is_flow)
    if is_flow or checkpoint.prediction is Prediction.FLOW:
        return config
    changed = {**config, "prediction_type": checkpoint.prediction.value}
    if checkpoint.recommended.num_inference_steps <= _FEW_STEPS:
        changed["timestep_spacing"] = "trailing"
    return config_by_marks(changed, open_tensors(checkpoint.path).shapes)


def _tokenizers(
    checkpoint: Checkpoint, components: FamilyComponents, configs: Path, load: LoadTokenizer, encoders: list[str]
) -> dict[str, Tokenizer]:
    """One for each text encoder: from a folder of its name beside the model's file, else from the program's own."""
    table = cast(
        "dict[str, JsonObject]", json.loads((configs / checkpoint.family.value / "tokenizers.json").read_text())
    )
    found: dict[str, Tokenizer] = {}
    for part, pairs in components.tokenizers.items():
        if part.replace("tokenizer", "text_encoder") not in encoders:
            continue
        beside = checkpoint.path.parent / part
        options = {name: str(value) for name, value in table[part].items()}
        shipped = configs / "tokenizers" / options.pop("folder")
        if beside.is_dir():
            found[part] = load(checkpoint.path.parent, beside, pairs[0])
        elif shipped.is_dir():
            found[part] = load(configs, shipped, pairs[0], **options)
        else:
            raise CheckpointIncomplete(checkpoint.path.parent, part)
    return found
