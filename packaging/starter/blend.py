"""Stage 6b: weights between those of two models, as a model of their own.

    python packaging/starter/blend.py --older OLD --newer NEW --share 0.7 --out WORK/blend

Training on for some subjects makes others worse. A weighted mean of the weights before and after keeps much of both
(WiSE-FT, Wortsman et al. 2022, arXiv 2109.01903): `share` of the newer model, the rest of the older one.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import torch
from export import TEXT_ENCODER_FILE, UNET_FILE, write_weights
from network import load_network


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--older", type=Path, required=True)
    parser.add_argument("--newer", type=Path, required=True)
    parser.add_argument("--share", type=float, required=True, help="of the newer weights, 0 to 1")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    write_blend(arguments.older, arguments.newer, arguments.share, arguments.out)


def write_blend(older: Path, newer: Path, share: float, out: Path) -> None:
    """Copies `newer` to `out` with the blended weights of the UNet and the text encoder in it."""
    network = load_network(newer)
    before, after = load_network(older).state_dict(), network.state_dict()
    network.load_state_dict({name: torch.lerp(before[name], after[name], share) for name in after})
    shutil.copytree(newer, out, dirs_exist_ok=True)
    write_weights(network.unet, out / UNET_FILE)
    write_weights(network.text_encoder, out / TEXT_ENCODER_FILE)


if __name__ == "__main__":
    main()
