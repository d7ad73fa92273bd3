"""Headers of files that circulate, in excerpts: names and shapes of real models, and files that have nothing else."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path

Shapes = Mapping[str, tuple[int, ...]]

_UNET = "model.diffusion_model."
_CLIP_L = "text_model.embeddings.token_embedding.weight"


def _unet(channels: int, text: int, *, linear: bool, sizes: int | None = None) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {
        f"{_UNET}input_blocks.0.0.weight": (320, channels, 3, 3),
        f"{_UNET}input_blocks.4.1.proj_in.weight": (640, 640) if linear else (640, 640, 1, 1),
        f"{_UNET}input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight": (640, text),
        f"{_UNET}out.2.weight": (4, 320, 3, 3),
    }
    if sizes is not None:
        shapes[f"{_UNET}label_emb.0.0.weight"] = (1280, sizes)
    return shapes


_LDM_VAE = {
    "first_stage_model.encoder.conv_in.weight": (128, 3, 3, 3),
    "first_stage_model.decoder.conv_in.weight": (512, 4, 3, 3),
}
_SD1_TEXT = {f"cond_stage_model.transformer.{_CLIP_L}": (49408, 768)}
_SD2_TEXT = {"cond_stage_model.model.token_embedding.weight": (49408, 1024)}
_SDXL_TEXT = {
    f"conditioner.embedders.0.transformer.{_CLIP_L}": (49408, 768),
    "conditioner.embedders.1.model.token_embedding.weight": (49408, 1280),
}

SD_1 = {**_unet(4, 768, linear=False), **_SD1_TEXT, **_LDM_VAE}
SD_1_INPAINTING = {**_unet(9, 768, linear=False), **_SD1_TEXT, **_LDM_VAE}
SD_2 = {**_unet(4, 1024, linear=True), **_SD2_TEXT, **_LDM_VAE}
SDXL = {**_unet(4, 2048, linear=True, sizes=2816), **_SDXL_TEXT, **_LDM_VAE}
SDXL_INPAINTING = {**_unet(9, 2048, linear=True, sizes=2816), **_SDXL_TEXT, **_LDM_VAE}
SDXL_V = {**SDXL, "v_pred": (0,), "ztsnr": (0,)}
SDXL_REFINER = {
    **_unet(4, 1280, linear=True, sizes=2560),
    "conditioner.embedders.0.model.token_embedding.weight": (49408, 1280),
    **_LDM_VAE,
}
SD_3 = {
    f"{_UNET}joint_blocks.0.context_block.adaLN_modulation.1.weight": (9216, 1536),
    f"{_UNET}pos_embed": (1, 36864, 1536),
    f"{_UNET}x_embedder.proj.weight": (1536, 16, 2, 2),
    f"text_encoders.clip_l.transformer.{_CLIP_L}": (49408, 768),
    f"text_encoders.clip_g.transformer.{_CLIP_L}": (49408, 1280),
    "first_stage_model.decoder.conv_in.weight": (512, 16, 3, 3),
}
FLUX_SCHNELL = {
    "double_blocks.0.img_attn.norm.key_norm.scale": (128,),
    "img_in.weight": (3072, 64),
    "txt_in.weight": (3072, 4096),
    "final_layer.linear.weight": (64, 3072),
    "single_blocks.0.linear1.weight": (21504, 3072),
}
FLUX_DEV = {**FLUX_SCHNELL, "guidance_in.in_layer.weight": (3072, 256)}
FLUX_FILL = {**FLUX_DEV, "img_in.weight": (3072, 384)}
FLUX_WHOLE = {
    **{f"{_UNET}{name}": shape for name, shape in FLUX_SCHNELL.items()},
    f"text_encoders.clip_l.transformer.{_CLIP_L}": (49408, 768),
    "text_encoders.t5xxl.transformer.shared.weight": (32128, 4096),
    "vae.decoder.conv_in.weight": (512, 16, 3, 3),
}
FLUX_2 = {
    "double_blocks.0.img_attn.norm.key_norm.scale": (128,),
    "single_stream_modulation.lin.weight": (9216, 3072),
    "img_in.weight": (3072, 128),
    "txt_in.weight": (3072, 7680),
}
FLUX_2_DEV = {**FLUX_2, "guidance_in.in_layer.weight": (6144, 256)}
Z_IMAGE = {
    "layers.0.adaLN_modulation.0.weight": (15360, 256),
    "cap_embedder.0.weight": (2560,),
    "layers.0.attention.qkv.weight": (11520, 3840),
    "x_embedder.weight": (3840, 64),
}
QWEN_IMAGE = {
    "transformer_blocks.0.txt_mod.1.weight": (18432, 3072),
    "transformer_blocks.0.attn.add_k_proj.weight": (3072, 3072),
    "txt_norm.weight": (3584,),
    "img_in.weight": (3072, 64),
}
CHROMA = {**FLUX_SCHNELL, "distilled_guidance_layer.in_proj.bias": (5120,)}
LUMINA_2 = {"layers.0.adaLN_modulation.1.weight": (9216, 1024), "cap_embedder.0.weight": (2304,)}
INSTRUCT_PIX2PIX = {**SD_1, f"{_UNET}input_blocks.0.0.weight": (320, 8, 3, 3)}

CLIP_L = {_CLIP_L: (49408, 768)}
T5_XXL = {"shared.weight": (32128, 4096), "encoder.block.0.layer.0.SelfAttention.q.weight": (4096, 4096)}
QWEN_3_4B = {
    "model.embed_tokens.weight": (151936, 2560),
    "model.layers.0.self_attn.q_norm.weight": (128,),
    "model.layers.0.self_attn.q_proj.weight": (4096, 2560),
}
QWEN_2_5_VL = {
    "model.embed_tokens.weight": (152064, 3584),
    "visual.patch_embed.proj.weight": (1280, 3, 2, 14, 14),
}
VAE_4 = {"encoder.conv_in.weight": (128, 3, 3, 3), "decoder.conv_in.weight": (512, 4, 3, 3)}
VAE_16 = {"encoder.conv_in.weight": (128, 3, 3, 3), "decoder.conv_in.weight": (512, 16, 3, 3)}
VAE_FLUX_2 = {**VAE_4, "decoder.conv_in.weight": (512, 32, 3, 3), "bn.running_mean": (128,)}
VAE_QWEN = {"decoder.conv1.weight": (384, 16, 3, 3, 3), "decoder.middle.0.residual.0.gamma": (384, 1, 1, 1)}
VAE_TINY = {"encoder.layers.0.weight": (64, 3, 3, 3), "decoder.layers.0.weight": (64, 4, 3, 3)}

LORA_SD_1_KOHYA = {
    "lora_te_text_model_encoder_layers_0_self_attn_q_proj.lora_down.weight": (32, 768),
    "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight": (32, 768),
    "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.lora_up.weight": (320, 32),
    "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.alpha": (),
}
LORA_SD_1_TEXT_ONLY = {
    "lora_te_text_model_encoder_layers_0_self_attn_q_proj.lora_down.weight": (8, 768),
    "lora_te_text_model_encoder_layers_0_self_attn_q_proj.lora_up.weight": (768, 8),
}
LORA_SD_2_KOHYA = {
    "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_v.lora_down.weight": (32, 1024),
}
LORA_SDXL_KOHYA = {
    "lora_te2_text_model_encoder_layers_0_self_attn_q_proj.lora_down.weight": (16, 1280),
    "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k.lora_down.weight": (16, 2048),
    "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k.lora_up.weight": (640, 16),
}
LORA_SDXL_DIFFUSERS = {
    "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.lora_A.weight": (64, 2048),
    "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.lora_B.weight": (640, 64),
}
LORA_SDXL_SELF_ATTENTION = {
    "unet.down_blocks.2.attentions.0.transformer_blocks.9.attn1.to_q.lora_A.weight": (64, 1280),
    "unet.down_blocks.2.attentions.0.transformer_blocks.9.attn1.to_q.lora_B.weight": (1280, 64),
}
LORA_SD_1_DIFFUSERS = {
    "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.lora.down.weight": (4, 768),
}
LORA_FLUX_KOHYA = {
    "lora_unet_double_blocks_0_img_attn_proj.lora_down.weight": (16, 3072),
    "lora_unet_single_blocks_0_linear1.lora_down.weight": (16, 3072),
    "lora_unet_single_blocks_0_linear1.lora_up.weight": (21504, 16),
}
LORA_FLUX_DIFFUSERS = {"transformer.single_transformer_blocks.0.attn.to_k.lora_A.weight": (16, 3072)}
LORA_FLUX_DOUBLE_ONLY = {"transformer.transformer_blocks.0.attn.add_k_proj.lora_A.weight": (16, 3072)}
LORA_SD_3_DIFFUSERS = {"transformer.transformer_blocks.0.attn.add_k_proj.lora_A.weight": (16, 1536)}
LORA_SD_3_KOHYA = {"lora_unet_joint_blocks_0_x_block_attn_qkv.lora_down.weight": (16, 1536)}
LORA_FLUX_2 = {
    "diffusion_model.single_blocks.0.linear1.lora_A.weight": (16, 3072),
    "diffusion_model.single_blocks.0.linear1.lora_B.weight": (27648, 16),
}
LORA_Z_IMAGE = {"diffusion_model.layers.0.attention.to_q.lora_A.weight": (16, 3840)}
LORA_QWEN = {
    "transformer_blocks.0.attn.add_k_proj.lora_A.default.weight": (16, 3072),
    "transformer_blocks.0.img_mlp.net.0.proj.lora_A.default.weight": (16, 3072),
}
LOHA = {
    "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.hada_w1_b": (8, 768),
    "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.hada_w1_a": (320, 8),
}
LORA_CONVOLUTIONS = {"lora_unet_down_blocks_0_resnets_0_conv1.lora_down.weight": (16, 320, 3, 3)}

EMBEDDING_SD_1 = {"emb_params": (8, 768)}
EMBEDDING_SD_2 = {"emb_params": (8, 1024)}
EMBEDDING_SDXL = {"clip_l": (4, 768), "clip_g": (4, 1280)}
EMBEDDING_DIFFUSERS = {"<cat-toy>": (768,)}

CONTROLNET_SD_1 = {
    "control_model.input_hint_block.0.weight": (16, 3, 3, 3),
    "control_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight": (320, 768),
}
CONTROLNET_SDXL = {
    "controlnet_cond_embedding.conv_in.weight": (16, 3, 3, 3),
    "conv_in.weight": (320, 4, 3, 3),
    "add_embedding.linear_1.weight": (1280, 2816),
    "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.weight": (640, 2048),
}
CONTROLNET_FLUX = {"controlnet_x_embedder.weight": (3072, 64), "x_embedder.weight": (3072, 64)}

REAL_ESRGAN = {"conv_first.weight": (64, 3, 3, 3), "body.0.rdb1.conv1.weight": (32, 64, 3, 3)}
ESRGAN_OLD = {"model.0.weight": (64, 3, 3, 3), "model.1.sub.0.RDB1.conv1.0.weight": (32, 64, 3, 3)}
IP_ADAPTER = {"image_proj.proj.weight": (3072, 1024), "ip_adapter.1.to_k_ip.weight": (320, 768)}


def write_file(path: Path, shapes: Shapes, metadata: Mapping[str, str] | None = None) -> Path:
    """A safetensors file in half precision that has a place for each tensor, but no data: it is sparse."""
    header: dict[str, object] = {"__metadata__": dict(metadata)} if metadata else {}
    end = 0
    for name, shape in shapes.items():
        begin, end = end, end + 2 * math.prod(shape)
        header[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.truncate(8 + len(text) + end)
    return path
