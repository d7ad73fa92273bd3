"""From what was said on the command line or in Python to requests."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from studio.app.api import build_requests
from studio.app.fine_settings import FineSettings
from studio.app.model_stores import addon_finder, checkpoint_store
from studio.checkpoints.store import CheckpointStore
from studio.core.checkpoint import Checkpoint, ModelFamily
from studio.core.family import family_traits
from studio.core.geometry import Size
from studio.core.request import GenerationRequest
from studio.core.sources import MemorySources
from studio.core.task import ImageToImage, Task, TextToImage
from studio.settings.paths import UserPaths
from tests.helpers.addon_files import write_lora


def requests_for(
    prompt: str,
    paths: UserPaths,
    *,
    batch_size: int = 1,
    task: Task | None = None,
    checkpoints: CheckpointStore | None = None,
) -> tuple[GenerationRequest, ...]:
    return build_requests(
        prompt,
        negative="",
        steps=None,
        cfg=None,
        seed=1,
        size=None,
        sampler=None,
        model=None,
        checkpoints=checkpoints or checkpoint_store(paths),
        task=task or TextToImage(),
        fine=FineSettings(),
        addons=addon_finder(paths),
        wildcards=paths.wildcards,
        batch_size=batch_size,
    )


def test_a_line_of_a_file_and_a_choice_may_name_a_lora(tmp_path: Path) -> None:
    paths = UserPaths.below(tmp_path)
    for name in ("ink", "oil"):
        write_lora(paths.loras / f"{name}.safetensors")
    paths.wildcards.mkdir(parents=True)
    (paths.wildcards / "style.txt").write_text("<lora:ink:0.5>\n")

    [request] = requests_for("a cat __style__", paths)
    batch = requests_for("a cat {<lora:ink>|<lora:oil>}", paths, batch_size=8)

    assert [(use.lora.name, use.weight) for use in request.addons.loras] == [("ink", 0.5)]
    assert {use.lora.name for request in batch for use in request.addons.loras} == {"ink", "oil"}


class OnlyFlux(CheckpointStore):
    def __init__(self) -> None: ...

    def default(self) -> Checkpoint:
        recommended = family_traits(ModelFamily.FLUX).recommended
        return Checkpoint("FLUX", Path("flux.safetensors"), ModelFamily.FLUX, recommended)


def test_the_size_for_a_start_picture_is_one_that_the_family_makes(tmp_path: Path) -> None:
    picture = MemorySources().put_image(np.zeros((900, 1600, 3), np.uint8))
    task = ImageToImage(image=picture, strength=0.5)
    [request] = requests_for("a cat", UserPaths.below(tmp_path), task=task, checkpoints=OnlyFlux())
    assert request.size == Size(1360, 768)
