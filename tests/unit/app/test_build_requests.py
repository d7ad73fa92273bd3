"""From what was said on the command line or in Python to requests."""

from __future__ import annotations

from pathlib import Path

from studio.app.api import build_requests
from studio.app.fine_settings import FineSettings
from studio.app.model_stores import addon_finder, checkpoint_store
from studio.core.request import GenerationRequest
from studio.core.task import TextToImage
from studio.settings.paths import UserPaths
from tests.helpers.addon_files import write_lora


def requests_for(prompt: str, paths: UserPaths, *, batch_size: int = 1) -> tuple[GenerationRequest, ...]:
    return build_requests(
        prompt,
        negative="",
        steps=None,
        cfg=None,
        seed=1,
        size=None,
        sampler=None,
        model=None,
        checkpoints=checkpoint_store(paths),
        task=TextToImage(),
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
