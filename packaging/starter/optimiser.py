"""Muon for the weight matrices, AdamW for everything else, in one optimiser.

Muon (Keller Jordan, 2024, https://kellerjordan.github.io/posts/muon/) replaces the momentum of a matrix by the nearest
semi-orthogonal matrix, so that every direction is learnt at the same speed. Its step is scaled to the root mean square
of AdamW's (Liu et al., 2025, arXiv:2502.16982), so one learning rate serves both.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch

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


class MuonAdamW(torch.optim.Optimizer):
    """Args:
    named_parameters: The module's parameters with their names.
    lr: Step size of a unit-RMS update.
    weight_decay: Decoupled, times the learning rate, for matrices only.
    bfloat16: Whether to orthogonalise in bfloat16, which is precise enough, where that is faster.
    """

    def __init__(
        self,
        named_parameters: Iterable[tuple[str, torch.nn.Parameter]],
        lr: float,
        weight_decay: float = 0.0,
        *,
        bfloat16: bool = False,
    ) -> None:
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
            by_shape.setdefault(parameter.flatten(1).shape, []).append(parameter)
        for (rows, columns), same in by_shape.items():
            # Nesterov: look one step of the momentum ahead.
            ahead = torch.stack([p.grad.lerp(self.state[p]["momentum"], MOMENTUM).flatten(1) for p in same])
            for parameter, direction in zip(same, orthogonalised(ahead.to(self._dtype)), strict=True):
                parameter.mul_(1 - lr * weight_decay)
                scale = ADAMW_RMS * max(rows, columns) ** 0.5
                parameter.add_(direction.view(parameter.shape).to(parameter.dtype), alpha=-lr * scale)

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
