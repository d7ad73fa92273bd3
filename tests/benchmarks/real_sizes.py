"""Models of real size with random weights on a graphics card: what was planned beside what was taken. Prints JSON.

    python tests/benchmarks/real_sizes.py flux/schnell [--side 1024] [--steps 4] [--cards 24 8]

A model is named as in `resources/configs`. Its weights are drawn, in the numbers that the family computes in, and
written below `--room` (FLUX.1 takes 34 GB; a folder in memory such as /dev/shm is quickest), where the next model finds
the parts that it shares. Each placement makes the same picture, which must have the same pixels. `--cards` tries how
a picture is made when only so many GiB are free: the rest of the card is taken by a tensor of this process.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
import transformers
from safetensors.torch import save_file

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from studio.checkpoints.inspect import inspect_checkpoint  # noqa: E402
from studio.core.checkpoint import Checkpoint, ModelFamily  # noqa: E402
from studio.core.geometry import Size  # noqa: E402
from studio.core.memory import Placement  # noqa: E402
from studio.core.progress import PlanChosen, Progress  # noqa: E402
from studio.core.request import GenerationRequest, Prompt, Sampling  # noqa: E402
from studio.core.session import CancelToken  # noqa: E402
from studio.core.sources import MemorySources  # noqa: E402
from studio.engine.device import probe_device  # noqa: E402
from studio.engine.session import DiffusersSession  # noqa: E402
from tests.engine.conftest import new_session  # noqa: E402
from tests.engine.network_sizes import CONFIGS, classes, config, network  # noqa: E402

if TYPE_CHECKING:
    from studio.core.pixels import Pixels

MB, GIB = 10**6, 2**30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--room", type=Path, default=Path("/dev/shm/real_sizes"))
    parser.add_argument("--side", type=int, default=1024)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--cards", type=int, nargs="*", default=[])
    chosen = parser.parse_args()
    if not torch.cuda.is_available():
        parser.error("there is no CUDA card here")
    results = [
        measure(RandomModel(name, chosen.room).made(), chosen.side, chosen.steps, chosen.cards)
        for name in chosen.models
    ]
    told = {"benchmark": "real_sizes", "card": torch.cuda.get_device_name(), "torch": torch.__version__}
    print(json.dumps({**told, "results": results}, indent=2))


@dataclass(frozen=True)
class RandomModel:
    """The model of `name` ("flux/schnell") with weights that are drawn, below `room`."""

    name: str
    room: Path

    @property
    def variant(self) -> Path:
        return CONFIGS / self.name

    def made(self) -> Checkpoint:
        folder = self.room / self.name.replace("/", " ")
        shutil.copytree(self.variant, folder, dirs_exist_ok=True)
        for part, (library, _) in classes(self.variant).items():
            name = "diffusion_pytorch_model" if library == "diffusers" else "model"
            weights = folder / part / f"{name}.safetensors"
            weights.unlink(missing_ok=True)
            weights.hardlink_to(self._weights(part))
        self._save_tokenizers(folder)
        return inspect_checkpoint(folder)

    def _weights(self, part: str) -> Path:
        """One file for all models that have this part."""
        dtype = probe_device().suited_to(ModelFamily(self.variant.parent.name)).dtype
        told = json.dumps([classes(self.variant)[part], config(self.variant, part), str(dtype)], sort_keys=True)
        path = self.room / "parts" / f"{hashlib.sha256(told.encode()).hexdigest()[:16]}.safetensors"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            save_file(drawn_weights(network(self.variant, part), dtype), path, metadata={"format": "pt"})
        return path

    def _save_tokenizers(self, folder: Path) -> None:
        table = json.loads((self.variant.parent / "tokenizers.json").read_text())
        index = json.loads((folder / "model_index.json").read_text())
        for part in table.keys() & index.keys():
            options = dict(table[part])
            shipped = CONFIGS / "tokenizers" / options.pop("folder")
            tokenizer = getattr(transformers, index[part][1]).from_pretrained(shipped, local_files_only=True, **options)
            tokenizer.save_pretrained(folder / part)


def drawn_weights(empty: torch.nn.Module, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """Small enough that no network overflows; norms pass on what they get. Weights with two names are told once."""
    torch.manual_seed(0)
    named = {id(tensor): (name, tensor) for name, tensor in reversed(empty.state_dict(keep_vars=True).items())}
    return {name: drawn(name, tensor.shape, dtype) for name, tensor in named.values() if tensor.is_floating_point()}


def drawn(name: str, shape: torch.Size, dtype: torch.dtype) -> torch.Tensor:
    if len(shape) < 2:
        return (torch.zeros if name.endswith("bias") else torch.ones)(shape, dtype=dtype)
    numbers = torch.randn(shape, device="cuda", dtype=dtype)
    return (numbers * 0.6 / shape[1:].numel() ** 0.5).to("cpu", dtype).contiguous()


def measure(checkpoint: Checkpoint, side: int, steps: int, cards: list[int]) -> dict[str, object]:
    session = new_session(MemorySources())
    started = time.perf_counter()
    session.load(checkpoint)
    loaded = time.perf_counter() - started
    placements = [in_place(session, checkpoint, side, steps, placement) for placement in Placement]
    pictures = [pixels for _, pixels in placements]
    on_cards = [{"free_gib": free, **on_small_card(session, checkpoint, side, free)} for free in cards]
    session.close()
    return {
        "model": checkpoint.name,
        "load_s": round(loaded, 1),
        "same_pixels": all(np.array_equal(pictures[0], other) for other in pictures[1:]),
        "placements": [facts for facts, _ in placements],
        "small_cards": on_cards,
    }


def in_place(
    session: DiffusersSession, checkpoint: Checkpoint, side: int, steps: int, placement: Placement
) -> tuple[dict[str, object], Pixels]:
    session.prefer_placement(placement)
    run(session, a_request(checkpoint, side, 1, "to have the weights in place"))
    return run(session, a_request(checkpoint, side, steps, "a red apple on a table"))


def on_small_card(session: DiffusersSession, checkpoint: Checkpoint, side: int, gib: int) -> dict[str, object]:
    """With the placement that the program chooses when only `gib` are free."""
    session.prefer_placement(None)
    session.free_memory()
    free, _total = torch.cuda.mem_get_info()
    ballast = torch.empty(max(1, free - gib * GIB), dtype=torch.uint8, device="cuda")
    facts, _ = run(session, a_request(checkpoint, side, 2, f"on {gib}"), ballast=ballast.nbytes)
    del ballast
    session.free_memory()
    return facts


def a_request(checkpoint: Checkpoint, side: int, steps: int, text: str) -> GenerationRequest:
    best = checkpoint.recommended
    sampling = Sampling(scheduler=best.scheduler, num_inference_steps=steps, guidance_scale=best.guidance_scale, seed=1)
    return GenerationRequest(prompt=Prompt(text), sampling=sampling, size=Size(side, side), checkpoint=checkpoint)


def run(session: DiffusersSession, request: GenerationRequest, *, ballast: int = 0) -> tuple[dict[str, object], Pixels]:
    told: list[Progress] = []
    gc.collect()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    [image] = session.generate(request, on_progress=told.append, cancel=CancelToken())
    [plan] = [progress.plan for progress in told if isinstance(progress, PlanChosen)]
    facts: dict[str, object] = {
        "placement": plan.placement.value,
        "planned_mb": plan.peak_bytes // MB,
        "allocated_mb": (torch.cuda.max_memory_allocated() - ballast) // MB,
        "reserved_mb": (torch.cuda.max_memory_reserved() - ballast) // MB,
        "seconds": round(image.seconds, 2),
        "dtype": image.provenance.dtype,
    }
    return facts, image.pixels


if __name__ == "__main__":
    main()
