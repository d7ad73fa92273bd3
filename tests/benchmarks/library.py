"""How long a library of 2,000 models takes to open, 600 diffusers folders and 1,400 single files: JSON.

    python tests/benchmarks/library.py [--times 9]

Each time a new library is made, with nothing in memory but with what the look before wrote to the disk. Bar: 300 ms.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from studio.checkpoints.inspect import inspect_checkpoint  # noqa: E402
from studio.checkpoints.inspection_cache import Model  # noqa: E402
from studio.checkpoints.library import ModelLibrary  # noqa: E402
from studio.checkpoints.library_places import LibraryPlaces  # noqa: E402
from studio.checkpoints.model_kind import ModelKind  # noqa: E402
from studio.core.addon import Addon, AddonKind  # noqa: E402
from studio.core.checkpoint import ModelFamily  # noqa: E402
from tests.unit.checkpoints.model_folder import make_model, safetensors, tensor  # noqa: E402

FOLDERS, FILES = 600, 1400


def inspect(path: Path) -> Model:
    if path.is_dir():
        return inspect_checkpoint(path)
    return Addon(path.stem, path, AddonKind.LORA, ModelFamily.STABLE_DIFFUSION_XL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=9)
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as home:
        root = Path(home)
        places = LibraryPlaces(
            {ModelKind.CHECKPOINT: root / "checkpoints", ModelKind.LORA: root / "loras"}, root / "state", root / "cache"
        )
        for number in range(FOLDERS):
            make_model(root / "checkpoints" / f"model {number}")
        (root / "loras").mkdir()
        for number in range(FILES):
            content = safetensors({"lora_down.weight": tensor("U8", [1], 0, 1)}, b"x")
            (root / "loras" / f"lora {number}.safetensors").write_bytes(content)
        first = opened(places)
        again = [opened(places) for _ in range(times)]
    walls, cpus = [wall for wall, _ in again], [cpu for _, cpu in again]
    later = {"median_ms": statistics.median(walls), "min_ms": min(walls), "max_ms": max(walls)}
    later["median_cpu_ms"] = statistics.median(cpus)
    print(json.dumps({"folders": FOLDERS, "files": FILES, "first_ms": first[0], "later": later}, indent=2))


def opened(places: LibraryPlaces) -> tuple[float, float]:
    """Milliseconds until everything is listed: by the clock, and of the processor (what counts on a busy machine)."""
    start, cpu_start = time.perf_counter(), time.process_time()
    content = ModelLibrary(places, inspect).look()
    elapsed, cpu = time.perf_counter() - start, time.process_time() - cpu_start
    assert len(content.models) == FOLDERS + FILES, len(content.models)
    assert content.problems == ()
    return elapsed * 1000, cpu * 1000


if __name__ == "__main__":
    main()
