"""The names of tensors in single files, turned into those of diffusers and transformers."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportPrivateImportUsage=false
# (diffusers types its conversions in part)

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import cast

import torch
from diffusers.loaders.single_file_utils import (
    convert_flux2_transformer_checkpoint_to_diffusers,
    convert_ldm_unet_checkpoint,
    convert_ldm_vae_checkpoint,
    convert_open_clip_checkpoint,
    convert_sd3_transformer_checkpoint_to_diffusers,
    convert_wan_vae_to_diffusers,
    convert_z_image_transformer_checkpoint_to_diffusers,
)

from studio.core.components import DENOISER_PREFIX
from studio.engine.config_file import JsonObject

StateDict = dict[str, torch.Tensor]
Convert = Callable[[StateDict, JsonObject], StateDict]


def to_diffusers_keys(class_name: str, state: StateDict, config: JsonObject) -> StateDict:
    """`state` (names without the part's prefix) as the class `class_name` names its tensors.

    Raises what the conversions raise for tensors of another layout: KeyError, IndexError, ValueError, RuntimeError.
    """
    convert = _CONVERSIONS.get(class_name)
    return convert(dict(state), config) if convert is not None else dict(state)


def _unet(state: StateDict, config: JsonObject) -> StateDict:
    if "conv_in.weight" in state:
        return state
    return convert_ldm_unet_checkpoint({f"{DENOISER_PREFIX}{name}": t for name, t in state.items()}, config=config)


def _vae(state: StateDict, config: JsonObject) -> StateDict:
    """Training leaves other tensors behind (`loss.`, `model_ema.`)."""
    if "encoder.down_blocks.0.resnets.0.conv1.weight" in state or "encoder.layers.0.weight" in state:
        return state
    return convert_ldm_vae_checkpoint(state, config)


def _vae_of_flux_2(state: StateDict, config: JsonObject) -> StateDict:
    """As `_vae`, with the statistics that its latents are scaled by."""
    statistics = {name: tensor for name, tensor in state.items() if name.startswith("bn.")}
    return {**_vae(state, config), **statistics}


def _vae_of_qwen(state: StateDict, config: JsonObject) -> StateDict:
    """The layout of the Wan model's VAE, which it is made after."""
    return convert_wan_vae_to_diffusers(state) if "decoder.conv1.weight" in state else state


def _clip(state: StateDict, config: JsonObject) -> StateDict:
    """OpenCLIP's layout (`resblocks`) or that of transformers, which is taken as it is."""
    if "token_embedding.weight" not in state:
        return {name: tensor for name, tensor in state.items() if not name.endswith("position_ids")}
    prefix = "cond_stage_model.model." if config.get("num_hidden_layers") == 23 else "conditioner.embedders.1.model."
    named = {f"{prefix}{name}": tensor for name, tensor in state.items()}
    model = SimpleNamespace(config=SimpleNamespace(hidden_size=config["hidden_size"]))
    return cast("StateDict", convert_open_clip_checkpoint(model, named, prefix=prefix))


def _stable_diffusion_3(state: StateDict, config: JsonObject) -> StateDict:
    if "pos_embed.pos_embed" in state:
        return state
    return convert_sd3_transformer_checkpoint_to_diffusers(state)


def _flux_2(state: StateDict, config: JsonObject) -> StateDict:
    if "double_stream_modulation_img.linear.weight" in state:
        return state
    return convert_flux2_transformer_checkpoint_to_diffusers(state)


def _z_image(state: StateDict, config: JsonObject) -> StateDict:
    if "all_x_embedder.2-1.weight" in state:
        return state
    return convert_z_image_transformer_checkpoint_to_diffusers(state)


# --- FLUX.1: diffusers' own conversion knows one width only -------------------------------------------------------

_FLUX_NAMES = {
    "time_in.in_layer": "time_text_embed.timestep_embedder.linear_1",
    "time_in.out_layer": "time_text_embed.timestep_embedder.linear_2",
    "vector_in.in_layer": "time_text_embed.text_embedder.linear_1",
    "vector_in.out_layer": "time_text_embed.text_embedder.linear_2",
    "guidance_in.in_layer": "time_text_embed.guidance_embedder.linear_1",
    "guidance_in.out_layer": "time_text_embed.guidance_embedder.linear_2",
    "txt_in": "context_embedder",
    "img_in": "x_embedder",
    "final_layer.linear": "proj_out",
}
_DOUBLE_NAMES = {
    "img_mod.lin": "norm1.linear",
    "txt_mod.lin": "norm1_context.linear",
    "img_attn.norm.query_norm": "attn.norm_q",
    "img_attn.norm.key_norm": "attn.norm_k",
    "txt_attn.norm.query_norm": "attn.norm_added_q",
    "txt_attn.norm.key_norm": "attn.norm_added_k",
    "img_attn.proj": "attn.to_out.0",
    "txt_attn.proj": "attn.to_add_out",
    "img_mlp.0": "ff.net.0.proj",
    "img_mlp.2": "ff.net.2",
    "txt_mlp.0": "ff_context.net.0.proj",
    "txt_mlp.2": "ff_context.net.2",
}
_DOUBLE_FUSED = {
    "img_attn.qkv": ("attn.to_q", "attn.to_k", "attn.to_v"),
    "txt_attn.qkv": ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"),
}
_SINGLE_NAMES = {
    "modulation.lin": "norm.linear",
    "norm.query_norm": "attn.norm_q",
    "norm.key_norm": "attn.norm_k",
    "linear2": "proj_out",
}
_SINGLE_FUSED = {"linear1": ("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp")}


def _flux(state: StateDict, config: JsonObject) -> StateDict:
    if "x_embedder.weight" in state:
        return state
    width = state["img_in.weight"].shape[0]
    converted: StateDict = {}
    for name, tensor in state.items():
        converted.update(_flux_tensor(name, tensor, width))
    return converted


def _flux_tensor(name: str, tensor: torch.Tensor, width: int) -> StateDict:
    layer, _, kind = name.rpartition(".")
    kind = "weight" if kind == "scale" else kind
    if layer == "final_layer.adaLN_modulation.1":  # the original computes (shift, scale), diffusers (scale, shift)
        return {f"norm_out.linear.{kind}": torch.cat(tensor.chunk(2)[::-1])}
    block, _, rest = layer.partition(".")
    if block not in {"double_blocks", "single_blocks"}:
        return {f"{_FLUX_NAMES[layer]}.{kind}": tensor}
    number, _, inner = rest.partition(".")
    is_double = block == "double_blocks"
    place = f"{'transformer_blocks' if is_double else 'single_transformer_blocks'}.{number}"
    fused = (_DOUBLE_FUSED if is_double else _SINGLE_FUSED).get(inner)
    if fused is None:
        return {f"{place}.{(_DOUBLE_NAMES if is_double else _SINGLE_NAMES)[inner]}.{kind}": tensor}
    widths = [width] * 3 + ([tensor.shape[0] - 3 * width] if not is_double else [])
    parts = torch.split_with_sizes(tensor, widths)
    return {f"{place}.{target}.{kind}": part.clone() for target, part in zip(fused, parts, strict=True)}


_CONVERSIONS: Mapping[str, Convert] = {
    "UNet2DConditionModel": _unet,
    "AutoencoderKL": _vae,
    "AutoencoderKLFlux2": _vae_of_flux_2,
    "AutoencoderKLQwenImage": _vae_of_qwen,
    "CLIPTextModel": _clip,
    "CLIPTextModelWithProjection": _clip,
    "SD3Transformer2DModel": _stable_diffusion_3,
    "FluxTransformer2DModel": _flux,
    "Flux2Transformer2DModel": _flux_2,
    "ZImageTransformer2DModel": _z_image,
}
