"""The catalogue of models: the program's own, and what the user adds to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import jsonschema
import pytest

from studio.checkpoints.catalogue import (
    Catalogue,
    CatalogueContent,
    CatalogueUnreadable,
    EntryDropped,
    load_catalogue,
)
from studio.checkpoints.catalogue_entry import Bundled, CatalogueEntry, Repository, safe_relative_path
from studio.checkpoints.model_kind import ModelKind
from studio.core.checkpoint import ModelFamily
from studio.core.errors import CheckpointDamaged
from studio.core.resources import catalogue_path, resource_path
from studio.ui.messages.library_texts import catalogue_text

SCHEMA = json.loads(resource_path("models.schema.json").read_text())
DOCUMENT = json.loads(catalogue_path().read_text())
ENTRIES = load_catalogue(catalogue_path())


def entry_with(number: int = 0, **changes: object) -> dict[str, object]:
    return {**DOCUMENT["models"][number], **changes}


def file_with(**changes: object) -> dict[str, object]:
    return {"path": "model.safetensors", "size": 1, "sha256": "0" * 64, **changes}


def own_entry(**changes: object) -> dict[str, object]:
    return entry_with(1, id="mine", name="Mine", **changes)


def written(path: Path, models: object, version: object = 2) -> Path:
    path.write_text(json.dumps({"version": version, "models": models}))
    return path


@pytest.fixture
def user_file(tmp_path: Path) -> Path:
    return tmp_path / "models.json"


def read(user_file: Path) -> CatalogueContent:
    return Catalogue(catalogue_path(), user_file).read()


# --- the program's own file ---


def test_the_programs_catalogue_obeys_its_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(DOCUMENT)


def test_the_starter_is_first_and_comes_with_its_licence() -> None:
    starter = ENTRIES[0]

    assert starter.id == "starter"
    assert isinstance(starter.origin, Bundled)
    assert resource_path(starter.origin.folder, "LICENSES.md").is_file()
    assert Catalogue(catalogue_path(), Path("nowhere")).default() == starter


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_an_entry_tells_what_a_person_wants_to_know(entry: CatalogueEntry) -> None:
    assert entry.good_at.endswith(".")
    assert entry.licence.allows.endswith(".")
    assert entry.family is not None or entry.kind is ModelKind.UPSCALER
    if isinstance(entry.origin, Repository):
        assert entry.origin.page == f"https://huggingface.co/{entry.origin.id}"
        if entry.kind is ModelKind.CHECKPOINT:
            assert entry.memory is not None
            assert entry.memory.lowest_vram <= entry.memory.advised_vram
            assert entry.origin.size is not None


def test_no_id_and_no_name_is_used_twice() -> None:
    assert len({entry.id for entry in ENTRIES}) == len(ENTRIES)
    assert len({entry.name.casefold() for entry in ENTRIES}) == len(ENTRIES)


def test_every_family_of_the_catalogue_can_be_had() -> None:
    families = {entry.family for entry in ENTRIES if entry.kind is ModelKind.CHECKPOINT}

    assert families == set(ModelFamily) - {ModelFamily.STABLE_DIFFUSION_XL_REFINER}
    assert {entry.kind for entry in ENTRIES} == {
        ModelKind.CHECKPOINT, ModelKind.LORA, ModelKind.VAE, ModelKind.UPSCALER
    }  # fmt: skip


def test_files_whose_hash_no_source_publishes_are_known_by_name() -> None:
    """Where this set changes, a source was found, or one was lost."""
    unpinned = {entry.id for entry in ENTRIES if isinstance(entry.origin, Repository) and not entry.origin.is_pinned}

    assert unpinned == {"sdxl-inpainting", "z-image-turbo", "qwen-image", "taesdxl", "taesd3", "taef1"}


def test_no_pickle_is_in_the_catalogue() -> None:
    files = [file for entry in ENTRIES if isinstance(entry.origin, Repository) for file in entry.origin.files or ()]

    assert {Path(file.path).suffix for file in files} == {".safetensors", ".json", ".txt", ".jinja"}


def test_the_memory_of_each_setting_follows_from_the_weights() -> None:
    sdxl = next(entry for entry in ENTRIES if entry.id == "sdxl-base")

    assert sdxl.memory is not None
    assert sdxl.memory.weights is not None
    assert sdxl.memory.weights.resident == 246144152 + 1389382176 + 5135149760 + 167335342
    assert sdxl.memory.weights.swapped == 5135149760


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"version": 1, "models": [entry_with()]},
        {"version": 2},
        {"version": 2, "models": {}},
        {"version": 2, "models": []},
        {"version": 2, "models": [entry_with(1)]},
        {"version": 2, "models": ["starter"]},
        {"version": 2, "models": [entry_with(name=None)]},
        {"version": 2, "models": [entry_with(name="")]},
        {"version": 2, "models": [entry_with(id="Has Capitals")]},
        {"version": 2, "models": [entry_with(kind="gan")]},
        {"version": 2, "models": [entry_with(family="gan")]},
        {"version": 2, "models": [entry_with(licence="MIT")]},
        {"version": 2, "models": [entry_with(examples="a red apple")]},
        {"version": 2, "models": [entry_with(recommended=None)]},
        {"version": 2, "models": [entry_with(recommended={})]},
        {"version": 2, "models": [entry_with(recommended={"width": 130, "height": 128})]},
        {"version": 2, "models": [entry_with(recommended={"width": "128", "height": 128})]},
        {"version": 2, "models": [entry_with(), entry_with(1, files=[])]},
        {"version": 2, "models": [entry_with(), entry_with(1, files=[file_with(), file_with()])]},
        {"version": 2, "models": [entry_with(), entry_with(1, files=[file_with(sha256="0" * 63)])]},
        {"version": 2, "models": [entry_with(), entry_with(1, files=[file_with(size=-1)])]},
        {"version": 2, "models": [entry_with(), entry_with(1, repository="../../etc")]},
        {"version": 2, "models": [entry_with(), entry_with(1, revision="HEAD~1")]},
    ],
)
def test_a_wrong_catalogue_is_a_fact(tmp_path: Path, document: object) -> None:
    path = tmp_path / "models.json"
    path.write_text(json.dumps(document))

    with pytest.raises(CheckpointDamaged) as caught:
        load_catalogue(path)

    assert caught.value.path == path


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "../x", "a/../../x", "a//b", "./a", "C:/x", "a\\b", "a/b.", "con\n", "", " ", "a:b", "x/ /y"],
)
def test_a_path_that_could_leave_the_folder_is_refused(path: str) -> None:
    with pytest.raises((TypeError, ValueError)):
        safe_relative_path(path)


@pytest.mark.parametrize("path", ["model.safetensors", "unet/config.json", "a b/ä.safetensors"])
def test_an_ordinary_path_is_taken(path: str) -> None:
    assert safe_relative_path(path) == path


# --- the user's file ---


def test_without_a_file_of_the_user_there_are_the_programs_entries(user_file: Path) -> None:
    assert read(user_file) == CatalogueContent(ENTRIES)


def test_the_user_adds_entries_after_the_programs(user_file: Path) -> None:
    written(user_file, [own_entry()])

    content = read(user_file)

    assert content.entries[: len(ENTRIES)] == ENTRIES
    assert [entry.id for entry in content.entries[len(ENTRIES) :]] == ["mine"]
    assert content.notices == ()


def test_keys_that_nobody_knows_are_kept(user_file: Path) -> None:
    mine = own_entry(my_rating=5, files=[file_with(mirror="https://example.org/x")])
    written(user_file, [mine])

    [entry] = read(user_file).entries[len(ENTRIES) :]

    assert entry.document == mine


def test_bad_entries_are_dropped_and_named_and_the_others_stay(user_file: Path) -> None:
    written(
        user_file,
        [
            own_entry(family="gan"),
            "no entry at all",
            entry_with(1),
            entry_with(0, id="my-starter"),
            own_entry(files=[file_with(path="../../escape.safetensors")]),
            own_entry(),
            own_entry(),
        ],
    )

    content = read(user_file)

    assert [entry.id for entry in content.entries[len(ENTRIES) :]] == ["mine"]
    dropped = cast("tuple[EntryDropped, ...]", content.notices)
    assert [notice.entry for notice in dropped] == ["mine", "number 2", "sd15", "my-starter", "mine", "mine"]
    assert "another entry has this id" in dropped[2].reason
    assert "bundled" in dropped[3].reason
    assert "safe relative path" in dropped[4].reason
    for notice in dropped:
        assert notice.entry in catalogue_text(notice)


@pytest.mark.parametrize(
    "content",
    [b"{", b"[]", b'{"version": 2}', b'{"version": 1, "models": []}', b'{"version": 2, "models": 5}', b"\xff"],
)
def test_a_file_that_cannot_be_read_is_told_and_the_programs_entries_stay(user_file: Path, content: bytes) -> None:
    user_file.write_bytes(content)

    found = read(user_file)

    assert found.entries == ENTRIES
    [notice] = found.notices
    assert isinstance(notice, CatalogueUnreadable)
    assert str(user_file) in catalogue_text(notice)


def test_a_file_over_one_megabyte_is_not_read(user_file: Path) -> None:
    written(user_file, [own_entry(padding="x" * 1024 * 1024)])

    [notice] = read(user_file).notices

    assert isinstance(notice, CatalogueUnreadable)
    assert "larger" in notice.reason


# --- searching ---


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("klein", {"flux2-klein-4b"}),
        ("LCM sdxl", {"lcm-lora-sdxl"}),
        ("upscaler", {"realesrgan-x4plus"}),
        ("stable diffusion xl photographs", {"realvisxl-5.0"}),
        ("sdxl photographs", {"realvisxl-5.0"}),
        ("no such thing", set[str]()),
    ],
)
def test_searching(text: str, found: set[str]) -> None:
    assert {entry.id for entry in CatalogueContent(ENTRIES).search(text)} == found


def test_searching_for_nothing_finds_everything() -> None:
    assert CatalogueContent(ENTRIES).search("  ") == ENTRIES
