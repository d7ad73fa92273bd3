"""The worker's slots, called directly: what each job and each failure is turned into."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QTimer
from pytestqt.qtbot import QtBot

from studio.core.errors import BrokenPicture, CheckpointIncomplete, DiskFull, EngineFailed, StorageError, StudioError
from studio.core.job import Job, JobId
from studio.core.memory import Placement
from studio.core.progress import StepProgress
from studio.core.result import GeneratedImage, PictureId
from studio.core.session import CancelToken, DeviceInfo
from studio.core.study import StudiedPicture, Study
from studio.core.trajectory import Trajectory
from studio.gallery.record import PictureRecord
from studio.worker.generation_worker import Assignment, GenerationWorker, MemoryUse
from studio.worker.preview_mailbox import PreviewMailbox
from tests.conftest import ExpectedLog
from tests.helpers.fake_session import CHECKPOINT, FakeSession, a_request

TERMINAL = {"finished", "failed", "cancelled"}


class RustPanic(BaseException):
    """What `tokenizers` raises when its Rust code panics: no Exception."""


@dataclass
class Heard:
    """What a worker said, in order: the signal's name and its arguments."""

    said: list[tuple[str, tuple[object, ...]]] = field(default_factory=list)

    def names(self) -> list[str]:
        return [name for name, _ in self.said if name != "progressed"]

    def arguments(self, name: str) -> tuple[object, ...]:
        [arguments] = [arguments for heard, arguments in self.said if heard == name]
        return arguments


class Disk:
    """Keeps pictures in memory; raises `failure` from the picture number `fails_from` on."""

    def __init__(self) -> None:
        self.kept: list[GeneratedImage] = []
        self.failure: StorageError | None = None
        self.fails_from = 0

    def save(self, image: GeneratedImage, job_id: JobId) -> PictureRecord:
        if self.failure is not None and len(self.kept) >= self.fails_from:
            raise self.failure
        self.kept.append(image)
        return PictureRecord(image.id, Path(f"{image.id}.png"), datetime.now(UTC), 64, 64, image.parameters, job_id)


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def worker(qapp: QCoreApplication, session: FakeSession, disk: Disk) -> GenerationWorker:
    return GenerationWorker(lambda: session, disk.save, PreviewMailbox())


@pytest.fixture
def heard(worker: GenerationWorker) -> Heard:
    heard = Heard()

    def note(name: str) -> Callable[..., None]:
        return lambda *arguments: heard.said.append((name, arguments))

    for name in (*TERMINAL, "device_known", "ready", "load_failed", "progressed", "picture_saved", "picture_unsaved"):
        getattr(worker, name).connect(note(name))
    return heard


def assignment(*, batch_size: int = 1, cancelled: bool = False) -> Assignment:
    saved: Future[None] = Future()
    saved.set_result(None)
    token = CancelToken()
    if cancelled:
        token.cancel()
    job = Job(JobId(uuid.uuid4().hex), a_request(batch_size=batch_size))
    return Assignment(job, token, saved)


def deliver() -> None:
    """Pictures are saved in a thread of their own, and Qt queues what it says for this one."""
    QCoreApplication.processEvents()


def test_preparing_tells_the_device_and_then_that_the_model_is_loaded(worker, heard, session) -> None:
    worker.prepare(CHECKPOINT)
    assert heard.names() == ["device_known", "ready"]
    assert heard.arguments("ready") == (CHECKPOINT,)
    assert session.loaded == [CHECKPOINT]


def test_a_model_that_cannot_be_loaded_is_told_as_it_is(worker, heard, session, monkeypatch) -> None:
    damage = CheckpointIncomplete(Path("model"), "vae/config.json")

    def fail(_checkpoint: object) -> None:
        raise damage

    monkeypatch.setattr(session, "load", fail)
    worker.prepare(CHECKPOINT)
    assert heard.arguments("load_failed") == (damage,)


def test_a_job_ends_with_its_pictures_saved_and_one_terminal_signal(worker, heard, disk) -> None:
    order = assignment(batch_size=3)
    worker.run(order)
    deliver()
    assert [name for name in heard.names() if name in TERMINAL] == ["finished"]
    assert heard.arguments("finished") == (order.job.id,)
    saved = [arguments for name, arguments in heard.said if name == "picture_saved"]
    assert [job_id for job_id, _ in saved] == [order.job.id] * 3
    assert [record.id for _, record in saved] == [image.id for image in disk.kept]


def test_progress_carries_the_job_it_is_about(worker, heard) -> None:
    order = assignment()
    worker.run(order)
    progress = [arguments for name, arguments in heard.said if name == "progressed"]
    assert [job_id for job_id, _ in progress] == [order.job.id] * 4
    assert [step.step for _, step in progress if isinstance(step, StepProgress)] == [1, 2, 3, 4]


def test_a_job_cancelled_before_it_began_makes_nothing(worker, heard, disk) -> None:
    order = assignment(cancelled=True)
    worker.run(order)
    assert heard.names() == ["cancelled"]
    assert disk.kept == []


@pytest.mark.parametrize("failure", [BrokenPicture("all black"), EngineFailed("no kernel")])
def test_a_known_failure_is_passed_on(worker, heard, session, failure: StudioError) -> None:
    session.failure = failure
    order = assignment()
    worker.run(order)
    assert heard.arguments("failed") == (order.job.id, failure)


@pytest.mark.parametrize("failure", [RuntimeError("no such operator"), RustPanic("index out of bounds")])
def test_an_unforeseen_failure_is_logged_and_the_next_job_works(
    worker, heard, session, disk, expected_log: ExpectedLog, failure: BaseException
) -> None:
    expected_log.containing("unforeseen failure in the worker")
    session.failure = failure
    worker.run(assignment())
    _, error = heard.arguments("failed")
    assert isinstance(error, EngineFailed)
    assert error.reason == f"{type(failure).__name__}: {failure}"
    worker.run(assignment())
    assert [name for name in heard.names() if name in TERMINAL] == ["failed", "finished"]
    assert len(disk.kept) == 1


def test_a_full_disk_hands_over_every_picture_that_was_made_and_not_kept(worker, heard, disk) -> None:
    disk.failure, disk.fails_from = DiskFull(Path("pictures"), 10, 0), 1
    order = assignment(batch_size=4)
    worker.run(order)
    deliver()
    assert heard.arguments("failed") == (order.job.id, disk.failure)
    held = [arguments for name, arguments in heard.said if name == "picture_unsaved"]
    assert len(disk.kept) == 1
    assert held
    assert all(job_id == order.job.id and error == disk.failure for job_id, _, error in held)
    assert {image.id for _, image, _ in held}.isdisjoint(image.id for image in disk.kept)


def recording(session: FakeSession, disk: Disk) -> tuple[GenerationWorker, list[PictureId]]:
    """A worker, and the pictures whose steps it handed over."""
    kept: list[PictureId] = []

    def keep(picture: PictureId, trajectory: Trajectory) -> None:
        assert picture in {image.id for image in disk.kept}, "the picture comes first"
        assert len(trajectory.steps) == 4
        kept.append(picture)

    return GenerationWorker(lambda: session, disk.save, PreviewMailbox(), keep_steps=keep), kept


def test_the_steps_of_a_picture_are_handed_over_when_it_is_durable(qapp, session, disk) -> None:
    worker, kept = recording(session, disk)
    worker.run(assignment(batch_size=3))
    assert kept == [image.id for image in disk.kept]


def test_nothing_is_recorded_when_nobody_keeps_it(worker, disk) -> None:
    worker.run(assignment())
    [image] = disk.kept
    assert image.trajectory is None


def test_pictures_that_wait_for_the_disk_let_go_of_their_steps(qapp, session, disk) -> None:
    worker, kept = recording(session, disk)
    held: list[GeneratedImage] = []
    worker.picture_unsaved.connect(lambda _job, image, _error: held.append(image))
    disk.failure, disk.fails_from = DiskFull(Path("pictures"), 10, 0), 1
    worker.run(assignment(batch_size=4))
    deliver()
    assert kept == [image.id for image in disk.kept]
    assert held
    assert all(image.trajectory is None for image in held)


def test_a_picture_is_studied_as_the_model_sees_it(worker: GenerationWorker) -> None:
    answers: list[object] = []
    worker.studied.connect(answers.append)
    pixels = np.full((16, 24, 3), 200, np.uint8)
    worker.study(Study(CHECKPOINT, pixels))
    [studied] = answers
    assert isinstance(studied, StudiedPicture)
    assert studied.pixels is pixels
    assert len(studied.levels) == 1000
    assert studied.trip.latents.shape == (4, 2, 3)


def test_a_study_that_fails_says_so_and_the_next_one_works(worker: GenerationWorker, session: FakeSession) -> None:
    answers: list[object] = []
    worker.studied.connect(answers.append)
    worker.study_failed.connect(answers.append)
    session.failure = failure = BrokenPicture("not finite")
    for _ in range(2):
        worker.study(Study(CHECKPOINT, np.zeros((16, 16, 3), np.uint8)))
    assert answers[0] is failure
    assert isinstance(answers[1], StudiedPicture)


def test_closing_releases_the_model_once(worker, session) -> None:
    worker.close()
    assert not session.closed
    worker.prepare(CHECKPOINT)
    worker.close()
    assert session.closed


def using_memory(session: FakeSession, disk: Disk, memory: MemoryUse) -> GenerationWorker:
    return GenerationWorker(lambda: session, disk.save, PreviewMailbox(), memory)


def waiting_milliseconds(worker: GenerationWorker) -> int | None:
    """How long the worker still keeps the model, None: for ever."""
    [timer] = worker.findChildren(QTimer)
    return timer.remainingTime() if timer.isActive() else None


def test_the_placement_that_the_user_chose_reaches_the_session(qapp, session, disk) -> None:
    using_memory(session, disk, MemoryUse(Placement.BLOCK_OFFLOAD)).prepare(CHECKPOINT)
    assert session.placement is Placement.BLOCK_OFFLOAD


def test_a_model_that_nobody_uses_is_released_and_comes_back_with_the_next_job(
    qtbot: QtBot, session: FakeSession, disk: Disk
) -> None:
    worker = using_memory(session, disk, MemoryUse(idle_minutes=0.001))
    with qtbot.waitSignal(worker.memory_freed):
        worker.run(assignment())
    assert session.times_freed == 1
    with qtbot.waitSignals([worker.finished, worker.memory_freed]):
        worker.run(assignment())
    assert session.times_freed == 2
    worker.close()


@pytest.mark.parametrize(
    ("device", "minutes", "kept"),
    [
        ("cpu", None, None),
        ("cpu", 3, 3),
        ("cuda (NVIDIA H200)", None, 10),
        ("cuda (NVIDIA H200)", 0, None),
    ],
)
def test_how_long_a_model_is_kept(qapp, session, disk, device, minutes, kept) -> None:
    session.device = DeviceInfo(device, "float16")
    worker = using_memory(session, disk, MemoryUse(idle_minutes=minutes))
    assert waiting_milliseconds(worker) is None
    worker.prepare(CHECKPOINT)
    left = waiting_milliseconds(worker)
    if kept is None:
        assert left is None
    else:
        assert left == pytest.approx(kept * 60_000, abs=2_000)
    worker.close()
    assert waiting_milliseconds(worker) is None


def test_a_failed_job_starts_the_wait_too(qapp, session, disk) -> None:
    session.failure = BrokenPicture("all black")
    worker = using_memory(session, disk, MemoryUse(idle_minutes=5))
    worker.run(assignment())
    assert waiting_milliseconds(worker) is not None
    worker.close()


def test_memory_is_used_otherwise_from_then_on(qapp, session, disk) -> None:
    worker = using_memory(session, disk, MemoryUse(idle_minutes=0))
    worker.use_memory(MemoryUse(Placement.COMPONENT_SWAP, 0))
    worker.prepare(CHECKPOINT)
    assert session.placement is Placement.COMPONENT_SWAP
    assert waiting_milliseconds(worker) is None
    worker.use_memory(MemoryUse(None, 5))
    assert session.placement is None
    assert waiting_milliseconds(worker) == pytest.approx(5 * 60_000, abs=2_000)
    worker.use_memory(MemoryUse(None, 0))
    assert waiting_milliseconds(worker) is None
    worker.close()


def test_memory_is_freed_at_once_when_asked(worker, heard, session) -> None:
    worker.free_memory()
    assert session.times_freed == 0, "there is no session yet"
    worker.prepare(CHECKPOINT)
    worker.memory_freed.connect(lambda: heard.said.append(("memory_freed", ())))
    worker.free_memory()
    assert session.times_freed == 1
    assert heard.names()[-1] == "memory_freed"
