"""One file, through every fault that a server and a network have."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import os
import shutil
import threading
from collections import namedtuple
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from studio.checkpoints.download.http_client import HttpClient
from studio.checkpoints.download.options import DiskRules
from studio.checkpoints.download.transfer import fetch_file
from studio.core.download import DownloadPhase, RemoteFile
from studio.core.errors import (
    AccessGated,
    DiskFull,
    DownloadDamaged,
    DownloadInterrupted,
    DownloadRefused,
    LoginNeeded,
    RateLimited,
    RemoteChanged,
    RemoteNotFound,
    ServerUnusable,
    UnsafeAddress,
    UnsafeFileName,
)
from tests.helpers.hub_server import (
    CdnStatus,
    Cut,
    Fault,
    HubServer,
    NewContent,
    NewEtag,
    NoLength,
    NoRanges,
    Page,
    RedirectTo,
    Slow,
    Status,
    WrongBytes,
    WrongRange,
)
from tests.unit.checkpoints.download.downloading import (
    CONTENT,
    DISK,
    QUICK,
    REPOSITORY,
    SIZE,
    WEIGHTS,
    fetch,
    remote_file,
    with_client,
)


def unhashed(server: HubServer) -> RemoteFile:
    """The same file, of which nothing is known but the address."""
    return replace(remote_file(server), sha256=None, size=None)


def is_right(folder: Path) -> bool:
    """Complete under its final name, and nothing beside it."""
    return (folder / WEIGHTS).read_bytes() == CONTENT and {path.name for path in folder.iterdir()} == {WEIGHTS}


# --- no fault ---


def test_a_file_comes_whole_verified_and_leaves_nothing_beside_it(server: HubServer, tmp_path: Path) -> None:
    fetched = fetch(remote_file(server), tmp_path)

    assert is_right(tmp_path)
    assert fetched.file.verified
    assert (fetched.file.size, fetched.file.sha256) == (SIZE, hashlib.sha256(CONTENT).hexdigest())
    assert fetched.reports[-1] == (DownloadPhase.TRANSFERRING, SIZE)
    assert [request.start for request in server.file_requests(WEIGHTS)] == [0]


def test_a_small_file_is_verified_by_the_hash_that_git_has(server: HubServer, tmp_path: Path) -> None:
    file = remote_file(server, "config.json")

    assert file.sha256 is None
    assert fetch(file, tmp_path).file.verified
    assert (tmp_path / "config.json").read_bytes() == b'{"a": 1}'


def test_a_file_without_a_published_hash_is_said_to_be_unverified(server: HubServer, tmp_path: Path) -> None:
    fetched = fetch(unhashed(server), tmp_path)

    assert is_right(tmp_path)
    assert not fetched.file.verified
    assert fetched.file.sha256 == hashlib.sha256(CONTENT).hexdigest()


def test_a_right_file_that_is_there_is_kept_and_no_server_asked(server: HubServer, tmp_path: Path) -> None:
    file = remote_file(server)
    (tmp_path / WEIGHTS).write_bytes(CONTENT)

    assert fetch(file, tmp_path).file.verified
    assert server.file_requests(WEIGHTS) == []


def test_what_a_kill_left_beside_a_complete_file_is_removed(server: HubServer, tmp_path: Path) -> None:
    file = remote_file(server)
    (tmp_path / WEIGHTS).write_bytes(CONTENT)
    for name in (f"{WEIGHTS}.part.json", f".{WEIGHTS}.part.json.tmp"):
        (tmp_path / name).write_bytes(b"{}")

    fetch(file, tmp_path)

    assert is_right(tmp_path)


def test_a_wrong_file_of_the_right_size_that_is_there_is_replaced(server: HubServer, tmp_path: Path) -> None:
    (tmp_path / WEIGHTS).write_bytes(bytes(SIZE))

    fetch(remote_file(server), tmp_path)

    assert is_right(tmp_path)


def test_a_file_goes_into_the_folder_that_its_path_names(server: HubServer, tmp_path: Path) -> None:
    fetch(replace(remote_file(server), path="unet/deep/model.safetensors"), tmp_path)

    assert (tmp_path / "unet" / "deep" / WEIGHTS).read_bytes() == CONTENT


def test_a_name_that_leads_out_of_the_folder_is_refused_before_anything_is_asked(
    server: HubServer, tmp_path: Path
) -> None:
    file = replace(remote_file(server), path="../outside.safetensors")

    with pytest.raises(UnsafeFileName):
        fetch(file, tmp_path / "models")
    assert server.file_requests(WEIGHTS) == []


# --- cut, slow, short ---


@pytest.mark.parametrize("count", [0, 1, 65_535, 65_536, 100_000, SIZE - 1])
def test_after_a_cut_it_goes_on_at_the_very_byte(server: HubServer, tmp_path: Path, count: int) -> None:
    file = remote_file(server)
    server.misbehave(WEIGHTS, Cut(count))

    fetch(file, tmp_path)

    assert is_right(tmp_path)
    assert [request.start for request in server.file_requests(WEIGHTS)] == [0, count]


def test_many_cuts_cost_no_byte_twice(server: HubServer, tmp_path: Path) -> None:
    file = remote_file(server)
    server.misbehave(WEIGHTS, *[Cut(30_000)] * 8)

    fetch(file, tmp_path)

    assert is_right(tmp_path)
    assert [request.start for request in server.file_requests(WEIGHTS)] == [30_000 * step for step in range(9)]


def test_a_continued_transfer_says_which_file_it_continues(server: HubServer, tmp_path: Path) -> None:
    file = remote_file(server)
    server.misbehave(WEIGHTS, Cut(1000))

    fetch(file, tmp_path)

    assert server.file_requests(WEIGHTS)[1].headers["If-Range"] == f'"{hashlib.md5(CONTENT).hexdigest()}"'


def test_a_server_that_brings_nothing_ends_as_a_fact_and_the_part_stays(server: HubServer, tmp_path: Path) -> None:
    file = remote_file(server)
    server.misbehave(WEIGHTS, Cut(100_000), *[Cut(0)] * QUICK.most_tries)

    with pytest.raises(DownloadInterrupted):
        fetch(file, tmp_path)
    fetch(file, tmp_path)

    assert is_right(tmp_path)
    assert server.file_requests(WEIGHTS)[-1].start == 100_000


def test_no_server_at_all_ends_as_a_fact(server: HubServer, tmp_path: Path) -> None:
    file = replace(remote_file(server), url="http://127.0.0.1:9/model.safetensors")

    with pytest.raises(DownloadInterrupted):
        fetch(file, tmp_path)


def test_a_trickle_is_a_stall_and_the_file_is_asked_for_again(server: HubServer, tmp_path: Path) -> None:
    file = remote_file(server)
    server.misbehave(WEIGHTS, Slow(100_000, seconds=20))

    fetched = fetch(file, tmp_path)

    assert is_right(tmp_path)
    assert server.file_requests(WEIGHTS)[1].start >= 100_000
    assert DownloadPhase.RETRYING in {phase for phase, _ in fetched.reports}


def test_a_cancelled_transfer_keeps_every_byte_that_came(server: HubServer, tmp_path: Path) -> None:
    file = remote_file(server)
    server.misbehave(WEIGHTS, Slow(100_000, seconds=20))

    async def cancel_at(http: HttpClient) -> None:
        def report(_phase: DownloadPhase, count: int) -> None:
            if count >= 100_000:
                task.cancel()

        task = asyncio.create_task(fetch_file(http, file, tmp_path, report, pace=replace(QUICK, stall_seconds=30)))
        await asyncio.wait([task])
        assert task.cancelled()

    with_client(cancel_at)
    assert (tmp_path / f"{WEIGHTS}.part").stat().st_size >= 100_000
    assert not (tmp_path / WEIGHTS).exists()

    fetch(file, tmp_path)
    assert is_right(tmp_path)
    assert server.file_requests(WEIGHTS)[-1].start >= 100_000


def test_a_cancel_while_a_block_is_written_stores_it_once(
    server: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = remote_file(server)

    async def cancel_at(http: HttpClient) -> None:
        loop = asyncio.get_running_loop()
        cancelled = threading.Event()
        syncs = itertools.count()

        def cancel() -> None:
            task.cancel()
            cancelled.set()

        def sync(descriptor: int) -> None:
            if next(syncs) == 3:
                loop.call_soon_threadsafe(cancel)
                assert cancelled.wait(10)
            os.fsync(descriptor)

        monkeypatch.setattr("studio.checkpoints.download.part_file.sync_to_drive", sync)
        task = asyncio.create_task(fetch_file(http, file, tmp_path, lambda *_: None, pace=QUICK, disk=DISK))
        await asyncio.wait([task])
        assert task.cancelled()

    with_client(cancel_at)
    kept = (tmp_path / f"{WEIGHTS}.part").read_bytes()
    assert len(kept) >= DISK.block
    assert CONTENT.startswith(kept)

    fetch(file, tmp_path)
    assert is_right(tmp_path)
    assert [request.start for request in server.file_requests(WEIGHTS)] == [0, len(kept)]


# --- statuses ---


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_passing_status_is_waited_for(server: HubServer, tmp_path: Path, status: int) -> None:
    file = remote_file(server)
    server.misbehave(WEIGHTS, Status(status), Status(status))

    fetch(file, tmp_path)

    assert is_right(tmp_path)


@pytest.mark.parametrize("status", [429, 503])
def test_the_wait_that_a_server_asks_for_is_kept(
    server: HubServer, tmp_path: Path, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = remote_file(server)
    server.misbehave(WEIGHTS, Status(status, retry_after="7"))
    waits = recorded_waits(monkeypatch)

    fetch(file, tmp_path)

    assert is_right(tmp_path)
    assert waits == [7.0]


def test_a_wait_may_be_asked_for_as_a_date(server: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = remote_file(server)
    at = datetime.now(UTC) + timedelta(seconds=100)
    server.misbehave(WEIGHTS, Status(503, retry_after=format_datetime(at, usegmt=True)))
    waits = recorded_waits(monkeypatch)

    fetch(file, tmp_path)

    assert waits == [pytest.approx(99, abs=2)]


def recorded_waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits between tries, which then take no time."""
    waits: list[float] = []

    async def no_time(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("studio.checkpoints.download.transfer.asyncio.sleep", no_time)
    return waits


def test_a_wait_of_more_than_five_minutes_is_the_users_to_decide(server: HubServer, tmp_path: Path) -> None:
    file = remote_file(server)
    server.misbehave(WEIGHTS, Status(429, retry_after="301"))

    with pytest.raises(RateLimited) as raised:
        fetch(file, tmp_path)
    assert raised.value.seconds == 301


@pytest.mark.parametrize(
    ("fault", "fact"),
    [
        (Status(401), LoginNeeded),
        (Status(403), DownloadRefused),
        (Status(403, error_code="GatedRepo"), AccessGated),
        (Status(401, error_code="GatedRepo"), AccessGated),
        (Status(401, error_code="RepoNotFound"), RemoteNotFound),
        (Status(404), RemoteNotFound),
        (Status(410), RemoteNotFound),
        (Status(451), DownloadRefused),
    ],
)
def test_a_refusal_is_a_fact_at_once(server: HubServer, tmp_path: Path, fault: Fault, fact: type[Exception]) -> None:
    file = remote_file(server)
    server.misbehave(WEIGHTS, fault)

    with pytest.raises(fact):
        fetch(file, tmp_path)
    assert server.file_requests(WEIGHTS)[0].server == "hub", "the second server was never asked"


def test_a_gated_repository_is_told_with_the_page_where_consent_is_given(server: HubServer, tmp_path: Path) -> None:
    file = remote_file(server)
    server.misbehave(WEIGHTS, Status(403, error_code="GatedRepo"))

    with pytest.raises(AccessGated) as raised:
        fetch(file, tmp_path)
    assert raised.value.page == f"{server.url}/{REPOSITORY}"


def test_a_signed_address_that_ran_out_is_asked_for_again(server: HubServer, tmp_path: Path) -> None:
    file = remote_file(server)
    server.misbehave(WEIGHTS, Cut(100_000), CdnStatus(403))

    fetch(file, tmp_path)

    assert is_right(tmp_path)
    assert [request.start for request in server.file_requests(WEIGHTS)] == [0, 100_000, 100_000]


def test_416_with_nothing_left_to_fetch_is_the_end(server: HubServer, tmp_path: Path) -> None:
    """The size was never said: only the 416 tells that all is there."""
    file = unhashed(server)
    server.misbehave(WEIGHTS, Cut(SIZE - 10))
    fetch(file, tmp_path)
    part_of(tmp_path, file, SIZE)

    fetch(file, tmp_path)

    assert is_right(tmp_path)
    assert server.file_requests(WEIGHTS)[-1].start == SIZE


def part_of(folder: Path, file: RemoteFile, count: int) -> None:
    """Lay out what an interrupted transfer of unknown size leaves."""
    (folder / WEIGHTS).unlink()
    (folder / f"{WEIGHTS}.part").write_bytes(CONTENT[:count])
    etag = f'\\"{hashlib.md5(CONTENT).hexdigest()}\\"'
    facts = (
        f'{{"url": "{file.url}", "revision": null, "size": null, "sha256": null, "git_sha1": null, "etag": "{etag}"}}'
    )
    (folder / f"{WEIGHTS}.part.json").write_text(f"{facts}\n{count}\n")


def test_416_for_a_part_that_does_not_fit_begins_anew(server: HubServer, tmp_path: Path) -> None:
    file = remote_file(server)
    server.misbehave(WEIGHTS, Cut(100_000), CdnStatus(416))

    fetch(file, tmp_path)

    assert is_right(tmp_path)
    assert [request.start for request in server.file_requests(WEIGHTS)] == [0, 100_000, 0]


# --- another file than before ---


def test_a_changed_etag_begins_anew(server: HubServer, tmp_path: Path) -> None:
    file = unhashed(server)
    server.misbehave(WEIGHTS, Cut(100_000), NewEtag())

    fetch(file, tmp_path)

    assert is_right(tmp_path)
    second = server.file_requests(WEIGHTS)[1]
    assert (second.start, second.sent) == (100_000, SIZE), "it answered with the whole file"


def test_a_changed_file_of_another_size_is_told(server: HubServer, tmp_path: Path) -> None:
    file = replace(remote_file(server), sha256=None)
    server.misbehave(WEIGHTS, Cut(100_000), NewContent(CONTENT + b"more"))

    with pytest.raises(RemoteChanged):
        fetch(file, tmp_path)
    assert not (tmp_path / WEIGHTS).exists()


def test_a_changed_file_is_told_before_its_bytes_are_read(server: HubServer, tmp_path: Path) -> None:
    file = remote_file(server)
    server.misbehave(WEIGHTS, NewContent(bytes(SIZE)))

    with pytest.raises(RemoteChanged) as raised:
        fetch(file, tmp_path)
    assert "SHA-256" in raised.value.reason
    assert (tmp_path / f"{WEIGHTS}.part").stat().st_size == 0


def test_a_server_without_ranges_sends_all_again(server: HubServer, tmp_path: Path) -> None:
    file = remote_file(server)
    server.misbehave(WEIGHTS, Cut(100_000), NoRanges())

    fetch(file, tmp_path)

    assert is_right(tmp_path)


def test_another_range_than_asked_for_is_not_taken(server: HubServer, tmp_path: Path) -> None:
    file = remote_file(server)
    server.misbehave(WEIGHTS, Cut(100_000), WrongRange())

    with pytest.raises(ServerUnusable):
        fetch(file, tmp_path)
    fetch(file, tmp_path)

    assert is_right(tmp_path)


def test_a_part_of_another_file_is_not_continued(server: HubServer, tmp_path: Path) -> None:
    old = remote_file(server)
    server.misbehave(WEIGHTS, Cut(100_000), *[Cut(0)] * QUICK.most_tries)
    with pytest.raises(DownloadInterrupted):
        fetch(old, tmp_path)
    new = bytes(reversed(CONTENT))
    server.add(REPOSITORY, {WEIGHTS: new})

    fetch(remote_file(server), tmp_path)

    assert (tmp_path / WEIGHTS).read_bytes() == new
    assert server.file_requests(WEIGHTS)[-1].start == 0


# --- wrong answers ---


def test_wrong_bytes_of_the_right_size_are_fetched_again(server: HubServer, tmp_path: Path) -> None:
    file = remote_file(server)
    server.misbehave(WEIGHTS, WrongBytes())

    fetch(file, tmp_path)

    assert is_right(tmp_path)
    assert [request.start for request in server.file_requests(WEIGHTS)] == [0, 0]


def test_wrong_bytes_twice_are_a_fact_and_nothing_of_them_stays(server: HubServer, tmp_path: Path) -> None:
    file = remote_file(server)
    server.misbehave(WEIGHTS, WrongBytes(), WrongBytes())

    with pytest.raises(DownloadDamaged) as raised:
        fetch(file, tmp_path)

    assert raised.value.expected == file.sha256
    assert not (tmp_path / WEIGHTS).exists()
    assert (tmp_path / f"{WEIGHTS}.part").stat().st_size == 0


def test_a_cut_that_is_continued_with_another_files_bytes_is_found(server: HubServer, tmp_path: Path) -> None:
    file = remote_file(server)
    server.misbehave(WEIGHTS, Cut(100_000), WrongBytes())

    fetch(file, tmp_path)

    assert is_right(tmp_path)
    assert [request.start for request in server.file_requests(WEIGHTS)] == [0, 100_000, 0]


def test_a_web_page_instead_of_the_file_is_told(server: HubServer, tmp_path: Path) -> None:
    file = remote_file(server)
    server.misbehave(WEIGHTS, Page())

    with pytest.raises(ServerUnusable):
        fetch(file, tmp_path)
    assert not (tmp_path / WEIGHTS).exists()


def test_a_body_of_unknown_length_is_not_taken_for_whole(server: HubServer, tmp_path: Path) -> None:
    file = unhashed(server)
    server.misbehave(WEIGHTS, NoLength(cut_at=100_000))

    with pytest.raises(ServerUnusable):
        fetch(file, tmp_path)
    assert not (tmp_path / WEIGHTS).exists()


def test_a_body_of_unknown_length_is_completed_where_the_size_is_known(server: HubServer, tmp_path: Path) -> None:
    file = remote_file(server)
    server.misbehave(WEIGHTS, NoLength(cut_at=100_000))

    fetch(file, tmp_path)

    assert is_right(tmp_path)


def test_a_redirect_to_this_computers_network_is_not_followed(server: HubServer, tmp_path: Path) -> None:
    file = remote_file(server)
    server.misbehave(WEIGHTS, RedirectTo("https://192.168.1.1/model.safetensors"))

    with pytest.raises(UnsafeAddress):
        fetch(file, tmp_path)


def test_redirects_without_end_are_not_followed(server: HubServer, tmp_path: Path) -> None:
    file = remote_file(server)
    server.misbehave(WEIGHTS, *[RedirectTo(file.url)] * 6)

    with pytest.raises(ServerUnusable):
        fetch(file, tmp_path)


# --- the disk ---

Usage = namedtuple("Usage", "total used free")


def test_a_disk_without_room_is_told_before_anything_is_fetched(server: HubServer, tmp_path: Path) -> None:
    file = remote_file(server)

    with pytest.raises(DiskFull) as raised:
        fetch(file, tmp_path, disk=DiskRules(reserve=2**60))

    assert (raised.value.needed, raised.value.reserve) == (SIZE, 2**60)
    assert server.file_requests(WEIGHTS) == []


def test_a_disk_that_fills_up_meanwhile_stops_the_transfer_and_keeps_the_part(
    server: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = remote_file(server)
    free = iter([SIZE, SIZE, 0])
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Usage(0, 0, next(free)))

    with pytest.raises(DiskFull):
        fetch(file, tmp_path)
    monkeypatch.undo()
    fetch(file, tmp_path)

    assert is_right(tmp_path)
    assert server.file_requests(WEIGHTS)[-1].start >= DISK.check_every


def test_a_write_that_finds_no_space_is_told_and_the_part_stays(
    server: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = remote_file(server)
    monkeypatch.setattr("studio.checkpoints.download.part_file.sync_to_drive", full_after(3))

    with pytest.raises(DiskFull):
        fetch(file, tmp_path)
    monkeypatch.undo()
    fetch(file, tmp_path)

    assert is_right(tmp_path)
    assert server.file_requests(WEIGHTS)[-1].start >= DISK.block


def full_after(count: int) -> object:
    """An fsync that works `count` times (two of them are for the empty part) and then meets a full disk."""
    left = iter(range(count))

    def sync(_descriptor: int) -> None:
        if next(left, None) is None:
            raise OSError(28, "No space left on device")

    return sync


def test_a_power_cut_trusts_no_byte_that_was_not_synced(server: HubServer, tmp_path: Path) -> None:
    """Bytes in the file beyond what the sidecar promises are fetched again."""
    file = remote_file(server)
    server.misbehave(WEIGHTS, Cut(100_000), *[Cut(0)] * QUICK.most_tries)
    with pytest.raises(DownloadInterrupted):
        fetch(file, tmp_path)
    with (tmp_path / f"{WEIGHTS}.part").open("ab") as part:
        part.write(bytes(50_000))

    fetch(file, tmp_path)

    assert is_right(tmp_path)
    assert server.file_requests(WEIGHTS)[-1].start == 100_000


@pytest.mark.parametrize("damage", [b"", b"{", b"[]\n5\n", b"\0" * 300, b'{"url": 5}\n7\n', b"\xff\xfe\n"])
def test_a_damaged_sidecar_means_a_new_beginning(server: HubServer, tmp_path: Path, damage: bytes) -> None:
    file = remote_file(server)
    (tmp_path / f"{WEIGHTS}.part").write_bytes(bytes(100_000))
    (tmp_path / f"{WEIGHTS}.part.json").write_bytes(damage)

    fetch(file, tmp_path)

    assert is_right(tmp_path)
    assert server.file_requests(WEIGHTS)[0].start == 0


def test_a_torn_last_line_of_the_sidecar_does_not_count(server: HubServer, tmp_path: Path) -> None:
    file = remote_file(server)
    server.misbehave(WEIGHTS, Cut(100_000), *[Cut(0)] * QUICK.most_tries)
    with pytest.raises(DownloadInterrupted):
        fetch(file, tmp_path)
    with (tmp_path / f"{WEIGHTS}.part.json").open("ab") as sidecar:
        sidecar.write(b"29999")

    fetch(file, tmp_path)

    assert is_right(tmp_path)
    assert server.file_requests(WEIGHTS)[-1].start == 100_000
