"""The engine's one public class: holds a model and makes pictures with it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import diffusers
import torch
import transformers

from studio.core.addon import Addon
from studio.core.checkpoint import Checkpoint
from studio.core.errors import InvalidSteps, NoSeedsBetween, OutOfMemory
from studio.core.geometry import Size
from studio.core.lesson import Learned, Lesson
from studio.core.memory import MemoryPlan, Placement
from studio.core.noise_error import NoiseError
from studio.core.progress import LoadProgress, PlanChosen, PlanLowered, PreviewSink, Progress
from studio.core.request import GenerationRequest, Prompt
from studio.core.result import GeneratedImage, PictureId, Provenance
from studio.core.round_trip import RoundTrip
from studio.core.session import CancelToken, DeviceInfo
from studio.core.sources import PixelSource
from studio.core.step_inside import StepInside
from studio.core.trajectory import NoiseLevel
from studio.core.version import VERSION
from studio.engine.addons import ModelAddons
from studio.engine.device import probe_device
from studio.engine.device_memory import DeviceMemory, memory_of
from studio.engine.failures import engine_failures, release_memory
from studio.engine.learning import learn
from studio.engine.loader import CheckpointLoader, LoadedCheckpoint
from studio.engine.memory_planner import MeasureModel, MemoryPlanner
from studio.engine.model_source import ModelSource
from studio.engine.noise_probe import noise_errors
from studio.engine.other_seed import OtherSeed
from studio.engine.picture_making import PictureMaker
from studio.engine.picture_run import HeldModel, Position, Watchers, as_run, start_run
from studio.engine.placement import DiskShelf, HasComponents, HostShelf, PlacedModel, Shelf
from studio.engine.preview import read_latent_rgb
from studio.engine.step_inspector import AllSeen, StepInspector
from studio.engine.text_to_image import text_to_image
from studio.engine.trajectory_recorder import in_main_memory

if TYPE_CHECKING:
    from studio.core.pixels import Pixels
    from studio.core.trajectory import Latents


_VERSIONS = (
    ("studio", VERSION),
    ("torch", str(torch.__version__)),
    ("diffusers", diffusers.__version__),
    ("transformers", transformers.__version__),
)
DEFAULT_CACHE_BYTES = 8 * 2**30
"""Room for a model of Stable Diffusion besides one of SDXL, in half precision."""


class DiffusersSession:
    """`studio.core.session.GenerationSession` with diffusers.

    `latent_rgb` is the file of preview factors (`read_latent_rgb` describes it); a model whose VAE and family are not
    in it has no previews. `sources` has the pictures and masks that requests start from. `configs` is the folder
    `resources/configs`, for models in single files. `measure` tells how large a model is, and `memory` how much is free
    (else the device is asked). Of networks that the next model may share, up to `cache_bytes` are kept. Making a
    session tries the device (about 50 ms); the model comes with the first `load` or `generate`.
    """

    def __init__(
        self,
        latent_rgb: Path,
        sources: PixelSource,
        configs: Path,
        measure: MeasureModel,
        memory: DeviceMemory | None = None,
        cache_bytes: int = DEFAULT_CACHE_BYTES,
    ) -> None:
        self._latent_rgb_file = latent_rgb
        self._sources = sources
        self._device = probe_device()
        self._memory = memory or memory_of(self._device.torch_device)
        self._planner = MemoryPlanner(self._device, self._memory, measure)
        self._in_main_memory = replace(self._device, torch_device=torch.device("cpu"))
        self._loader = CheckpointLoader(self._in_main_memory, configs, cache_bytes)
        self._model: HeldModel | None = None

    @property
    def device(self) -> DeviceInfo:
        return replace(self._device.info, versions=_VERSIONS)

    def load(self, checkpoint: Checkpoint) -> None:
        best = checkpoint.recommended
        plan = self._plan_for(checkpoint, best.size, guided=best.guidance_scale > 1)
        model = self._require(checkpoint, plan)
        with engine_failures(self.device.name):
            model.placed.apply(plan)

    def prefer_placement(self, placement: Placement | None) -> None:
        self._planner.prefer(placement)

    def free_memory(self) -> None:
        self._model = None
        self._loader.forget()
        self._planner.forget()
        release_memory()

    def generate(
        self,
        request: GenerationRequest,
        *,
        on_progress: Callable[[Progress], None],
        cancel: CancelToken,
        previews: PreviewSink | None = None,
        record: bool = False,
    ) -> Iterator[GeneratedImage]:
        model, plan = self._prepared(request, on_progress, cancel)
        for fact in model.addons.ignored(request):
            on_progress(fact)
        watchers = Watchers(on_progress, cancel, previews, record)
        for index in range(request.batch_size):
            cancel.raise_if_cancelled()
            if index > 0:
                plan = self._plan_again(request, plan, on_progress)
            yield self._picture_or_lower(model, request, index, plan, watchers)

    def look_inside(
        self,
        request: GenerationRequest,
        steps: Collection[int],
        *,
        on_seen: Callable[[StepInside], None],
        on_progress: Callable[[Progress], None],
        cancel: CancelToken,
    ) -> None:
        for step in steps:
            if not 1 <= step <= request.steps_run:
                raise InvalidSteps(step, 1, request.steps_run)
        model, plan = self._prepared(request, on_progress, cancel)
        encodable = model.addons.encodable(as_run(request.single(0), model))
        inspector = StepInspector(model.loaded.model, model.addons.prompts, encodable, steps, model.colours, on_seen)
        try:
            self._picture(model, request, 0, plan, Watchers(on_progress, cancel, inspector=inspector))
        except AllSeen:
            return
        finally:
            inspector.stop()
        raise AssertionError("the picture ended before its steps")

    def noise_levels(self, checkpoint: Checkpoint) -> tuple[NoiseLevel, ...]:
        self.load(checkpoint)
        assert self._model is not None  # it was just loaded
        return self._model.loaded.model.noise_levels()

    def round_trip(self, checkpoint: Checkpoint, pixels: Pixels) -> RoundTrip:
        height, width, _ = pixels.shape
        model = self._ready_for(checkpoint, Size(width, height))
        diffusion = model.loaded.model
        with engine_failures(self.device.name), torch.inference_mode():
            latents = diffusion.encode(pixels)
            decoded = diffusion.decode(latents)
        return RoundTrip(in_main_memory(latents[0]), decoded, model.colours)

    def decode(self, checkpoint: Checkpoint, latents: Latents, size: Size) -> Pixels:
        model = self._ready_for(checkpoint, size)
        with engine_failures(self.device.name), torch.inference_mode():
            return model.loaded.model.decode(torch.tensor(latents)[None].to(self._device.torch_device))

    def between_seeds(
        self,
        request: GenerationRequest,
        other_seed: int,
        share: float,
        *,
        on_progress: Callable[[Progress], None],
        cancel: CancelToken,
    ) -> Pixels:
        model, plan = self._prepared(request, on_progress, cancel)
        diffusion = model.loaded.model
        if diffusion.is_inpainting:  # its pipelines draw the noise themselves
            raise NoSeedsBetween(request.checkpoint.name)
        single = model.addons.encodable(as_run(request.single(0), model))
        with engine_failures(self.device.name):
            model.placed.apply(plan)
            run = start_run(model, single, Position(0, 1), Watchers(on_progress, cancel))
            return text_to_image(diffusion, model.addons.prompts, single, run.samplers, OtherSeed(other_seed, share))

    def noise_errors(
        self,
        checkpoint: Checkpoint,
        pixels: Pixels,
        *,
        prompt: Prompt,
        count: int,
        seed: int,
        cancel: CancelToken,
        on_found: Callable[[NoiseError], None] | None = None,
    ) -> tuple[NoiseError, ...]:
        height, width, _ = pixels.shape
        model = self._ready_for(checkpoint, Size(width, height))
        with engine_failures(self.device.name):
            return noise_errors(
                model.loaded.model, pixels, prompt, count=count, seed=seed, cancel=cancel, on_found=on_found
            )

    def learn(self, lesson: Lesson, *, on_learned: Callable[[Learned], None], cancel: CancelToken) -> None:
        with engine_failures("cpu"):
            learn(lesson, on_learned, cancel)

    def close(self) -> None:
        self.free_memory()

    def _ready_for(self, checkpoint: Checkpoint, size: Size) -> HeldModel:
        """The model itself, without add-ons, with room for one look at a picture of this size."""
        plan = self._plan_for(checkpoint, size, guided=False)
        model = self._require(checkpoint, plan)
        with engine_failures(self.device.name):
            model.placed.apply(plan)
            model.addons.take_off()
        return model

    def _prepared(
        self, request: GenerationRequest, on_progress: Callable[[Progress], None], cancel: CancelToken
    ) -> tuple[HeldModel, MemoryPlan]:
        """The model with the add-ons of the request, and how it will be fitted into the memory."""
        cancel.raise_if_cancelled()
        if not self._holds(request.checkpoint):
            on_progress(LoadProgress(request.checkpoint.name))
        plan = self._plan(request)
        on_progress(PlanChosen(plan))
        model = self._require(request.checkpoint, plan)
        with engine_failures(self.device.name):
            model.addons.put_on(request)
        return model, plan

    def _holds(self, checkpoint: Checkpoint) -> bool:
        return self._model is not None and self._model.checkpoint == checkpoint

    def _plan(self, request: GenerationRequest) -> MemoryPlan:
        guided = any(stretch.guidance_scale > 1 for stretch in request.every_stretch)
        return self._plan_for(request.checkpoint, request.size, guided=guided, vae=request.addons.vae)

    def _plan_again(
        self, request: GenerationRequest, told: MemoryPlan, on_progress: Callable[[Progress], None]
    ) -> MemoryPlan:
        """For the next picture of a batch, with what is free now."""
        plan = self._plan(request)
        if (plan.placement, plan.vae_tiled) != (told.placement, told.vae_tiled):
            on_progress(PlanChosen(plan))
        return plan

    def _plan_for(self, checkpoint: Checkpoint, size: Size, *, guided: bool, vae: Addon | None = None) -> MemoryPlan:
        if not self._holds(checkpoint):
            self._leave_model()
        held = self._kept_bytes() if self._model is None else self._model.placed.held_bytes()
        return self._planner.plan(checkpoint, size, guided=guided, held=held, vae=vae)

    def _kept_bytes(self) -> int:
        """What networks that another model may share take of the device's memory: they are in main memory."""
        return self._loader.held_bytes if self._memory.is_main_memory else 0

    def _leave_model(self) -> None:
        """Another one comes: what it may share with this one stays, in main memory."""
        if self._model is not None:
            self._model.addons.take_off()
            if not self._model.placed.withdraw():
                self._loader.forget()
            self._model = None
            release_memory()
        self._planner.forget()

    def _require(self, checkpoint: Checkpoint, plan: MemoryPlan) -> HeldModel:
        if self._model is None or not self._holds(checkpoint):
            if plan.peak_bytes > plan.free_bytes - self._kept_bytes():
                self._loader.forget()  # the plan counts on their room
            self._model = self._load(checkpoint, plan)
        return self._model

    def _load(self, checkpoint: Checkpoint, plan: MemoryPlan) -> HeldModel:
        in_turn = self._memory.is_main_memory and plan.placement is Placement.COMPONENT_SWAP
        with engine_failures(self.device.name):
            source = self._loader.open(checkpoint)
            shelf = self._shelf(source)
            loaded = self._loader.load(source, put_away=shelf.put_away if in_turn else None)
            placed = PlacedModel(cast("HasComponents", loaded.pipeline), self._device.torch_device, shelf)
            latent_rgb = read_latent_rgb(
                self._latent_rgb_file, loaded.vae_sha256, loaded.family, self._device.torch_device
            )
        release_memory()
        return HeldModel(checkpoint, loaded, placed, ModelAddons(loaded), latent_rgb, self._provenance(loaded))

    def _shelf(self, source: ModelSource) -> Shelf:
        if self._memory.is_main_memory:
            return DiskShelf(source.load_part)
        return HostShelf(self._device.torch_device)

    def _picture_or_lower(
        self, model: HeldModel, batch: GenerationRequest, index: int, plan: MemoryPlan, watchers: Watchers
    ) -> GeneratedImage:
        """Picture `index` of `batch`; one that has no room is tried once more with the next lower plan."""
        image = self._picture_if_room(model, batch, index, plan, watchers)
        if image is None:
            failed, plan = plan, self._plan(batch)
            watchers.on_progress(PlanLowered(failed, plan))
            image = self._picture(model, batch, index, plan, watchers)
        self._tell_of_tiles(model, plan, watchers)
        return image

    def _picture_if_room(
        self, model: HeldModel, batch: GenerationRequest, index: int, plan: MemoryPlan, watchers: Watchers
    ) -> GeneratedImage | None:
        """None where it had no room, and there is a lower plan."""
        try:
            return self._picture(model, batch, index, plan, watchers)
        except OutOfMemory:
            if not self._planner.lower(plan.placement):
                raise
            return None

    def _tell_of_tiles(self, model: HeldModel, plan: MemoryPlan, watchers: Watchers) -> None:
        if model.placed.vae_tiling.needed:
            self._planner.use_tiles()
            watchers.on_progress(PlanLowered(plan, replace(plan, vae_tiled=True)))

    def _picture(
        self, model: HeldModel, batch: GenerationRequest, index: int, plan: MemoryPlan, watchers: Watchers
    ) -> GeneratedImage:
        """Picture `index` of `batch`, made alone: only so is it bit for bit what its own request makes."""
        started = time.perf_counter()
        request = as_run(batch.single(index), model)
        maker = PictureMaker(model, self._sources, watchers)
        with engine_failures(self.device.name):
            model.placed.apply(plan)
            made = maker.make(model.addons.encodable(request), index, batch.batch_size)
        return GeneratedImage(
            id=PictureId(uuid.uuid4().hex),
            pixels=made.pixels,
            request=request,
            provenance=replace(model.provenance, addons=model.addons.used),
            created_at=datetime.now(UTC),
            seconds=time.perf_counter() - started,
            unchanged_pixels=made.unchanged,
            trajectory=made.trajectory,
        )

    def _provenance(self, loaded: LoadedCheckpoint) -> Provenance:
        device = self.device.suited_to(loaded.family)
        return Provenance(
            device=device.name,
            dtype=device.dtype,
            checkpoint_sha256=loaded.sha256,
            versions=_VERSIONS,
        )
