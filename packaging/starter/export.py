"""Stage 6: writes a model in diffusers' folder layout, float16, from a training run.

    python packaging/starter/export.py --work WORK --model resources/starter --out WORK/model

The averaged weights of the run, with the autoencoder, tokenizer, scheduler and texts of the model it started from.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

import torch
from checkpoint import State, read_state
from network import load_network
from safetensors.torch import save_file

UNET_FILE = Path("unet", "diffusion_pytorch_model.safetensors")
TEXT_ENCODER_FILE = Path("text_encoder", "model.safetensors")


class NothingTrained(Exception):
    """The run has not written a state yet."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--run", default="run")
    parser.add_argument("--model", type=Path, default=Path("resources/starter"), help="the model the run started from")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    state = read_state(arguments.work / arguments.run / "state.pt")
    if state is None:
        raise NothingTrained(arguments.run)
    write_model(state, arguments.model, arguments.out)
    size = sum(file.stat().st_size for file in arguments.out.rglob("*") if file.is_file())
    sys.stderr.write(f"step {state['step']}, {state['samples']} samples, {size / 1e6:.1f} MB\n")


def write_model(state: State, model: Path, out: Path) -> None:
    """Copies `model` to `out` with the state's averaged weights in it. `out` may be `model`."""
    network = load_network(model)
    network.load_state_dict(state["average"])
    if out != model:
        shutil.copytree(model, out, dirs_exist_ok=True)
    write_weights(network.unet, out / UNET_FILE)
    write_weights(network.text_encoder, out / TEXT_ENCODER_FILE)


def write_weights(module: torch.nn.Module, file: Path) -> None:
    weights = {name: weight.half().contiguous() for name, weight in module.state_dict().items()}
    save_file(weights, file, metadata={"format": "pt"})


if __name__ == "__main__":
    main()
