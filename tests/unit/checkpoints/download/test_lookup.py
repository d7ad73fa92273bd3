"""From what a person types to a plan."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from studio.checkpoints.download.civitai import CivitaiAddress, read_civitai_address
from studio.checkpoints.download.hub import HubAddress, read_hub_address
from studio.checkpoints.download.lookup import plan_download
from studio.checkpoints.download.options import Endpoints
from studio.core.download import DownloadPlan
from studio.core.errors import (
    AccessGated,
    AddressNotUnderstood,
    DownloadInterrupted,
    LoginNeeded,
    NothingToDownload,
    RemoteNotFound,
    ServerUnusable,
    UnsafeFileName,
)
from tests.helpers.hub_server import COMMIT, HubServer, Status
from tests.unit.checkpoints.download.downloading import CONTENT, REPOSITORY, SIZE, with_client

PARENT = Path("models")

INDEX = (
    b'{"_class_name": "StableDiffusionPipeline", "unet": ["diffusers", "UNet2DConditionModel"],'
    b' "text_encoder": ["transformers", "CLIPTextModel"], "tokenizer": ["transformers", "CLIPTokenizer"],'
    b' "scheduler": ["diffusers", "PNDMScheduler"], "vae": ["diffusers", "AutoencoderKL"],'
    b' "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"], "image_encoder": [null, null]}'
)
DIFFUSERS = {
    "README.md": b"#",
    ".gitattributes": b"",
    "model_index.json": INDEX,
    "v1-5-pruned.ckpt": b"x",
    "v1-5-pruned.safetensors": b"x",
    "unet/config.json": b"{}",
    "unet/diffusion_pytorch_model.bin": b"x",
    "unet/diffusion_pytorch_model.safetensors": b"full",
    "unet/diffusion_pytorch_model.fp16.safetensors": b"half",
    "unet/diffusion_pytorch_model.non_ema.safetensors": b"x",
    "text_encoder/config.json": b"{}",
    "text_encoder/model.fp16.safetensors": b"x",
    "text_encoder/pytorch_model.bin": b"x",
    "tokenizer/merges.txt": b"x",
    "tokenizer/vocab.json": b"{}",
    "scheduler/scheduler_config.json": b"{}",
    "vae/config.json": b"{}",
    "vae/diffusion_pytorch_model.safetensors.index.json": b"{}",
    "vae/diffusion_pytorch_model-00001-of-00002.safetensors": b"x",
    "vae/diffusion_pytorch_model-00002-of-00002.safetensors": b"x",
    "vae_1_0/config.json": b"{}",
    "vae_1_0/diffusion_pytorch_model.fp16.safetensors": b"x",
    "safety_checker/config.json": b"{}",
    "safety_checker/model.safetensors": b"x",
    "image_encoder/config.json": b"{}",
}
CHOSEN = {
    "model_index.json",
    "unet/config.json",
    "unet/diffusion_pytorch_model.fp16.safetensors",
    "text_encoder/config.json",
    "text_encoder/model.fp16.safetensors",
    "tokenizer/merges.txt",
    "tokenizer/vocab.json",
    "scheduler/scheduler_config.json",
    "vae/config.json",
    "vae/diffusion_pytorch_model.safetensors.index.json",
    "vae/diffusion_pytorch_model-00001-of-00002.safetensors",
    "vae/diffusion_pytorch_model-00002-of-00002.safetensors",
}


def plan(server: HubServer, text: str) -> DownloadPlan:
    return with_client(lambda http: plan_download(http, text, PARENT, Endpoints(server.url, server.url)))


def paths(plan: DownloadPlan) -> set[str]:
    return {file.path for file in plan.files}


# --- addresses ---


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("owner/name", HubAddress("owner/name")),
        ("owner/name@abc", HubAddress("owner/name", "abc")),
        ("https://huggingface.co/owner/name", HubAddress("owner/name")),
        ("https://huggingface.co/owner/name/", HubAddress("owner/name")),
        ("https://hf.co/owner/name/tree/main", HubAddress("owner/name")),
        ("https://huggingface.co/owner/name/tree/fp16/unet", HubAddress("owner/name", "fp16", "unet")),
        (
            "https://huggingface.co/owner/name/blob/main/a.safetensors",
            HubAddress("owner/name", "main", "a.safetensors"),
        ),
        (
            "https://huggingface.co/owner/name/resolve/main/sub/a%20b.safetensors?download=true",
            HubAddress("owner/name", "main", "sub/a b.safetensors"),
        ),
        ("https://mirror.example/owner/name", HubAddress("owner/name")),
        ("https://huggingface.co/datasets/owner/name", None),
        ("https://huggingface.co/owner", None),
        ("https://elsewhere.example/owner/name", None),
        ("http://huggingface.co/owner/name", None),
        ("owner", None),
        ("../etc", None),
        ("owner/name/third", None),
    ],
)
def test_an_address_of_the_hub_is_read(text: str, address: HubAddress | None) -> None:
    assert read_hub_address(text, "https://mirror.example") == address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("civitai:456", CivitaiAddress(None, 456)),
        ("https://civitai.com/models/123", CivitaiAddress(123, None)),
        ("https://civitai.com/models/123/a-name?modelVersionId=456", CivitaiAddress(123, 456)),
        ("https://civitai.com/api/download/models/456?type=Model", CivitaiAddress(None, 456)),
        ("https://civitai.com/api/v1/model-versions/456", CivitaiAddress(None, 456)),
        ("https://civitai.com/images/123", None),
        ("https://elsewhere.example/models/123", None),
        ("http://civitai.com/models/123", None),
    ],
)
def test_an_address_of_civitai_is_read(text: str, address: CivitaiAddress | None) -> None:
    assert read_civitai_address(text) == address


@pytest.mark.parametrize("text", ["", "a model", "owner/name/third", "C:\\models"])
def test_what_is_no_address_is_told(server: HubServer, text: str) -> None:
    with pytest.raises(AddressNotUnderstood):
        plan(server, text)
    assert server.requests == []


# --- the hub ---


def test_a_plan_says_commit_licence_sizes_and_hashes(server: HubServer) -> None:
    found = plan(server, REPOSITORY)

    (file,) = found.files
    assert (found.title, found.revision, found.licence) == (REPOSITORY, COMMIT, "mit")
    assert found.folder == PARENT / "owner--model"
    assert found.source == f"{server.url}/{REPOSITORY}"
    assert (file.path, file.size) == ("model.safetensors", SIZE)
    assert file.url == f"{server.url}/{REPOSITORY}/resolve/{COMMIT}/model.safetensors"
    assert file.sha256 is not None


def test_of_a_diffusers_model_every_part_is_chosen_once_in_half_precision_and_never_pickle(server: HubServer) -> None:
    server.add("owner/diffusers", DIFFUSERS)

    assert paths(plan(server, "owner/diffusers")) == CHOSEN


def test_a_model_in_a_folder_of_the_repository_lies_at_the_top_of_its_own(server: HubServer) -> None:
    server.add("owner/many", {f"second/{path}": content for path, content in DIFFUSERS.items()})

    found = plan(server, f"{server.url}/owner/many/tree/main/second")

    assert paths(found) == CHOSEN
    assert all("/second/" in file.url for file in found.files)


@pytest.mark.parametrize(
    ("files", "chosen"),
    [
        (("big.safetensors", "big-fp16.safetensors"), "big-fp16.safetensors"),
        (("sub/a.safetensors", "b.safetensors"), "b.safetensors"),
        (("a.ckpt", "lora.safetensors"), "lora.safetensors"),
        (("non_ema/a.safetensors", "x/y/z.safetensors"), "z.safetensors"),
    ],
)
def test_without_an_index_one_file_of_weights_is_chosen(server: HubServer, files: tuple[str, ...], chosen: str) -> None:
    server.add("owner/single", dict.fromkeys(files, b"x"))

    assert paths(plan(server, "owner/single")) == {chosen}


def test_the_file_that_the_address_names_is_chosen(server: HubServer) -> None:
    server.add("owner/single", {"a-fp16.safetensors": b"x", "b.safetensors": b"x"})

    assert paths(plan(server, f"{server.url}/owner/single/blob/main/b.safetensors")) == {"b.safetensors"}


@pytest.mark.parametrize(
    "files",
    [
        {"model.ckpt": b"x", "model.bin": b"x"},
        {"README.md": b"x"},
        {**DIFFUSERS, "text_encoder/model.fp16.safetensors": None},
    ],
)
def test_a_repository_without_usable_files_says_so(server: HubServer, files: Mapping[str, bytes | None]) -> None:
    server.add("owner/old", {path: content for path, content in files.items() if content is not None})

    with pytest.raises(NothingToDownload):
        plan(server, "owner/old")


@pytest.mark.parametrize(
    ("gate", "fact"),
    [
        (Status(403, error_code="GatedRepo"), AccessGated),
        (Status(401), LoginNeeded),
        (Status(404, error_code="RevisionNotFound"), RemoteNotFound),
    ],
)
def test_a_repository_that_is_not_open_is_a_fact(server: HubServer, gate: Status, fact: type[Exception]) -> None:
    server.gate = gate

    with pytest.raises(fact):
        plan(server, REPOSITORY)


def test_a_gated_repository_is_told_with_its_page(server: HubServer) -> None:
    server.gate = Status(403, error_code="GatedRepo")

    with pytest.raises(AccessGated) as raised:
        plan(server, REPOSITORY)
    assert raised.value.page == f"{server.url}/{REPOSITORY}"


def test_a_repository_that_does_not_exist_is_told(server: HubServer) -> None:
    with pytest.raises(RemoteNotFound):
        plan(server, "owner/nothing")


def test_a_dangerous_name_in_a_repository_is_refused(server: HubServer) -> None:
    server.add("owner/evil", {**DIFFUSERS, "unet/CON.json": b"{}"})

    with pytest.raises(UnsafeFileName):
        plan(server, "owner/evil")


def test_of_a_single_file_only_the_last_part_of_its_name_counts(server: HubServer) -> None:
    server.add("owner/evil", {"..\\..\\model.safetensors": b"x"})

    assert paths(plan(server, "owner/evil")) == {"model.safetensors"}


@pytest.mark.parametrize("document", [[], {"sha": "short", "siblings": []}, {"siblings": []}, {"sha": COMMIT}])
def test_a_list_that_makes_no_sense_is_a_fact(server: HubServer, document: object) -> None:
    server.documents[f"/api/models/{REPOSITORY}/revision/main?blobs=true"] = document

    with pytest.raises(ServerUnusable):
        plan(server, REPOSITORY)


def test_no_connection_is_a_fact() -> None:
    nowhere = Endpoints("http://127.0.0.1:9", "http://127.0.0.1:9")
    with pytest.raises(DownloadInterrupted):
        with_client(lambda http: plan_download(http, REPOSITORY, PARENT, nowhere))


# --- Civitai ---

VERSION: dict[str, object] = {
    "id": 456,
    "modelId": 123,
    "name": "v2",
    "baseModel": "SDXL 1.0",
    "model": {"name": "A model", "type": "Checkpoint"},
    "files": [
        {"name": "training.zip", "type": "Training Data", "sizeKB": 1, "downloadUrl": "https://civitai.com/x"},
        {"name": "a.ckpt", "type": "Model", "sizeKB": 1, "downloadUrl": "https://civitai.com/y"},
        {
            "name": "a.safetensors",
            "type": "Model",
            "primary": True,
            "sizeKB": SIZE / 1024,
            "metadata": {"fp": "fp32", "format": "SafeTensor"},
            "hashes": {"SHA256": "AB" * 32},
            "downloadUrl": "https://civitai.com/api/download/models/456?fp=fp32",
        },
        {
            "name": "a-fp16.safetensors",
            "type": "Model",
            "sizeKB": 1000.3,
            "metadata": {"fp": "fp16", "format": "SafeTensor"},
            "hashes": {"SHA256": "CD" * 32},
            "downloadUrl": "https://civitai.com/api/download/models/456",
        },
    ],
}


def test_a_version_of_civitai_becomes_a_plan_with_its_hash(server: HubServer) -> None:
    server.documents["/api/v1/model-versions/456"] = VERSION

    found = plan(server, f"{server.url}/models/123?modelVersionId=456")

    (file,) = found.files
    assert (file.path, file.sha256) == ("a-fp16.safetensors", "cd" * 32)
    assert file.size is None, "1000.3 kB is no whole number of bytes"
    assert (found.title, found.revision) == ("A model v2", "456")
    assert found.source == f"{server.url}/models/123?modelVersionId=456"


def test_the_newest_version_of_a_model_is_taken_where_none_is_named(server: HubServer) -> None:
    full_only = {**VERSION, "files": [VERSION["files"][2]]}  # type: ignore[index]
    server.documents["/api/v1/models/123"] = {"modelVersions": [{"id": 456}, {"id": 400}]}
    server.documents["/api/v1/model-versions/456"] = full_only

    (file,) = plan(server, f"{server.url}/models/123/a-name").files

    assert (file.path, file.size, file.sha256) == ("a.safetensors", SIZE, "ab" * 32)


@pytest.mark.parametrize("files", [[], None, [{"name": "a.ckpt", "type": "Model"}]])
def test_a_version_without_safetensors_says_so(server: HubServer, files: object) -> None:
    server.documents["/api/v1/model-versions/456"] = {**VERSION, "files": files}

    with pytest.raises(NothingToDownload):
        plan(server, "civitai:456")


# --- any address ---


def test_a_file_at_any_address_tells_its_name_and_size(server: HubServer) -> None:
    url = f"{server.cdn_url}/{REPOSITORY}/resolve/main/model.safetensors"

    found = plan(server, url)

    (file,) = found.files
    assert (file.url, file.path, file.size, file.sha256) == (url, "model.safetensors", SIZE, None)
    assert found.folder == PARENT / "model"
    assert server.requests[0].sent == 1, "one byte tells it"


def test_a_pickle_at_any_address_is_refused(server: HubServer) -> None:
    server.add(REPOSITORY, {"model.ckpt": CONTENT})

    with pytest.raises(NothingToDownload):
        plan(server, f"{server.cdn_url}/{REPOSITORY}/resolve/main/model.ckpt")
