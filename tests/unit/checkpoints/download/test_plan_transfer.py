"""All files of a plan: progress of the whole, one program at a time, no name twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from studio.checkpoints.download.lookup import plan_download
from studio.checkpoints.download.options import DiskRules, Endpoints
from studio.checkpoints.download.plan_transfer import LOCK_NAME, fetch_plan, remove_parts
from studio.core.download import DownloadPlan, DownloadProgress, DownloadResult, RemoteFile
from studio.core.errors import DiskFull, DownloadBusy, RemoteNotFound, UnsafeFileName
from tests.helpers.hub_server import HubServer, Status
from tests.helpers.windows_locks import keep_open_locks
from tests.unit.checkpoints.download.downloading import CONTENT, DISK, QUICK, with_client

FILES = {
    "model_index.json": b'{"unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"]}',
    "unet/config.json": b"{}",
    "unet/diffusion_pytorch_model.safetensors": CONTENT,
    "vae/config.json": b"{}",
    "vae/diffusion_pytorch_model.safetensors": CONTENT[:100_000],
}


@pytest.fixture
def plan(server: HubServer, tmp_path: Path) -> DownloadPlan:
    server.add("owner/diffusers", FILES)
    return with_client(lambda http: plan_download(http, "owner/diffusers", tmp_path, Endpoints(server.url)))


def fetch(plan: DownloadPlan, disk: DiskRules = DISK) -> tuple[DownloadResult, list[DownloadProgress]]:
    reports: list[DownloadProgress] = []
    result = with_client(lambda http: fetch_plan(http, plan, reports.append, pace=QUICK, disk=disk))
    return result, reports


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def test_every_file_is_there_verified_and_nothing_else(plan: DownloadPlan) -> None:
    result, _ = fetch(plan)

    assert files_below(plan.folder) == FILES
    assert result.plan == plan
    assert {file.path for file in result.files} == set(FILES)
    assert all(file.verified for file in result.files)


def test_a_lock_that_the_system_keeps_while_it_is_held_stops_no_download(
    plan: DownloadPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_open_locks(monkeypatch)

    result, _ = fetch(plan)

    assert {file.path for file in result.files} == set(FILES)


def test_the_progress_counts_the_bytes_of_all_files_and_never_goes_back(plan: DownloadPlan) -> None:
    _, reports = fetch(plan)

    total = sum(map(len, FILES.values()))
    counts = [report.bytes_done for report in reports]
    assert {report.bytes_total for report in reports} == {total}
    assert counts == sorted(counts)
    assert counts[-1] == total
    assert reports[-1].fraction == 1.0


def test_what_was_complete_before_a_failure_is_not_fetched_again(server: HubServer, plan: DownloadPlan) -> None:
    server.misbehave("vae/diffusion_pytorch_model.safetensors", Status(404))
    with pytest.raises(RemoteNotFound):
        fetch(plan)

    fetch(plan)

    assert files_below(plan.folder) == FILES
    assert len(server.file_requests("unet/diffusion_pytorch_model.safetensors")) == 1


def test_what_was_cancelled_leaves_nothing_in_a_folder_of_its_own(server: HubServer, plan: DownloadPlan) -> None:
    server.misbehave("vae/diffusion_pytorch_model.safetensors", Status(404))
    with pytest.raises(RemoteNotFound):
        fetch(plan)
    assert "unet/diffusion_pytorch_model.safetensors" in files_below(plan.folder)

    remove_parts(plan)

    assert not plan.folder.exists()


@pytest.mark.parametrize("was_fetched", [True, False])
def test_what_is_cancelled_leaves_what_was_there_before(
    server: HubServer, plan: DownloadPlan, was_fetched: bool
) -> None:
    if was_fetched:
        fetch(plan)
    else:
        (plan.folder / "unet").mkdir(parents=True)
        (plan.folder / "unet" / "diffusion_pytorch_model.safetensors").write_bytes(CONTENT)
    (plan.folder / "model_index.json").unlink(missing_ok=True)
    server.misbehave("model_index.json", Status(404))
    with pytest.raises(RemoteNotFound):
        fetch(plan)

    remove_parts(plan)

    assert files_below(plan.folder)["unet/diffusion_pytorch_model.safetensors"] == CONTENT


def test_only_the_bad_file_is_fetched_again(server: HubServer, plan: DownloadPlan) -> None:
    fetch(plan)
    server.requests.clear()
    (plan.folder / "vae" / "diffusion_pytorch_model.safetensors").write_bytes(bytes(100_000))

    fetch(plan)

    assert files_below(plan.folder) == FILES
    assert {request.path for request in server.requests} == {"vae/diffusion_pytorch_model.safetensors"}


def test_two_programs_do_not_write_to_one_folder(plan: DownloadPlan) -> None:
    plan.folder.mkdir()
    with FileLock(plan.folder / LOCK_NAME), pytest.raises(DownloadBusy):
        fetch(plan)

    fetch(plan)
    assert files_below(plan.folder) == FILES


def test_room_for_the_whole_is_asked_for_before_the_first_byte(server: HubServer, plan: DownloadPlan) -> None:
    server.requests.clear()
    with pytest.raises(DiskFull) as raised:
        fetch(plan, DiskRules(reserve=2**60))

    assert (raised.value.needed, raised.value.reserve) == (sum(map(len, FILES.values())), 2**60)
    assert server.requests == []


@pytest.mark.parametrize("second", ["Model.safetensors", "model.safetensors"])
def test_two_files_of_one_name_are_refused(tmp_path: Path, plan: DownloadPlan, second: str) -> None:
    files = tuple(RemoteFile("https://models.example/x", name) for name in ("model.safetensors", second))

    with pytest.raises(UnsafeFileName):
        fetch(replace(plan, files=files))
