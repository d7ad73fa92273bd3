"""A picture of every family, from a folder and from a single file, through the worker in its thread."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

import studio.engine  # noqa: F401  (sets the libraries' environment before they are imported)
from studio.checkpoints.model_size import read_model_size
from studio.core.checkpoint import Checkpoint
from studio.core.geometry import Size
from studio.core.job import Job, JobId
from studio.core.request import GenerationRequest, Prompt, Sampling
from studio.core.resources import resource_path
from studio.core.result import GeneratedImage
from studio.core.sources import MemorySources
from studio.core.task import ImageToImage, TextToImage
from studio.engine.session import DiffusersSession
from studio.gallery.record import PictureRecord
from studio.worker.generation_service import GenerationService
from studio.worker.generation_worker import GenerationWorker
from studio.worker.preview_mailbox import PreviewMailbox
from tests.engine.tiny_library import TinyLibrary
from tests.engine.tiny_models import TINY_MODELS

_SECONDS = 100


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> TinyLibrary:
    return TinyLibrary(tmp_path_factory.mktemp("tiny models"))


@dataclass
class Studio:
    """A service, and the pictures that its worker had saved."""

    service: GenerationService
    sources: MemorySources
    saved: list[GeneratedImage] = field(default_factory=list)


@pytest.fixture(params=list(TINY_MODELS))
def studio_of(request: pytest.FixtureRequest, qtbot: QtBot, library: TinyLibrary) -> Iterator[tuple[str, Studio]]:
    """A studio with the configurations of one kind of model."""
    kind = str(request.param)
    sources = MemorySources()

    def save(image: GeneratedImage, job_id: JobId) -> PictureRecord:
        made.saved.append(image)
        height, width, _ = image.pixels.shape
        place = Path(f"{image.id}.png")
        return PictureRecord(image.id, place, datetime.now(UTC), width, height, image.parameters, job_id)

    def save_queue(_jobs: tuple[Job, ...]) -> Future[None]:
        done: Future[None] = Future()
        done.set_result(None)
        return done

    def make_session() -> DiffusersSession:
        return DiffusersSession(resource_path("latent_rgb.json"), sources, library.configs(kind), read_model_size)

    service = GenerationService(GenerationWorker(make_session, save, PreviewMailbox()), save_queue)
    made = Studio(service, sources)
    service.start()
    yield kind, made
    assert service.stop()


def a_request(checkpoint: Checkpoint, sources: MemorySources) -> GenerationRequest:
    task = TextToImage()
    if "refiner" in checkpoint.family:
        picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
        task = ImageToImage(image=sources.put_image(picture), strength=0.7)
    recommended = checkpoint.recommended
    sampling = Sampling(
        scheduler=recommended.scheduler, num_inference_steps=3, guidance_scale=recommended.guidance_scale, seed=1
    )
    return GenerationRequest(
        prompt=Prompt("a red apple"), sampling=sampling, size=Size(64, 64), checkpoint=checkpoint, task=task
    )


def test_a_picture_comes_out_of_folder_and_file(
    qtbot: QtBot, library: TinyLibrary, studio_of: tuple[str, Studio]
) -> None:
    kind, studio = studio_of
    for checkpoint in (library.folder(kind), library.file(kind)):
        with qtbot.waitSignal(studio.service.job_finished, timeout=_SECONDS * 1000):
            studio.service.submit(a_request(checkpoint, studio.sources))
    from_folder, from_file = studio.saved
    assert from_folder.pixels.shape == (64, 64, 3)
    assert from_folder.pixels.std() > 1
    assert np.array_equal(from_folder.pixels, from_file.pixels)
    assert from_file.request.checkpoint.family is TINY_MODELS[kind].family
