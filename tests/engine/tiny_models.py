"""Models of every family in small: random weights, a few hundred kilobytes, as a folder and as a single file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import diffusers
import tokenizers
import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTokenizer, T5Config

from studio.core.checkpoint import ModelFamily
from studio.core.components import family_components
from studio.core.resources import resource_path
from tests.engine import original_keys

WIDTH = 32
_CLIP_VOCABULARY = 4047
_SMALL_VOCABULARY = 400


@dataclass(frozen=True)
class TinyModel:
    """`family` in small; `kind` tells two of one family apart. `size` is a side in pixels that it can make."""

    kind: str
    family: ModelFamily
    build: Callable[[], diffusers.DiffusionPipeline]
    inpainting: bool = False
    size: int = 64

    def save_folder(self, folder: Path) -> Path:
        torch.manual_seed(0)
        pipeline = self.build()
        pipeline.set_progress_bar_config(disable=True)
        pipeline.save_pretrained(folder)
        return folder

    def save_file(self, saved_folder: Path, place: Path, configs: Path) -> Path:
        """The model of `saved_folder` in the layout of its makers, in `place`, and its configuration in `configs`."""
        self._save_configs(saved_folder, configs)
        place.mkdir(parents=True, exist_ok=True)
        components = family_components(self.family)
        parts = [part for part in components.networks if (saved_folder / part).is_dir()]
        states = {part: _state(saved_folder / part) for part in parts}
        path = place / f"{self.kind}.safetensors"
        save_file(original_keys.single_file(self.family, states), path)
        for part in original_keys.separate_parts(self.family):
            save_file(original_keys.separate_file(self.family, part, states[part]), place / f"{part}.safetensors")
        return path

    def _save_configs(self, saved_folder: Path, configs: Path) -> None:
        variant = configs / self.family.value / self.kind
        shutil.copytree(saved_folder, variant, ignore=shutil.ignore_patterns("*.safetensors", "tokenizer*"))
        table: dict[str, object] = {}
        for part in family_components(self.family).tokenizers:
            if (saved_folder / part).is_dir():
                name = f"{self.kind} {part}"
                shutil.copytree(saved_folder / part, configs / "tokenizers" / name)
                table[part] = {"folder": name}
        (variant.parent / "tokenizers.json").write_text(json.dumps(table))


def _state(folder: Path) -> dict[str, torch.Tensor]:
    [path] = folder.glob("*.safetensors")
    return load_file(path)


# --- parts -------------------------------------------------------------------------------------------------------


def clip_tokenizer() -> CLIPTokenizer:
    return CLIPTokenizer.from_pretrained(resource_path("starter") / "tokenizer")


def t5_tokenizer() -> transformers.T5Tokenizer:
    words = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0)]
    letters = [(letter, -3.0) for letter in "abcdefghijklmnopqrstuvwxyz"]
    return transformers.T5Tokenizer(vocab=[*words, *letters], extra_ids=0, model_max_length=512)


def qwen_tokenizer() -> transformers.Qwen2Tokenizer:
    alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: number for number, letter in enumerate(alphabet)}
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    vocabulary |= {token: len(alphabet) + number for number, token in enumerate(special)}
    tokenizer = transformers.Qwen2Tokenizer(vocab=vocabulary, merges=[], additional_special_tokens=special[1:])
    tokenizer.chat_template = (
        "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )
    return tokenizer


def _clip_config(width: int = WIDTH) -> CLIPTextConfig:
    return CLIPTextConfig(
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=2,
        num_attention_heads=2,
        vocab_size=_CLIP_VOCABULARY,
        projection_dim=width,
    )


def _clip(width: int = WIDTH) -> transformers.CLIPTextModel:
    return transformers.CLIPTextModel(_clip_config(width))


def _projected_clip(width: int = WIDTH) -> transformers.CLIPTextModelWithProjection:
    return transformers.CLIPTextModelWithProjection(_clip_config(width))


def _t5() -> transformers.T5EncoderModel:
    return transformers.T5EncoderModel(
        T5Config(vocab_size=_SMALL_VOCABULARY, d_model=WIDTH, d_kv=16, d_ff=64, num_layers=1, num_heads=2)
    )


def _qwen_3(layers: int) -> transformers.Qwen3Config:
    return transformers.Qwen3Config(
        vocab_size=_SMALL_VOCABULARY,
        hidden_size=WIDTH,
        intermediate_size=64,
        num_hidden_layers=layers,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
    )


def _vae(channels: int = 4, **others: object) -> diffusers.AutoencoderKL:
    return diffusers.AutoencoderKL(
        block_out_channels=(8, 8, 8, 8),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=channels,
        norm_num_groups=4,
        layers_per_block=1,
        **others,
    )


def _flow_vae() -> diffusers.AutoencoderKL:
    return _vae(16, shift_factor=0.1, scaling_factor=0.4, use_quant_conv=False, use_post_quant_conv=False)


def _unet(text: int, channels: int = 4, **others: object) -> diffusers.UNet2DConditionModel:
    return diffusers.UNet2DConditionModel(
        sample_size=8,
        in_channels=channels,
        block_out_channels=(8, 16),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=text,
        attention_head_dim=4,
        norm_num_groups=4,
        **others,
    )


def _sized_unet(text: int, sizes: int, pooled: int, channels: int = 4) -> diffusers.UNet2DConditionModel:
    """`sizes`: how many numbers about its size a picture comes with."""
    return _unet(
        text,
        channels,
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=8 * sizes + pooled,
    )


def _ddim(**others: object) -> diffusers.DDIMScheduler:
    return diffusers.DDIMScheduler(
        beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, clip_sample=False, steps_offset=1, **others
    )


def _flow(**others: object) -> diffusers.FlowMatchEulerDiscreteScheduler:
    return diffusers.FlowMatchEulerDiscreteScheduler(**others)


# --- pipelines ---------------------------------------------------------------------------------------------------


def _stable_diffusion(unet: diffusers.UNet2DConditionModel, **schedule: object) -> diffusers.StableDiffusionPipeline:
    return diffusers.StableDiffusionPipeline(
        vae=_vae(),
        unet=unet,
        text_encoder=_clip(),
        tokenizer=clip_tokenizer(),
        scheduler=_ddim(**schedule),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def _stable_diffusion_xl(channels: int = 4) -> diffusers.StableDiffusionXLPipeline:
    return diffusers.StableDiffusionXLPipeline(
        vae=_vae(),
        unet=_sized_unet(WIDTH + 48, 6, 48, channels),
        text_encoder=_clip(),
        text_encoder_2=_projected_clip(48),
        tokenizer=clip_tokenizer(),
        tokenizer_2=clip_tokenizer(),
        scheduler=_ddim(),
        add_watermarker=False,
    )


def _refiner() -> diffusers.StableDiffusionXLImg2ImgPipeline:
    return diffusers.StableDiffusionXLImg2ImgPipeline(
        vae=_vae(),
        unet=_sized_unet(48, 5, 48),
        text_encoder=None,
        text_encoder_2=_projected_clip(48),
        tokenizer=None,
        tokenizer_2=clip_tokenizer(),
        scheduler=_ddim(),
        requires_aesthetics_score=True,
        add_watermarker=False,
    )


def _stable_diffusion_3() -> diffusers.StableDiffusion3Pipeline:
    return diffusers.StableDiffusion3Pipeline(
        transformer=diffusers.SD3Transformer2DModel(
            sample_size=8,
            num_layers=2,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=WIDTH + 48,
            caption_projection_dim=32,
            pooled_projection_dim=WIDTH + 48,
            pos_embed_max_size=16,
            dual_attention_layers=(0,),
            qk_norm="rms_norm",
        ),
        vae=_flow_vae(),
        scheduler=_flow(shift=3.0),
        text_encoder=_projected_clip(),
        tokenizer=clip_tokenizer(),
        text_encoder_2=_projected_clip(48),
        tokenizer_2=clip_tokenizer(),
        text_encoder_3=None,
        tokenizer_3=None,
    )


def _flux() -> diffusers.FluxPipeline:
    return diffusers.FluxPipeline(
        transformer=diffusers.FluxTransformer2DModel(
            in_channels=64,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=WIDTH,
            pooled_projection_dim=WIDTH,
            guidance_embeds=True,
            axes_dims_rope=(4, 6, 6),
        ),
        vae=_flow_vae(),
        scheduler=_flow(use_dynamic_shifting=True),
        text_encoder=_clip(),
        tokenizer=clip_tokenizer(),
        text_encoder_2=_t5(),
        tokenizer_2=t5_tokenizer(),
    )


def _flux_2() -> diffusers.Flux2KleinPipeline:
    vae = diffusers.AutoencoderKLFlux2(
        block_out_channels=(8, 8, 8, 8), layers_per_block=1, latent_channels=32, norm_num_groups=4
    )
    vae.bn.running_mean.uniform_(-0.5, 0.5)
    vae.bn.running_var.uniform_(0.5, 2.0)
    return diffusers.Flux2KleinPipeline(
        transformer=diffusers.Flux2Transformer2DModel(
            in_channels=128,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=3 * WIDTH,
            axes_dims_rope=(4, 4, 4, 4),
            guidance_embeds=False,
        ),
        vae=vae,
        scheduler=_flow(use_dynamic_shifting=True),
        text_encoder=transformers.Qwen3ForCausalLM(_qwen_3(layers=28)),
        tokenizer=qwen_tokenizer(),
        is_distilled=True,
    )


def _z_image() -> diffusers.ZImagePipeline:
    return diffusers.ZImagePipeline(
        transformer=diffusers.ZImageTransformer2DModel(
            dim=32, n_layers=1, n_refiner_layers=1, n_heads=2, n_kv_heads=2, cap_feat_dim=WIDTH, axes_dims=[4, 6, 6]
        ),
        vae=_flow_vae(),
        scheduler=_flow(shift=3.0),
        text_encoder=transformers.Qwen3Model(_qwen_3(layers=2)),
        tokenizer=qwen_tokenizer(),
    )


def _qwen_image() -> diffusers.QwenImagePipeline:
    text = {
        "vocab_size": _SMALL_VOCABULARY,
        "hidden_size": WIDTH,
        "intermediate_size": 64,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [2, 3, 3]},
    }
    vision = {
        "depth": 1,
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_heads": 2,
        "out_hidden_size": WIDTH,
        "fullatt_block_indexes": [0],
    }
    config = transformers.Qwen2_5_VLConfig(text_config=text, vision_config=vision)
    return diffusers.QwenImagePipeline(
        transformer=diffusers.QwenImageTransformer2DModel(
            in_channels=64,
            out_channels=16,
            num_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=WIDTH,
            axes_dims_rope=(4, 6, 6),
        ),
        vae=diffusers.AutoencoderKLQwenImage(base_dim=8, dim_mult=[1, 1, 1, 1], num_res_blocks=1),
        scheduler=_flow(use_dynamic_shifting=True, shift_terminal=0.02),
        text_encoder=transformers.Qwen2_5_VLForConditionalGeneration(config),
        tokenizer=qwen_tokenizer(),
    )


TINY_MODELS: Mapping[str, TinyModel] = {
    model.kind: model
    for model in (
        TinyModel("sd1", ModelFamily.STABLE_DIFFUSION, lambda: _stable_diffusion(_unet(WIDTH))),
        TinyModel(
            "sd1 inpainting",
            ModelFamily.STABLE_DIFFUSION,
            lambda: _stable_diffusion(_unet(WIDTH, 9)),
            inpainting=True,
        ),
        TinyModel(
            "sd2",
            ModelFamily.STABLE_DIFFUSION_2,
            lambda: _stable_diffusion(_unet(WIDTH, use_linear_projection=True), prediction_type="v_prediction"),
        ),
        TinyModel("sdxl", ModelFamily.STABLE_DIFFUSION_XL, _stable_diffusion_xl),
        TinyModel("sdxl inpainting", ModelFamily.STABLE_DIFFUSION_XL, lambda: _stable_diffusion_xl(9), inpainting=True),
        TinyModel("sdxl refiner", ModelFamily.STABLE_DIFFUSION_XL_REFINER, _refiner),
        TinyModel("sd3", ModelFamily.STABLE_DIFFUSION_3, _stable_diffusion_3),
        TinyModel("flux", ModelFamily.FLUX, _flux),
        TinyModel("flux2", ModelFamily.FLUX_2, _flux_2),
        TinyModel("z-image", ModelFamily.Z_IMAGE, _z_image),
        TinyModel("qwen-image", ModelFamily.QWEN_IMAGE, _qwen_image),
    )
}
