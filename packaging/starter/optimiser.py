"""Muon for the weight matrices, AdamW for everything else, in one optimiser.

Muon (Keller Jordan, 2024, https://kellerjordan.github.io/posts/muon/) replaces the momentum of a matrix by the nearest
semi-orthogonal matrix, so that every direction is learnt at the same speed. Its step is scaled to the root mean square
of AdamW's (Liu et al., 2025, arXiv:2502.16982), so one learning rate serves both.
"""

from __future__ import annotations

from collections.abc import Iterable

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
        by_shape: dict[torch.Size, list[torch.nn.Parameter]] = {}
        for parameter in parameters:
            state = self.state[parameter]
            if not state:
                state["momentum"] = torch.zeros_like(parameter)
            state["momentum"].lerp_(parameter.grad, 1 - MOMENTUM)
            by_shape.setdefault(as_matrix(parameter).shape, []).append(parameter)
        directions = self._directions(list(by_shape.values()))
        for (shape, same), those in zip(by_shape.items(), directions, strict=True):
            scale = ADAMW_RMS * max(shape) ** 0.5
            for parameter, direction in zip(same, those, strict=True):
                parameter.mul_(1 - lr * weight_decay)
                as_matrix(parameter).add_(direction, alpha=-lr * scale)

    def _directions(self, groups: list[list[torch.nn.Parameter]]) -> list[torch.Tensor]:
        """For each group of parameters of one shape their steps, (n, rows, columns). The workers share the work."""
        directions = [self._ahead(group) for group in groups]
        owners = [i % self._workers for i in range(len(groups))]
        for i, owner in enumerate(owners):
            if owner == self._rank:
                directions[i] = orthogonalised(directions[i]).contiguous()
        if self._workers > 1:
            for direction, owner in zip(directions, owners, strict=True):
                dist.broadcast(direction, src=owner)
        return directions

    def _ahead(self, group: list[torch.nn.Parameter]) -> torch.Tensor:
        """Nesterov: the gradients, one step of the momentum ahead."""
        ahead = [as_matrix(p.grad).lerp(as_matrix(self.state[p]["momentum"]), MOMENTUM).to(self._dtype) for p in group]
        return torch.stack(ahead)

    def _adamw(self, parameters: list[torch.nn.Parameter], lr: float, weight_decay: float) -> None:
        for parameter in parameters:
            state = self.state[parameter]
            if not state:
                state["step"], state["mean"], state["square"] = (
                    0,
                    torch.zeros_like(parameter),
                    torch.zeros_like(parameter),
                )
            state["step"] += 1
            state["mean"].lerp_(parameter.grad, 1 - BETAS[0])
            state["square"].mul_(BETAS[1]).addcmul_(parameter.grad, parameter.grad, value=1 - BETAS[1])
            mean_bias, square_bias = (1 - beta ** state["step"] for beta in BETAS)
            deviation = (state["square"] / square_bias).sqrt_().add_(EPSILON)
            parameter.addcdiv_(state["mean"], deviation, value=-lr / mean_bias)


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
