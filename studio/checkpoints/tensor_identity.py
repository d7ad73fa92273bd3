"""What a file of weights is, from the names and shapes of its tensors alone.

The names are those of the layouts that circulate: CompVis and Stability (`model.diffusion_model.input_blocks...`),
Black Forest Labs (`double_blocks...`), diffusers (`down_blocks...`), kohya (`lora_unet_...`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from studio.core.addon import AddonKind
from studio.core.checkpoint import ModelFamily, Prediction
from studio.core.components import DENOISER_PREFIX, PartKind, family_components

Shapes: TypeAlias = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """A model, or its denoiser alone: `parts` are the other parts that are in the same file."""

    family: ModelFamily
    prediction: Prediction
    inpainting: bool = False
    distilled: bool = False
    """Trained to need few steps and no guidance, as far as the tensors tell."""
    parts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AddonIdentity:
    """An add-on; `family` is None where the tensors do not tell, or it fits several."""

    kind: AddonKind
    family: ModelFamily | None


@dataclass(frozen=True, slots=True)
class PartIdentity:
    """One part of a model: `width` tells a small CLIP from a large one, `latent_channels` one VAE from another."""

    kind: PartKind
    width: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing that the program can use; `seen` says what it looks like."""

    seen: str


Identity: TypeAlias = ModelIdentity | AddonIdentity | PartIdentity | Unknown


def identify(shapes: Shapes, metadata: Mapping[str, str]) -> Identity:
    """What the tensors with these `shapes` are. `metadata` decides only what the tensors leave open."""
    return (
        _lora(shapes, metadata)
        or _controlnet(shapes)
        or _model(shapes, metadata)
        or _part(shapes)
        or _textual_inversion(shapes)
        or _upscaler(shapes)
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
_BITSANDBYTES = ".quant_state.bitsandbytes__"
"""Before the name of what tells how a weight was packed, without which its shape is not known."""


def _model(shapes: Shapes, metadata: Mapping[str, str]) -> ModelIdentity | Unknown | None:
    denoiser = _without_prefix(shapes)
    for name, model in _REFUSED.items():
        if name in denoiser:
            return Unknown(f"a model of the kind {model}")
    if any(_BITSANDBYTES in name for name in denoiser):
        return Unknown("a model with weights of 4 bits by bitsandbytes (NF4, FP4)")
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
    text_width = _text_width(denoiser)
    if first is None or len(first) != 4 or text_width is None:
        return None
    channels = first[1]
    if channels not in {4, 9}:
        return Unknown(f"a UNet that takes {channels} channels")
    family = _unet_family(shapes, denoiser, text_width)
    inpainting = channels == 9
    prediction = _unet_prediction(shapes, metadata, family, inpainting=inpainting)
    return ModelIdentity(family, prediction, inpainting=inpainting)


def _text_width(denoiser: Shapes) -> int | None:
    """How wide the text is that the UNet reads."""
    return next((shape[-1] for name, shape in denoiser.items() if name.endswith("attn2.to_k.weight")), None)


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
    if _has(denoiser, "single_stream_modulation.lin.weight", "single_stream_modulation.linear.weight"):
        return _flux_2(denoiser)
    if _has(denoiser, "double_blocks.0.img_attn.norm.key_norm.scale", "single_transformer_blocks.0.attn.norm_k.weight"):
        return _flux(denoiser)
    for family, names in _TRANSFORMERS.items():
        if _has(denoiser, *names):
            return ModelIdentity(family, Prediction.FLOW)
    return None


_TRANSFORMERS = {
    ModelFamily.STABLE_DIFFUSION_3: ("joint_blocks.0.context_block.adaLN_modulation.1.weight", "pos_embed.pos_embed"),
    ModelFamily.Z_IMAGE: ("layers.0.adaLN_modulation.0.weight",),
    ModelFamily.QWEN_IMAGE: ("transformer_blocks.0.txt_mod.1.weight",),
}


def _has(shapes: Shapes, *names: str) -> bool:
    return any(name in shapes for name in names)


def _flux(denoiser: Shapes) -> ModelIdentity | Unknown:
    """The model for four steps has no place for a guidance."""
    guided = _has(denoiser, "guidance_in.in_layer.weight", "time_text_embed.guidance_embedder.linear_1.weight")
    picture, latents = (
        _shape(denoiser, "img_in.weight", "x_embedder.weight"),
        _shape(denoiser, "final_layer.linear.weight", "proj_out.weight"),
    )
    if picture and latents and picture[-1] != latents[0]:
        return Unknown(f"a FLUX.1 model that takes {picture[-1]} channels (Fill, Depth, Canny)")
    return ModelIdentity(ModelFamily.FLUX, Prediction.FLOW, distilled=not guided)


def _flux_2(denoiser: Shapes) -> ModelIdentity | Unknown:
    if _has(denoiser, "guidance_in.in_layer.weight", "time_guidance_embed.guidance_embedder.linear_1.weight"):
        return Unknown("FLUX.2 dev, whose text encoder (Mistral, 24 billion parameters) is not supported")
    return ModelIdentity(ModelFamily.FLUX_2, Prediction.FLOW, distilled=True)


def _shape(shapes: Shapes, *names: str) -> tuple[int, ...] | None:
    return next((shapes[name] for name in names if name in shapes), None)


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
        qwen = _shape(shapes, f"{prefix}decoder.conv1.weight")
        if qwen and f"{prefix}decoder.middle.0.residual.0.gamma" in shapes:
            return PartIdentity(PartKind.QWEN_VAE, qwen[1])
        decoder = shapes.get(f"{prefix}decoder.conv_in.weight")
        if decoder is not None:
            return PartIdentity(PartKind.QWEN_VAE if len(decoder) == 5 else PartKind.VAE, decoder[1])
    tiny = shapes.get("decoder.layers.0.weight")
    return PartIdentity(PartKind.VAE, tiny[1]) if tiny and "encoder.layers.0.weight" in shapes else None


def _text_encoder(shapes: Shapes) -> PartIdentity | None:
    tokens = {
        name: _shape(shapes, name, f"model.{name}", f"text_model.{name}", f"language_model.{name}")
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


# --- add-ons -----------------------------------------------------------------------------------------------------

_LORA_ENDINGS = re.compile(
    r"(lora_down\.weight|lora_up\.weight|lora_[AB](\.default)?\.weight|lora\.(down|up)\.weight|hada_w1_[ab]|lokr_w[12](_[ab])?|oft_blocks|\.diff)$"
)


def _lora(shapes: Shapes, metadata: Mapping[str, str]) -> AddonIdentity | None:
    matrices = {name: shape for name, shape in shapes.items() if _LORA_ENDINGS.search(name)}
    if not matrices or "lora_controlnet" in shapes:
        return None
    plain = {name.replace(".", "_"): shape for name, shape in matrices.items()}
    family = _lora_transformer_family(plain) or _lora_unet_family(plain) or _family_in(metadata)
    return AddonIdentity(AddonKind.LORA, family)


_LORA_PATTERNS = (
    (re.compile(r"joint_blocks_\d"), ModelFamily.STABLE_DIFFUSION_3),
    (re.compile(r"transformer_blocks_\d+_(txt_mod|img_mod|txt_mlp|img_mlp)"), ModelFamily.QWEN_IMAGE),
    (re.compile(r"attn_to_qkv_mlp_proj|single_stream_modulation"), ModelFamily.FLUX_2),
    (re.compile(r"(?<!encoder_)layers_\d+_(attention|feed_forward|adaLN)"), ModelFamily.Z_IMAGE),
)


def _lora_transformer_family(plain: Shapes) -> ModelFamily | None:
    for pattern, family in _LORA_PATTERNS:
        if any(pattern.search(name) for name in plain):
            return family
    if any("single_blocks_" in name or "single_transformer_blocks_" in name for name in plain):
        return ModelFamily.FLUX_2 if _fuses_more(plain) else ModelFamily.FLUX
    if any("double_blocks_" in name for name in plain):
        return ModelFamily.FLUX
    added = [
        shape
        for name, shape in plain.items()
        if re.search(r"transformer_blocks_\d+_attn_add_[qkv]_proj.*(down|A)", name)
    ]
    if added:
        return ModelFamily.FLUX if added[0][-1] == _FLUX_WIDTH else ModelFamily.STABLE_DIFFUSION_3
    return None


_FLUX_WIDTH = 3072


def _fuses_more(plain: Shapes) -> bool:
    """The first layer of a single block makes q, k, v and the MLP's input: 7 times its width in FLUX.1, 9 in FLUX.2."""
    into = next((s[-1] for n, s in plain.items() if re.search(r"single_blocks_\d+_linear1_.*(down|A)", n)), None)
    out = next((s[0] for n, s in plain.items() if re.search(r"single_blocks_\d+_linear1_.*(up|B)", n)), None)
    return into is not None and out is not None and out >= 9 * into


_UNET_TEXT_WIDTHS = {
    768: ModelFamily.STABLE_DIFFUSION,
    1024: ModelFamily.STABLE_DIFFUSION_2,
    1280: ModelFamily.STABLE_DIFFUSION_XL_REFINER,
    2048: ModelFamily.STABLE_DIFFUSION_XL,
}


def _lora_unet_family(plain: Shapes) -> ModelFamily | None:
    for name, shape in plain.items():
        if re.search(r"attn2_to_[kv]_.*(lora_down|lora_A|w1_b)", name) and len(shape) >= 2:
            family = _UNET_TEXT_WIDTHS.get(shape[1])
            if family is not None:
                return family
    if any(name.startswith(("lora_te1_", "lora_te2_", "text_encoder_2_")) for name in plain):
        return ModelFamily.STABLE_DIFFUSION_XL
    if any(re.search(r"transformer_blocks_[2-9]_", name) for name in plain if "unet" in name or "blocks" in name):
        return ModelFamily.STABLE_DIFFUSION_XL  # only its UNet stacks more than one transformer in a block
    return _family_by_text_encoder(plain)


def _family_by_text_encoder(plain: Shapes) -> ModelFamily | None:
    encoder = next(
        (s for n, s in plain.items() if re.search(r"text_model_encoder_layers_\d+_self_attn_q_proj_.*(down|A)", n)),
        None,
    )
    return None if encoder is None else _UNET_TEXT_WIDTHS.get(encoder[-1])


_METADATA_KEYS = ("modelspec.architecture", "ss_base_model_version")
_METADATA_WORDS = (
    ("refiner", ModelFamily.STABLE_DIFFUSION_XL_REFINER),
    ("xl", ModelFamily.STABLE_DIFFUSION_XL),
    ("diffusion-v3", ModelFamily.STABLE_DIFFUSION_3),
    ("sd3", ModelFamily.STABLE_DIFFUSION_3),
    ("sd_v2", ModelFamily.STABLE_DIFFUSION_2),
    ("diffusion-v2", ModelFamily.STABLE_DIFFUSION_2),
    ("sd_v1", ModelFamily.STABLE_DIFFUSION),
    ("diffusion-v1", ModelFamily.STABLE_DIFFUSION),
    ("flux2", ModelFamily.FLUX_2),
    ("flux-2", ModelFamily.FLUX_2),
    ("flux", ModelFamily.FLUX),
    ("zimage", ModelFamily.Z_IMAGE),
    ("z-image", ModelFamily.Z_IMAGE),
    ("qwen", ModelFamily.QWEN_IMAGE),
)


def _family_in(metadata: Mapping[str, str]) -> ModelFamily | None:
    """What sd-scripts and the ModelSpec write into their files."""
    written = " ".join(metadata.get(key, "") for key in _METADATA_KEYS).lower()
    return next((family for word, family in _METADATA_WORDS if word in written), None)


_CONTROLNET_NAMES = (
    "controlnet_cond_embedding.conv_in.weight",
    "control_model.input_hint_block.0.weight",
    "input_hint_block.0.weight",
    "controlnet_x_embedder.weight",
    "lora_controlnet",
    "control_all_x_embedder.2-1.weight",
    "pos_embed_input.proj.weight",
)


def _controlnet(shapes: Shapes) -> AddonIdentity | None:
    if not _has(shapes, *_CONTROLNET_NAMES):
        return None
    if "controlnet_x_embedder.weight" in shapes:
        return AddonIdentity(AddonKind.CONTROLNET, ModelFamily.FLUX)
    if "control_all_x_embedder.2-1.weight" in shapes:
        return AddonIdentity(AddonKind.CONTROLNET, ModelFamily.Z_IMAGE)
    if "pos_embed_input.proj.weight" in shapes:
        return AddonIdentity(AddonKind.CONTROLNET, ModelFamily.STABLE_DIFFUSION_3)
    width = _text_width(shapes)
    return AddonIdentity(AddonKind.CONTROLNET, None if width is None else _UNET_TEXT_WIDTHS.get(width))


_MOST_INVERSION_TENSORS = 4
_EMBEDDING_FAMILIES = {768: ModelFamily.STABLE_DIFFUSION, 1024: ModelFamily.STABLE_DIFFUSION_2}


def _textual_inversion(shapes: Shapes) -> AddonIdentity | None:
    if not 0 < len(shapes) <= _MOST_INVERSION_TENSORS:
        return None
    if "clip_g" in shapes:
        return AddonIdentity(AddonKind.TEXTUAL_INVERSION, ModelFamily.STABLE_DIFFUSION_XL)
    widths = {shape[-1] for shape in shapes.values() if len(shape) in {1, 2}}
    named = "emb_params" in shapes or all(re.fullmatch(r"<[^>]+>|string_to_param.*|\*", name) for name in shapes)
    if len(widths) != 1 or not (named or widths <= _EMBEDDING_FAMILIES.keys()):
        return None
    return AddonIdentity(AddonKind.TEXTUAL_INVERSION, _EMBEDDING_FAMILIES.get(widths.pop()))


_UPSCALER_NAMES = (
    "body.0.rdb1.conv1.weight",  # RealESRGAN
    "RRDB_trunk.0.RDB1.conv1.weight",  # ESRGAN as first published
    "model.1.sub.0.RDB1.conv1.0.weight",  # ESRGAN as converted by others
    "layers.0.residual_group.blocks.0.norm1.weight",  # SwinIR, HAT
    "residual_layer.0.residual_layer.0.layer.0.fn.0.weight",  # OmniSR
    "body.1.weight",  # the compact network of RealESRGAN: convolutions and slopes in turn
)


def _upscaler(shapes: Shapes) -> AddonIdentity | None:
    inside = {name.removeprefix("params_ema.").removeprefix("params."): shape for name, shape in shapes.items()}
    return AddonIdentity(AddonKind.UPSCALER, None) if _has(inside, *_UPSCALER_NAMES) else None


# --- the rest ----------------------------------------------------------------------------------------------------


def _description(shapes: Shapes) -> str:
    """For people and for reports: how much is in it, and what the first tensors are called."""
    if any(name.startswith(("image_proj.", "ip_adapter.")) for name in shapes):
        return "an IP-Adapter"
    if not shapes:
        return "no tensors"
    first = ", ".join(f"{name[:60]} {'x'.join(map(str, shape))}" for name, shape in list(shapes.items())[:3])
    return f"{len(shapes)} tensors, such as {first}"
