"""From the catalogue to a download, and from a download to the manifest of the model."""

from __future__ import annotations

from pathlib import Path

from studio.checkpoints.catalogue import load_catalogue
from studio.checkpoints.catalogue_entry import Repository
from studio.checkpoints.entry_plan import manifest_for, plan_for_entry
from studio.core.download import DownloadedFile, DownloadResult
from studio.core.resources import catalogue_path

ENTRIES = load_catalogue(catalogue_path())
FOLDER = Path("models", "new")


def plan_of(name: str):
    [entry] = [entry for entry in ENTRIES if entry.id == name]
    return entry, plan_for_entry(entry, FOLDER, "https://mirror.example")


def an_id_with_files() -> str:
    return next(e.id for e in ENTRIES if isinstance(e.origin, Repository) and e.origin.files)


def test_every_file_of_an_entry_is_fetched_at_its_commit_and_compared_with_its_hash() -> None:
    entry, plan = plan_of(an_id_with_files())
    assert plan is not None
    assert isinstance(entry.origin, Repository)
    assert entry.origin.files is not None
    assert [file.path for file in plan.files] == [file.path for file in entry.origin.files]
    assert [file.sha256 for file in plan.files] == [file.sha256 for file in entry.origin.files]
    first = entry.origin.files[0]
    address = f"https://mirror.example/{entry.origin.id}/resolve/{entry.origin.revision}/{first.remote_path}"
    assert plan.files[0].url == address


def test_an_entry_whose_files_nobody_listed_and_the_bundled_one_have_no_plan() -> None:
    assert plan_for_entry(ENTRIES[0], FOLDER, "https://huggingface.co") is None
    unlisted = [entry for entry in ENTRIES if isinstance(entry.origin, Repository) and entry.origin.files is None]
    assert all(plan_for_entry(entry, FOLDER, "https://huggingface.co") is None for entry in unlisted)


def test_the_manifest_says_where_each_file_came_from_and_who_vouches_for_it() -> None:
    entry, plan = plan_of(an_id_with_files())
    assert plan is not None
    came = (DownloadedFile(plan.files[0].path, 7, "a" * 64, verified=False),)
    manifest = manifest_for(DownloadResult(plan, came))
    assert (manifest.name, manifest.entry_id, manifest.revision) == (entry.name, entry.id, plan.revision)
    [file] = manifest.files
    assert (file.sha256, file.published, file.url) == ("a" * 64, False, plan.files[0].url)
