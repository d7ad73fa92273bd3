"""From the catalogue to a download, to a manifest, and from a bad file to its repair; and what is asked before."""

from __future__ import annotations

import shutil
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest

from studio.checkpoints.catalogue import CatalogueContent, load_catalogue
from studio.checkpoints.catalogue_entry import CatalogueEntry, Repository
from studio.checkpoints.download.options import DISK_RULES
from studio.checkpoints.download_plans import catalogue_plan, known_addresses, manifest_of, repair_plan
from studio.checkpoints.library import ModelLibrary
from studio.checkpoints.library_places import LibraryPlaces
from studio.checkpoints.licences import AcceptedLicences
from studio.checkpoints.manifest import Manifest, ManifestFile
from studio.checkpoints.model_arrival import HowToAdd
from studio.checkpoints.model_kind import ModelKind
from studio.checkpoints.preflight import preflight
from studio.core.download import DownloadedFile, DownloadPlan, DownloadResult, RemoteFile
from studio.core.errors import CheckpointDamaged, DiskFull, LicenceNotAccepted, RepairImpossible
from studio.core.resources import catalogue_path
from studio.ui.messages import message_for
from tests.unit.checkpoints.libraries import BIG, make_lora, plenty_of_space, sha256

__all__ = ["plenty_of_space"]

CATALOGUE = CatalogueContent(load_catalogue(catalogue_path()))
Usage = namedtuple("Usage", "total used free")


def entry(identifier: str) -> CatalogueEntry:
    found = CATALOGUE.find(identifier)
    assert found is not None
    return found


def plan_for(identifier: str, folder: Path) -> DownloadPlan:
    plan = catalogue_plan(entry(identifier), folder, licence_accepted=True)
    assert plan is not None
    return plan


@pytest.fixture
def library(tmp_path: Path) -> ModelLibrary:
    home = tmp_path / "home"
    folders = {ModelKind.CHECKPOINT: home / "checkpoints", ModelKind.LORA: home / "loras"}
    return ModelLibrary(LibraryPlaces(folders, home / "state", home / "cache.json"))


@pytest.fixture
def licences(tmp_path: Path) -> AcceptedLicences:
    return AcceptedLicences(tmp_path / "state/licences.json")


# --- plans ---


def test_the_plan_has_every_file_of_the_entry_with_its_commit_and_hash(tmp_path: Path) -> None:
    plan = plan_for("sd15", tmp_path)

    unet = next(file for file in plan.files if file.path == "unet/diffusion_pytorch_model.safetensors")
    assert unet == RemoteFile(
        "https://huggingface.co/stable-diffusion-v1-5/stable-diffusion-v1-5/resolve/"
        "451f4fe16113bff5a5d2269ed5ad43b0592e9a14/unet/diffusion_pytorch_model.fp16.safetensors",
        "unet/diffusion_pytorch_model.safetensors",
        1719125304,
        "c83908253f9a64d08c25fc90874c9c8aef9a329ce1ca5fb909d73b0c83d1ea21",
    )
    assert (plan.title, plan.licence, len(plan.files)) == ("Stable Diffusion 1.5", "CreativeML-OpenRAIL-M", 12)


def test_a_mirror_and_an_entry_whose_files_only_the_hub_knows(tmp_path: Path) -> None:
    mirrored = catalogue_plan(entry("taesd"), tmp_path, licence_accepted=True, endpoint="https://mirror.example")

    assert mirrored is not None
    assert all(file.url.startswith("https://mirror.example/madebyollin/taesd/resolve/") for file in mirrored.files)
    assert catalogue_plan(entry("qwen-image"), tmp_path, licence_accepted=True) is None
    assert catalogue_plan(entry("starter"), tmp_path, licence_accepted=True) is None


def test_the_manifest_of_a_download_says_which_hash_was_published(tmp_path: Path) -> None:
    plan = plan_for("taesd", tmp_path)
    files = (DownloadedFile("config.json", 5, "1" * 64, True), DownloadedFile("x.safetensors", 6, "2" * 64, False))

    manifest = manifest_of(DownloadResult(plan, files), entry("taesd"))

    assert (manifest.entry_id, manifest.source) == ("taesd", "https://huggingface.co/madebyollin/taesd")
    assert [file.published for file in manifest.files] == [True, False]
    assert manifest.files[0].url == plan.files[0].url
    assert not manifest.vouched_for
    assert manifest_of(DownloadResult(plan, files), None).name == plan.title


# --- repair ---


def test_only_the_bad_file_is_fetched_again(library: ModelLibrary, tmp_path: Path) -> None:
    folder = library.folder_for(ModelKind.LORA, "ink")
    good, bad = make_lora(folder / "ink.safetensors"), folder / "readme.txt"
    bad.write_text("as it came")
    facts = tuple(
        ManifestFile(file.name, file.stat().st_size, sha256(file), True, f"https://example.org/{file.name}")
        for file in (good, bad)
    )
    model = library.adopt(folder, Manifest("ink", facts, source="owner/ink", revision="0" * 40))
    assert repair_plan(model, library.manifest(model), library.verify(model), CATALOGUE) is None
    bad.write_text("as it is!!")

    plan = repair_plan(model, library.manifest(model), library.verify(model), CATALOGUE)

    assert plan is not None
    assert plan.files == (RemoteFile("https://example.org/readme.txt", "readme.txt", 10, facts[1].sha256),)
    assert (plan.folder, plan.source, plan.revision) == (folder, "owner/ink", "0" * 40)


def test_a_file_that_the_catalogue_knows_is_fetched_from_there(library: ModelLibrary, tmp_path: Path) -> None:
    model = library.add_local(make_lora(tmp_path / "ink.safetensors"), HowToAdd.COPY)
    lcm = entry("lcm-lora-sd15")
    assert isinstance(lcm.origin, Repository)
    assert lcm.origin.files is not None
    file = replace(lcm.origin.files[0], sha256=sha256(model.path))
    content = CatalogueContent((replace(lcm, origin=replace(lcm.origin, files=(file,))),))
    model.path.unlink()

    plan = repair_plan(model, library.manifest(model), library.verify(model), content)

    assert plan is not None
    assert plan.files[0].url.endswith("/pytorch_lora_weights.safetensors")


def test_a_file_that_nobody_knows_cannot_be_repaired(library: ModelLibrary, tmp_path: Path) -> None:
    model = library.add_local(make_lora(tmp_path / "ink.safetensors"), HowToAdd.COPY)
    model.path.write_bytes(b"x")

    with pytest.raises(RepairImpossible) as caught:
        repair_plan(model, library.manifest(model), library.verify(model), CATALOGUE)

    assert caught.value.file == "ink.safetensors"


def test_files_that_are_not_the_programs_are_not_repaired(library: ModelLibrary, tmp_path: Path) -> None:
    model = library.add_local(make_lora(tmp_path / "ink.safetensors"), HowToAdd.IN_PLACE)
    library.verify(model)
    model.path.write_bytes(b"x")

    with pytest.raises(RepairImpossible) as caught:
        repair_plan(model, library.manifest(model), library.verify(model), CATALOGUE)

    assert "yours" in message_for(caught.value).text


def test_every_published_hash_of_the_catalogue_has_an_address() -> None:
    addresses = known_addresses(CATALOGUE)

    assert len(addresses) > 60
    assert all(len(sha) == 64 and url.startswith("https://huggingface.co/") for sha, url in addresses.items())


# --- files that are there already ---


def test_a_file_that_the_library_has_is_not_fetched(library: ModelLibrary, tmp_path: Path) -> None:
    model = library.add_local(make_lora(tmp_path / "ink.safetensors", BIG), HowToAdd.COPY)
    size, sha = model.path.stat().st_size, sha256(model.path)
    folder = library.folder_for(ModelKind.LORA, "other")
    files = (
        RemoteFile("https://example.org/a", "deep/a.safetensors", size, sha),
        RemoteFile("https://example.org/b", "b.safetensors", size, "0" * 64),
        RemoteFile("https://example.org/c", "c.safetensors"),
    )
    plan = replace(plan_for("taesd", folder), files=files)

    assert library.reuse_files(plan) == size
    assert library.reuse_files(plan) == 0
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["a.safetensors"]
    assert (folder / "deep/a.safetensors").samefile(model.path)


# --- before ---


def test_before_a_download_size_space_and_licence_are_known(
    tmp_path: Path, licences: AcceptedLicences, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, 10**11))
    plan = plan_for("dreamshaper-8", tmp_path / "not there/yet")

    before = preflight(plan, entry("dreamshaper-8"), licences)

    assert (before.size, before.missing) == (2132625894, 2132625894)
    assert before.needed == 2132625894 + DISK_RULES.reserve
    assert before.fits
    assert before.page == "https://huggingface.co/Lykon/DreamShaper"
    with pytest.raises(LicenceNotAccepted) as caught:
        before.check()
    assert caught.value.url == entry("dreamshaper-8").licence.url

    licences.accept(entry("dreamshaper-8").licence)
    preflight(plan, entry("dreamshaper-8"), licences).check()
    preflight(plan_for("sd15", tmp_path), entry("sd15"), licences).check()
    with pytest.raises(LicenceNotAccepted):
        preflight(plan_for("sd-turbo", tmp_path), entry("sd-turbo"), licences).check()


def test_what_is_there_already_needs_no_room(
    tmp_path: Path, licences: AcceptedLicences, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = replace(
        plan_for("taesd", tmp_path), files=(RemoteFile("https://x", "a", 100), RemoteFile("https://x", "b", 50))
    )
    (tmp_path / "a.part").write_bytes(bytes(70))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, DISK_RULES.reserve + 79))
    licences.accept(entry("taesd").licence)

    before = preflight(plan, entry("taesd"), licences)

    assert before.missing == 80
    assert not before.fits
    with pytest.raises(DiskFull):
        before.check()
    (tmp_path / "b").write_bytes(bytes(50))
    preflight(plan, entry("taesd"), licences).check()


def test_a_licence_whose_text_changed_is_asked_about_again(licences: AcceptedLicences) -> None:
    licence = entry("sd-turbo").licence
    licences.accept(licence)

    assert licences.has(licence)
    assert not licences.has(replace(licence, url="https://stability.ai/another"))


@pytest.mark.parametrize("content", ["{", "[]", '{"version": 2}', '{"version": 1, "licences": {"MIT": 1}}'])
def test_a_damaged_list_of_licences_is_told_and_kept(tmp_path: Path, content: str) -> None:
    file = tmp_path / "licences.json"
    file.write_text(content)

    with pytest.raises(CheckpointDamaged):
        AcceptedLicences(file).accept(entry("sd-turbo").licence)

    assert file.read_text() == content
