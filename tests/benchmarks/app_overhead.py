"""How much longer a picture takes in the program than in the bare diffusers pipeline. Prints JSON.

    python tests/benchmarks/app_overhead.py [--rounds 7]

Same weights, scheduler, steps and seed, and for each picture a new prompt, as the program keeps encoded ones; program
and pipeline take turns (ABBA) in one process, so that a slow moment of the machine hits both. The result is the ratio
of the medians. Two models: the bundled one, which is so small that every millisecond counts, and one with random
weights whose UNet costs what a real one does.
"""

from __future__ import annotations

import argparse
import itertools
import json
import platform
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from diffusers import DPMSolverMultistepScheduler, StableDiffusionPipeline, UNet2DConditionModel

from studio.checkpoints.model_size import read_model_size
from studio.core.checkpoint import Checkpoint, ModelFamily, RecommendedSampling
from studio.core.geometry import Size
from studio.core.progress import PreviewFrame
from studio.core.request import GenerationRequest, Prompt, Sampling
from studio.core.resources import resource_path
from studio.core.result import GeneratedImage
from studio.core.scheduler import SchedulerName
from studio.core.session import CancelToken
from studio.core.sources import MemorySources
from studio.engine.session import DiffusersSession
from studio.gallery.gallery import Gallery

PREVIEWS_PER_SECOND = 8
SYNTHETIC_CHANNELS = (192, 384, 768, 768)
"""0.6 of Stable Diffusion 1.5's widths: about a second a step with CFG at 256x256 on two cores."""


@dataclass(frozen=True)
class Case:
    """What is measured on one model."""

    name: str
    request: GenerationRequest
    rounds: int


class Viewer:
    """Looks at the previews as the window does, eight times a second."""

    def __init__(self) -> None:
        self.frames = 0
        self._next = 0.0

    def wants_frame(self) -> bool:
        return time.perf_counter() >= self._next

    def put(self, frame: PreviewFrame) -> None:
        self.frames += 1
        self._next = time.perf_counter() + 1 / PREVIEWS_PER_SECOND


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="ABBA rounds on the bundled model; the other gets half")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        synthetic = synthetic_checkpoint(Path(folder))
        cases = [
            Case("starter, 128x128, 20 steps", request_for(starter_checkpoint()), rounds),
            Case("synthetic, 256x256, 4 steps", request_for(synthetic), max(1, rounds // 2)),
        ]
        gallery = Gallery(
            Path(folder) / "pictures",
            Path(folder) / "index.db",
            Path(folder) / "thumbnails.db",
            Path(folder) / "user.db",
        )
        gallery.open()
        results = [measure(case, keep=gallery.add) for case in cases]
        gallery.close()
    json.dump({"benchmark": "app_overhead", **machine(), "results": results}, sys.stdout, indent=2)
    sys.stdout.write("\n")


def measure(case: Case, keep: Callable[[GeneratedImage], object]) -> dict[str, object]:
    """Time program and pipeline in turns, after one picture of each to warm up."""
    session = DiffusersSession(
        resource_path("latent_rgb.json"), MemorySources(), resource_path("configs"), read_model_size
    )
    session.load(case.request.checkpoint)
    viewer = Viewer()
    contestants = {
        "app": app(session, case.request, viewer, keep),
        "bare": bare(case.request, session.device.dtype),
    }
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for make_picture in contestants.values():
        make_picture()
    for _ in range(case.rounds):
        for name in ("app", "bare", "bare", "app"):
            started = time.perf_counter()
            contestants[name]()
            seconds[name].append(time.perf_counter() - started)
    session.close()
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    return {
        "case": case.name,
        "pictures_each": 2 * case.rounds,
        "app_median_s": round(medians["app"], 4),
        "bare_median_s": round(medians["bare"], 4),
        "app_min_s": round(min(seconds["app"]), 4),
        "bare_min_s": round(min(seconds["bare"]), 4),
        "ratio_of_minima": round(min(seconds["app"]) / min(seconds["bare"]), 4),
        "ratio_of_medians": round(medians["app"] / medians["bare"], 4),
        "preview_frames_per_picture": round(viewer.frames / (2 * case.rounds + 1), 1),
    }


def app(
    session: DiffusersSession,
    request: GenerationRequest,
    viewer: Viewer,
    keep: Callable[[GeneratedImage], object],
) -> Callable[[], None]:
    """One picture as the program makes it: progress, previews, checks and keeping included."""

    requests = with_new_prompts(request)

    def make_picture() -> None:
        for image in session.generate(
            next(requests), on_progress=lambda _: None, cancel=CancelToken(), previews=viewer
        ):
            keep(image)

    return make_picture


def bare(request: GenerationRequest, dtype: str) -> Callable[[], None]:
    """One picture as diffusers' documentation makes it."""
    pipeline = StableDiffusionPipeline.from_pretrained(request.checkpoint.path, dtype=getattr(torch, dtype))
    pipeline.scheduler = DPMSolverMultistepScheduler.from_config(pipeline.scheduler.config)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.to(torch.accelerator.current_accelerator(check_available=True) or "cpu")

    requests = with_new_prompts(request)

    def make_picture() -> None:
        pipeline(
            next(requests).prompt.text,
            negative_prompt=request.prompt.negative,
            width=request.size.width,
            height=request.size.height,
            num_inference_steps=request.sampling.num_inference_steps,
            guidance_scale=request.sampling.guidance_scale,
            generator=torch.Generator().manual_seed(request.sampling.seed),
        )

    return make_picture


def with_new_prompts(request: GenerationRequest) -> Iterator[GenerationRequest]:
    for number in itertools.count():
        yield replace(request, prompt=replace(request.prompt, text=f"{request.prompt.text} {number}"))


def request_for(checkpoint: Checkpoint) -> GenerationRequest:
    recommended = checkpoint.recommended
    return GenerationRequest(
        prompt=Prompt("a red apple on a blue background", "blurry"),
        sampling=Sampling(
            scheduler=recommended.scheduler,
            num_inference_steps=recommended.num_inference_steps,
            guidance_scale=recommended.guidance_scale,
            seed=42,
        ),
        size=recommended.size,
        checkpoint=checkpoint,
    )


def starter_checkpoint() -> Checkpoint:
    recommended = RecommendedSampling(Size(128, 128), 20, 5.0, SchedulerName.DPMPP_2M)
    return Checkpoint("Starter", resource_path("starter"), ModelFamily.STABLE_DIFFUSION, recommended)


def synthetic_checkpoint(folder: Path, channels: tuple[int, ...] = SYNTHETIC_CHANNELS) -> Checkpoint:
    """The bundled model with a large UNet of random weights: Stable Diffusion 1.5's blocks, narrower."""
    starter = starter_checkpoint()
    pipeline = StableDiffusionPipeline.from_pretrained(starter.path)
    torch.manual_seed(0)
    pipeline.register_modules(
        unet=UNet2DConditionModel(
            sample_size=32,
            block_out_channels=channels,
            cross_attention_dim=pipeline.text_encoder.config.hidden_size,
            attention_head_dim=8,
        )
    )
    pipeline.save_pretrained(folder)
    # Saving changes the file, and by the file's hash the program knows how to show this latent space.
    shutil.copytree(starter.path / "vae", folder / "vae", dirs_exist_ok=True)
    recommended = RecommendedSampling(Size(256, 256), 4, 5.0, SchedulerName.DPMPP_2M)
    return replace(starter, name="Synthetic", path=folder, recommended=recommended)


def machine() -> dict[str, object]:
    return {
        "date": time.strftime("%Y-%m-%d"),
        "machine": f"{platform.system()} {platform.machine()}",
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }


if __name__ == "__main__":
    main()
