"""The service and its worker in a real QThread, with a session that needs no torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from studio.core.errors import BrokenPicture, DiskFull, EngineFailed, OutOfMemory, StorageError, StudioError
from studio.core.job import Job, JobId, JobState, UnsavedPicture
from studio.core.progress import StepProgress
from studio.core.result import GeneratedImage
from studio.gallery.record import PictureRecord
from studio.worker.generation_service import GenerationService
from studio.worker.generation_worker import GenerationWorker
from studio.worker.preview_mailbox import PreviewMailbox
from tests.conftest import ExpectedLog
from tests.helpers.fake_session import CHECKPOINT, FakeSession, a_request


def record_of(image: GeneratedImage, job_id: JobId) -> PictureRecord:
    return PictureRecord(
        id=image.id,
        path=Path(f"{image.id}.png"),
        created_at=datetime.now(UTC),
        width=64,
        height=64,
        parameters=image.parameters,
        job_id=job_id,
    )


@dataclass
class Bench:
    """A service with everything it said, in order."""

    service: GenerationService
    session: FakeSession
    events: list[tuple[str, Any]] = field(default_factory=list)
    saved_queues: list[tuple[Job, ...]] = field(default_factory=list)
    saved: list[GeneratedImage] = field(default_factory=list)
    save_failure: StorageError | None = None

    def names(self) -> list[str]:
        return [name for name, _ in self.events if name != "progressed"]


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    session = FakeSession()

    def save(image: GeneratedImage, job_id: JobId) -> PictureRecord:
        if made.save_failure is not None:
            raise made.save_failure
        made.saved.append(image)
        return record_of(image, job_id)

    def save_queue(jobs: tuple[Job, ...]) -> Future[None]:
        made.saved_queues.append(jobs)
        future: Future[None] = Future()
        future.set_result(None)
        return future

    service = GenerationService(GenerationWorker(lambda: session, save, PreviewMailbox()), save_queue)
    made = Bench(service, session)
    log(made, service)
    service.start()
    yield made
    session.go_on.set()
    assert service.stop()
    assert session.closed or not session.thread_names


def log(bench: Bench, service: GenerationService) -> None:
    def keep(name: str) -> Callable[..., None]:
        return lambda *facts: bench.events.append((name, facts))

    service.job_started.connect(keep("started"))
    service.progressed.connect(keep("progressed"))
    service.picture_saved.connect(keep("saved"))
    service.picture_unsaved.connect(keep("unsaved"))
    service.job_finished.connect(keep("finished"))
    service.job_failed.connect(keep("failed"))
    service.job_cancelled.connect(keep("cancelled"))


def test_a_job_goes_from_started_over_saved_to_finished(qtbot: QtBot, bench: Bench) -> None:
    with qtbot.waitSignal(bench.service.job_finished):
        job = bench.service.submit(a_request())
    assert bench.names() == ["started", "saved", "finished"]
    steps = [facts[1] for name, facts in bench.events if name == "progressed"]
    assert [step.step for step in steps if isinstance(step, StepProgress)] == [1, 2, 3, 4]
    _, (job_id, record) = bench.events[-2]
    assert (job_id, record.id) == (job.id, bench.saved[0].id)


def test_all_pictures_of_a_batch_are_saved_in_order_before_the_job_is_finished(qtbot: QtBot, bench: Bench) -> None:
    with qtbot.waitSignal(bench.service.job_finished):
        bench.service.submit(a_request(seed=7, batch_size=3))
    assert bench.names() == ["started", "saved", "saved", "saved", "finished"]
    assert [image.request.sampling.seed for image in bench.saved] == [7, 8, 9]


def test_a_second_job_waits_for_the_first(qtbot: QtBot, bench: Bench) -> None:
    bench.session.pause_at_step = 2
    first = bench.service.submit(a_request("first"))
    second = bench.service.submit(a_request("second"))
    assert bench.service.running is not None
    assert bench.service.running.id == first.id
    assert [job.id for job in bench.service.waiting] == [second.id]
    bench.session.go_on.set()
    qtbot.waitUntil(lambda: bench.names().count("finished") == 2)
    assert [image.request.prompt.text for image in bench.saved] == ["first", "second"]


def test_cancel_takes_effect_within_one_step_and_the_next_job_starts(qtbot: QtBot, bench: Bench) -> None:
    bench.session.pause_at_step = 2
    bench.service.submit(a_request("first", steps=50))
    bench.service.submit(a_request("second"))
    qtbot.waitUntil(bench.session.paused.is_set)
    bench.session.pause_at_step = None
    bench.service.cancel_running()
    qtbot.waitUntil(lambda: "finished" in bench.names())
    assert bench.names() == ["started", "cancelled", "started", "saved", "finished"]
    first_steps = [
        facts for name, facts in bench.events[: bench.names().index("cancelled") + 2] if name == "progressed"
    ]
    assert len(first_steps) <= 2
    assert [image.request.prompt.text for image in bench.saved] == ["second"]


def test_a_cancelled_job_does_not_cancel_the_one_after_it(qtbot: QtBot, bench: Bench) -> None:
    bench.session.pause_at_step = 1
    bench.service.submit(a_request())
    qtbot.waitUntil(bench.session.paused.is_set)
    with qtbot.waitSignal(bench.service.job_cancelled):
        bench.service.cancel_running()
    bench.session.pause_at_step = None
    with qtbot.waitSignal(bench.service.job_finished):
        bench.service.submit(a_request())
    assert len(bench.saved) == 1


@pytest.mark.parametrize("failure", [OutOfMemory("cpu", 10, 5), BrokenPicture("all black")])
def test_after_a_failure_the_next_job_works(qtbot: QtBot, bench: Bench, failure: StudioError) -> None:
    bench.session.failure = failure
    bench.service.submit(a_request("first"))
    bench.service.submit(a_request("second"))
    qtbot.waitUntil(lambda: "finished" in bench.names())
    assert bench.names() == ["started", "failed", "started", "saved", "finished"]
    [(job, error)] = [facts for name, facts in bench.events if name == "failed"]
    assert job.request.prompt.text == "first"
    assert error is failure


def test_an_unforeseen_exception_is_logged_and_ends_the_job_as_failed(
    qtbot: QtBot, bench: Bench, expected_log: ExpectedLog
) -> None:
    expected_log.containing("unforeseen failure in the worker")
    bench.session.failure = ZeroDivisionError("division by zero")
    with qtbot.waitSignal(bench.service.job_failed):
        bench.service.submit(a_request())
    [(_, error)] = [facts for name, facts in bench.events if name == "failed"]
    assert isinstance(error, EngineFailed)
    assert "ZeroDivisionError" in error.reason


def test_a_panic_below_exception_does_not_end_the_thread(qtbot: QtBot, bench: Bench, expected_log: ExpectedLog) -> None:
    class Panic(BaseException):
        """As `tokenizers` raises: not an Exception."""

    expected_log.containing("unforeseen failure in the worker")
    bench.session.failure = Panic("rust")
    with qtbot.waitSignal(bench.service.job_failed):
        bench.service.submit(a_request())
    with qtbot.waitSignal(bench.service.job_finished):
        bench.service.submit(a_request())


def test_a_full_disk_pauses_the_queue_and_hands_every_unsaved_picture_over(qtbot: QtBot, bench: Bench) -> None:
    bench.save_failure = DiskFull(Path("gallery"), 1000, 0)
    bench.service.submit(a_request("first"))
    bench.service.submit(a_request("second"))
    qtbot.waitUntil(lambda: "failed" in bench.names())
    assert bench.names() == ["started", "unsaved", "failed"]
    [(picture,)] = [facts for name, facts in bench.events if name == "unsaved"]
    assert isinstance(picture, UnsavedPicture)
    assert picture.image.request.prompt.text == "first"
    assert bench.service.is_paused
    assert [job.request.prompt.text for job in bench.service.waiting] == ["second"]
    bench.save_failure = None
    with qtbot.waitSignal(bench.service.job_finished):
        bench.service.resume()
    assert [image.request.prompt.text for image in bench.saved] == ["second"]


def test_resuming_before_the_failed_job_has_ended_does_not_leave_the_queue_paused(qtbot: QtBot, bench: Bench) -> None:
    bench.save_failure = DiskFull(Path("gallery"), 1000, 0)

    def answer_at_once(_picture: UnsavedPicture) -> None:
        bench.save_failure = None
        bench.service.resume()

    bench.service.picture_unsaved.connect(answer_at_once)
    bench.service.submit(a_request("first"))
    bench.service.submit(a_request("second"))
    qtbot.waitUntil(lambda: "finished" in bench.names())
    assert not bench.service.is_paused


def test_the_queue_is_saved_with_the_running_job_before_it_runs(qtbot: QtBot, bench: Bench) -> None:
    with qtbot.waitSignal(bench.service.job_finished):
        job = bench.service.submit(a_request())
    first_with_job = bench.saved_queues[0]
    assert [(saved.id, saved.state, saved.attempts) for saved in first_with_job] == [(job.id, JobState.RUNNING, 1)]
    assert bench.saved_queues[-1] == ()


def test_the_worker_waits_until_the_queue_is_on_disk(qtbot: QtBot) -> None:
    promise: Future[None] = Future()
    session = FakeSession()
    worker = GenerationWorker(lambda: session, record_of, PreviewMailbox())
    service = GenerationService(worker, lambda _jobs: promise)
    service.start()
    progressed: list[object] = []
    service.progressed.connect(lambda *facts: progressed.append(facts))
    with qtbot.waitSignal(service.device_known):
        service.prepare(CHECKPOINT)
    service.submit(a_request())
    assert progressed == []
    with qtbot.waitSignal(service.job_finished):
        promise.set_result(None)
    assert progressed
    assert service.stop()


def test_waiting_jobs_are_moved_dropped_and_cleared_without_the_worker(qtbot: QtBot, bench: Bench) -> None:
    bench.session.pause_at_step = 1
    bench.service.submit(a_request("running"))
    waiting = [bench.service.submit(a_request(text)) for text in ("a", "b", "c")]

    def texts() -> list[str]:
        return [job.request.prompt.text for job in bench.service.waiting]

    bench.service.move(waiting[2].id, 0)
    assert texts() == ["c", "a", "b"]
    bench.service.drop(waiting[0].id)
    assert texts() == ["c", "b"]
    assert [job.request.prompt.text for job in bench.saved_queues[-1]] == ["running", "c", "b"]
    cleared = bench.service.clear_waiting()
    assert [job.request.prompt.text for job in cleared] == ["c", "b"]
    assert texts() == []
    assert bench.service.running is not None


def test_stop_in_the_middle_of_a_step_keeps_the_running_job_first_in_the_saved_queue(qtbot: QtBot) -> None:
    session = FakeSession()
    session.pause_at_step = 2
    queues: list[tuple[Job, ...]] = []

    def save_queue(jobs: tuple[Job, ...]) -> Future[None]:
        queues.append(jobs)
        future: Future[None] = Future()
        future.set_result(None)
        return future

    worker = GenerationWorker(lambda: session, record_of, PreviewMailbox())
    service = GenerationService(worker, save_queue)
    service.start()
    service.submit(a_request("running"))
    service.submit(a_request("waiting"))
    qtbot.waitUntil(session.paused.is_set)
    assert service.stop()
    assert [(job.request.prompt.text, job.state, job.attempts) for job in queues[-1]] == [
        ("running", JobState.QUEUED, 0),
        ("waiting", JobState.QUEUED, 0),
    ]
    assert session.closed


def test_prepare_loads_the_model_in_the_background(qtbot: QtBot, bench: Bench) -> None:
    with qtbot.waitSignals([bench.service.device_known, bench.service.ready]):
        bench.service.prepare(CHECKPOINT)
    assert bench.session.loaded == [CHECKPOINT]


def test_an_engine_that_cannot_be_imported_is_said(qtbot: QtBot, expected_log: ExpectedLog) -> None:
    expected_log.containing("unforeseen failure in the worker")

    def no_engine() -> FakeSession:
        raise ImportError("No module named 'torch'")

    service = GenerationService(GenerationWorker(no_engine, record_of, PreviewMailbox()), lambda _jobs: Future())
    service.start()
    with qtbot.waitSignal(service.load_failed) as failed:
        service.prepare(CHECKPOINT)
    assert failed.args is not None
    assert "torch" in failed.args[0].reason
    assert service.stop()


def test_memory_is_freed_in_the_thread_of_the_worker(qtbot: QtBot, bench: Bench) -> None:
    with qtbot.waitSignal(bench.service.ready):
        bench.service.prepare(CHECKPOINT)
    with qtbot.waitSignal(bench.service.memory_freed):
        bench.service.free_memory()
    assert bench.session.times_freed == 1


def test_a_held_queue_finishes_what_runs_and_begins_nothing_until_it_is_released(qtbot: QtBot, bench: Bench) -> None:
    bench.session.go_on.clear()
    running = bench.service.submit(a_request())
    bench.service.submit(a_request())
    bench.service.set_held(True)
    with qtbot.waitSignal(bench.service.job_finished) as finished:
        bench.session.go_on.set()
    assert finished.args is not None
    assert finished.args[0].id == running.id
    assert (bench.service.is_held, bench.service.running, len(bench.service.waiting)) == (True, None, 1)
    with qtbot.waitSignal(bench.service.job_finished):
        bench.service.set_held(False)
    assert bench.names() == ["started", "saved", "finished"] * 2
