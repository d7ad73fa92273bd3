"""Whether the parts of a model belong together: each can be whole and yet come from another one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import torch

from studio.core.checkpoint import ModelFamily
from studio.core.components import family_components
from studio.core.errors import CheckpointDamaged, NotACheckpoint
from studio.engine.model_source import ModelSource
from studio.engine.pipeline_types import Model, ModelConfig, Tokenizer

_QWEN_LAYERS_READ = 3
"""FLUX.2 reads the states after three of the encoder's layers side by side."""


def check_fit(source: ModelSource, modules: Mapping[str, torch.nn.Module]) -> None:
    """Also sets how many tokens each CLIP tokenizer may give its encoder.

    Raises:
        NotACheckpoint, CheckpointDamaged: if a part does not fit to another.
    """
    root = source.checkpoint.path
    configs = {part: cast("Model", module).config for part, module in modules.items()}
    denoiser = configs[family_components(source.family).denoiser]
    _check_channels(root, source.family, denoiser, configs["vae"])
    _check_text_width(root, source.family, denoiser, configs)
    for part, tokenizer in source.tokenizers.items():
        encoder = configs.get(part.replace("tokenizer", "text_encoder"))
        if encoder is not None:
            _check_tokenizer(root, part, tokenizer, _text_config(encoder))


def _check_channels(root: Path, family: ModelFamily, denoiser: ModelConfig, vae: ModelConfig) -> None:
    latent = vae.z_dim if family is ModelFamily.QWEN_IMAGE else vae.latent_channels
    packs = family in {ModelFamily.FLUX, ModelFamily.FLUX_2, ModelFamily.QWEN_IMAGE}
    takes = 4 * latent if packs else latent
    is_unet = family_components(family).is_unet
    fitting = (takes, 2 * takes + 1) if is_unet else (takes,)  # the latter are made for inpainting
    if denoiser.in_channels not in fitting:
        name = "UNet" if is_unet else "transformer"
        raise NotACheckpoint(root, f"the {name} takes {denoiser.in_channels} channels, the VAE has {latent}")


def _check_text_width(
    root: Path, family: ModelFamily, denoiser: ModelConfig, configs: Mapping[str, ModelConfig]
) -> None:
    read, given = _text_widths(family, denoiser, configs)
    if read != given:
        name = "UNet" if "unet" in configs else "transformer"
        raise CheckpointDamaged(root / "text_encoder", f"the {name} reads text of width {read}, not {given}")


def _text_widths(family: ModelFamily, denoiser: ModelConfig, configs: Mapping[str, ModelConfig]) -> tuple[int, int]:
    """How wide the text is that the denoiser reads, and that the encoders give."""
    if "unet" in configs:
        widths = [config.hidden_size for part, config in configs.items() if part.startswith("text_encoder")]
        return denoiser.cross_attention_dim, sum(widths)
    read = denoiser.cap_feat_dim if family is ModelFamily.Z_IMAGE else denoiser.joint_attention_dim
    match family:
        case ModelFamily.STABLE_DIFFUSION_3:
            t5 = configs.get("text_encoder_3")
            return read, read if t5 is None else t5.d_model
        case ModelFamily.FLUX:
            return read, configs["text_encoder_2"].d_model
        case ModelFamily.FLUX_2:
            return read, _QWEN_LAYERS_READ * configs["text_encoder"].hidden_size
        case _:
            return read, _text_config(configs["text_encoder"]).hidden_size


def _text_config(encoder: ModelConfig) -> ModelConfig:
    """Of the half that reads, where the other half sees."""
    return getattr(encoder, "text_config", None) or encoder


def _check_tokenizer(root: Path, part: str, tokenizer: Tokenizer, encoder: ModelConfig) -> None:
    if len(tokenizer) > encoder.vocab_size:
        reason = f"{len(tokenizer)} tokens, the text encoder knows {encoder.vocab_size}"
        raise CheckpointDamaged(root / part, reason)
    positions: int | None = getattr(encoder, "max_position_embeddings", None)  # T5 has no limit
    if positions is not None:
        tokenizer.model_max_length = min(tokenizer.model_max_length, positions)
