"""The part of the starter model that learns to draw: text encoder and UNet, as one module."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTokenizer


class Network(torch.nn.Module):
    """Predicts v from noisy latents, a timestep and the tokens of a caption."""

    def __init__(self, unet: UNet2DConditionModel, text_encoder: CLIPTextModel) -> None:
        super().__init__()
        self.unet = unet
        self.text_encoder = text_encoder

    def forward(self, noisy: torch.Tensor, timesteps: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """(n, 4, 16, 16) noisy latents, (n,) timesteps 0 to 999, (n, 32) token ids; v of the latents' shape."""
        return self.unet(noisy, timesteps, self.text_encoder(tokens)[0], return_dict=False)[0]


def load_network(model: Path) -> Network:
    """The network of a model in diffusers' folder layout, in float32, ready to be trained.

    Raises:
        OSError: A file is missing or cannot be read.
    """
    unet = UNet2DConditionModel.from_pretrained(model, subfolder="unet", torch_dtype=torch.float32)
    text_encoder = CLIPTextModel.from_pretrained(model, subfolder="text_encoder", dtype=torch.float32)
    return Network(unet, text_encoder).train()


def load_tokenizer(model: Path) -> CLIPTokenizer:
    return CLIPTokenizer.from_pretrained(model, subfolder="tokenizer")


def load_schedule(model: Path) -> torch.Tensor:
    """The share of the signal's variance that is left at each timestep: (1000,), falling."""
    return DDIMScheduler.from_pretrained(model, subfolder="scheduler").alphas_cumprod


def tokenized(tokenizer: CLIPTokenizer, texts: list[str]) -> torch.Tensor:
    """(n, 32) token ids."""
    length = tokenizer.model_max_length
    return tokenizer(texts, padding="max_length", max_length=length, truncation=True, return_tensors="pt").input_ids
