"""Which add-on a file is, and for which models, from the names and shapes of its tensors."""

from __future__ import annotations

import re
from collections.abc import Mapping

from studio.checkpoints.identities import AddonIdentity, Shapes, has_any, unet_text_width
from studio.core.addon import AddonKind
from studio.core.checkpoint import ModelFamily

_LORA_ENDINGS = re.compile(
    r"(lora_down\.weight|lora_up\.weight|lora_[AB](\.default)?\.weight|lora\.(down|up)\.weight|hada_w1_[ab]|lokr_w[12](_[ab])?|oft_blocks|\.diff)$"
)


def lora_identity(shapes: Shapes, metadata: Mapping[str, str]) -> AddonIdentity | None:
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


def controlnet_identity(shapes: Shapes) -> AddonIdentity | None:
    if not has_any(shapes, *_CONTROLNET_NAMES):
        return None
    if "controlnet_x_embedder.weight" in shapes:
        return AddonIdentity(AddonKind.CONTROLNET, ModelFamily.FLUX)
    if "control_all_x_embedder.2-1.weight" in shapes:
        return AddonIdentity(AddonKind.CONTROLNET, ModelFamily.Z_IMAGE)
    if "pos_embed_input.proj.weight" in shapes:
        return AddonIdentity(AddonKind.CONTROLNET, ModelFamily.STABLE_DIFFUSION_3)
    width = unet_text_width(shapes)
    return AddonIdentity(AddonKind.CONTROLNET, None if width is None else _UNET_TEXT_WIDTHS.get(width))


_MOST_INVERSION_TENSORS = 4
_EMBEDDING_FAMILIES = {768: ModelFamily.STABLE_DIFFUSION, 1024: ModelFamily.STABLE_DIFFUSION_2}


def textual_inversion_identity(shapes: Shapes) -> AddonIdentity | None:
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


def upscaler_identity(shapes: Shapes) -> AddonIdentity | None:
    inside = {name.removeprefix("params_ema.").removeprefix("params."): shape for name, shape in shapes.items()}
    return AddonIdentity(AddonKind.UPSCALER, None) if has_any(inside, *_UPSCALER_NAMES) else None
