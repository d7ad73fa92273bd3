"""A session without torch: makes coloured pictures at once, and does on request what an engine may do."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from studio.core.checkpoint import Checkpoint, ModelFamily, RecommendedSampling
from studio.core.geometry import Size
from studio.core.lesson import Learned, Lesson
from studio.core.memory import Placement
from studio.core.noise_error import NoiseError
from studio.core.pixels import frozen_pixels
from studio.core.progress import PreviewFrame, PreviewSink, Progress, StepProgress
from studio.core.request import GenerationRequest, Prompt, Sampling
from studio.core.result import GeneratedImage, PictureId, Provenance
from studio.core.round_trip import RoundTrip
from studio.core.scheduler import SchedulerName
from studio.core.session import CancelToken, DeviceInfo
from studio.core.sources import PixelSource
from studio.core.step_inside import CrossAttention, Guidance, StepInside, WordAttention
from studio.core.task import ImageToImage, Inpaint
from studio.core.trajectory import NoiseLevel, variance_preserving
from tests.helpers.trajectories import COLOURS, a_trajectory

if TYPE_CHECKING:
    from studio.core.pixels import Pixels
    from studio.core.trajectory import Latents

CHECKPOINT = Checkpoint(
    name="Fake model",
    path=Path("fake"),
    family=ModelFamily.STABLE_DIFFUSION,
    recommended=RecommendedSampling(Size(64, 64), 4, 5.0, SchedulerName.EULER),
    examples=("a red apple", "a panda", "a gift"),
)
PROVENANCE = Provenance("cpu", "float32", "0" * 64, (("studio", "0"),))


def a_request(text: str = "a red apple", *, seed: int = 42, steps: int = 4, batch_size: int = 1) -> GenerationRequest:
    return GenerationRequest(
        prompt=Prompt(text),
        sampling=Sampling(scheduler=SchedulerName.EULER, num_inference_steps=steps, guidance_scale=5.0, seed=seed),
        size=Size(64, 64),
        checkpoint=CHECKPOINT,
        batch_size=batch_size,
    )


def a_picture(request: GenerationRequest | None = None, index: int = 0) -> GeneratedImage:
    single = (request or a_request()).single(index)
    noise = np.random.default_rng(single.sampling.seed)
    pixels = noise.integers(0, 256, (*_size_of_result(single), 3), dtype=np.uint8)
    return GeneratedImage(
        PictureId(uuid.uuid4().hex), frozen_pixels(pixels), single, PROVENANCE, datetime.now(UTC), 0.5
    )


def _size_of_result(request: GenerationRequest) -> tuple[int, int]:
    """Height and width: what is put back into a start picture has its size."""
    match request.task:
        case Inpaint(image=image) | ImageToImage(image=image, restore_size=True):
            return image.height, image.width
        case _:
            return request.size.height, request.size.width


class FakeSession:
    """Raises `failure` at `fail_at_step`; waits at `pause_at_step` until `go_on` is set or the job is cancelled."""

    def __init__(self, _sources: PixelSource | None = None) -> None:
        self.device = DeviceInfo("cpu", "float32")
        self.failure: BaseException | None = None
        self.fail_at_step = 1
        self.pause_at_step: int | None = None
        self.paused = threading.Event()
        self.go_on = threading.Event()
        self.loaded: list[Checkpoint] = []
        self.thread_names: list[str] = []
        self.closed = False
        self.placement: Placement | None = None
        self.times_freed = 0

    def load(self, checkpoint: Checkpoint) -> None:
        self.loaded.append(checkpoint)

    def prefer_placement(self, placement: Placement | None) -> None:
        self.placement = placement

    def free_memory(self) -> None:
        self.times_freed += 1

    def generate(
        self,
        request: GenerationRequest,
        *,
        on_progress: Callable[[Progress], None],
        cancel: CancelToken,
        previews: PreviewSink | None = None,
        record: bool = False,
    ) -> Iterator[GeneratedImage]:
        steps = request.steps_run
        for index in range(request.batch_size):
            for step in range(1, steps + 1):
                cancel.raise_if_cancelled()
                self._misbehave(step, cancel)
                on_progress(StepProgress(index, request.batch_size, step, steps, 0.01))
                if previews is not None and previews.wants_frame():
                    previews.put(PreviewFrame(_noise(step), index, step, steps))
            picture = a_picture(request, index)
            yield replace(picture, trajectory=a_trajectory(steps=steps) if record else None)

    def look_inside(
        self,
        request: GenerationRequest,
        steps: Collection[int],
        *,
        on_seen: Callable[[StepInside], None],
        on_progress: Callable[[Progress], None],
        cancel: CancelToken,
    ) -> None:
        for step in range(1, max(steps) + 1):
            cancel.raise_if_cancelled()
            self._misbehave(step, cancel)
            if step in steps:
                on_seen(self.inside(request, step))

    def inside(self, request: GenerationRequest, step: int) -> StepInside:
        """Each word of the prompt is looked at alike; the prompt pulls everything up."""
        seen = a_trajectory(steps=request.steps_run).steps[step - 1]
        words = request.prompt.text.split()
        share = np.full(seen.predicted.shape[1:], 1 / (len(words) + 1), np.float32)
        attention = CrossAttention(tuple(WordAttention(word, share) for word in words), share)
        scale, one = request.sampling.guidance_scale, np.float16(1)
        guidance = Guidance(scale, seen.predicted + one, seen.predicted, seen.predicted + np.float16(scale))
        return StepInside(step, seen.level, guidance, attention, COLOURS)

    def noise_levels(self, checkpoint: Checkpoint) -> tuple[NoiseLevel, ...]:
        self.loaded.append(checkpoint)
        return tuple(variance_preserving((1 - (t + 0.5) / 1000) ** 2) for t in range(1000))

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
        """Wrong where there is little noise."""
        levels = self.noise_levels(checkpoint)
        timesteps = [int((place + 0.5) / count * len(levels)) for place in range(count)]
        errors = [NoiseError(float(t), levels[t], levels[t].signal) for t in timesteps]
        for number, error in enumerate(reversed(errors), 1):
            cancel.raise_if_cancelled()
            self._misbehave(number, cancel)
            if on_found is not None:
                on_found(error)
        return tuple(errors)

    def round_trip(self, checkpoint: Checkpoint, pixels: Pixels) -> RoundTrip:
        """Half as bright; its latents are noise."""
        self._fail_now()
        height, width, _ = pixels.shape
        latents = np.random.default_rng(7).standard_normal((4, height // 8, width // 8)).astype(np.float16)
        return RoundTrip(latents, frozen_pixels(pixels // 2), COLOURS)

    def decode(self, checkpoint: Checkpoint, latents: Latents, size: Size) -> Pixels:
        """Cells as squares: the first channel as a grey, 0 in the middle."""
        self._fail_now()
        grey = np.clip(latents[0].astype(np.float32) * 32 + 128, 0, 255).astype(np.uint8)
        cell = size.height // len(grey)
        squares = grey.repeat(cell, axis=0).repeat(cell, axis=1)
        return frozen_pixels(np.repeat(squares[:, :, None], 3, axis=2))

    def between_seeds(
        self,
        request: GenerationRequest,
        other_seed: int,
        share: float,
        *,
        on_progress: Callable[[Progress], None],
        cancel: CancelToken,
    ) -> Pixels:
        """As bright as the way that was gone; the ends are those of `generate`."""
        self._misbehave(1, cancel)
        if share in (0, 1):
            seed = other_seed if share else request.sampling.seed
            return a_picture(replace(request, sampling=replace(request.sampling, seed=seed))).pixels
        return frozen_pixels(np.full((request.size.height, request.size.width, 3), round(255 * share), np.uint8))

    def learn(self, lesson: Lesson, *, on_learned: Callable[[Learned], None], cancel: CancelToken) -> None:
        """Three times the loss is halved; the pictures come back as they are."""
        self._fail_now()
        for step in range(4):
            self._misbehave(step, cancel)
            losses = tuple(0.5**group for group in range(step))
            on_learned(Learned(10 * step, float(step), losses, lesson.pictures))

    def close(self) -> None:
        self.closed = True

    def _fail_now(self) -> None:
        if self.failure is not None:
            failure, self.failure = self.failure, None
            raise failure

    def _misbehave(self, step: int, cancel: CancelToken) -> None:
        if self.failure is not None and step == self.fail_at_step:
            failure, self.failure = self.failure, None
            raise failure
        if step == self.pause_at_step:
            self.paused.set()
            while not self.go_on.wait(0.005) and not cancel.is_cancelled:
                pass
            cancel.raise_if_cancelled()


def _noise(seed: int) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    return np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
