"""Small LoRAs, textual inversions and VAEs for the bundled model, made of random numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from studio.core.resources import resource_path

RANK = 4
TEXT_WIDTH = 256
"""Of the bundled model's text encoder."""
_UNET = resource_path("starter") / "unet" / "diffusion_pytorch_model.safetensors"
_TEXT_ENCODER = resource_path("starter") / "text_encoder" / "model.safetensors"
_TEXT_LAYERS = ("q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2")


def write_lora(
    path: Path, *, seed: int = 0, kind: str = "kohya", strength: float = 0.5, parts: str = "unet text", wide: int = 0
) -> Path:
    """A LoRA for the attention of the bundled model.

    `kind` is whose names it has: "kohya" or "diffusers". `wide` adds to the width of the text it is made for.
    """
    chance = np.random.default_rng(seed)
    name = {"kohya": _kohya, "diffusers": _diffusers}[kind]
    tensors: dict[str, np.ndarray] = {}
    for component, layer, (out, into) in _layers(parts.split()):
        width = into + wide if ".attn2.to_k" in layer or ".attn2.to_v" in layer else into
        down, up, alpha = name(component, layer)
        tensors[down] = chance.normal(0, into**-0.5, (RANK, width)).astype(np.float16)
        tensors[up] = (strength * chance.normal(0, RANK**-0.5, (out, RANK))).astype(np.float16)
        if alpha:
            tensors[alpha] = np.array(RANK, np.float16)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path)
    return path


def write_embedding(
    path: Path, *, seed: int = 0, vectors: int = 2, width: int = TEXT_WIDTH, key: str = "emb_params"
) -> Path:
    """A textual inversion as A1111 writes it."""
    values = np.random.default_rng(seed).normal(0, 0.05, (vectors, width)).astype(np.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({key: values}, path)
    return path


def write_tensors(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> Path:
    """A file with these tensors, all zero."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: np.zeros(shape, np.float16) for name, shape in shapes.items()}, path)
    return path


def _layers(parts: list[str]) -> list[tuple[str, str, tuple[int, int]]]:
    layers: list[tuple[str, str, tuple[int, int]]] = []
    if "unet" in parts:
        layers += _shapes(_UNET, "unet", lambda name: ".attn" in name and "norm" not in name)
    if "text" in parts:
        layers += _shapes(_TEXT_ENCODER, "text_encoder", lambda name: name.endswith(_TEXT_LAYERS))
    return layers


def _shapes(weights: Path, component: str, wanted: Callable[[str], bool]) -> list[tuple[str, str, tuple[int, int]]]:
    from safetensors import safe_open

    with safe_open(weights, "np") as file:
        shapes = {name.removesuffix(".weight"): file.get_slice(name).get_shape() for name in file.keys()}  # noqa: SIM118
    return [
        (component, name, (shape[0], shape[1])) for name, shape in shapes.items() if len(shape) == 2 and wanted(name)
    ]


def _kohya(component: str, layer: str) -> tuple[str, str, str]:
    if component == "text_encoder" and not layer.startswith("text_model."):
        layer = f"text_model.{layer}"
    base = {"unet": "lora_unet_", "text_encoder": "lora_te_"}[component] + layer.replace(".", "_")
    return f"{base}.lora_down.weight", f"{base}.lora_up.weight", f"{base}.alpha"


def _diffusers(component: str, layer: str) -> tuple[str, str, str]:
    return f"{component}.{layer}.lora_A.weight", f"{component}.{layer}.lora_B.weight", ""
