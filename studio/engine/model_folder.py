"""A model as diffusers writes it: a folder with an index, and one folder for each part."""

# pyright: reportUnknownMemberType=false
# (transformers types its constructors in part)

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path

from studio.core.checkpoint import Checkpoint
from studio.core.components import ClassPair, FamilyComponents, family_components, weights_name
from studio.core.errors import CheckpointDamaged, NotACheckpoint
from studio.core.scheduler import SchedulerName, ScheduleType
from studio.engine.component_cache import ComponentKey, file_identity
from studio.engine.config_file import JsonObject, read_config
from studio.engine.device import ComputeDevice
from studio.engine.failures import blame_no_file
from studio.engine.flow_scheduler import make_flow_scheduler
from studio.engine.model_source import ModelSource, NetworkSource
from studio.engine.network_loading import READING_ERRORS, load_from_folder
from studio.engine.schedulers import SchedulerConfig, make_scheduler
from studio.engine.tokenizer_loading import LoadTokenizer, load_tokenizer
from studio.engine.weights_file import find_weights

_UNET_SCHEDULERS = frozenset(
    {
        "DDIMScheduler",
        "DDPMScheduler",
        "DEISMultistepScheduler",
        "DPMSolverMultistepScheduler",
        "DPMSolverSinglestepScheduler",
        "EulerAncestralDiscreteScheduler",
        "EulerDiscreteScheduler",
        "HeunDiscreteScheduler",
        "LCMScheduler",
        "LMSDiscreteScheduler",
        "PNDMScheduler",
        "UniPCMultistepScheduler",
    }
)
"""Those with the noise schedule of Stable Diffusion. Only their configuration is used."""
_FLOW_SCHEDULERS = frozenset({"FlowMatchEulerDiscreteScheduler"})


def open_folder(checkpoint: Checkpoint, device: ComputeDevice, load: LoadTokenizer = load_tokenizer) -> ModelSource:
    """Look at the folder of `checkpoint`.

    Raises:
        NotACheckpoint, PickleRefused: if it holds no model that we know.
        CheckpointIncomplete, CheckpointDamaged: if a file is missing or bad.
    """
    root = checkpoint.path
    components = family_components(checkpoint.family)
    index = _read_index(root, components)
    networks = named_classes(index, components.networks, components, root)
    tokenizers = named_classes(index, components.tokenizers, components, root)
    _check_scheduler(index, root, is_flow=not components.is_unet)
    sources = {part: _network(root, part, pair, device) for part, pair in networks.items()}
    return ModelSource(
        checkpoint,
        sources,
        {part: load(root, root / part, pair) for part, pair in tokenizers.items()},
        read_scheduler_config(root, is_flow=not components.is_unet),
        index,
    )


def _read_index(root: Path, components: FamilyComponents) -> JsonObject:
    if not root.is_dir():
        raise NotACheckpoint(root, "not a model folder")
    if not (root / "model_index.json").is_file():
        raise NotACheckpoint(root, "no model_index.json")
    index = read_config(root, "model_index.json")
    if index.get("_class_name") not in components.pipelines:
        raise NotACheckpoint(root, f"made for {index.get('_class_name')}, not {components.pipelines[0]}")
    return index


def named_classes(
    index: JsonObject, allowed: Mapping[str, tuple[ClassPair, ...]], components: FamilyComponents, root: Path
) -> dict[str, ClassPair]:
    """The class pair that the index names for each part, all of them allowed; optional ones may be missing."""
    found: dict[str, ClassPair] = {}
    for part, pairs in allowed.items():
        named = index.get(part)
        if part in components.optional and named in (None, [None, None]):
            continue
        pair = next((pair for pair in pairs if named == list(pair)), None)
        if pair is None:
            raise NotACheckpoint(root, f"its {part} is {json.dumps(named)}, which is not supported")
        found[part] = pair
    return found


def _check_scheduler(index: JsonObject, root: Path, *, is_flow: bool) -> None:
    named = index.get("scheduler")
    if named not in [["diffusers", name] for name in (_FLOW_SCHEDULERS if is_flow else _UNET_SCHEDULERS)]:
        raise NotACheckpoint(root, f"its scheduler is {json.dumps(named)}, which is not supported")


def _network(root: Path, part: str, pair: ClassPair, device: ComputeDevice) -> NetworkSource:
    found = find_weights(root, part, weights_name(pair))
    if read_config(root, f"{part}/config.json").get("quantization_config") is not None:
        raise NotACheckpoint(
            root, f"its {part} was packed by a library; one in a .safetensors or .gguf file can be used"
        )
    files = tuple(file_identity(path) for path in (root / part / "config.json", *found.files))
    load = functools.partial(load_from_folder, root / part, found.files[0], pair, found.variant, device)
    return NetworkSource(ComponentKey(pair[1], files, "", device), found.files, load)


def read_scheduler_config(root: Path, *, is_flow: bool) -> SchedulerConfig:
    """The noise schedule. That of a UNet is in the form that the pipeline would put it into (with a warning)."""
    config = read_config(root, "scheduler/scheduler_config.json")
    normal: JsonObject = config if is_flow else {**config, "steps_offset": 1, "clip_sample": False}
    try:
        if is_flow:
            make_flow_scheduler(normal, ScheduleType.AUTOMATIC)
        else:
            for name in SchedulerName:
                make_scheduler(name, normal, num_inference_steps=1)
    except (*READING_ERRORS, NotImplementedError, RuntimeError) as error:
        blame_no_file(error)
        raise CheckpointDamaged(root / "scheduler/scheduler_config.json", str(error)) from error
    return normal
