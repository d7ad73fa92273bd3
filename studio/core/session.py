"""The engine as the rest of the program sees it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from studio.core.checkpoint import Checkpoint, ModelFamily
from studio.core.errors import GenerationCancelled
from studio.core.family import family_traits
from studio.core.geometry import Size
from studio.core.lesson import Learned, Lesson
from studio.core.memory import Placement
from studio.core.noise_error import NoiseError
from studio.core.progress import PreviewSink, Progress
from studio.core.request import GenerationRequest, Prompt
from studio.core.result import GeneratedImage
from studio.core.round_trip import RoundTrip
from studio.core.step_inside import StepInside
from studio.core.trajectory import NoiseLevel

if TYPE_CHECKING:
    from studio.core.pixels import Pixels
    from studio.core.trajectory import Latents


class CancelToken:
    """Set by any thread, read by the engine between steps. It can be set before the job begins; it is never cleared."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        self._event.set()

    @property
    def is_cancelled(self) -> bool:
        return self._event.is_set()

    def raise_if_cancelled(self) -> None:
        """Raises GenerationCancelled once `cancel` was called."""
        if self._event.is_set():
            raise GenerationCancelled


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """Where the pictures are made: `name` such as "cpu" or "cuda (NVIDIA H200)", `dtype` such as "float32".

    `memory_bytes` is what a graphics card has in all; None where the device computes in main memory.
    """

    name: str
    dtype: str
    memory_bytes: int | None = None
    versions: tuple[tuple[str, str], ...] = ()
    """(package, version) of what decides pixels besides the device, as in `Provenance`."""
    wide_dtype: str | None = None
    """Instead of `dtype` for families that outgrow float16; None where it is the same."""

    def suited_to(self, family: ModelFamily) -> DeviceInfo:
        """The device as it computes models of `family`."""
        if self.wide_dtype is None or not family_traits(family).outgrows_float16:
            return self
        return replace(self, dtype=self.wide_dtype)

    @property
    def item_bytes(self) -> int:
        """Of one number of a model that is loaded."""
        return 4 if self.dtype == "float32" else 2


class GenerationSession(Protocol):
    """Holds a model and makes pictures. Used from one thread only (except the token); not reentrant."""

    @property
    def device(self) -> DeviceInfo: ...

    def load(self, checkpoint: Checkpoint) -> None:
        """Make `checkpoint` ready; returns at once when it is. Raises CheckpointError, OutOfMemory, EngineFailed."""
        ...

    def prefer_placement(self, placement: Placement | None) -> None:
        """Place the weights so from the next picture on, whatever the estimate says; None: the fastest that fits."""
        ...

    def free_memory(self) -> None:
        """Release the model; the next picture loads it again."""
        ...

    def generate(
        self,
        request: GenerationRequest,
        *,
        on_progress: Callable[[Progress], None],
        cancel: CancelToken,
        previews: PreviewSink | None = None,
        record: bool = False,
    ) -> Iterator[GeneratedImage]:
        """Yield each picture of the batch as soon as it is finished; with `record` it tells its trajectory.

        A batch equals its singles bit for bit. A picture that has no room is tried once more with the next lower
        placement. Raises what `load` raises, GenerationCancelled within one step of the token, BrokenPicture,
        DeviceLost. After any of these the session can be used again.
        """
        ...

    def look_inside(
        self,
        request: GenerationRequest,
        steps: Collection[int],
        *,
        on_seen: Callable[[StepInside], None],
        on_progress: Callable[[Progress], None],
        cancel: CancelToken,
    ) -> None:
        """Make the first picture of `request` until the last of `steps` (from 1, at least one of them), and tell what
        happened in each as soon as it was taken.

        Raises what `generate` raises, and InvalidSteps for a step that it does not have.
        """
        ...

    def noise_levels(self, checkpoint: Checkpoint) -> tuple[NoiseLevel, ...]:
        """How much noise `checkpoint` was trained to see at each timestep: at [t], from the least to the most.

        Raises what `load` raises.
        """
        ...

    def round_trip(self, checkpoint: Checkpoint, pixels: Pixels) -> RoundTrip:
        """Encode a picture with the VAE of `checkpoint`, and decode it again.

        Raises what `load` raises, InvalidSize for sides that its family cannot make, BrokenPicture.
        """
        ...

    def decode(self, checkpoint: Checkpoint, latents: Latents, size: Size) -> Pixels:
        """The picture of `size` that the VAE of `checkpoint` makes of latents, scaled as those of a RoundTrip.

        Raises what `load` raises, InvalidSize for sides that its family cannot make, BrokenPicture.
        """
        ...

    def between_seeds(
        self,
        request: GenerationRequest,
        other_seed: int,
        share: float,
        *,
        on_progress: Callable[[Progress], None],
        cancel: CancelToken,
    ) -> Pixels:
        """The first picture of `request`, from noise at `share` (0 to 1) of the arc from its seed's to `other_seed`'s.

        At the ends they are the pictures of the two seeds, bit for bit. Between them a sampler that draws more noise
        draws that of the nearer seed. Raises what `generate` raises.
        """
        ...

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
        """How wrong `checkpoint` is about the noise that is put on a picture, at `count` (1 to 149) timesteps.

        They are spread evenly, the least noise first; the network is told `prompt` without its negative part, without
        CFG. `on_found` is told each as soon as it is known: the most noise first. Raises what `round_trip` raises, and
        GenerationCancelled.
        """
        ...

    def learn(self, lesson: Lesson, *, on_learned: Callable[[Learned], None], cancel: CancelToken) -> None:
        """Train a new, tiny network; `on_learned` is told at the beginning, every few seconds and at the end.

        The loaded model is not touched. Raises GenerationCancelled, OutOfMemory, EngineFailed.
        """
        ...

    def close(self) -> None:
        """Release the model and the device's memory."""
        ...
