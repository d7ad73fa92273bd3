"""Downloads seen from the window: commands in, signals out, and nothing touched that was not asked for."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from studio.checkpoints.download.options import DownloadOptions, Endpoints
from studio.core.download import Download, DownloadId, DownloadPlan, DownloadProgress, DownloadResult, DownloadState
from studio.core.errors import (
    AddressNotUnderstood,
    DownloadDamaged,
    DownloadInterrupted,
    ProxyUnusable,
    StudioError,
    UnsafeFileName,
)
from studio.ui.messages import message_for
from studio.worker.download_service import DownloadService
from tests.conftest import ExpectedLog
from tests.helpers.hub_server import HubServer, Slow, WrongBytes
from tests.helpers.program import ROOT
from tests.unit.checkpoints.download.downloading import CONTENT, DISK, QUICK, REPOSITORY, WEIGHTS, no_token


@pytest.fixture
def server() -> Iterator[HubServer]:
    with HubServer() as server:
        server.add(REPOSITORY, {WEIGHTS: CONTENT})
        server.add("owner/second", {"second.safetensors": CONTENT[::-1]})
        yield server


@pytest.fixture
def options(server: HubServer, tmp_path: Path) -> DownloadOptions:
    return DownloadOptions(
        tmp_path / "downloads.json",
        no_token,
        Endpoints(server.url, server.url),
        proxy=lambda: None,
        limit=1,
        pace=QUICK,
        disk=DISK,
    )


@pytest.fixture
def service(options: DownloadOptions, qtbot: QtBot) -> Iterator[DownloadService]:
    service = DownloadService(options)
    yield service
    assert service.stop()


class Heard:
    """Everything that the service says, and in which thread."""

    def __init__(self, service: DownloadService) -> None:
        self.ends: list[tuple[str, str]] = []
        self.progress: list[tuple[float, tuple[DownloadProgress, ...]]] = []
        self.threads: set[threading.Thread] = set()
        self.errors: list[StudioError] = []
        service.finished.connect(self._finished)
        service.failed.connect(lambda plan, error: self._ended("failed", plan, error))
        service.paused.connect(lambda plan, error: self._ended("paused", plan, error))
        service.cancelled.connect(lambda plan: self._ended("cancelled", plan))
        service.progressed.connect(self._progressed)

    def _finished(self, result: DownloadResult) -> None:
        self._ended("finished", result.plan)

    def _ended(self, kind: str, plan: DownloadPlan, error: StudioError | None = None) -> None:
        self.threads.add(threading.current_thread())
        self.ends.append((kind, plan.title))
        if error is not None:
            self.errors.append(error)

    def _progressed(self, progress: tuple[DownloadProgress, ...]) -> None:
        self.threads.add(threading.current_thread())
        self.progress.append((time.monotonic(), progress))


def planned(service: DownloadService, qtbot: QtBot, text: str, parent: Path) -> DownloadPlan:
    with qtbot.waitSignal(service.looked_up) as answer:
        service.look_up(text, parent)
    assert answer.args is not None
    assert answer.args[0] == text
    return answer.args[1]


def state_is(service: DownloadService, state: DownloadState) -> Callable[[], bool]:
    return lambda: [download.state for download in service.downloads] == [state]


def test_an_address_becomes_a_plan_and_the_plan_a_file(service: DownloadService, qtbot: QtBot, tmp_path: Path) -> None:
    heard = Heard(service)
    plan = planned(service, qtbot, REPOSITORY, tmp_path)

    with qtbot.waitSignal(service.finished):
        service.add(plan)
    qtbot.waitUntil(lambda: service.downloads == ())

    assert (plan.folder / WEIGHTS).read_bytes() == CONTENT
    assert heard.ends == [("finished", REPOSITORY)]
    assert heard.threads == {threading.main_thread()}


def test_what_is_no_address_is_answered_with_a_fact(service: DownloadService, qtbot: QtBot, tmp_path: Path) -> None:
    with qtbot.waitSignal(service.lookup_failed) as answer:
        service.look_up("a model", tmp_path)

    assert answer.args is not None
    assert isinstance(answer.args[1], AddressNotUnderstood)


def test_an_unforeseen_failure_of_a_look_up_is_logged_and_answered(
    service: DownloadService,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    expected_log: ExpectedLog,
) -> None:
    expected_log.containing("unforeseen failure of the look-up")
    monkeypatch.setattr("studio.checkpoints.download.session.plan_download", lambda *_: 1 // 0)

    with qtbot.waitSignal(service.lookup_failed) as answer:
        service.look_up(REPOSITORY, tmp_path)

    assert answer.args is not None
    assert isinstance(answer.args[1], DownloadInterrupted)


def test_a_thread_that_dies_answers_who_waits_and_the_next_command_begins_another(
    options: DownloadOptions,
    server: HubServer,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    expected_log: ExpectedLog,
) -> None:
    expected_log.containing("unforeseen failure in the download thread")
    monkeypatch.setattr("studio.checkpoints.download.queue.DownloadQueue.set_limit", lambda *_: 1 // 0)
    proxies: list[str | None] = [None, "ftp://user:secret@proxy:1", None]
    service = DownloadService(replace(options, proxy=lambda: proxies.pop(0)))
    plan = planned(service, qtbot, REPOSITORY, tmp_path)
    server.misbehave(WEIGHTS, Slow(100_000, seconds=20))
    with qtbot.waitSignal(service.progressed):
        service.add(plan)

    with qtbot.waitSignal(service.trouble):
        service.set_limit(1)
    [paused] = service.downloads
    assert paused.state is DownloadState.PAUSED
    assert isinstance(paused.error, DownloadInterrupted)

    with qtbot.waitSignal(service.lookup_failed) as answer:
        service.look_up(REPOSITORY, tmp_path)
    assert answer.args is not None
    assert isinstance(answer.args[1], ProxyUnusable)
    assert "secret" not in message_for(answer.args[1]).text

    with qtbot.waitSignal(service.finished):
        service.resume(plan.id)
    assert service.stop()
    assert (plan.folder / WEIGHTS).read_bytes() == CONTENT


def test_progress_comes_at_most_eight_times_a_second_with_speed_and_time_left(
    service: DownloadService, server: HubServer, qtbot: QtBot, tmp_path: Path
) -> None:
    heard = Heard(service)
    plan = planned(service, qtbot, REPOSITORY, tmp_path)
    server.bytes_per_second = 200_000

    with qtbot.waitSignal(service.finished):
        service.add(plan)

    times = [at for at, _ in heard.progress]
    assert len(times) >= 3
    assert len(times) <= 8 * (times[-1] - times[0]) + 2
    known = [progress for _, (progress,) in heard.progress if progress.bytes_per_second]
    assert known
    assert known[-1].bytes_per_second == pytest.approx(200_000, rel=0.5)
    assert known[-1].seconds_left is not None


def test_pause_and_resume_go_on_at_the_same_byte(
    service: DownloadService, server: HubServer, qtbot: QtBot, tmp_path: Path
) -> None:
    heard = Heard(service)
    plan = planned(service, qtbot, REPOSITORY, tmp_path)
    server.misbehave(WEIGHTS, Slow(100_000, seconds=20))
    with qtbot.waitSignal(service.progressed, check_params_cb=lambda progress: progress[0].bytes_done >= 100_000):
        service.add(plan)

    service.pause(plan.id)
    qtbot.waitUntil(state_is(service, DownloadState.PAUSED))
    with qtbot.waitSignal(service.finished):
        service.resume(plan.id)

    assert (plan.folder / WEIGHTS).read_bytes() == CONTENT
    assert server.file_requests(WEIGHTS)[-1].start >= 100_000
    assert heard.ends == [("finished", REPOSITORY)]


def test_cancel_ends_it_once_and_leaves_no_part(
    service: DownloadService, server: HubServer, qtbot: QtBot, tmp_path: Path
) -> None:
    heard = Heard(service)
    plan = planned(service, qtbot, REPOSITORY, tmp_path)
    server.misbehave(WEIGHTS, Slow(100_000, seconds=20))
    with qtbot.waitSignal(service.progressed):
        service.add(plan)

    with qtbot.waitSignal(service.cancelled):
        service.cancel(plan.id)

    assert heard.ends == [("cancelled", REPOSITORY)]
    assert not plan.folder.exists()
    assert not (tmp_path / "downloads.json").exists()


def test_a_failure_is_told_once_and_the_next_one_goes_on(
    service: DownloadService, server: HubServer, qtbot: QtBot, tmp_path: Path
) -> None:
    heard = Heard(service)
    first = planned(service, qtbot, REPOSITORY, tmp_path)
    second = planned(service, qtbot, "owner/second", tmp_path)
    server.misbehave(WEIGHTS, WrongBytes(), WrongBytes())

    with qtbot.waitSignal(service.finished):
        service.add(first)
        service.add(second)

    assert heard.ends == [("failed", REPOSITORY), ("finished", "owner/second")]
    assert isinstance(heard.errors[0], DownloadDamaged)
    assert service.downloads == (Download(first, DownloadState.FAILED, heard.errors[0]),)


def test_the_order_can_be_changed(service: DownloadService, server: HubServer, qtbot: QtBot, tmp_path: Path) -> None:
    heard = Heard(service)
    plans = [planned(service, qtbot, text, tmp_path) for text in (REPOSITORY, "owner/second")]
    for plan in plans:
        service.add(plan)
        service.pause(plan.id)
    service.move(plans[1].id, 0)
    for plan in plans:
        service.resume(plan.id)

    qtbot.waitUntil(lambda: len(heard.ends) == 2)
    assert {end for end, _ in heard.ends} == {"finished"}
    assert service.downloads == ()


def test_a_command_that_cannot_be_carried_out_is_told(service: DownloadService, qtbot: QtBot, tmp_path: Path) -> None:
    plan = planned(service, qtbot, REPOSITORY, tmp_path)
    evil = DownloadPlan(
        DownloadId("evil"), "evil", tmp_path, (plan.files[0].__class__("https://x.example", ".x"),), "x"
    )

    with qtbot.waitSignal(service.trouble) as told:
        service.add(evil)

    assert told.args is not None
    assert isinstance(told.args[0], UnsafeFileName)


def test_closing_keeps_the_bytes_and_the_next_start_offers_to_go_on(
    options: DownloadOptions, server: HubServer, qtbot: QtBot, tmp_path: Path
) -> None:
    first = DownloadService(options)
    plan = planned(first, qtbot, REPOSITORY, tmp_path)
    server.misbehave(WEIGHTS, Slow(100_000, seconds=20))
    with qtbot.waitSignal(first.progressed, check_params_cb=lambda progress: progress[0].bytes_done >= 100_000):
        first.add(plan)
    assert first.stop()
    asked = len(server.requests)

    second = DownloadService(options)
    with qtbot.waitSignal(second.restored):
        second.restore()
    assert second.downloads == (Download(plan, DownloadState.PAUSED),)
    assert len(server.requests) == asked, "nothing is fetched before the user says so"
    with qtbot.waitSignal(second.finished):
        second.resume(plan.id)
    assert second.stop()

    assert (plan.folder / WEIGHTS).read_bytes() == CONTENT
    assert server.file_requests(WEIGHTS)[-1].start >= 100_000


def test_what_was_asked_for_just_before_the_end_is_kept(
    options: DownloadOptions, service: DownloadService, qtbot: QtBot, tmp_path: Path
) -> None:
    plan = planned(service, qtbot, REPOSITORY, tmp_path)
    closing = DownloadService(options)
    closing.add(plan)
    assert closing.stop()

    with qtbot.waitSignal(service.restored):
        service.restore()
    assert [download.plan for download in service.downloads] == [plan]


def test_without_a_command_there_is_no_thread(service: DownloadService) -> None:
    before = threading.active_count()

    service.restore()

    assert threading.active_count() == before
    assert service.stop()


def test_the_service_brings_nothing_of_the_network_with_it() -> None:
    script = (
        "import sys, studio.worker.download_service, studio.checkpoints.download.credentials;"
        "print([name for name in ('httpx2', 'ssl', 'asyncio', 'keyring', 'pydantic') if name in sys.modules])"
    )

    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)

    assert result.stdout.strip() == "[]"
