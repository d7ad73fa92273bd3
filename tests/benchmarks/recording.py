"""What recording a trajectory costs: time beside the same picture without, and bytes. Prints JSON.

    python tests/benchmarks/recording.py [--rounds 7] [--large]

Pictures with and without recording take turns (ABBA) in one process, so that a slow moment of the machine hits both;
the ratio of the medians is the result. The bundled model at 128x128 is so small that every millisecond counts. Writing
the file durably is measured apart: the program does it in another thread. `--large` also makes pictures of 512x512 in
20 steps with a network of random weights: the record has the size of Stable Diffusion's, and its latents are as hard to
compress as any. That network is much narrower than Stable Diffusion's, so that the ratio is worse than with a real one.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from studio.core.geometry import Size  # noqa: E402
from studio.core.picture_id import PictureId  # noqa: E402
from studio.core.request import GenerationRequest  # noqa: E402
from studio.core.session import CancelToken  # noqa: E402
from studio.core.sources import MemorySources  # noqa: E402
from studio.core.trajectory import Trajectory  # noqa: E402
from studio.engine.session import DiffusersSession  # noqa: E402
from studio.gallery.trajectory_store import TrajectoryStore  # noqa: E402
from tests.benchmarks.app_overhead import machine, request_for, starter_checkpoint, synthetic_checkpoint  # noqa: E402
from tests.engine.conftest import new_session  # noqa: E402

NARROW_CHANNELS = (32, 64, 64, 64)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--large", action="store_true")
    chosen = parser.parse_args()
    session, request = new_session(MemorySources()), request_for(starter_checkpoint())
    results = [measure(session, request, chosen.rounds)]
    if chosen.large:
        with tempfile.TemporaryDirectory() as folder:
            large = request_for(synthetic_checkpoint(Path(folder), NARROW_CHANNELS))
            sampling = replace(large.sampling, num_inference_steps=20)
            results.append(measure(session, replace(large, sampling=sampling, size=Size(512, 512)), 1))
    session.close()
    print(json.dumps({"benchmark": "recording", **machine(), "results": results}, indent=2))


def measure(session: DiffusersSession, request: GenerationRequest, rounds: int) -> dict[str, object]:
    seconds: dict[bool, list[float]] = {True: [], False: []}
    processor: dict[bool, list[float]] = {True: [], False: []}
    trajectory = made(session, request, record=True)
    for _ in range(rounds):
        for record in (True, False, False, True):
            started, began = time.perf_counter(), time.process_time()
            made(session, request, record=record)
            seconds[record].append(time.perf_counter() - started)
            processor[record].append(time.process_time() - began)
    recorded, plain = statistics.median(seconds[True]), statistics.median(seconds[False])
    assert trajectory is not None
    return {
        "size": f"{request.size.width}x{request.size.height}",
        "steps": len(trajectory.steps),
        "pictures_each": 2 * rounds,
        "recorded_median_s": round(recorded, 4),
        "plain_median_s": round(plain, 4),
        "ratio_of_medians": round(recorded / plain, 4),
        "ratio_of_minima": round(min(seconds[True]) / min(seconds[False]), 4),
        "ratio_of_processor_times": round(statistics.median(processor[True]) / statistics.median(processor[False]), 4),
        "shape": trajectory.steps[0].latents.shape,
        **kept(trajectory),
    }


def made(session: DiffusersSession, request: GenerationRequest, *, record: bool) -> Trajectory | None:
    [image] = session.generate(request, on_progress=lambda _: None, cancel=CancelToken(), record=record)
    return image.trajectory


def kept(trajectory: Trajectory) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        store = TrajectoryStore(Path(folder), 10**9)
        store.open()
        name, times = PictureId("0" * 32), []
        for _ in range(5):
            started = time.perf_counter()
            store.put(name, trajectory)
            times.append(time.perf_counter() - started)
        started = time.perf_counter()
        store.get(name)
        read = time.perf_counter() - started
        return {
            "bytes": store.used_bytes,
            "write_median_ms": round(statistics.median(times) * 1000, 1),
            "read_ms": round(read * 1000, 1),
        }


if __name__ == "__main__":
    main()
