"""Counts the networks of the shipped configurations, without any memory for them.

`python -m tests.engine.network_sizes` writes `resources/configs/sizes.json` anew, after a configuration was added.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch

from studio.checkpoints.model_size import part_size
from studio.checkpoints.safetensors_header import TensorEntry
from studio.core.checkpoint import ModelFamily
from studio.core.components import family_components
from studio.core.resources import resource_path
from studio.engine.model_folder import named_classes
from studio.engine.network_loading import class_of, empty_network

CONFIGS = resource_path("configs")
VARIANTS = sorted(path.parent for path in CONFIGS.glob("*/*/model_index.json"))
SIZES = CONFIGS / "sizes.json"
FIELDS = ("weights", "largest_block", "outside_blocks", "largest_tensor", "width")


def config(variant: Path, part: str) -> dict[str, object]:
    return json.loads((variant / part / "config.json").read_text())


def classes(variant: Path) -> dict[str, tuple[str, str]]:
    family = family_components(ModelFamily(variant.parent.name))
    index = json.loads((variant / "model_index.json").read_text())
    return dict(named_classes(index, family.networks, family, variant))


def network(variant: Path, part: str) -> torch.nn.Module:
    pair = classes(variant)[part]
    if pair[0] == "diffusers":
        return empty_network(pair, config(variant, part))
    with torch.device("meta"):
        return class_of(pair)(class_of(pair).config_class.from_pretrained(variant / part))


def numbers(model: torch.nn.Module) -> dict[str, int]:
    """As `PartSize` counts bytes, for numbers of one byte."""
    named = model.named_parameters()  # each once, though it may have two names
    entries = [TensorEntry(name, "F16", tuple(weights.shape), 0, weights.numel()) for name, weights in named]
    size = part_size(entries, 1)
    return {field: getattr(size, field) for field in FIELDS}


def upcasts(variant: Path) -> bool:
    """Whether its VAE is loaded in float32 where the rest is in float16."""
    is_kl = classes(variant)["vae"][1] == "AutoencoderKL"
    return is_kl and config(variant, "vae").get("force_upcast") is not False


def main() -> None:
    sizes = {
        f"{variant.parent.name}/{variant.name}": {
            "vae_upcasts": upcasts(variant),
            "parts": {part: numbers(network(variant, part)) for part in classes(variant)},
        }
        for variant in VARIANTS
    }
    SIZES.write_text(json.dumps(sizes, indent=1) + "\n")


if __name__ == "__main__":
    main()
