"""The engine's one public class: holds a model and makes pictures with it."""

from __future__ import annotations

import functools
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import diffusers
import torch
import transformers

from studio.core.checkpoint import Checkpoint
from studio.core.progress import LoadProgress, PreviewSink, Progress
from studio.core.request import GenerationRequest
from studio.core.result import GeneratedImage, PictureId, Provenance
from studio.core.session import CancelToken, DeviceInfo
from studio.core.sources import PixelSource
from studio.core.task import ImageToImage, Inpaint, TextToImage, steps_run
from studio.core.version import VERSION
from studio.engine.device import probe_device
from studio.engine.diffusion_model import Sampler
from studio.engine.failures import engine_failures, release_memory
from studio.engine.image_to_image import image_to_image
from studio.engine.inpaint import inpaint
from studio.engine.loader import CheckpointLoader, LoadedCheckpoint, limiting_tokenizer
from studio.engine.preview import LatentRgb, read_latent_rgb
from studio.engine.prompt_encoding import PromptEncoder
from studio.engine.step_callback import PreviewFeed, StepCallback
from studio.engine.text_to_image import text_to_image
from studio.imaging.inpaint_region import PreviewPaste, plan_inpaint, put_back

if TYPE_CHECKING:
    from studio.core.pixels import Pixels


DEFAULT_CACHE_BYTES = 8 * 2**30
"""Room for a model of Stable Diffusion besides one of SDXL, in half precision."""


@dataclass(frozen=True, slots=True, eq=False)
class _Model:
    """A loaded checkpoint with what is remembered about it."""

    checkpoint: Checkpoint
    loaded: LoadedCheckpoint
    prompts: PromptEncoder
    latent_rgb: LatentRgb | None
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class _Position:
    """Picture `index` (from 0) of `batch_size`."""

    index: int
    batch_size: int


@dataclass(frozen=True, slots=True)
class _Watchers:
    """Who is told, and who may stop it."""

    on_progress: Callable[[Progress], None]
    cancel: CancelToken
    previews: PreviewSink | None


class DiffusersSession:
    """`studio.core.session.GenerationSession` with diffusers.

    `latent_rgb` is the file of preview factors (`read_latent_rgb` describes it); a model whose VAE and family are not
    in it has no previews. `sources` has the pictures and masks that requests start from. `configs` is the folder
    `resources/configs`, for models in single files. Of networks that the next model may share, up to `cache_bytes` are
    kept. Making a session tries the device (about 50 ms); the model comes with the first `load` or `generate`.
    """

    def __init__(
        self, latent_rgb: Path, sources: PixelSource, configs: Path, cache_bytes: int = DEFAULT_CACHE_BYTES
    ) -> None:
        self._latent_rgb_file = latent_rgb
        self._sources = sources
        self._device = probe_device()
        self._loader = CheckpointLoader(self._device, configs, cache_bytes)
        self._model: _Model | None = None

    @property
    def device(self) -> DeviceInfo:
        return self._device.info

    def load(self, checkpoint: Checkpoint) -> None:
        self._require(checkpoint)

    def generate(
        self,
        request: GenerationRequest,
        *,
        on_progress: Callable[[Progress], None],
        cancel: CancelToken,
        previews: PreviewSink | None = None,
    ) -> Iterator[GeneratedImage]:
        cancel.raise_if_cancelled()
        if not self._holds(request.checkpoint):
            on_progress(LoadProgress(request.checkpoint.name))
        model = self._require(request.checkpoint)
        for truncated in model.prompts.truncations(
            request.prompt, with_negative=model.loaded.model.uses_negative(request.sampling)
        ):
            on_progress(truncated)
        watchers = _Watchers(on_progress, cancel, previews)
        for index in range(request.batch_size):
            cancel.raise_if_cancelled()
            yield self._picture(model, request, index, watchers)

    def close(self) -> None:
        self.free_memory()

    def free_memory(self) -> None:
        """Keep no weights: the next `load` or `generate` reads them again."""
        self._model = None
        self._loader.forget()
        release_memory()

    def _holds(self, checkpoint: Checkpoint) -> bool:
        return self._model is not None and self._model.checkpoint == checkpoint

    def _require(self, checkpoint: Checkpoint) -> _Model:
        if self._model is None or not self._holds(checkpoint):
            self._model = None  # first, so that only what is worth keeping needs room besides the next model
            self._model = self._load(checkpoint)
        return self._model

    def _load(self, checkpoint: Checkpoint) -> _Model:
        with engine_failures(self.device.name):
            loaded = self._loader.load(checkpoint)
            latent_rgb = read_latent_rgb(
                self._latent_rgb_file, loaded.vae_sha256, loaded.family, self._device.torch_device
            )
        release_memory()
        prompts = PromptEncoder(loaded.model, limiting_tokenizer(loaded))
        return _Model(checkpoint, loaded, prompts, latent_rgb, self._provenance(loaded))

    def _picture(self, model: _Model, batch: GenerationRequest, index: int, watchers: _Watchers) -> GeneratedImage:
        """Picture `index` of `batch`, made alone: only so is it bit for bit what its own request makes."""
        started = time.perf_counter()
        request = batch.single(index)
        with engine_failures(self.device.name):
            pixels, unchanged = self._pixels(model, request, _Position(index, batch.batch_size), watchers)
        return GeneratedImage(
            id=PictureId(uuid.uuid4().hex),
            pixels=pixels,
            request=request,
            provenance=model.provenance,
            created_at=datetime.now(UTC),
            seconds=time.perf_counter() - started,
            unchanged_pixels=unchanged,
        )

    def _pixels(
        self, model: _Model, request: GenerationRequest, position: _Position, watchers: _Watchers
    ) -> tuple[Pixels, int | None]:
        """The picture, and after inpainting how many pixels of it were found unchanged."""
        diffusion, task = model.loaded.model, request.task
        if isinstance(task, TextToImage):
            sampler = _sampler(model, request, position, watchers)
            return text_to_image(diffusion, model.prompts, request, sampler), None
        picture = self._sources.image(task.image)
        if isinstance(task, ImageToImage):
            sampler = _sampler(model, request, position, watchers)
            return image_to_image(diffusion, model.prompts, request, task, picture, sampler), None
        plan = plan_inpaint(picture, self._sources.mask(task.mask), task, request.size)
        sampler = _sampler(model, request, position, watchers, paste=PreviewPaste(plan))
        result = inpaint(diffusion, model.prompts, request, task.masked_content, plan, sampler)
        return put_back(plan, result)

    def _provenance(self, loaded: LoadedCheckpoint) -> Provenance:
        return Provenance(
            device=self.device.name,
            dtype=self.device.dtype,
            checkpoint_sha256=loaded.sha256,
            versions=(
                ("studio", VERSION),
                ("torch", torch.__version__),
                ("diffusers", diffusers.__version__),
                ("transformers", transformers.__version__),
            ),
        )


def _sampler(
    model: _Model,
    request: GenerationRequest,
    position: _Position,
    watchers: _Watchers,
    *,
    paste: PreviewPaste | None = None,
) -> Sampler:
    """A fresh sampler for one picture; previews only where somebody looks and the model's latents are known."""
    sampling, task = request.sampling, request.task
    steps = sampling.num_inference_steps
    scheduler = model.loaded.model.make_scheduler(sampling, corrects=not isinstance(task, Inpaint))
    if not isinstance(task, TextToImage):
        steps = steps_run(steps, task.strength)
    feed = None
    if watchers.previews is not None and model.latent_rgb is not None:
        in_cells = functools.partial(model.loaded.model.as_cells, size=request.size)
        feed = PreviewFeed(
            watchers.previews, model.latent_rgb, scheduler, position.index, steps, in_cells=in_cells, paste=paste
        )
    callback = StepCallback(
        position.index,
        position.batch_size,
        steps,
        on_progress=watchers.on_progress,
        cancel=watchers.cancel,
        previews=feed,
    )
    return Sampler(scheduler, steps, callback)
