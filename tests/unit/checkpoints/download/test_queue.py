"""Several downloads: limit, order, pause, resume, cancel, and what is left for the next start."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from studio.checkpoints.download.queue import DownloadQueue
from studio.checkpoints.download.saved_downloads import SavedDownloads
from studio.core.download import (
    Download,
    DownloadId,
    DownloadPhase,
    DownloadPlan,
    DownloadProgress,
    DownloadResult,
    DownloadState,
    RemoteFile,
)
from studio.core.errors import DiskFull, DownloadBusy, RemoteNotFound, StorageError, StudioError, UnsafeFileName
from tests.conftest import ExpectedLog


def a_plan(name: str, folder: Path = Path("models")) -> DownloadPlan:
    file = RemoteFile(f"https://models.example/{name}", f"{name}.safetensors", 10, "0" * 64)
    return DownloadPlan(DownloadId(name), name, folder / name, (file,), f"owner/{name}", "main", "MIT", True)


@dataclass
class Told:
    """The queue's events, in order."""

    ends: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    errors: list[StudioError] = field(default_factory=list[StudioError])
    progress: list[DownloadProgress] = field(default_factory=list[DownloadProgress])
    lists: list[tuple[Download, ...]] = field(default_factory=list[tuple[Download, ...]])

    def changed(self, downloads: tuple[Download, ...]) -> None:
        self.lists.append(downloads)

    def progressed(self, progress: DownloadProgress) -> None:
        self.progress.append(progress)

    def paused(self, plan: DownloadPlan, error: StudioError) -> None:
        self._end("paused", plan, error)

    def finished(self, result: DownloadResult) -> None:
        self.ends.append(("finished", result.plan.title))

    def failed(self, plan: DownloadPlan, error: StudioError) -> None:
        self._end("failed", plan, error)

    def cancelled(self, plan: DownloadPlan) -> None:
        self.ends.append(("cancelled", plan.title))

    def trouble(self, error: StorageError) -> None:
        self.errors.append(error)

    def _end(self, kind: str, plan: DownloadPlan, error: StudioError) -> None:
        self.ends.append((kind, plan.title))
        self.errors.append(error)


class Transfers:
    """In place of the network: each transfer waits until the test ends it."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self._ends: dict[str, asyncio.Future[None]] = {}

    async def fetch(self, plan: DownloadPlan, report: Callable[[DownloadProgress], None]) -> DownloadResult:
        self.started.append(plan.title)
        report(DownloadProgress(plan.id, DownloadPhase.TRANSFERRING, plan.files[0].path, 5, 10, None))
        self._ends[plan.title] = asyncio.get_running_loop().create_future()
        await self._ends[plan.title]
        return DownloadResult(plan, ())

    async def finish(self, name: str) -> None:
        self._ends[name].set_result(None)
        await settle()

    async def fail(self, name: str, error: Exception) -> None:
        self._ends[name].set_exception(error)
        await settle()


async def settle() -> None:
    """Let everything happen that waits for nothing outside."""
    for _ in range(20):
        await asyncio.sleep(0)


@dataclass
class Scene:
    queue: DownloadQueue
    transfers: Transfers
    told: Told
    saved: SavedDownloads

    @property
    def states(self) -> dict[str, str]:
        return {download.plan.title: download.state.value for download in self.queue.downloads}

    async def add(self, *names: str) -> None:
        for name in names:
            self.queue.add(a_plan(name))
        await settle()


def play(folder: Path, act: Callable[[Scene], Awaitable[None]], limit: int = 2) -> Told:
    """Run `act` on a queue with its list in `folder`, and stop it."""

    async def run() -> Told:
        transfers, told, saved = Transfers(), Told(), SavedDownloads(folder / "downloads.json")
        queue = DownloadQueue(saved, transfers.fetch, told, limit)
        await act(Scene(queue, transfers, told, saved))
        await queue.stop()
        return told

    return asyncio.run(run())


def test_as_many_as_allowed_run_and_the_next_starts_when_one_ends(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        await scene.add("a", "b", "c")
        assert scene.transfers.started == ["a", "b"]
        assert scene.states == {"a": "running", "b": "running", "c": "waiting"}
        await scene.transfers.finish("b")
        assert scene.transfers.started == ["a", "b", "c"]
        assert scene.states == {"a": "running", "c": "running"}

    assert play(tmp_path, act).ends == [("finished", "b")]


def test_a_higher_limit_starts_more_at_once(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        await scene.add("a", "b", "c")
        scene.queue.set_limit(3)
        await settle()
        assert scene.transfers.started == ["a", "b", "c"]

    play(tmp_path, act, limit=1)


def test_those_in_front_start_first(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        await scene.add("a", "b", "c")
        scene.queue.move(DownloadId("c"), 0)
        await scene.transfers.finish("a")
        assert scene.transfers.started == ["a", "c"]
        assert [plan.title for plan in scene.saved.load()] == ["c", "b"]

    play(tmp_path, act, limit=1)


def test_a_paused_one_gives_its_place_to_the_next_and_goes_on_when_told(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        await scene.add("a", "b")
        scene.queue.pause(DownloadId("a"))
        await settle()
        assert scene.states == {"a": "paused", "b": "running"}
        scene.queue.resume(DownloadId("a"))
        assert scene.states == {"a": "waiting", "b": "running"}
        await scene.transfers.finish("b")
        await scene.transfers.finish("a")

    told = play(tmp_path, act, limit=1)
    assert told.ends == [("finished", "b"), ("finished", "a")]


def test_resumed_before_it_has_stopped_it_starts_again_once(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        await scene.add("a")
        scene.queue.pause(DownloadId("a"))
        scene.queue.resume(DownloadId("a"))
        await settle()
        assert scene.transfers.started == ["a", "a"]
        assert scene.states == {"a": "running"}
        await scene.transfers.finish("a")

    assert play(tmp_path, act).ends == [("finished", "a")]


def test_a_waiting_one_can_be_paused(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        await scene.add("a", "b")
        scene.queue.pause(DownloadId("b"))
        await scene.transfers.finish("a")
        assert scene.transfers.started == ["a"]
        assert scene.states == {"b": "paused"}

    play(tmp_path, act, limit=1)


@pytest.mark.parametrize("name", ["a", "b"])
def test_a_cancelled_one_is_off_the_list_and_its_incomplete_files_are_gone(tmp_path: Path, name: str) -> None:
    async def act(scene: Scene) -> None:
        for title in ("a", "b"):
            plan = a_plan(title, tmp_path)
            plan.folder.mkdir()
            (plan.folder / f"{title}.safetensors.part").write_bytes(b"half")
            (plan.folder / f"{title}.safetensors.part.json").write_bytes(b"{}")
            if title == "a":
                (plan.folder / "other.safetensors").write_bytes(b"whole")
            scene.queue.add(plan)
        await settle()
        scene.queue.cancel(DownloadId(name))
        while scene.told.ends == []:
            await asyncio.sleep(0.001)
        assert name not in scene.states

    assert play(tmp_path, act, limit=1).ends == [("cancelled", name)]
    left = [path.name for path in (tmp_path / name).iterdir()] if (tmp_path / name).exists() else None
    assert left == {"a": ["other.safetensors"], "b": None}[name]


def test_a_failed_one_stays_in_the_list_with_its_reason_and_can_be_resumed(tmp_path: Path) -> None:
    failure = RemoteNotFound("https://models.example/a")

    async def act(scene: Scene) -> None:
        await scene.add("a")
        await scene.transfers.fail("a", failure)
        assert scene.queue.downloads == (Download(a_plan("a"), DownloadState.FAILED, failure),)
        scene.queue.resume(DownloadId("a"))
        await settle()
        assert scene.states == {"a": "running"}
        await scene.transfers.finish("a")

    told = play(tmp_path, act)
    assert told.ends == [("failed", "a"), ("finished", "a")]
    assert told.errors == [failure]


def test_others_go_on_when_one_fails(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        await scene.add("a", "b", "c")
        await scene.transfers.fail("a", DownloadBusy(Path("models/a")))
        await scene.transfers.finish("b")
        await scene.transfers.finish("c")

    assert play(tmp_path, act).ends == [("failed", "a"), ("finished", "b"), ("finished", "c")]


def test_a_full_disk_pauses_and_says_so(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        await scene.add("a")
        await scene.transfers.fail("a", DiskFull(Path("models/a"), 100, 10))
        assert scene.states == {"a": "paused"}
        scene.queue.resume(DownloadId("a"))
        await settle()
        await scene.transfers.finish("a")

    assert play(tmp_path, act).ends == [("paused", "a"), ("finished", "a")]


def test_an_unforeseen_failure_is_logged_and_ends_one_download_only(tmp_path: Path, expected_log: ExpectedLog) -> None:
    expected_log.containing("unforeseen failure of the download")

    async def act(scene: Scene) -> None:
        await scene.add("a", "b")
        await scene.transfers.fail("a", ZeroDivisionError())
        await scene.transfers.finish("b")

    assert play(tmp_path, act).ends == [("failed", "a"), ("finished", "b")]


def test_a_plan_with_a_dangerous_name_is_not_taken(tmp_path: Path) -> None:
    plan = a_plan("a")
    evil = DownloadPlan(plan.id, "evil", plan.folder, (RemoteFile("https://models.example/x", "../x"),), "x")

    async def act(scene: Scene) -> None:
        with pytest.raises(UnsafeFileName):
            scene.queue.add(evil)
        assert scene.queue.downloads == ()

    play(tmp_path, act)


def test_what_is_not_finished_is_offered_paused_at_the_next_start_and_nothing_is_fetched(tmp_path: Path) -> None:
    async def first(scene: Scene) -> None:
        await scene.add("a", "b", "c")
        await scene.transfers.finish("a")

    async def second(scene: Scene) -> None:
        scene.queue.restore()
        await settle()
        assert scene.states == {"b": "paused", "c": "paused"}
        assert scene.transfers.started == []
        assert scene.queue.downloads[0].plan == a_plan("b"), "with all that belongs to it"
        scene.queue.resume(DownloadId("b"))
        await settle()
        assert scene.transfers.started == ["b"]

    assert play(tmp_path, first).ends == [("finished", "a")]
    assert play(tmp_path, second).ends == []


def test_when_all_are_finished_nothing_is_left_on_the_disk(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        await scene.add("a")
        await scene.transfers.finish("a")

    play(tmp_path, act)
    assert list(tmp_path.iterdir()) == []


def test_a_list_that_cannot_be_saved_takes_nothing_in(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        with pytest.raises(StorageError):
            scene.queue.add(a_plan("a"))
        assert scene.queue.downloads == ()
        assert scene.transfers.started == []

    play(tmp_path / "missing", act)


def test_a_damaged_list_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "downloads.json").write_bytes(b'{"version": 1, "downlo')

    assert SavedDownloads(tmp_path / "downloads.json").load() == ()
    assert [path.name.split("-")[0] for path in tmp_path.iterdir()] == ["downloads.json.damaged"]


def test_one_bad_entry_does_not_cost_the_others(tmp_path: Path) -> None:
    saved = SavedDownloads(tmp_path / "downloads.json")
    saved.save([a_plan("a"), a_plan("b")])
    text = (tmp_path / "downloads.json").read_text().replace('"title": "a"', '"title": 5')
    (tmp_path / "downloads.json").write_text(text)

    assert saved.load() == (a_plan("b"),)
