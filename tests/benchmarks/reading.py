"""How long the readers of what others wrote need at their limits: JSON, milliseconds of the processor.

    python -m tests.benchmarks.reading [--times 5]

A prompt of 100 kB (bar: 100 ms), the header of a checkpoint of 7 GB (bar: 50 ms), and the worst of the longest texts
in pictures that are read at all (bar: 1 s).
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from studio.checkpoints.inspect import inspect_checkpoint
from studio.imaging.metadata.dialects import read_foreign
from studio.prompts.language import read_prompt
from tests.unit.checkpoints import headers
from tests.unit.checkpoints.headers import write_file
from tests.unit.imaging.metadata.hostile import KEYS, hostile_texts

PROMPT = (
    "masterpiece, best quality, (a red apple:1.2) on a [table:desk:0.5], ((soft light)), [cat|dog], <lora:x:0.8> BREAK "
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as folder:
        works: dict[str, Callable[[], object]] = {
            "prompt_100_kB": partial(read_prompt, (PROMPT * 1000)[:100_000]),
            "checkpoint_7_GB": partial(inspect_checkpoint, checkpoint_of_7_gigabytes(Path(folder))),
        }
        figures = {name: milliseconds(work, times) for name, work in works.items()}
    texts = {
        f"{name} as {key}": milliseconds(partial(read_foreign, {key: text, "Software": "NovelAI"}), 1)
        for name, text in hostile_texts()
        for key in KEYS
    }
    worst = max(texts, key=texts.__getitem__)
    print(json.dumps({"ms": figures, "worst_text": worst, "worst_text_ms": texts[worst]}, indent=2))


def checkpoint_of_7_gigabytes(folder: Path) -> Path:
    """A sparse file; the names of its tensors are those of Stable Diffusion XL, and there are as many."""
    filling = {f"model.diffusion_model.output_blocks.{i}.weight": (1280, 1280) for i in range(2300)}
    return write_file(folder / "sdxl.safetensors", {**headers.SDXL, **filling})


def milliseconds(work: Callable[[], object], times: int) -> float:
    """The smallest of several."""
    return min(_milliseconds(work) for _ in range(times))


def _milliseconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return round((time.process_time() - began) * 1000, 1)


if __name__ == "__main__":
    main()
