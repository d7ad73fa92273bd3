"""For which family of models an add-on was made, told from the names and shapes of its tensors alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from studio.checkpoints.safetensors_header import TensorEntry
from studio.core.checkpoint import ModelFamily

_LORA_WORDS = (
    ".lora_down.",
    ".lora_up.",
    ".lora_A.",
    ".lora_B.",
    "_lora.down.",
    "_lora.up.",
    ".lora.down.",
    ".lora.up.",
)
_DOWN_ENDINGS = (".lora_down.weight", ".lora_A.weight", ".lora.down.weight", "_lora.down.weight")
_FAMILY_OF_TEXT_WIDTH = {
    768: ModelFamily.STABLE_DIFFUSION,
    1024: ModelFamily.STABLE_DIFFUSION_2,
    2048: ModelFamily.STABLE_DIFFUSION_XL,
    1280: ModelFamily.STABLE_DIFFUSION_XL_REFINER,
}
"""A UNet reads text of the width of its family's text encoders."""

_FAMILY_OF_TRANSFORMER_WORDS: Sequence[tuple[tuple[str, ...], ModelFamily]] = (
    (("single_transformer_blocks", "to_qkv_mlp_proj"), ModelFamily.FLUX_2),
    (("double_blocks", "double_stream_modulation"), ModelFamily.FLUX_2),
    (("single_transformer_blocks",), ModelFamily.FLUX),
    (("double_blocks",), ModelFamily.FLUX),
    (("single_blocks",), ModelFamily.FLUX),
    (("joint_blocks",), ModelFamily.STABLE_DIFFUSION_3),
    (("transformer_blocks", "img_mlp"), ModelFamily.QWEN_IMAGE),
    (("transformer_blocks", "add_q_proj", "attn2"), ModelFamily.STABLE_DIFFUSION_3),
    (("layers", "adaLN_modulation"), ModelFamily.Z_IMAGE),
    (("layers", "attention", "feed_forward"), ModelFamily.Z_IMAGE),
)
"""Words that occur in the names of a transformer's layers, each row all of them; the first row that fits counts."""


def is_lora(tensors: Iterable[TensorEntry]) -> bool:
    """True for the LoRAs of kohya's scripts and of diffusers."""
    return any(word in tensor.name for tensor in tensors for word in _LORA_WORDS)


def lora_family(tensors: Sequence[TensorEntry]) -> ModelFamily | None:
    """The family whose layers the LoRA changes; None when its layers do not tell."""
    names = [tensor.name for tensor in tensors]
    if any("unet" in name or name.startswith(("lora_te", "text_encoder")) for name in names):
        return _unet_family(tensors, names)
    joined = "\n".join(names)
    for words, family in _FAMILY_OF_TRANSFORMER_WORDS:
        if all(word in joined for word in words):
            return family
    return None


def _unet_family(tensors: Sequence[TensorEntry], names: Sequence[str]) -> ModelFamily | None:
    if any(name.startswith(("lora_unet_double_blocks", "lora_unet_single_blocks")) for name in names):
        return ModelFamily.FLUX
    if any("lora_unet_joint_blocks" in name for name in names):
        return ModelFamily.STABLE_DIFFUSION_3
    width = _text_width(tensors)
    if width is not None:
        return _FAMILY_OF_TEXT_WIDTH.get(width)
    if any(name.startswith(("lora_te2_", "text_encoder_2.")) for name in names):
        return ModelFamily.STABLE_DIFFUSION_XL
    return None


def _text_width(tensors: Sequence[TensorEntry]) -> int | None:
    """What goes into the keys of the cross-attention: the width of the text that the model reads."""
    for tensor in tensors:
        name = tensor.name.replace(".processor", "")
        reads_text = any(f"attn2{separator}to_{part}" in name for separator in "_." for part in "kv")
        if reads_text and name.endswith(_DOWN_ENDINGS) and len(tensor.shape) >= 2:
            return tensor.shape[1]
    return None


def embedding_family(tensors: Sequence[TensorEntry]) -> ModelFamily | None:
    """The family whose text encoders a textual inversion was made for."""
    if any(tensor.name == "clip_g" for tensor in tensors):
        return ModelFamily.STABLE_DIFFUSION_XL
    widths = {tensor.shape[-1] for tensor in tensors if tensor.shape}
    return _FAMILY_OF_TEXT_WIDTH.get(widths.pop()) if len(widths) == 1 else None
