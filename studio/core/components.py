"""Which parts a model of each family is made of, and the classes that may be loaded for them: an allow-list.

Names are those of a diffusers folder: `model_index.json` names a (library, class) pair for each part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from studio.core.checkpoint import ModelFamily

ClassPair: TypeAlias = tuple[str, str]
"""A library (`diffusers` or `transformers`) and a class of it."""


class PartKind(StrEnum):
    """What a file holds that is one part of a model and lies beside the file of the denoiser."""

    CLIP = "clip"
    T5 = "t5"
    QWEN_3 = "qwen_3"
    QWEN_2_5_VL = "qwen_2_5_vl"
    VAE = "vae"
    QWEN_VAE = "qwen_vae"


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyComponents:
    """`networks` and `tokenizers` map the name of a part to the classes that it may have.

    A model may be without those in `optional`. In a single file the tensors of a part begin with one of its `prefixes`;
    parts that are not in it lie beside it, in files of their `kinds` (of two CLIPs the narrower comes first).
    """

    pipelines: tuple[str, ...]
    """The pipeline classes that a folder may be made for."""
    denoiser: str
    networks: Mapping[str, tuple[ClassPair, ...]]
    tokenizers: Mapping[str, tuple[ClassPair, ...]]
    prefixes: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, PartKind]
    optional: frozenset[str] = field(default_factory=frozenset[str])

    @property
    def is_unet(self) -> bool:
        """The denoiser is a UNet, not a transformer."""
        return self.denoiser == "unet"


DENOISER_PREFIX = "model.diffusion_model."
"""Before the tensors of the denoiser, where a single file holds other parts too."""


def family_components(family: ModelFamily) -> FamilyComponents:
    """What a model of `family` is made of."""
    return _COMPONENTS[family]


def weights_name(class_pair: ClassPair) -> str:
    """The stem of the files that a library writes weights to."""
    return "diffusion_pytorch_model" if class_pair[0] == "diffusers" else "model"


def _diffusers(*names: str) -> tuple[ClassPair, ...]:
    return tuple(("diffusers", name) for name in names)


def _transformers(*names: str) -> tuple[ClassPair, ...]:
    return tuple(("transformers", name) for name in names)


_KL = _diffusers("AutoencoderKL", "AutoencoderTiny")
_CLIP = _transformers("CLIPTextModel")
_CLIP_PROJECTED = _transformers("CLIPTextModelWithProjection")
_T5 = _transformers("T5EncoderModel")
_CLIP_TOKENIZER = _transformers("CLIPTokenizer", "CLIPTokenizerFast")
_T5_TOKENIZER = _transformers("T5Tokenizer", "T5TokenizerFast")
_QWEN_TOKENIZER = _transformers("Qwen2Tokenizer", "Qwen2TokenizerFast")

_VAE_PREFIXES = ("first_stage_model.", "vae.")


def _comfy(encoder: str) -> tuple[str, ...]:
    return (f"text_encoders.{encoder}.transformer.",)


_STABLE_DIFFUSION = FamilyComponents(
    pipelines=("StableDiffusionPipeline", "StableDiffusionInpaintPipeline"),
    denoiser="unet",
    networks={"text_encoder": _CLIP, "unet": _diffusers("UNet2DConditionModel"), "vae": _KL},
    tokenizers={"tokenizer": _CLIP_TOKENIZER},
    prefixes={
        "text_encoder": ("cond_stage_model.transformer.", "cond_stage_model.model."),
        "vae": _VAE_PREFIXES,
    },
    kinds={"text_encoder": PartKind.CLIP, "vae": PartKind.VAE},
)

_COMPONENTS: Mapping[ModelFamily, FamilyComponents] = {
    ModelFamily.STABLE_DIFFUSION: _STABLE_DIFFUSION,
    ModelFamily.STABLE_DIFFUSION_2: _STABLE_DIFFUSION,
    ModelFamily.STABLE_DIFFUSION_XL: FamilyComponents(
        pipelines=("StableDiffusionXLPipeline", "StableDiffusionXLInpaintPipeline"),
        denoiser="unet",
        networks={
            "text_encoder": _CLIP,
            "text_encoder_2": _CLIP_PROJECTED,
            "unet": _diffusers("UNet2DConditionModel"),
            "vae": _KL,
        },
        tokenizers={"tokenizer": _CLIP_TOKENIZER, "tokenizer_2": _CLIP_TOKENIZER},
        prefixes={
            "text_encoder": ("conditioner.embedders.0.transformer.",),
            "text_encoder_2": ("conditioner.embedders.1.model.",),
            "vae": _VAE_PREFIXES,
        },
        kinds={"text_encoder": PartKind.CLIP, "text_encoder_2": PartKind.CLIP, "vae": PartKind.VAE},
    ),
    ModelFamily.STABLE_DIFFUSION_XL_REFINER: FamilyComponents(
        pipelines=("StableDiffusionXLImg2ImgPipeline",),
        denoiser="unet",
        networks={"text_encoder_2": _CLIP_PROJECTED, "unet": _diffusers("UNet2DConditionModel"), "vae": _KL},
        tokenizers={"tokenizer_2": _CLIP_TOKENIZER},
        prefixes={"text_encoder_2": ("conditioner.embedders.0.model.",), "vae": _VAE_PREFIXES},
        kinds={"text_encoder_2": PartKind.CLIP, "vae": PartKind.VAE},
    ),
    ModelFamily.STABLE_DIFFUSION_3: FamilyComponents(
        pipelines=("StableDiffusion3Pipeline",),
        denoiser="transformer",
        networks={
            "text_encoder": _CLIP_PROJECTED,
            "text_encoder_2": _CLIP_PROJECTED,
            "text_encoder_3": _T5,
            "transformer": _diffusers("SD3Transformer2DModel"),
            "vae": _KL,
        },
        tokenizers={"tokenizer": _CLIP_TOKENIZER, "tokenizer_2": _CLIP_TOKENIZER, "tokenizer_3": _T5_TOKENIZER},
        prefixes={
            "text_encoder": _comfy("clip_l"),
            "text_encoder_2": _comfy("clip_g"),
            "text_encoder_3": _comfy("t5xxl"),
            "vae": _VAE_PREFIXES,
        },
        kinds={
            "text_encoder": PartKind.CLIP,
            "text_encoder_2": PartKind.CLIP,
            "text_encoder_3": PartKind.T5,
            "vae": PartKind.VAE,
        },
        optional=frozenset({"text_encoder_3", "tokenizer_3"}),
    ),
    ModelFamily.FLUX: FamilyComponents(
        pipelines=("FluxPipeline",),
        denoiser="transformer",
        networks={
            "text_encoder": _CLIP,
            "text_encoder_2": _T5,
            "transformer": _diffusers("FluxTransformer2DModel"),
            "vae": _KL,
        },
        tokenizers={"tokenizer": _CLIP_TOKENIZER, "tokenizer_2": _T5_TOKENIZER},
        prefixes={"text_encoder": _comfy("clip_l"), "text_encoder_2": _comfy("t5xxl"), "vae": _VAE_PREFIXES},
        kinds={"text_encoder": PartKind.CLIP, "text_encoder_2": PartKind.T5, "vae": PartKind.VAE},
    ),
    ModelFamily.FLUX_2: FamilyComponents(
        pipelines=("Flux2KleinPipeline",),
        denoiser="transformer",
        networks={
            "text_encoder": _transformers("Qwen3ForCausalLM"),
            "transformer": _diffusers("Flux2Transformer2DModel"),
            "vae": _diffusers("AutoencoderKLFlux2"),
        },
        tokenizers={"tokenizer": _QWEN_TOKENIZER},
        prefixes={"text_encoder": _comfy("qwen3_4b"), "vae": _VAE_PREFIXES},
        kinds={"text_encoder": PartKind.QWEN_3, "vae": PartKind.VAE},
    ),
    ModelFamily.Z_IMAGE: FamilyComponents(
        pipelines=("ZImagePipeline",),
        denoiser="transformer",
        networks={
            "text_encoder": _transformers("Qwen3Model", "Qwen3ForCausalLM"),
            "transformer": _diffusers("ZImageTransformer2DModel"),
            "vae": _KL,
        },
        tokenizers={"tokenizer": _QWEN_TOKENIZER},
        prefixes={"text_encoder": _comfy("qwen3_4b"), "vae": _VAE_PREFIXES},
        kinds={"text_encoder": PartKind.QWEN_3, "vae": PartKind.VAE},
    ),
    ModelFamily.QWEN_IMAGE: FamilyComponents(
        pipelines=("QwenImagePipeline",),
        denoiser="transformer",
        networks={
            "text_encoder": _transformers("Qwen2_5_VLForConditionalGeneration"),
            "transformer": _diffusers("QwenImageTransformer2DModel"),
            "vae": _diffusers("AutoencoderKLQwenImage"),
        },
        tokenizers={"tokenizer": _QWEN_TOKENIZER},
        prefixes={"text_encoder": _comfy("qwen25_7b"), "vae": _VAE_PREFIXES},
        kinds={"text_encoder": PartKind.QWEN_2_5_VL, "vae": PartKind.QWEN_VAE},
    ),
}
