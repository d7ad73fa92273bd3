"""Texts as other programs write them, made from their formats."""

from __future__ import annotations

import gzip
import json
import struct
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

Graph = dict[str, dict[str, object]]

A1111 = {
    "parameters": "a red apple <lora:ink:0.8>\nNegative prompt: blurry\n"
    "Steps: 25, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7, Seed: 42, Size: 512x768, "
    "Model hash: 6ce0161689, Model: dreamshaper_8, Clip skip: 2, Version: v1.10.0"
}

FOOOCUS_SETTINGS: dict[str, object] = {
    "adm_guidance": "(1.5, 0.8, 0.3)",
    "base_model": "juggernautXL_v8",
    "clip_skip": 2,
    "full_prompt": ["cinematic still a red apple"],
    "guidance_scale": 4.0,
    "lora_combined_1": "ink : 0.8",
    "loras": [["ink", 0.8, "7c6bad76eb"]],
    "negative_prompt": "blurry",
    "prompt": "a red apple",
    "resolution": "(896, 1152)",
    "sampler": "dpmpp_2m",
    "scheduler": "karras",
    "seed": "42",
    "steps": 25,
    "vae": "Default (model)",
    "version": "Fooocus v2.5.5",
}
FOOOCUS = {"parameters": json.dumps(FOOOCUS_SETTINGS), "fooocus_scheme": "fooocus"}

SWARMUI_SETTINGS: dict[str, object] = {
    "prompt": "a red apple",
    "negativeprompt": "blurry",
    "model": "folder/dreamshaper_8.safetensors",
    "seed": 42,
    "steps": 25,
    "cfgscale": 7.5,
    "aspectratio": "Custom",
    "width": 512,
    "height": 768,
    "sampler": "dpmpp_2m",
    "scheduler": "karras",
    "clipstopatlayer": -2,
    "loras": ["ink"],
    "loraweights": ["0.8"],
    "swarm_version": "0.9.6.2",
}
SWARMUI = {"parameters": json.dumps({"sui_image_params": SWARMUI_SETTINGS, "sui_extra_data": {"date": "2026-01-02"}})}
SWARMUI_OLD_NAMES = {"sampler": "comfyuisampler", "scheduler": "comfyuischeduler"}
SWARMUI_OLD_SETTINGS = {SWARMUI_OLD_NAMES.get(name, name): value for name, value in SWARMUI_SETTINGS.items()} | {
    "loras": "ink",
    "loraweights": "0.8",
}
SWARMUI_OLD = {"parameters": json.dumps({"sui_image_params": SWARMUI_OLD_SETTINGS})}

INVOKEAI_SETTINGS: dict[str, object] = {
    "app_version": "5.6.0",
    "generation_mode": "sdxl_txt2img",
    "positive_prompt": "a red apple",
    "negative_prompt": "blurry",
    "width": 512,
    "height": 768,
    "seed": 42,
    "cfg_scale": 7.5,
    "cfg_rescale_multiplier": 0.7,
    "steps": 25,
    "scheduler": "dpmpp_2m_k",
    "clip_skip": 1,
    "model": {"key": "1", "hash": "blake3:2", "name": "dreamshaper_8", "base": "sd-1", "type": "main"},
    "vae": {"key": "3", "hash": "blake3:4", "name": "ft-mse", "base": "sd-1", "type": "vae"},
    "loras": [{"model": {"key": "5", "hash": "blake3:6", "name": "ink", "type": "lora"}, "weight": 0.8}],
}
INVOKEAI = {"invokeai_metadata": json.dumps(INVOKEAI_SETTINGS), "invokeai_graph": "{}"}
INVOKEAI_3 = {
    "invokeai_metadata": json.dumps(
        INVOKEAI_SETTINGS
        | {
            "app_version": "3.4.0",
            "model": {"model_name": "dreamshaper_8", "base_model": "sd-1", "model_type": "main"},
            "vae": {"model_name": "ft-mse", "base_model": "sd-1"},
            "loras": [{"lora": {"model_name": "ink", "base_model": "sd-1"}, "weight": 0.8}],
        }
    )
}
INVOKEAI_2 = {
    "sd-metadata": json.dumps(
        {
            "model": "stable diffusion",
            "model_weights": "dreamshaper_8",
            "app_version": "2.3.5",
            "image": {
                "prompt": [{"prompt": "a red apple", "weight": 1.0}],
                "steps": 25,
                "cfg_scale": 7.5,
                "seed": 42,
                "sampler": "k_euler_a",
                "width": 512,
                "height": 768,
            },
        }
    )
}

NOVELAI_SETTINGS: dict[str, object] = {
    "prompt": "a red apple",
    "steps": 25,
    "height": 768,
    "width": 512,
    "scale": 5.0,
    "cfg_rescale": 0.2,
    "seed": 42,
    "noise_schedule": "karras",
    "sampler": "k_dpmpp_2m",
    "uc": "blurry",
}
NOVELAI = {
    "Title": "NovelAI generated image",
    "Description": "a red apple",
    "Software": "NovelAI",
    "Source": "NovelAI Diffusion V4 37442FCA",
    "Comment": json.dumps(NOVELAI_SETTINGS),
}
NOVELAI_WEBP = {"parameters": json.dumps(NOVELAI)}
NOVELAI_CHARACTERS = NOVELAI | {
    "Comment": json.dumps(
        NOVELAI_SETTINGS
        | {
            "v4_prompt": {"caption": {"base_caption": "two apples", "char_captions": [{"char_caption": "a worm"}]}},
            "v4_negative_prompt": {"caption": {"base_caption": "blurry", "char_captions": []}},
        }
    )
}


def node(kind: str, **inputs: object) -> dict[str, object]:
    return {"class_type": kind, "inputs": inputs, "_meta": {"title": kind}}


def comfyui(graph: Graph) -> dict[str, str]:
    return {"prompt": json.dumps(graph), "workflow": json.dumps({"nodes": [], "links": []})}


COMFYUI_GRAPH: Graph = {
    "3": node(
        "KSampler",
        seed=42,
        steps=25,
        cfg=7.5,
        sampler_name="dpmpp_2m",
        scheduler="karras",
        denoise=1,
        model=["10", 0],
        positive=["6", 0],
        negative=["7", 0],
        latent_image=["5", 0],
    ),
    "4": node("CheckpointLoaderSimple", ckpt_name="sd15/dreamshaper_8.safetensors"),
    "5": node("EmptyLatentImage", width=512, height=768, batch_size=1),
    "6": node("CLIPTextEncode", text="a red apple", clip=["11", 0]),
    "7": node("CLIPTextEncode", text="blurry", clip=["11", 0]),
    "8": node("VAEDecode", samples=["3", 0], vae=["4", 2]),
    "9": node("SaveImage", filename_prefix="ComfyUI", images=["8", 0]),
    "10": node(
        "LoraLoader", lora_name="ink.safetensors", strength_model=0.8, strength_clip=1, model=["4", 0], clip=["4", 1]
    ),
    "11": node("CLIPSetLastLayer", stop_at_clip_layer=-2, clip=["10", 1]),
}
COMFYUI = comfyui(COMFYUI_GRAPH)
COMFYUI_FLUX = comfyui(
    {
        "5": node("EmptySD3LatentImage", width=["20", 0], height=1024, batch_size=1),
        "6": node("CLIPTextEncode", text=["21", 0], clip=["11", 0]),
        "8": node("VAEDecode", samples=["13", 0], vae=["10", 0]),
        "9": node("SaveImage", filename_prefix="x", images=["8", 0]),
        "10": node("VAELoader", vae_name="ae.safetensors"),
        "11": node("DualCLIPLoader", clip_name1="t5xxl_fp16.safetensors", clip_name2="clip_l.safetensors", type="flux"),
        "12": node("UNETLoader", unet_name="flux1-dev.safetensors", weight_dtype="default"),
        "13": node(
            "SamplerCustomAdvanced",
            noise=["25", 0],
            guider=["22", 0],
            sampler=["16", 0],
            sigmas=["17", 0],
            latent_image=["5", 0],
        ),
        "16": node("KSamplerSelect", sampler_name="euler"),
        "17": node("BasicScheduler", scheduler="beta", steps=25, denoise=1, model=["30", 0]),
        "20": node("PrimitiveInt", value=768),
        "21": node("StringConstantMultiline", string="a red apple", strip_newlines=True),
        "22": node("BasicGuider", model=["30", 0], conditioning=["26", 0]),
        "25": node("RandomNoise", noise_seed=42),
        "26": node("FluxGuidance", guidance=3.5, conditioning=["6", 0]),
        "30": node(
            "Power Lora Loader (rgthree)",
            model=["12", 0],
            clip=["11", 0],
            lora_1={"on": True, "lora": "flux\\ink.safetensors", "strength": 0.8},
            lora_2={"on": False, "lora": "unused.safetensors", "strength": 1},
        ),
    }
)


def png_file(path: Path, texts: dict[str, str], *, compressed: bool = False) -> Path:
    info = PngInfo()
    for key, text in texts.items():
        info.add_text(key, text, zip=compressed)
    Image.new("RGB", (64, 64), "red").save(path, "PNG", pnginfo=info)
    return path


def with_exif(path: Path, exif: Image.Exif) -> Path:
    """In the format of its ending."""
    buffer = BytesIO()
    Image.new("RGB", (64, 64), "red").save(buffer, path.suffix[1:].replace("jpg", "jpeg"), exif=exif.tobytes())
    path.write_bytes(buffer.getvalue())
    return path


def alpha_hiding(content: bytes, width: int = 160, height: int = 120) -> NDArray[np.uint8]:
    """Written pixel by pixel, as the format is described."""
    alpha = np.full((height, width), 255, np.uint8)
    bits = [byte >> shift & 1 for byte in content for shift in range(7, -1, -1)]
    for number, bit in enumerate(bits):
        alpha[number % height, number // height] = 254 | bit
    return alpha


def hidden(text: str, name: bytes = b"stealth_pngcomp") -> bytes:
    """What `stealth` describes, as bytes."""
    body = gzip.compress(text.encode()) if name.endswith(b"comp") else text.encode()
    return name + struct.pack(">I", 8 * len(body)) + body


def colours_hiding(content: bytes, width: int = 160, height: int = 120) -> NDArray[np.uint8]:
    """Written bit by bit, as the format is described."""
    pixels = np.full((height, width, 3), (40, 90, 160), np.uint8)
    bits = [byte >> shift & 1 for byte in content for shift in range(7, -1, -1)]
    for number, bit in enumerate(bits):
        pixel, colour = divmod(number, 3)
        pixels[pixel % height, pixel // height, colour] &= 254
        pixels[pixel % height, pixel // height, colour] |= bit
    return pixels


def hiding_file(path: Path, content: bytes) -> Path:
    """A picture that hides this in its colours or its transparency, as its name says; its format is that of the
    ending."""
    if b"rgb" in content[:15]:
        image = Image.fromarray(colours_hiding(content))
    else:
        alpha = alpha_hiding(content)
        image = Image.new("RGB", alpha.shape[::-1], (40, 90, 160))
        image.putalpha(Image.fromarray(alpha))
    image.save(path, lossless=True)
    return path
