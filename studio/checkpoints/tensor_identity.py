"""What a file of weights is, from the names and shapes of its tensors alone.

The names are those of the layouts that circulate: CompVis and Stability (`model.diffusion_model.input_blocks...`),
Black Forest Labs (`double_blocks...`), diffusers (`down_blocks...`), kohya (`lora_unet_...`).
"""

from __future__ import annotations

from collections.abc import Mapping

from studio.checkpoints.addon_identity import (
    controlnet_identity,
    lora_identity,
    textual_inversion_identity,
    upscaler_identity,
)
from studio.checkpoints.identities import (
    AddonIdentity,
    Identity,
    ModelIdentity,
    PartIdentity,
    Shapes,
    Unknown,
    first_shape,
    has_any,
    unet_text_width,
)
from studio.core.addon import AddonKind
from studio.core.checkpoint import ModelFamily, Prediction
from studio.core.components import DENOISER_PREFIX, PartKind, family_components


def identify(shapes: Shapes, metadata: Mapping[str, str]) -> Identity:
    """What the tensors with these `shapes` are. `metadata` decides only what the tensors leave open."""
    return (
        lora_identity(shapes, metadata)
        or controlnet_identity(shapes)
        or _model(shapes, metadata)
        or _part(shapes)
        or textual_inversion_identity(shapes)
        or upscaler_identity(shapes)
        or Unknown(_description(shapes))
    )


def leaves_prediction_open(identity: ModelIdentity, shapes: Shapes, metadata: Mapping[str, str]) -> bool:
    """Its `prediction` is that of most models alike: nothing in the file says it."""
    is_second = identity.family is ModelFamily.STABLE_DIFFUSION_2 and not identity.inpainting
    return is_second and _V_MARK not in shapes and _PREDICTION_KEY not in metadata


def vae_channels(shapes: Shapes) -> int | None:
    """The latent channels of a VAE file; None for a file that is none."""
    part = _vae(shapes)
    return None if part is None else part.width


# --- models ------------------------------------------------------------------------------------------------------

_REFUSED = {
    "distilled_guidance_layer.in_proj.bias": "Chroma",
    "txt_in.text_norm.weight": "Qwen-Image 2.1",
    "early_stream_modulations.image.lin.weight": "FLUX.3",
    "txtfusion.projector.weight": "Krea 2",
    "patchify_proj.weight": "LTX-Video",
    "head.modulation": "Wan",
    "joint_transformer_blocks.0.attn.add_q_proj.weight": "AuraFlow",
    "double_layers.0.attn.w1q.weight": "AuraFlow",
    "layers.0.adaLN_modulation.1.weight": "Lumina 2",
}
"""Tensors of models that this version cannot run, although some of them look like those that it can."""


def _model(shapes: Shapes, metadata: Mapping[str, str]) -> ModelIdentity | Unknown | None:
    denoiser = _without_prefix(shapes)
    for name, model in _REFUSED.items():
        if name in denoiser:
            return Unknown(f"a model of the kind {model}")
    found = _unet(shapes, denoiser, metadata) or _transformer(denoiser)
    if not isinstance(found, ModelIdentity):
        return found
    return ModelIdentity(
        found.family, found.prediction, found.inpainting, found.distilled, _parts_inside(found.family, shapes)
    )


def _without_prefix(shapes: Shapes) -> Shapes:
    """The tensors of the denoiser by their bare names."""
    for prefix in (DENOISER_PREFIX, "diffusion_model."):
        inside = {name.removeprefix(prefix): shape for name, shape in shapes.items() if name.startswith(prefix)}
        if inside:
            return inside
    return shapes


def _parts_inside(family: ModelFamily, shapes: Shapes) -> frozenset[str]:
    prefixes = family_components(family).prefixes
    return frozenset(part for part, starts in prefixes.items() if any(name.startswith(starts) for name in shapes))


def _unet(shapes: Shapes, denoiser: Shapes, metadata: Mapping[str, str]) -> ModelIdentity | Unknown | None:
    first = denoiser.get("input_blocks.0.0.weight") or denoiser.get("conv_in.weight")
    text_width = unet_text_width(denoiser)
    if first is None or len(first) != 4 or text_width is None:
        return None
    channels = first[1]
    if channels not in {4, 9}:
        return Unknown(f"a UNet that takes {channels} channels")
    family = _unet_family(shapes, denoiser, text_width)
    inpainting = channels == 9
    prediction = _unet_prediction(shapes, metadata, family, inpainting=inpainting)
    return ModelIdentity(family, prediction, inpainting=inpainting)


def _unet_family(shapes: Shapes, denoiser: Shapes, text_width: int) -> ModelFamily:
    size_embedding = "label_emb.0.0.weight" in denoiser or "add_embedding.linear_1.weight" in denoiser
    if size_embedding:
        has_first_encoder = any(name.startswith("conditioner.embedders.0.transformer.") for name in shapes)
        only_second = any(name.startswith("conditioner.embedders.0.model.") for name in shapes)
        is_refiner = only_second or (not has_first_encoder and text_width == _REFINER_TEXT)
        return ModelFamily.STABLE_DIFFUSION_XL_REFINER if is_refiner else ModelFamily.STABLE_DIFFUSION_XL
    return ModelFamily.STABLE_DIFFUSION_2 if _projects_linearly(denoiser) else ModelFamily.STABLE_DIFFUSION


_REFINER_TEXT = 1280


def _projects_linearly(denoiser: Shapes) -> bool:
    """Stable Diffusion 1 puts convolutions around its transformers, 2 linear layers."""
    return any(len(shape) == 2 for name, shape in denoiser.items() if name.endswith(".proj_in.weight"))


_V_MARK = "v_pred"
_PREDICTION_KEY = "modelspec.prediction_type"


def _unet_prediction(
    shapes: Shapes, metadata: Mapping[str, str], family: ModelFamily, *, inpainting: bool
) -> Prediction:
    """Names and shapes say it only where somebody put an empty tensor there for it. Stable Diffusion 2 comes in both
    kinds: that of 768 pixels predicts v, those of 512 and for inpainting noise (`measured_prediction` tells more).
    """
    written = metadata.get(_PREDICTION_KEY, "")
    if _V_MARK in shapes or written.startswith("v"):
        return Prediction.V
    is_small = inpainting or metadata.get("modelspec.resolution", "").startswith("512")
    if family is ModelFamily.STABLE_DIFFUSION_2 and not written and not is_small:
        return Prediction.V
    return Prediction.EPSILON


def _transformer(denoiser: Shapes) -> ModelIdentity | Unknown | None:
    if has_any(denoiser, "single_stream_modulation.lin.weight", "single_stream_modulation.linear.weight"):
        return _flux_2(denoiser)
    if has_any(
        denoiser, "double_blocks.0.img_attn.norm.key_norm.scale", "single_transformer_blocks.0.attn.norm_k.weight"
    ):
        return _flux(denoiser)
    for family, names in _TRANSFORMERS.items():
        if has_any(denoiser, *names):
            return ModelIdentity(family, Prediction.FLOW)
    return None


_TRANSFORMERS = {
    ModelFamily.STABLE_DIFFUSION_3: ("joint_blocks.0.context_block.adaLN_modulation.1.weight", "pos_embed.pos_embed"),
    ModelFamily.Z_IMAGE: ("layers.0.adaLN_modulation.0.weight",),
    ModelFamily.QWEN_IMAGE: ("transformer_blocks.0.txt_mod.1.weight",),
}


def _flux(denoiser: Shapes) -> ModelIdentity | Unknown:
    """The model for four steps has no place for a guidance."""
    guided = has_any(denoiser, "guidance_in.in_layer.weight", "time_text_embed.guidance_embedder.linear_1.weight")
    picture, latents = (
        first_shape(denoiser, "img_in.weight", "x_embedder.weight"),
        first_shape(denoiser, "final_layer.linear.weight", "proj_out.weight"),
    )
    if picture and latents and picture[-1] != latents[0]:
        return Unknown(f"a FLUX.1 model that takes {picture[-1]} channels (Fill, Depth, Canny)")
    return ModelIdentity(ModelFamily.FLUX, Prediction.FLOW, distilled=not guided)


def _flux_2(denoiser: Shapes) -> ModelIdentity | Unknown:
    if has_any(denoiser, "guidance_in.in_layer.weight", "time_guidance_embed.guidance_embedder.linear_1.weight"):
        return Unknown("FLUX.2 dev, whose text encoder (Mistral, 24 billion parameters) is not supported")
    return ModelIdentity(ModelFamily.FLUX_2, Prediction.FLOW, distilled=True)


# --- parts of models ---------------------------------------------------------------------------------------------


def _part(shapes: Shapes) -> PartIdentity | AddonIdentity | None:
    """A VAE is a part and also an add-on: as such it is shown, and where a model lacks one it is taken."""
    vae = _vae(shapes)
    if vae is not None:
        return AddonIdentity(AddonKind.VAE, _VAE_FAMILIES.get(vae.width) if vae.kind is PartKind.VAE else _QWEN)
    return _text_encoder(shapes)


_QWEN = ModelFamily.QWEN_IMAGE
_VAE_FAMILIES = {32: ModelFamily.FLUX_2}
"""Those of 4 and of 16 latent channels are shaped alike in several families."""


def part_of_model(shapes: Shapes) -> PartIdentity | None:
    """The part of a model that a file holds; None for whole models, denoisers and everything else."""
    return _vae(shapes) or _text_encoder(shapes)


def _vae(shapes: Shapes) -> PartIdentity | None:
    for prefix in ("", "first_stage_model.", "vae."):
        qwen = first_shape(shapes, f"{prefix}decoder.conv1.weight")
        if qwen and f"{prefix}decoder.middle.0.residual.0.gamma" in shapes:
            return PartIdentity(PartKind.QWEN_VAE, qwen[1])
        decoder = shapes.get(f"{prefix}decoder.conv_in.weight")
        if decoder is not None:
            return PartIdentity(PartKind.QWEN_VAE if len(decoder) == 5 else PartKind.VAE, decoder[1])
    tiny = shapes.get("decoder.layers.0.weight")
    return PartIdentity(PartKind.VAE, tiny[1]) if tiny and "encoder.layers.0.weight" in shapes else None


def _text_encoder(shapes: Shapes) -> PartIdentity | None:
    tokens = {
        name: first_shape(shapes, name, f"model.{name}", f"text_model.{name}", f"language_model.{name}")
        for name in ("embed_tokens.weight", "embeddings.token_embedding.weight", "shared.weight")
    }
    if tokens["embeddings.token_embedding.weight"]:
        return PartIdentity(PartKind.CLIP, tokens["embeddings.token_embedding.weight"][1])
    if tokens["shared.weight"] and "encoder.block.0.layer.0.SelfAttention.q.weight" in shapes:
        return PartIdentity(PartKind.T5, tokens["shared.weight"][1])
    if tokens["embed_tokens.weight"]:
        sees = any(name.startswith(("visual.", "model.visual.")) for name in shapes)
        thinks = any(name.endswith("self_attn.q_norm.weight") for name in shapes)
        if sees or thinks:
            return PartIdentity(PartKind.QWEN_2_5_VL if sees else PartKind.QWEN_3, tokens["embed_tokens.weight"][1])
    return None


# --- the rest ----------------------------------------------------------------------------------------------------


def _description(shapes: Shapes) -> str:
    """For people and for reports: how much is in it, and what the first tensors are called."""
    if any(name.startswith(("image_proj.", "ip_adapter.")) for name in shapes):
        return "an IP-Adapter"
    if not shapes:
        return "no tensors"
    first = ", ".join(f"{name[:60]} {'x'.join(map(str, shape))}" for name, shape in list(shapes.items())[:3])
    return f"{len(shapes)} tensors, such as {first}"
