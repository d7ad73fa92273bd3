"""A checkpoint on disk becomes a pipeline that is known to be whole: local files, safetensors, allowed classes only."""

# pyright: reportUnknownMemberType=false, reportPrivateImportUsage=false
# (diffusers exports lazily and types its constructors in part; `pipeline_types` has the missing types)

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, cast

import diffusers
import torch

from studio.core.checkpoint import Checkpoint, ModelFamily
from studio.core.components import family_components
from studio.core.errors import CheckpointNotFound
from studio.core.family import family_traits
from studio.core.scheduler import SchedulerName, ScheduleType
from studio.engine.component_cache import ComponentCache, FileIdentity, file_identity
from studio.engine.device import ComputeDevice
from studio.engine.diffusion_model import DiffusionModel
from studio.engine.fitting_parts import check_fit
from studio.engine.flow_families import FLOW_FAMILIES
from studio.engine.flow_model import FlowModel
from studio.engine.flow_scheduler import make_flow_scheduler
from studio.engine.model_folder import open_folder
from studio.engine.model_source import ModelSource
from studio.engine.pipeline_types import ConfigurableModel, FlowPipeline, TextToImagePipeline
from studio.engine.schedulers import make_scheduler
from studio.engine.single_file import open_single_file
from studio.engine.tokenizer_loading import KeptTokenizers
from studio.engine.unet_model import UnetModel
from studio.engine.weights_file import file_sha256

_USUAL_SIDE = 64
"""Of the latents that Stable Diffusion was trained with, where a model does not say."""

PutAway: TypeAlias = Callable[[str, torch.nn.Module], None]


@dataclass(frozen=True, slots=True, eq=False)
class LoadedCheckpoint:
    """A pipeline on its device, with what else is known about the checkpoint."""

    path: Path
    family: ModelFamily
    pipeline: TextToImagePipeline
    """That of a flow family is a `FlowPipeline` in truth; what all pipelines have in common can be used."""
    model: DiffusionModel
    sha256: str
    """As `studio.core.result.Provenance.checkpoint_sha256` defines it, over the parts that the engine loads."""
    vae_sha256: str


class CheckpointLoader:
    """Loads checkpoints, with what they share with those that were loaded before.

    `configs` is the folder `resources/configs`; `cache_bytes` is how much of networks is kept.
    """

    def __init__(self, device: ComputeDevice, configs: Path, cache_bytes: int) -> None:
        self._device = device
        self._configs = configs
        self._cache = ComponentCache(cache_bytes)
        self._tokenizers = KeptTokenizers()
        self._digests: dict[FileIdentity, str] = {}

    def open(self, checkpoint: Checkpoint) -> ModelSource:
        """Look at the folder or file of `checkpoint`.

        Raises:
            CheckpointNotFound, NotACheckpoint, PickleRefused: if there is no model that we know.
            CheckpointIncomplete, CheckpointDamaged: if a file is missing or bad.
        """
        if not checkpoint.path.exists():
            raise CheckpointNotFound(checkpoint.name)
        device = self._device.suited_to(checkpoint.family)
        if checkpoint.path.is_dir():
            return open_folder(checkpoint, device, self._tokenizers.load)
        return open_single_file(checkpoint, device, self._configs, self._tokenizers.load)

    def load(self, source: ModelSource, put_away: PutAway | None = None) -> LoadedCheckpoint:
        """Load the networks of `source`.

        With `put_away` each network is given to it before the next one is loaded, and none is kept for other models.

        Raises:
            NotACheckpoint, CheckpointDamaged: if a file is bad, or the parts do not fit together.
            RuntimeError, MemoryError: torch's own, for want of memory.
        """
        with self._digests_beside(source) as pending:
            modules = self._kept(source) if put_away is None else _put_away_each(source, put_away)
            check_fit(source, modules)
            if "unet" in modules:
                _settle_sample_size(cast("ConfigurableModel", modules["unet"]))
            pipeline = _assemble(source, modules)
            digests = {path: digest.result() for path, digest in pending.items()}
        vae_file = source.networks["vae"].files[0]
        return LoadedCheckpoint(
            source.checkpoint.path,
            source.family,
            cast("TextToImagePipeline", pipeline),
            _model(source, pipeline),
            _fingerprint(digests.values()),
            digests[vae_file],
        )

    def forget(self) -> None:
        """Keep no networks any longer."""
        self._cache.clear()

    @property
    def held_bytes(self) -> int:
        """What the networks that are kept take."""
        return self._cache.held_bytes

    def _kept(self, source: ModelSource) -> dict[str, torch.nn.Module]:
        self._make_room(source)
        return {part: self._cache.get(network.key, network.load) for part, network in source.networks.items()}

    def _make_room(self, source: ModelSource) -> None:
        """The files of a network take about the room that it will take."""
        keys = [network.key for network in source.networks.values()]
        new = [network for network in source.networks.values() if network.key not in self._cache]
        self._cache.make_room(keys, sum(path.stat().st_size for network in new for path in network.files))

    @contextmanager
    def _digests_beside(self, source: ModelSource) -> Generator[dict[Path, Future[str]]]:
        """The digest of each file of weights, read in a thread while its networks are loaded: half of the time."""
        files = {path for network in source.networks.values() for path in network.files}
        beside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="digests")
        try:
            yield {path: beside.submit(self._digest, path) for path in sorted(files)}
        finally:
            beside.shutdown(cancel_futures=True)

    def _digest(self, path: Path) -> str:
        """Read once: a large file takes seconds."""
        identity = file_identity(path)
        if identity not in self._digests:
            self._digests[identity] = file_sha256(path)
        return self._digests[identity]


def load_checkpoint(checkpoint: Checkpoint, device: ComputeDevice) -> LoadedCheckpoint:
    """The folder of `checkpoint`, keeping nothing of it. Raises what `CheckpointLoader` raises."""
    return CheckpointLoader(device, checkpoint.path, cache_bytes=0).load(open_folder(checkpoint, device))


def _put_away_each(source: ModelSource, put_away: PutAway) -> dict[str, torch.nn.Module]:
    modules: dict[str, torch.nn.Module] = {}
    for part, network in source.networks.items():
        modules[part] = network.load()
        put_away(part, modules[part])
    return modules


def _settle_sample_size(unet: ConfigurableModel) -> None:
    """A single number: diffusers' pipelines that start from a picture compare it with one, and fail for a pair or for
    none. Every request says its own size, so that it decides nothing here."""
    named = cast("object", getattr(unet.config, "sample_size", None))
    sides = cast("Iterable[object]", named) if isinstance(named, list | tuple) else (named,)
    side = max((side for side in sides if isinstance(side, int)), default=_USUAL_SIDE)
    unet.register_to_config(sample_size=side)


_CONSTANTS: Mapping[ModelFamily, Mapping[str, object]] = {
    ModelFamily.STABLE_DIFFUSION: {
        "safety_checker": None,
        "feature_extractor": None,
        "requires_safety_checker": False,
    },
    ModelFamily.STABLE_DIFFUSION_XL: {"add_watermarker": False},
    ModelFamily.STABLE_DIFFUSION_XL_REFINER: {
        "add_watermarker": False,
        "text_encoder": None,
        "tokenizer": None,
        "requires_aesthetics_score": True,
    },
}
"""What each pipeline is constructed with besides its parts."""
_FROM_INDEX = {
    ModelFamily.STABLE_DIFFUSION_XL: ("force_zeros_for_empty_prompt",),
    ModelFamily.FLUX_2: ("is_distilled",),
}


def _assemble(source: ModelSource, modules: Mapping[str, torch.nn.Module]) -> object:
    """From parts and not by `from_pretrained`, which trusts the index and loads what it names."""
    components = family_components(source.family)
    family = _CONSTRUCTED_AS.get(source.family, source.family)
    missing = dict.fromkeys(components.optional)
    construct = cast("Callable[..., _Constructed]", getattr(diffusers, components.pipelines[0]))
    pipeline = construct(
        **{**missing, **modules, **source.tokenizers, **_CONSTANTS.get(family, {})},
        **{name: source.index[name] for name in _FROM_INDEX.get(family, ()) if name in source.index},
        scheduler=_any_scheduler(source),
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


_CONSTRUCTED_AS = {ModelFamily.STABLE_DIFFUSION_2: ModelFamily.STABLE_DIFFUSION}


class _Constructed:
    """A pipeline, of which only this is needed here."""

    def set_progress_bar_config(self, *, disable: bool) -> None: ...


def _any_scheduler(source: ModelSource) -> object:
    """The pipeline wants one; each picture gets its own."""
    if source.family in FLOW_FAMILIES:
        return make_flow_scheduler(source.scheduler_config, ScheduleType.AUTOMATIC)
    return make_scheduler(SchedulerName.DDIM, source.scheduler_config, num_inference_steps=1)


def _model(source: ModelSource, pipeline: object) -> DiffusionModel:
    family = FLOW_FAMILIES.get(source.family)
    if family is not None:
        is_guided = family_traits(source.family).guided_by_negative
        return FlowModel(cast("FlowPipeline", pipeline), family, source.scheduler_config, is_guided=is_guided)
    only_refines = source.family is ModelFamily.STABLE_DIFFUSION_XL_REFINER
    return UnetModel(cast("TextToImagePipeline", pipeline), source.scheduler_config, only_refines=only_refines)


def _fingerprint(digests: Iterable[str]) -> str:
    return hashlib.sha256(b"".join(bytes.fromhex(digest) for digest in sorted(digests))).hexdigest()
