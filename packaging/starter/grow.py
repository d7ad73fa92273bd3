"""Stage 3b: gives the UNet more layers where they cost little, without changing what it draws.

    python packaging/starter/grow.py --model resources/starter --layers 1 2 2 --out WORK/grown

Net2Net (Chen, Goodfellow & Shlens, 2016, arXiv:1511.05641): every new layer begins as the identity, so training goes on
from what was learnt. The layers at 8 x 8 and 4 x 4 latents hold most of the parameters and take a fifth of the time.
"""

from __future__ import annotations

import argparse
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import torch
from diffusers import UNet2DConditionModel
from diffusers.models.resnet import ResnetBlock2D
from export import UNET_FILE, write_weights
from network import load_network


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=Path("resources/starter"))
    parser.add_argument("--layers", type=int, nargs="+", required=True, help="of each block, the finest first")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    unet = grown(load_network(arguments.model).unet, arguments.layers)
    shutil.copytree(arguments.model, arguments.out, dirs_exist_ok=True)
    unet.save_config(arguments.out / "unet")
    write_weights(unet, arguments.out / UNET_FILE)


def grown(unet: UNet2DConditionModel, layers: Sequence[int]) -> UNet2DConditionModel:
    """The same function with more layers: `layers` for each block down, one more for each block up."""
    before = unet.config["layers_per_block"]
    extra = [after - before for after in layers]
    torch.manual_seed(0)
    config = {name: value for name, value in unet.config.items() if name != "_name_or_path"}
    larger = UNet2DConditionModel.from_config({**config, "layers_per_block": list(layers)})
    moved = {new_name(name, extra): weight for name, weight in unet.state_dict().items()}
    larger.load_state_dict(moved, strict=False)
    for block, count in zip(larger.down_blocks, extra, strict=True):
        become_identity(block, range(before, before + count))
    for block, count in zip(larger.up_blocks, reversed(extra), strict=True):
        become_identity(block, range(1, 1 + count))
    return larger


def new_name(name: str, extra: Sequence[int]) -> str:
    """What a weight of the smaller network is called in the larger one.

    New layers come last on the way down. On the way up their outputs are met first, and are those of the layer before
    them: the first layer up has the same input as before, the new ones follow it.
    """
    found = re.match(r"up_blocks\.(\d+)\.(resnets|attentions)\.(\d+)\.(.*)", name)
    if found is None or found[3] == "0":
        return name
    block, kind, layer, rest = found.groups()
    return f"up_blocks.{block}.{kind}.{int(layer) + extra[-1 - int(block)]}.{rest}"


def become_identity(block: torch.nn.Module, layers: Sequence[int]) -> None:
    for layer in layers:
        pass_through(block.resnets[layer])
        if getattr(block, "has_cross_attention", False):
            zero(block.attentions[layer].proj_out)


def pass_through(resnet: ResnetBlock2D) -> None:
    """Nothing is added to the input, of which a layer on the way up keeps all but what skipped the coarser layers."""
    zero(resnet.conv2)
    if resnet.conv_shortcut is not None:
        zero(resnet.conv_shortcut)
        torch.nn.init.dirac_(resnet.conv_shortcut.weight)


def zero(layer: torch.nn.Module) -> None:
    for parameter in layer.parameters():
        torch.nn.init.zeros_(parameter)


if __name__ == "__main__":
    main()
