"""Muon for the weight matrices, AdamW for everything else, in one optimiser.

Muon (Keller Jordan, 2024, https://kellerjordan.github.io/posts/muon/) replaces the momentum of a matrix by the nearest
semi-orthogonal matrix, so that every direction is learnt at the same speed. Its step is scaled to the root mean square
of AdamW's (Liu et al., 2025, arXiv:2502.16982), so one learning rate serves both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
import torch.distributed as dist

MOMENTUM = 0.95
BETAS = (0.9, 0.99)
EPSILON = 1e-8
NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
NEWTON_SCHULZ_STEPS = 5
ADAMW_RMS = 0.2
SMALLEST_MATRIX = 64
"""Matrices with a shorter side than this (the first and last convolution) are left to AdamW."""


def is_hidden_matrix(name: str, parameter: torch.Tensor) -> bool:
    return parameter.ndim >= 2 and min(parameter.flatten(1).shape) >= SMALLEST_MATRIX and "embedding.weight" not in name


def memory_format(parameter: torch.Tensor) -> torch.memory_format:
    return torch.channels_last if parameter.ndim == 4 else torch.contiguous_format


def as_matrix(parameter: torch.Tensor) -> torch.Tensor:
    """A view of it as (outputs, inputs); a convolution's columns are in the order of channels_last memory."""
    if parameter.ndim == 2:
        return parameter
    outputs, inputs, height, width = parameter.shape
    return parameter.permute(0, 2, 3, 1).view(outputs, height * width * inputs)


class MuonAdamW(torch.optim.Optimizer):
    """Args:
    named_parameters: The module's parameters with their names.
    lr: Step size of a unit-RMS update.
    weight_decay: Decoupled, times the learning rate, for matrices only.
    bfloat16: Whether to orthogonalise in bfloat16, which is precise enough, where that is faster.
    rank, workers: Which of how many processes this is, that all hold the same gradients.
    """

    def __init__(
        self,
        named_parameters: Iterable[tuple[str, torch.nn.Parameter]],
        lr: float,
        weight_decay: float = 0.0,
        *,
        bfloat16: bool = False,
        rank: int = 0,
        workers: int = 1,
    ) -> None:
        self._rank, self._workers = rank, workers
        self._dtype = torch.bfloat16 if bfloat16 else torch.float32
        named = list(named_parameters)
        matrices = [p for name, p in named if is_hidden_matrix(name, p)]
        others = [p for name, p in named if not is_hidden_matrix(name, p)]
        groups = [{"params": matrices, "muon": True}, {"params": others, "muon": False}]
        super().__init__([group for group in groups if group["params"]], {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        for group in self.param_groups:
            update = self._muon if group["muon"] else self._adamw
            update([p for p in group["params"] if p.grad is not None], group["lr"], group["weight_decay"])

    def _muon(self, parameters: list[torch.nn.Parameter], lr: float, weight_decay: float) -> None:
        gradients = [parameter.grad for parameter in parameters]
        momenta = [self._state_of(parameter, "momentum") for parameter in parameters]
        torch._foreach_lerp_(momenta, gradients, 1 - MOMENTUM)
        # Nesterov: the gradients, one step of the momentum ahead.
        ahead = torch._foreach_lerp(gradients, momenta, MOMENTUM)
        torch._foreach_mul_(parameters, 1 - lr * weight_decay)
        groups = self._by_shape(parameters, ahead)
        directions = self._directions([steps for _, steps in groups])
        for (matrices, _), those in zip(groups, directions, strict=True):
            scale = ADAMW_RMS * max(matrices[0].shape) ** 0.5
            torch._foreach_add_(matrices, list(those.to(matrices[0].dtype).unbind()), alpha=-lr * scale)

    def _by_shape(
        self, parameters: list[torch.nn.Parameter], ahead: Sequence[torch.Tensor]
    ) -> list[tuple[list[torch.Tensor], torch.Tensor]]:
        """The parameters of each shape as matrices, and their momentary steps, (n, rows, columns)."""
        groups: dict[torch.Size, tuple[list[torch.Tensor], list[torch.Tensor]]] = {}
        for parameter, step in zip(parameters, ahead, strict=True):
            matrix = as_matrix(parameter.detach())
            matrices, steps = groups.setdefault(matrix.shape, ([], []))
            matrices.append(matrix)
            steps.append(as_matrix(step.contiguous(memory_format=memory_format(step))).to(self._dtype))
        return [(matrices, torch.stack(steps)) for matrices, steps in groups.values()]

    def _directions(self, groups: list[torch.Tensor]) -> list[torch.Tensor]:
        """The steps of each group, orthogonalised. The workers share the work."""
        owners = [i % self._workers for i in range(len(groups))]
        directions = [
            orthogonalised(group).contiguous() if owner == self._rank else group
            for group, owner in zip(groups, owners, strict=True)
        ]
        if self._workers > 1:
            for direction, owner in zip(directions, owners, strict=True):
                dist.broadcast(direction, src=owner)
        return directions

    def _adamw(self, parameters: list[torch.nn.Parameter], lr: float, weight_decay: float) -> None:
        gradients = [parameter.grad for parameter in parameters]
        means = [self._state_of(parameter, "mean") for parameter in parameters]
        squares = [self._state_of(parameter, "square") for parameter in parameters]
        torch._foreach_lerp_(means, gradients, 1 - BETAS[0])
        torch._foreach_mul_(squares, BETAS[1])
        torch._foreach_addcmul_(squares, gradients, gradients, value=1 - BETAS[1])
        step = self.state[parameters[0]]["step"] = self.state[parameters[0]].get("step", 0) + 1
        mean_bias, square_bias = (1 - beta**step for beta in BETAS)
        deviations = torch._foreach_div(squares, square_bias)
        torch._foreach_sqrt_(deviations)
        torch._foreach_add_(deviations, EPSILON)
        torch._foreach_addcdiv_(parameters, means, deviations, value=-lr / mean_bias)

    def _state_of(self, parameter: torch.nn.Parameter, name: str) -> torch.Tensor:
        state = self.state[parameter]
        if name not in state:
            state[name] = torch.zeros_like(parameter)
        return state[name]


def orthogonalised(matrices: torch.Tensor) -> torch.Tensor:
    """The nearest semi-orthogonal matrices, roughly: all singular values between 0.7 and 1.2.

    Newton-Schulz iteration with the quintic of Jordan (2024). (n, rows, columns) in and out.
    """
    a, b, c = NEWTON_SCHULZ
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.mT if tall else matrices
    x = x / (x.norm(dim=(1, 2), keepdim=True) + EPSILON)
    for _ in range(NEWTON_SCHULZ_STEPS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.mT if tall else x
