"""What is decided before a picture is made: its samplers, and who watches their steps."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch

from studio.core.checkpoint import Checkpoint
from studio.core.progress import PreviewSink, Progress
from studio.core.request import GenerationRequest, Stretch
from studio.core.result import Provenance
from studio.core.session import CancelToken
from studio.core.task import Inpaint
from studio.core.trajectory import LatentColours, Trajectory
from studio.engine.addons import ModelAddons
from studio.engine.course import Around, Samplers
from studio.engine.diffusion_model import DiffusionModel
from studio.engine.kept_steps import KeptSteps
from studio.engine.loader import LoadedCheckpoint
from studio.engine.pipeline_types import Scheduler
from studio.engine.placement import PlacedModel
from studio.engine.preview import LatentRgb
from studio.engine.region import RegionSteps
from studio.engine.step_callback import PredictedOriginal, PreviewFeed, StepCallback
from studio.engine.step_inspector import StepInspector
from studio.engine.trajectory_recorder import TrajectoryRecorder
from studio.imaging.inpaint_region import PreviewPaste


@dataclass(frozen=True, slots=True, eq=False)
class HeldModel:
    """A loaded checkpoint with what is remembered about it."""

    checkpoint: Checkpoint
    loaded: LoadedCheckpoint
    placed: PlacedModel
    addons: ModelAddons
    latent_rgb: LatentRgb | None
    provenance: Provenance

    @property
    def colours(self) -> LatentColours | None:
        return None if self.latent_rgb is None else self.latent_rgb.colours()


@dataclass(frozen=True, slots=True)
class Position:
    """Picture `index` (from 0) of `batch_size`, in run `run` (from 0) of the `runs` that it takes: what is kept around
    a region is made again before it.
    """

    index: int
    batch_size: int
    run: int = 0
    runs: int = 1


@dataclass(frozen=True, slots=True)
class Watchers:
    """Who is told, and who may stop it."""

    on_progress: Callable[[Progress], None]
    cancel: CancelToken
    previews: PreviewSink | None = None
    records: bool = False
    inspector: StepInspector | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PictureRun:
    """One picture's samplers, and who keeps their steps."""

    samplers: Samplers
    recorder: TrajectoryRecorder | None
    colours: LatentColours | None

    def trajectory(self, strengths: torch.Tensor | None = None) -> Trajectory | None:
        """What was recorded, if anything was; `strengths` as `TrajectoryRecorder` says."""
        return None if self.recorder is None else self.recorder.trajectory(self.colours, strengths)


def as_run(request: GenerationRequest, model: HeldModel) -> GenerationRequest:
    """With the samplers that really run."""
    feasible = model.loaded.model.feasible
    return request.with_stretches(
        lambda stretch: replace(stretch, scheduler=feasible(stretch.sampling(request.sampling)).scheduler)
    )


def _schedulers(model: DiffusionModel, request: GenerationRequest) -> tuple[Scheduler, ...]:
    """One for each stretch; it goes on where neither sampler nor schedule change."""
    made: list[Scheduler] = []
    corrects = not isinstance(request.task, Inpaint)
    before: Stretch | None = None
    for stretch in request.stretches:
        goes_on = before is not None and (before.scheduler, before.schedule) == (stretch.scheduler, stretch.schedule)
        sampling = stretch.sampling(request.sampling)
        made.append(made[-1] if goes_on else model.make_scheduler(sampling, corrects=corrects))
        before = stretch
    return tuple(made)


def start_run(
    model: HeldModel,
    request: GenerationRequest,
    position: Position,
    watchers: Watchers,
    *,
    paste: PreviewPaste | None = None,
    region: RegionSteps | None = None,
    keeps: KeptSteps | None = None,
) -> PictureRun:
    """Fresh samplers for one picture; previews only where somebody looks and the model's latents are known.

    Only `region` goes on otherwise, if it is given; `keeps` is told of the latents behind each step.
    """
    steps, schedulers = request.steps_run, _schedulers(model.loaded.model, request)
    watched = tuple(dict.fromkeys(schedulers))
    in_cells = functools.partial(model.loaded.model.as_cells, size=request.size)
    recorder = TrajectoryRecorder(watched, request.sampling.scheduler, in_cells) if watchers.records else None
    if watchers.inspector is not None:
        watchers.inspector.watch(watched, in_cells)
    feed = None
    if watchers.previews is not None and model.latent_rgb is not None:
        feed = PreviewFeed(
            watchers.previews, model.latent_rgb, watched, position.index, steps, in_cells=in_cells, paste=paste
        )
    callback = StepCallback(
        position.index,
        position.batch_size,
        position.runs * steps,
        on_progress=watchers.on_progress,
        cancel=watchers.cancel,
        previews=feed,
        before=position.run * steps,
    )
    around = _around(watched, in_cells, region, keeps)
    return PictureRun(Samplers(schedulers, steps, callback, around), recorder, model.colours)


def _around(
    watched: Sequence[Scheduler],
    in_cells: Callable[[torch.Tensor], torch.Tensor],
    region: RegionSteps | None,
    keeps: KeptSteps | None,
) -> Around:
    """What is kept is what the region left."""
    hooks: list[Around] = []
    if region is not None:
        expected = PredictedOriginal(watched)
        hooks.append(functools.partial(region.around, lambda: in_cells(expected.latents)))
    if keeps is not None:
        hooks.append(keeps.keeping)
    return lambda scheduler, then: functools.reduce(lambda inner, hook: hook(scheduler, inner), hooks, then)
