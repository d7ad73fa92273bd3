"""A checkpoint on disk becomes a pipeline that is known to be whole: local files, safetensors, allowed classes only."""

# pyright: reportUnknownMemberType=false, reportPrivateImportUsage=false
# (diffusers exports lazily and types its constructors in part; `pipeline_types` has the missing types)

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, cast

import torch
from diffusers import AutoencoderKL, AutoencoderTiny, StableDiffusionPipeline, UNet2DConditionModel
from safetensors import SafetensorError
from transformers import CLIPTextModel, CLIPTokenizer

from studio.core.checkpoint import Checkpoint
from studio.core.errors import (
    CheckpointDamaged,
    CheckpointIncomplete,
    CheckpointNotFound,
    NotACheckpoint,
    PickleRefused,
)
from studio.core.scheduler import SchedulerName
from studio.engine.config_file import JsonObject, read_config
from studio.engine.device import ComputeDevice
from studio.engine.device_memory import weights_in_pages_of_their_own
from studio.engine.failures import is_out_of_memory
from studio.engine.pipeline_types import ConfigurableModel, Model, TextToImagePipeline, Tokenizer
from studio.engine.schedulers import SchedulerConfig, make_scheduler
from studio.engine.weights_file import PICKLE_ENDINGS, check_weights, file_sha256

_PIPELINE = "StableDiffusionPipeline"
_DIFFUSERS_WEIGHTS = "diffusion_pytorch_model.safetensors"
_LARGEST_TOKENIZER = 32 * 2**20
_USUAL_SIDE = 64
"""Of the latents that Stable Diffusion was trained with, where a model does not say."""

_ClassPair = tuple[str, str]
_MODELS: Mapping[str, Mapping[_ClassPair, tuple[type, str]]] = {
    "text_encoder": {("transformers", "CLIPTextModel"): (CLIPTextModel, "model.safetensors")},
    "unet": {("diffusers", "UNet2DConditionModel"): (UNet2DConditionModel, _DIFFUSERS_WEIGHTS)},
    "vae": {
        ("diffusers", "AutoencoderKL"): (AutoencoderKL, _DIFFUSERS_WEIGHTS),
        ("diffusers", "AutoencoderTiny"): (AutoencoderTiny, _DIFFUSERS_WEIGHTS),
    },
}
"""For each part, the (library, class) pairs that `model_index.json` may name, and the file of weights that belongs."""

_TOKENIZERS = {("transformers", "CLIPTokenizer"), ("transformers", "CLIPTokenizerFast")}
_SCHEDULERS = {
    ("diffusers", name)
    for name in (
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
    )
}
"""Those with the noise schedule of Stable Diffusion. Only their configuration is used."""

_READING_ERRORS = (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, SafetensorError)
"""What the libraries raise for bad files, by trial; besides them a RuntimeError for tensors of the wrong shape."""


@dataclass(frozen=True, slots=True, eq=False)
class LoadedCheckpoint:
    """A pipeline on its device, with what else is known about the checkpoint."""

    path: Path
    pipeline: TextToImagePipeline
    scheduler_config: SchedulerConfig
    sha256: str
    """As `studio.core.result.Provenance.checkpoint_sha256` defines it, over the parts that the engine loads."""
    vae_sha256: str


class _LoadingInfo(TypedDict):
    missing_keys: Iterable[str]
    mismatched_keys: Iterable[object]


def keep_part(_part: str, _module: torch.nn.Module) -> None:
    """A part that was loaded stays as it is."""


def load_checkpoint(
    checkpoint: Checkpoint, device: ComputeDevice, on_part: Callable[[str, torch.nn.Module], None] = keep_part
) -> LoadedCheckpoint:
    """Load the diffusers folder of `checkpoint`; `on_part` gets each network before the next one is loaded.

    Raises:
        CheckpointNotFound, NotACheckpoint, PickleRefused: if there is no such folder, or no model that we know in it.
        CheckpointIncomplete, CheckpointDamaged: if a file is missing or bad, or the parts do not fit together.
        RuntimeError, MemoryError: torch's own, for want of memory.
    """
    root = checkpoint.path
    classes = _named_classes(_read_index(root, checkpoint.name), root)
    weights = {part: check_weights(root, f"{part}/{_MODELS[part][classes[part]][1]}") for part in _MODELS}
    for part in _MODELS:
        read_config(root, f"{part}/config.json")
    scheduler_config = _read_scheduler_config(root)
    tokenizer = _load_tokenizer(root)
    models: dict[str, Model] = {}
    for part in _MODELS:
        module = _load_model(root, part, classes[part], device)
        on_part(part, module)
        models[part] = cast("Model", module)
    _check_fit(root, models, tokenizer)
    _settle_sample_size(models["unet"])
    pipeline = _assemble(models, tokenizer, scheduler_config)
    digests = {part: file_sha256(path) for part, path in weights.items()}
    return LoadedCheckpoint(root, pipeline, scheduler_config, _fingerprint(digests.values()), digests["vae"])


def load_part(checkpoint: Checkpoint, part: str, device: ComputeDevice) -> torch.nn.Module:
    """One network of `checkpoint` once more. Raises what `load_checkpoint` raises."""
    root = checkpoint.path
    return _load_model(root, part, _named_classes(_read_index(root, checkpoint.name), root)[part], device)


def _read_index(root: Path, name: str) -> JsonObject:
    if not root.exists():
        raise CheckpointNotFound(name)
    if root.suffix in PICKLE_ENDINGS:
        raise PickleRefused(root)
    if not root.is_dir():
        raise NotACheckpoint(root, "not a model folder")
    if not (root / "model_index.json").is_file():
        raise NotACheckpoint(root, "no model_index.json")
    index = read_config(root, "model_index.json")
    if index.get("_class_name") != _PIPELINE:
        raise NotACheckpoint(root, f"made for {index.get('_class_name')}, not {_PIPELINE}")
    return index


def _named_classes(index: JsonObject, root: Path) -> dict[str, _ClassPair]:
    """The class pair that the index names for each part, all of them allowed."""
    allowed = {**_MODELS, "tokenizer": _TOKENIZERS, "scheduler": _SCHEDULERS}
    return {part: _allowed_pair(index.get(part), part, pairs, root) for part, pairs in allowed.items()}


def _allowed_pair(named: object, part: str, allowed: Iterable[_ClassPair], root: Path) -> _ClassPair:
    for pair in allowed:
        if named == list(pair):
            return pair
    raise NotACheckpoint(root, f"its {part} is {json.dumps(named)}, which is not supported")


def _read_scheduler_config(root: Path) -> SchedulerConfig:
    """The noise schedule, in the form that the pipeline would put it into (with a deprecation warning)."""
    config = read_config(root, "scheduler/scheduler_config.json")
    normal: JsonObject = {**config, "steps_offset": 1, "clip_sample": False}
    try:
        for name in SchedulerName:
            make_scheduler(name, normal, num_inference_steps=1)
    except (*_READING_ERRORS, NotImplementedError, RuntimeError) as error:
        raise CheckpointDamaged(root / "scheduler/scheduler_config.json", str(error)) from error
    return normal


def _load_tokenizer(root: Path) -> Tokenizer:
    folder = root / "tokenizer"
    _check_tokenizer_files(root, folder)
    from_pretrained = cast("Callable[..., Tokenizer]", CLIPTokenizer.from_pretrained)
    try:
        return from_pretrained(folder, local_files_only=True)
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:
        # The tokenizers library raises bare Exception and, for a bad pattern, a PanicException that is no Exception.
        raise CheckpointDamaged(folder, _first_line(error)) from error


def _check_tokenizer_files(root: Path, folder: Path) -> None:
    """Without these files transformers makes up an empty tokenizer."""
    if not (folder / "tokenizer.json").is_file():
        for name in ("vocab.json", "merges.txt"):
            if not (folder / name).is_file():
                raise CheckpointIncomplete(root, f"tokenizer/{name}")
    for path in sorted(folder.iterdir()):
        if path.stat().st_size > _LARGEST_TOKENIZER:
            raise CheckpointDamaged(path, "larger than 32 MiB")


def _load_model(root: Path, part: str, class_pair: _ClassPair, device: ComputeDevice) -> torch.nn.Module:
    model_class, weights = _MODELS[part][class_pair]
    path = root / part / weights
    from_pretrained = cast("Callable[..., tuple[torch.nn.Module, _LoadingInfo]]", model_class.from_pretrained)
    try:
        with _default_dtype_kept(), weights_in_pages_of_their_own():
            model, info = from_pretrained(
                root / part, use_safetensors=True, local_files_only=True, dtype=device.dtype, output_loading_info=True
            )
    except _READING_ERRORS as error:
        raise CheckpointDamaged(path, _first_line(error)) from error
    except RuntimeError as error:
        if is_out_of_memory(error):
            raise
        raise CheckpointDamaged(path, _first_line(error)) from error
    _check_complete(path, info)
    _check_values(path, model)
    return model.to(device.torch_device).eval()


@contextmanager
def _default_dtype_kept() -> Generator[None]:
    """The libraries load under another default number type, and leave it behind when they fail: every tensor that is
    made later, in this session and the next, would be of that type."""
    before = torch.get_default_dtype()
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def _check_complete(path: Path, info: _LoadingInfo) -> None:
    """Without this a network with some weights missing runs, on random numbers."""
    missing = sorted(info["missing_keys"])
    if missing:
        raise CheckpointDamaged(path, f"{len(missing)} weights are missing, such as {missing[0]}")
    if list(info["mismatched_keys"]):
        raise CheckpointDamaged(path, "weights of another shape than config.json says")


def _check_values(path: Path, model: torch.nn.Module) -> None:
    for name, parameter in model.named_parameters():
        if parameter.is_meta:
            raise CheckpointDamaged(path, f"{name} is missing")
        if not bool(torch.isfinite(parameter).all()):
            raise CheckpointDamaged(path, f"{name} is not finite")


def _check_fit(root: Path, models: Mapping[str, Model], tokenizer: Tokenizer) -> None:
    """Each part can be whole and yet come from another model."""
    unet, vae, text_encoder = models["unet"].config, models["vae"].config, models["text_encoder"].config
    if unet.in_channels not in (vae.latent_channels, 2 * vae.latent_channels + 1):  # the latter are made for inpainting
        reason = f"the UNet takes {unet.in_channels} channels, the VAE has {vae.latent_channels}"
        raise NotACheckpoint(root, reason)
    if unet.cross_attention_dim != text_encoder.hidden_size:
        reason = f"the UNet reads text of width {unet.cross_attention_dim}, not {text_encoder.hidden_size}"
        raise CheckpointDamaged(root / "text_encoder", reason)
    if len(tokenizer) > text_encoder.vocab_size:
        reason = f"{len(tokenizer)} tokens, the text encoder knows {text_encoder.vocab_size}"
        raise CheckpointDamaged(root / "tokenizer", reason)
    tokenizer.model_max_length = min(tokenizer.model_max_length, text_encoder.max_position_embeddings)


def _settle_sample_size(unet: Model) -> None:
    """A single number: diffusers' pipelines that start from a picture compare it with one, and fail for a pair or for
    none. Every request says its own size, so that it decides nothing here."""
    named = cast("object", getattr(unet.config, "sample_size", None))
    sides = cast("Iterable[object]", named) if isinstance(named, list | tuple) else (named,)
    side = max((side for side in sides if isinstance(side, int)), default=_USUAL_SIDE)
    cast("ConfigurableModel", unet).register_to_config(sample_size=side)


def _assemble(models: Mapping[str, Model], tokenizer: Tokenizer, config: SchedulerConfig) -> TextToImagePipeline:
    """From parts and not by `from_pretrained`, which trusts the index and loads what it names."""
    construct = cast("Callable[..., StableDiffusionPipeline]", StableDiffusionPipeline)
    pipeline = construct(
        **models,
        tokenizer=tokenizer,
        scheduler=make_scheduler(SchedulerName.DDIM, config, num_inference_steps=1),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    return cast("TextToImagePipeline", pipeline)


def _fingerprint(digests: Iterable[str]) -> str:
    return hashlib.sha256(b"".join(bytes.fromhex(digest) for digest in sorted(digests))).hexdigest()


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n", 1)[0] or type(error).__name__
