"""The sampler of models that learned a straight way from noise to picture (rectified flow)."""

# pyright: reportUnknownMemberType=false, reportPrivateImportUsage=false, reportUntypedBaseClass=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportArgumentType=false
# pyright: reportIncompatibleMethodOverride=false
# (diffusers exports lazily and types its schedulers in part)

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

import numpy as np
import torch
from diffusers import FlowMatchEulerDiscreteScheduler

from studio.core.scheduler import ScheduleType
from studio.engine.noise_levels import Levels, beta_quantiles

_SPACINGS: Mapping[ScheduleType, str] = {
    ScheduleType.KARRAS: "use_karras_sigmas",
    ScheduleType.EXPONENTIAL: "use_exponential_sigmas",
    ScheduleType.BETA: "use_beta_sigmas",
}


class FlowEuler(FlowMatchEulerDiscreteScheduler):
    """Euler's method, which can run the last steps of its schedule only, and tells what it expects at the end.

    Noise levels (sigmas) are 0 to 1: latents are `(1 - sigma) * picture + sigma * noise`, a timestep is 1000 sigma.
    """

    last_steps: int | None = None

    def set_timesteps(
        self,
        num_inference_steps: int | None = None,
        device: str | torch.device | None = None,
        sigmas: list[float] | None = None,
        mu: float | None = None,
        timesteps: list[float] | None = None,
    ) -> None:
        super().set_timesteps(num_inference_steps, device, sigmas, mu, timesteps)
        if self.last_steps is not None:
            self.timesteps = self.timesteps[-self.last_steps :]
            self.sigmas = self.sigmas[-self.last_steps - 1 :]

    def take_last(self, levels: Levels) -> None:
        """Take as many steps from now on as there are `levels` (sigmas) for them, in place of its own last ones."""
        sigmas = torch.from_numpy(levels).to(self.sigmas.device, self.sigmas.dtype)
        self.sigmas = torch.cat([sigmas, self.sigmas[-1:]])
        self.timesteps = sigmas * cast("int", self.config["num_train_timesteps"])
        self.set_begin_index(0)

    def stretch_shift_to_terminal(self, t: torch.Tensor) -> torch.Tensor:
        """A single step goes all the way: diffusers would divide zero by zero."""
        return t if len(t) == 1 else super().stretch_shift_to_terminal(t)

    def _convert_to_beta(
        self, in_sigmas: Levels, num_inference_steps: int, alpha: float = 0.6, beta: float = 0.6
    ) -> Levels:
        """diffusers' own way needs SciPy. Noise levels are the trained steps here."""
        lowest, highest = float(in_sigmas[-1]), float(in_sigmas[0])
        return lowest + beta_quantiles(1 - np.linspace(0, 1, num_inference_steps)) * (highest - lowest)

    def step(
        self,
        model_output: torch.Tensor,
        timestep: torch.Tensor,
        sample: torch.Tensor,
        generator: torch.Generator | None = None,
        *,
        return_dict: bool = True,
    ) -> tuple[torch.Tensor, ...]:
        """The next latents, and x0: what they would be at the end of the straight way. As a tuple, always."""
        (following,) = super().step(model_output, timestep, sample, generator=generator, return_dict=False)
        sigma = self.sigmas[cast("int", self.step_index) - 1]
        return following, sample - sigma * model_output

    def add_noise(self, original_samples: torch.Tensor, noise: torch.Tensor, timesteps: torch.Tensor) -> torch.Tensor:
        """`original_samples` as noisy as the latents are at the first of `timesteps`."""
        sigma = (timesteps[0] / cast("int", self.config["num_train_timesteps"])).to(original_samples)
        return torch.lerp(original_samples, noise, sigma)


def make_flow_scheduler(config: Mapping[str, object], schedule: ScheduleType) -> FlowEuler:
    """A fresh sampler; `schedule` spaces the steps; SGM_UNIFORM is how these models are trained."""
    spacing = dict.fromkeys(_SPACINGS.values(), False)
    if schedule in _SPACINGS:
        spacing[_SPACINGS[schedule]] = True
    from_config = cast("Callable[[dict[str, object]], FlowEuler]", FlowEuler.from_config)
    scheduler = from_config({**config, **dict.fromkeys(_SPACINGS.values(), False)})
    scheduler.register_to_config(**spacing)  # the constructor refuses beta without SciPy
    return scheduler
