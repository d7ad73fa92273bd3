"""Models of other programs are found where they usually are, and told apart."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import pytest

from studio.checkpoints.library import ModelLibrary
from studio.checkpoints.library_places import LibraryPlaces
from studio.checkpoints.model_arrival import HowToAdd
from studio.checkpoints.model_kind import ModelKind
from studio.checkpoints.scan import ScanProgress, ScanResult, scan
from studio.checkpoints.usual_places import (
    Program,
    ScanPlace,
    places_of,
    read_extra_paths,
    read_invoke_paths,
    usual_places,
)
from studio.core.errors import CheckpointNotFound, ModelWorkCancelled, NotACheckpoint, PickleRefused
from studio.core.session import CancelToken
from tests.unit.checkpoints.model_folder import make_model, safetensors, tensor


def make_lora(path: Path) -> Path:
    """With the keys that kohya's trainer writes, for Stable Diffusion 1.5."""
    names = {
        f"lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.{part}": shape
        for part, shape in {"lora_down.weight": [4, 768], "lora_up.weight": [320, 4], "alpha": []}.items()
    }
    header: dict[str, object] = {}
    end = 0
    for name, shape in names.items():
        size = 2
        for side in shape:
            size *= side
        header[name] = tensor("F16", shape, end, end + size)
        end += size
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(safetensors(header, bytes(end)))
    return path


def make_a1111(root: Path) -> Path:
    (root / "models/Stable-diffusion").mkdir(parents=True)
    (root / "models/Stable-diffusion/old.ckpt").write_bytes(b"x")
    make_lora(root / "models/Lora/styles/ink.safetensors")
    (root / "embeddings").mkdir()
    (root / "models/Stable-diffusion/Put Stable Diffusion checkpoints here.txt").write_text("")
    return root


def make_hub_cache(root: Path) -> Path:
    """One model, whose large files are links into `blobs` as the hub client makes them."""
    repository = root / "models--owner--dream"
    snapshot = make_model(repository / "snapshots/0123abc")
    (repository / "blobs").mkdir()
    for number, weights in enumerate(snapshot.rglob("*.safetensors")):
        blob = repository / f"blobs/{number}"
        weights.rename(blob)
        weights.symlink_to(os.path.relpath(blob, weights.parent))
    return snapshot


def make_invoke(root: Path, elsewhere: Path) -> Path:
    (root / "databases").mkdir(parents=True)
    make_model(root / "models/5d1c/dream")
    with sqlite3.connect(root / "databases/invokeai.db") as database:
        database.execute("CREATE TABLE models (id TEXT, config TEXT)")
        for number, path in enumerate(("5d1c/dream", str(elsewhere), "/gone/away.safetensors")):
            database.execute("INSERT INTO models VALUES (?, ?)", (number, json.dumps({"path": path, "name": "x"})))
        database.execute("INSERT INTO models VALUES ('bad', '{')")
        database.execute("INSERT INTO models VALUES ('odd', '[1]')")
    database.close()
    return root


def names(result: ScanResult) -> list[tuple[str, ModelKind]]:
    return [(model.name, model.kind) for model in result.models]


def scanned(*roots: Path) -> ScanResult:
    return scan([place for root in roots for place in places_of(root)])


def test_the_folders_of_a1111(tmp_path: Path) -> None:
    root = make_a1111(tmp_path / "webui")

    result = scanned(root)

    assert names(result) == [("ink", ModelKind.LORA)]
    assert {model.program for model in result.models} == {Program.A1111}
    assert [type(thing.problem) for thing in result.unusable] == [PickleRefused]
    assert result.complete


def test_the_cache_of_the_hub(tmp_path: Path) -> None:
    snapshot = make_hub_cache(tmp_path / "home/.cache/huggingface/hub")

    result = scan(usual_places(tmp_path / "home", {}))

    assert names(result) == [("dream", ModelKind.CHECKPOINT)]
    assert result.models[0].model.path == snapshot
    assert result.models[0].program is Program.HUGGING_FACE
    assert result.models[0].size == sum(path.stat().st_size for path in snapshot.rglob("*") if path.is_file())


def test_comfyui_with_the_folders_that_its_settings_add(tmp_path: Path) -> None:
    root = tmp_path / "ComfyUI"
    make_model(root / "models/diffusers/dream")
    make_lora(tmp_path / "shared/models/Lora/ink.safetensors")
    make_lora(tmp_path / "beside/chalk.safetensors")
    (root / "extra_model_paths.yaml").write_text(
        "a111:\n  base_path: ../shared/\n  is_default: true\n  checkpoints: models/Stable-diffusion\n"
        "  loras: |\n    models/Lora\n    models/LyCORIS\n"
        f"other:\n  loras: {tmp_path}/beside\n  custom_nodes: ../shared\n"
    )

    result = scanned(root)

    assert sorted(names(result)) == [
        ("chalk", ModelKind.LORA),
        ("dream", ModelKind.CHECKPOINT),
        ("ink", ModelKind.LORA),
    ]
    assert {model.program for model in result.models} == {Program.COMFYUI}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[",
        b"- a\n- b",
        b"a: 1",
        b"a: {loras: [1]}",
        b"a: {loras: 5}",
        b"\xff\xfe\x00",
        b"x: y\n" * 20_000,
        b"!!python/object/apply:os.system ['false']",
    ],
)
def test_extra_paths_that_are_something_else_add_nothing(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "extra_model_paths.yaml"
    file.write_bytes(content)

    assert read_extra_paths(file) == ()
    assert read_extra_paths(tmp_path / "nothing.yaml") == ()


def test_invokeai_with_what_it_uses_elsewhere(tmp_path: Path) -> None:
    lora = make_lora(tmp_path / "elsewhere/ink.safetensors")
    root = make_invoke(tmp_path / "invokeai", lora)
    before = (root / "databases/invokeai.db").read_bytes()

    result = scanned(root)

    assert names(result) == [("dream", ModelKind.CHECKPOINT), ("ink", ModelKind.LORA)]
    assert result.unusable == ()
    assert (root / "databases/invokeai.db").read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" + bytes(100)])
def test_a_database_that_cannot_be_read_adds_nothing(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "invokeai.db"
    file.write_bytes(content)

    assert read_invoke_paths(file, tmp_path) == ()
    assert read_invoke_paths(tmp_path / "nothing.db", tmp_path) == ()


def test_invokeais_models_may_lie_where_its_settings_say(tmp_path: Path) -> None:
    root = make_invoke(tmp_path / "invokeai", tmp_path / "nothing")
    (root / "models").rename(tmp_path / "big disk")
    (root / "invokeai.yaml").write_text(f"schema_version: 4.0.2\nmodels_dir: {tmp_path}/big disk\n")

    assert names(scanned(root)) == [("dream", ModelKind.CHECKPOINT)]


def test_all_usual_places_are_found_once(tmp_path: Path) -> None:
    make_a1111(tmp_path / "stable-diffusion-webui")
    (tmp_path / "Documents/ComfyUI/models").mkdir(parents=True)
    invoke = make_invoke(tmp_path / "elsewhere", tmp_path / "nothing")
    (tmp_path / "cache/hub").mkdir(parents=True)

    places = usual_places(tmp_path, {"INVOKEAI_ROOT": str(invoke), "HF_HOME": str(tmp_path / "cache")})

    assert set(places) == {
        ScanPlace(Program.HUGGING_FACE, tmp_path / "cache/hub"),
        ScanPlace(Program.A1111, tmp_path / "stable-diffusion-webui/models"),
        ScanPlace(Program.A1111, tmp_path / "stable-diffusion-webui/embeddings"),
        ScanPlace(Program.COMFYUI, tmp_path / "Documents/ComfyUI/models"),
        ScanPlace(Program.INVOKEAI, invoke / "models"),
    }
    assert usual_places(tmp_path / "nobody", {}) == ()


def test_any_folder_or_single_model(tmp_path: Path) -> None:
    make_lora(tmp_path / "mine/ink.safetensors")
    model = make_model(tmp_path / "dream")

    assert names(scanned(tmp_path / "mine")) == [("ink", ModelKind.LORA)]
    assert names(scanned(model)) == [("dream", ModelKind.CHECKPOINT)]
    assert names(scanned(tmp_path / "mine/ink.safetensors")) == [("ink", ModelKind.LORA)]
    [missing] = scanned(tmp_path / "nothing").unusable
    assert isinstance(missing.problem, CheckpointNotFound)


def test_what_is_in_the_library_already_is_marked(tmp_path: Path) -> None:
    lora = make_lora(tmp_path / "mine/ink.safetensors")
    library = ModelLibrary(LibraryPlaces({}, tmp_path / "state", tmp_path / "cache"))
    library.add_local(lora, HowToAdd.IN_PLACE)

    [found] = scan(
        [ScanPlace(Program.FOLDER, tmp_path / "mine")],
        installed=frozenset(model.path for model in library.installed()),
    ).models

    assert found.installed


def test_a_found_model_is_used_in_place_under_its_own_name(tmp_path: Path) -> None:
    make_hub_cache(tmp_path / "hub")
    [found] = scan([ScanPlace(Program.HUGGING_FACE, tmp_path / "hub")]).models
    library = ModelLibrary(LibraryPlaces({}, tmp_path / "state", tmp_path / "cache"))

    added = library.add_local(found.model.path, HowToAdd.IN_PLACE, name=found.name)

    assert added.name == "dream"
    assert library.find("dream") == added
    assert not library.verify(added).bad


def test_links_that_lead_out_are_not_followed(tmp_path: Path) -> None:
    make_lora(tmp_path / "outside/secret.safetensors")
    inside = tmp_path / "inside"
    make_lora(inside / "ink.safetensors")
    (inside / "file.safetensors").symlink_to(tmp_path / "outside/secret.safetensors")
    (inside / "folder").symlink_to(tmp_path / "outside")
    (inside / "ring").symlink_to(inside)
    (inside / "broken.safetensors").symlink_to(tmp_path / "nowhere")

    result = scanned(inside)

    assert names(result) == [("ink", ModelKind.LORA)]
    assert result.links_passed == 3


def test_a_place_with_too_much_in_it_is_not_looked_through_to_the_end(tmp_path: Path) -> None:
    for number in range(30):
        make_lora(tmp_path / f"many/{number:02}.safetensors")

    result = scan([ScanPlace(Program.FOLDER, tmp_path / "many")], most_entries=10)

    assert len(result.models) <= 10
    assert not result.complete


def test_a_scan_can_be_stopped_and_tells_where_it_is(tmp_path: Path) -> None:
    make_lora(tmp_path / "mine/a.safetensors")
    make_lora(tmp_path / "mine/b.safetensors")
    cancel = CancelToken()
    seen: list[ScanProgress] = []

    def stop(progress: ScanProgress) -> None:
        seen.append(progress)
        cancel.cancel()

    with pytest.raises(ModelWorkCancelled):
        scan([ScanPlace(Program.FOLDER, tmp_path / "mine")], on_progress=stop, cancel=cancel)

    assert seen[0].looked_at == 2


def test_a_file_that_is_no_model_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mine/odd.safetensors"
    path.parent.mkdir()
    path.write_bytes(safetensors({"w": tensor("U8", [1], 0, 1)}, b"x"))

    [unusable] = scanned(tmp_path / "mine").unusable

    assert unusable.path == path
    assert isinstance(unusable.problem, NotACheckpoint)
