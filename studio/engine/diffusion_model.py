"""What the tasks (text to image, image to image, inpainting) need of a model, whatever its family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import torch

from studio.core.checkpoint import Prediction
from studio.core.geometry import Size
from studio.core.progress import Ignored
from studio.core.request import Prompt, Sampling
from studio.core.trajectory import NoiseLevel
from studio.engine.encoded_prompt import EncodedPrompt, Word
from studio.engine.pipeline_types import Model, Scheduler, StepEnd

if TYPE_CHECKING:
    from studio.core.pixels import Pixels


@dataclass(frozen=True, slots=True, eq=False)
class Sampler:
    """What runs the last `steps` of a request's steps: its scheduler, and what happens between them."""

    scheduler: Scheduler
    steps: int
    on_step_end: StepEnd


@dataclass(frozen=True, slots=True, eq=False)
class KnownPicture:
    """What an inpainting model is told: `mask` (1, 1, height, width), 1 = repaint, and the latents around it."""

    mask: torch.Tensor
    latents: torch.Tensor


class PromptEncoder(Protocol):
    """Reads prompts for one loaded model as it is now, and remembers what they said."""

    def encode(self, prompt: Prompt, *, with_negative: bool, steps: int) -> EncodedPrompt:
        """What guides a picture of `steps` steps."""
        ...

    def words(self, prompt: Prompt, step: int, steps: int) -> tuple[Word, ...] | None:
        """The words of the first condition of the prompt at `step` (from 0); None where cells do not attend to words
        alone.
        """
        ...


class DiffusionModel(Protocol):
    """A loaded model. Its latents are (1, channels, height, width) in cells of `pixels_per_cell` pixels, scaled as the
    denoiser sees them: to a variance of about 1.
    """

    @property
    def pixels_per_cell(self) -> int: ...

    @property
    def is_inpainting(self) -> bool:
        """The denoiser takes a mask and a masked picture besides the latents."""
        ...

    @property
    def needs_picture(self) -> bool:
        """It only improves pictures, and makes none from noise."""
        ...

    def uses_negative(self, sampling: Sampling) -> bool:
        """A second prediction is made without the prompt, so the negative prompt has an effect."""
        ...

    @property
    def denoiser(self) -> Model: ...

    @property
    def prediction(self) -> Prediction:
        """What the denoiser tells."""
        ...

    @property
    def clip_layers(self) -> int:
        """How many layers its text encoder of CLIP has: so many can be left out. 0 where another one reads prompts."""
        ...

    def prompt_encoder(self, clip_skip: int) -> PromptEncoder:
        """A new one; the last `clip_skip` layers of CLIP are left out."""
        ...

    def ignored(self, prompt: Prompt, sampling: Sampling) -> list[Ignored]:
        """What of a request the model makes no use of."""
        ...

    def feasible(self, sampling: Sampling) -> Sampling:
        """`sampling` with the sampler that really runs."""
        ...

    def make_scheduler(self, sampling: Sampling, *, corrects: bool) -> Scheduler:
        """A fresh one; `corrects` as `studio.engine.schedulers.make_scheduler` says."""
        ...

    def change_sampler(
        self, cells: torch.Tensor, old: Scheduler, new: Scheduler, steps: int, left: int
    ) -> torch.Tensor:
        """`cells` as `new` handles them, which takes the last `left` of a picture's `steps` steps from now on.

        It begins at the noise level where `old` stopped, and knows nothing of the steps before.
        """
        ...

    def noise_levels(self) -> tuple[NoiseLevel, ...]:
        """How noisy the latents were in training at each timestep, from 0."""
        ...

    def draw_noise(self, size: Size, generator: torch.Generator) -> torch.Tensor:
        """What the family's pipeline would draw itself from `generator`."""
        ...

    def encode(self, pixels: Pixels) -> torch.Tensor:
        """The most likely latents of a picture. Raises BrokenPicture if they are not finite."""
        ...

    def decode(self, latents: torch.Tensor) -> Pixels:
        """The picture of latents. Raises BrokenPicture if it is not finite, or all black."""
        ...

    def as_cells(self, latents: torch.Tensor, size: Size) -> torch.Tensor:
        """Latents in the form that the scheduler handles, as cells."""
        ...

    def denoise_noise(
        self,
        prompt: EncodedPrompt,
        sampling: Sampling,
        sampler: Sampler,
        noise: torch.Tensor,
        generator: torch.Generator,
    ) -> torch.Tensor:
        """The latents that come out of `noise`, which `generator` drew; it goes on for samplers that draw more.
        Not for inpainting models.
        """
        ...

    def denoise_picture(
        self,
        prompt: EncodedPrompt,
        sampling: Sampling,
        sampler: Sampler,
        *,
        start: torch.Tensor,
        known: KnownPicture | None,
        generator: torch.Generator,
    ) -> torch.Tensor:
        """Add noise to the latents `start`, as much as `sampler.steps` remove again, and remove it.

        The noise is the first that `generator` draws: what `draw_noise` gives. `known` is for inpainting models, and
        only for those.
        """
        ...

    def go_on(
        self,
        prompt: EncodedPrompt,
        sampling: Sampling,
        sampler: Sampler,
        *,
        latents: torch.Tensor,
        known: KnownPicture | None,
        generator: torch.Generator,
    ) -> torch.Tensor:
        """What comes out of `latents`, at which one of the other two stopped, in the last `sampler.steps` steps.

        `generator` is the one that it was called with, as it stands.
        """
        ...
