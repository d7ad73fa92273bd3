"""Builds the smallest folder that is a model, and safetensors files of any kind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

WEIGHTS = (
    "unet/diffusion_pytorch_model.safetensors",
    "vae/diffusion_pytorch_model.safetensors",
    "text_encoder/model.safetensors",
)

_FILES: Mapping[str, object] = {
    "model_index.json": {
        "_class_name": "StableDiffusionPipeline",
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "scheduler": ["diffusers", "PNDMScheduler"],
        "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
    },
    "unet/config.json": {"sample_size": 64, "block_out_channels": [320, 640], "layers_per_block": 2},
    "vae/config.json": {"block_out_channels": [128, 256, 512, 512]},
    "text_encoder/config.json": {"hidden_size": 768, "num_hidden_layers": 12},
    "scheduler/scheduler_config.json": {"beta_start": 0.00085},
    "tokenizer/vocab.json": {"a": 0},
    "tokenizer/merges.txt": "#version: 0.2",
}


def make_model(folder: Path) -> Path:
    """A folder that `inspect_checkpoint` accepts: shaped like Stable Diffusion 1.5, with one tensor per component."""
    for name, content in _FILES.items():
        write_json(folder / name, content)
    for name in WEIGHTS:
        (folder / name).write_bytes(safetensors({"w": tensor("F16", [2, 2], 0, 8)}, bytes(8)))
    return folder


def write_json(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def change_json(path: Path, **changes: object) -> None:
    """Set keys of the object in `path`."""
    write_json(path, {**json.loads(path.read_text()), **changes})


def tensor(dtype: object, shape: object, *offsets: object) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": list(offsets)}


def safetensors(header: object, data: bytes) -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data
