"""Trains a tiny noise predictor on a few pictures, as large ones are trained: DDPM in pixels (Ho et al. 2020).

Nothing of it touches a loaded model: the network is new and stays on the CPU, all that is random comes from a generator
of its own, and torch's global one is left as it was.
"""

# pyright: reportUnknownMemberType=false
# (torch and diffusers type parts of what is called here)

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np
import torch
from diffusers.models.unets.unet_2d import UNet2DModel
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from torch.nn.functional import mse_loss

from studio.core.geometry import Rect
from studio.core.lesson import Learned, Lesson
from studio.core.session import CancelToken
from studio.engine.preview import to_pixels
from studio.imaging.fit import resized

if TYPE_CHECKING:
    from studio.core.pixels import Pixels

SIDE = 16
"""Pixels of the pictures while they are learned: so small that a minute is enough."""
STEPS_IN_A_GROUP = 10
_BATCH = 8
_SAMPLES = 4
_SAMPLING_STEPS = 12
_SECONDS_BETWEEN_SAMPLES = 3.0
_LEARNING_RATE = 2e-3
_NEWEST_SHARE = 0.04
_TIMESTEPS = 1000


class _Network(Protocol):
    """As much of `UNet2DModel` as is used."""

    def __call__(
        self, sample: torch.Tensor, timestep: torch.Tensor | int, *, return_dict: bool
    ) -> tuple[torch.Tensor]: ...


def learn(
    lesson: Lesson,
    on_learned: Callable[[Learned], None],
    cancel: CancelToken,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Tell at the beginning, every few seconds and at the end how far it is.

    Raises:
        GenerationCancelled: between two steps.
        RuntimeError, MemoryError: torch's own.
    """
    with _one_thread():
        training = _Training(lesson)
        began = clock()
        told = began
        on_learned(training.learned(0.0, cancel))
        while training.step < lesson.most_steps and clock() - began < lesson.seconds:
            cancel.raise_if_cancelled()
            training.take_step()
            if clock() - told >= _SECONDS_BETWEEN_SAMPLES:
                on_learned(training.learned(clock() - began, cancel))
                told = clock()
        on_learned(training.learned(clock() - began, cancel))


@contextmanager
def _one_thread() -> Generator[None]:
    """So small a network gains nothing from more, and on a busy machine they wait for each other: 1.3 steps a second
    with two threads, 7 with one. The model that is loaded finds as many as before.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class _Training:
    """The network and where it stands."""

    def __init__(self, lesson: Lesson) -> None:
        self.step = 0
        self._losses: list[float] = []
        self._generator = torch.Generator().manual_seed(lesson.seed)
        self._pictures = torch.stack([_as_tensor(picture) for picture in lesson.pictures])
        self._start = torch.randn((_SAMPLES, 3, SIDE, SIDE), generator=self._generator)
        self._scheduler = DDIMScheduler(
            num_train_timesteps=_TIMESTEPS,
            beta_schedule="squaredcos_cap_v2",  # the usual one spends too many of few steps on nothing but noise
            clip_sample=True,
        )
        self._unet = _new_network(lesson.seed)
        self._network = cast("_Network", self._unet)
        self._averaged = copy.deepcopy(self._unet)
        self._optimizer = torch.optim.AdamW(self._unet.parameters(), lr=_LEARNING_RATE)

    def take_step(self) -> None:
        """Pictures by chance, timesteps by chance, noise by chance; the network guesses the noise."""
        chosen = torch.randint(len(self._pictures), (_BATCH,), generator=self._generator)
        timesteps = torch.randint(_TIMESTEPS, (_BATCH,), generator=self._generator)
        noise = torch.randn((_BATCH, 3, SIDE, SIDE), generator=self._generator)
        noisy = self._scheduler.add_noise(self._pictures[chosen], noise, cast("torch.IntTensor", timesteps))
        loss = mse_loss(self._network(noisy, timesteps, return_dict=False)[0], noise)
        self._optimizer.zero_grad()
        loss.backward()
        self._optimizer.step()
        self._average()
        self.step += 1
        self._losses.append(float(loss.detach()))

    @torch.no_grad()
    def _average(self) -> None:
        """Single steps go to and fro: pictures are made with the moving average of the weights, as is usual."""
        for mean, weight in zip(self._averaged.parameters(), self._unet.parameters(), strict=True):
            mean.lerp_(weight, _NEWEST_SHARE)

    def learned(self, seconds: float, cancel: CancelToken) -> Learned:
        """How far it is; the last group may be smaller than the others."""
        groups = [self._losses[at : at + STEPS_IN_A_GROUP] for at in range(0, len(self._losses), STEPS_IN_A_GROUP)]
        losses = tuple(float(np.mean(group)) for group in groups)
        return Learned(self.step, seconds, losses, self._samples(cancel))

    @torch.no_grad()
    def _samples(self, cancel: CancelToken) -> tuple[Pixels, ...]:
        """What the network makes of noise by now."""
        self._scheduler.set_timesteps(_SAMPLING_STEPS)
        network, pictures = cast("_Network", self._averaged), self._start
        for timestep in self._scheduler.timesteps:
            cancel.raise_if_cancelled()
            noise = network(pictures, timestep, return_dict=False)[0]
            pictures = cast("torch.Tensor", self._scheduler.step(noise, int(timestep), pictures, return_dict=False)[0])
        return tuple(to_pixels(picture.movedim(0, -1)) for picture in pictures)


def _new_network(seed: int) -> UNet2DModel:
    """About 400,000 weights. Their first values are drawn from torch's global generator, which is put back."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return UNet2DModel(
            sample_size=SIDE,
            layers_per_block=1,
            block_out_channels=(32, 48),
            down_block_types=("DownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "UpBlock2D"),
            norm_num_groups=8,
            add_attention=False,
        )


def _as_tensor(pixels: Pixels) -> torch.Tensor:
    """(3, SIDE, SIDE) from -1 to 1."""
    small = resized(pixels, Rect(0, 0, SIDE, SIDE))
    return torch.tensor(small).movedim(-1, 0) / 127.5 - 1
