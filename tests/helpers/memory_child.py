"""Makes pictures in a process of its own and prints what they took: `python memory_child.py JSON`.

The JSON object says: `folder`, `side` (pixels), `steps`, `placement` (or null), `limit` (bytes beyond what the process
has when the engine is ready, or null), `blind` (the planner sees no limit) and `then_side` (of a second picture, or
null).
"""

from __future__ import annotations

import gc
import json
import os
import sys
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

from studio.core.checkpoint import Checkpoint, ModelFamily, RecommendedSampling
from studio.core.errors import StudioError
from studio.core.geometry import Size
from studio.core.memory import Placement
from studio.core.progress import PlanChosen, PlanLowered, Progress
from studio.core.request import GenerationRequest, Prompt, Sampling
from studio.core.resources import resource_path
from studio.core.scheduler import SchedulerName
from studio.core.session import CancelToken
from studio.core.sources import MemorySources


class BlindMemory:
    """Main memory without end."""

    is_main_memory = True

    def free(self) -> int:
        return 2**40

    def swappable(self) -> int:
        return 0


def status(name: str) -> int:
    """A size in /proc/self/status, in bytes."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(f"{name}:")]
    return int(line.split()[1]) * 1024


def main(wanted: dict[str, object]) -> dict[str, object]:
    import resource

    import torch

    from studio.checkpoints.model_size import read_model_size
    from studio.engine import session as engine_session
    from studio.engine.device import ComputeDevice
    from studio.engine.session import DiffusersSession

    torch.set_num_threads(1)
    # On every machine: in bfloat16 the measured peak of one and the same picture varies by a third from run to run.
    engine_session.probe_device = lambda: ComputeDevice(torch.device("cpu"), torch.float32)
    memory = BlindMemory() if wanted["blind"] else None
    session = DiffusersSession(
        resource_path("latent_rgb.json"), MemorySources(), resource_path("configs"), read_model_size, memory
    )
    session.prefer_placement(Placement(wanted["placement"]) if wanted["placement"] else None)
    gc.collect()
    before = status("VmRSS")
    if wanted["limit"] is not None:
        most = status("VmData") + int(wanted["limit"])
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    Path("/proc/self/clear_refs").write_text("5")  # VmHWM begins again
    told: list[Progress] = []
    outcomes = [
        outcome(session, Path(str(wanted["folder"])), int(side), int(wanted["steps"]), told)
        for side in (wanted["side"], wanted["then_side"])
        if side is not None
    ]
    plans = [progress.plan for progress in told if isinstance(progress, PlanChosen)]
    return {
        "outcomes": outcomes,
        "measured": status("VmHWM") - before,
        "predicted": plans[0].peak_bytes if plans else None,
        "placement": plans[0].placement if plans else None,
        "lowered": sum(isinstance(progress, PlanLowered) for progress in told),
    }


def outcome(session, folder: Path, side: int, steps: int, told: list[Progress]) -> str:
    size = Size(side, side)
    best = RecommendedSampling(size, steps, 5.0, SchedulerName.EULER)
    sampling = Sampling(scheduler=SchedulerName.EULER, num_inference_steps=steps, guidance_scale=5.0, seed=1)
    checkpoint = Checkpoint("Child", folder, ModelFamily.STABLE_DIFFUSION, best)
    request = GenerationRequest(prompt=Prompt("a"), sampling=sampling, size=size, checkpoint=checkpoint)
    try:
        [image] = session.generate(request, on_progress=told.append, cancel=CancelToken())
    except StudioError as error:
        return error.code
    return f"{image.pixels.shape}"


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
