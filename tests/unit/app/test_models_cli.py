"""`studio models`: every command, on a terminal's terms. Downloads come from a server on this machine."""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from click.testing import CliRunner, Result
from keyring.backends.fail import Keyring as NoKeyring

from studio.app.cli import studio
from studio.app.log import stop_logging
from studio.checkpoints import model_copy
from tests.helpers.hub_server import HubServer, Status
from tests.helpers.memory_keyring import MemoryKeyring
from tests.unit.checkpoints.model_folder import WEIGHTS, make_model
from tests.unit.checkpoints.test_scan import make_a1111, make_lora


@pytest.fixture(autouse=True)
def the_process_as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The commands start a log and set hooks for a whole process."""
    for module, name in ((sys, "excepthook"), (threading, "excepthook"), (sys, "unraisablehook")):
        monkeypatch.setattr(module, name, getattr(module, name))
    monkeypatch.setattr(model_copy, "SPARE_BYTES", 1)
    yield
    stop_logging()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def run(home: Path, *arguments: object) -> Result:
    return CliRunner().invoke(studio, ["--home", str(home), "models", *map(str, arguments)])


def done(home: Path, *arguments: object) -> str:
    result = run(home, *arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def as_json(home: Path, *arguments: object) -> object:
    return json.loads(done(home, *arguments, "--json"))


def refused(home: Path, code: int, *arguments: object) -> str:
    result = run(home, *arguments)
    assert result.exit_code == code, result.output
    assert result.stderr.startswith("studio: ")
    return result.stderr


# --- list, search ---


def test_the_list_begins_with_the_bundled_model(home: Path) -> None:
    assert done(home, "list") == "Starter model\tcheckpoint\tstable_diffusion\t-\tbundled\n"
    assert as_json(home, "list") == []


def test_the_list_tells_models_from_addons_and_says_what_is_wrong(home: Path) -> None:
    make_model(home / "checkpoints/dream")
    make_lora(home / "data/loras/ink.safetensors")
    (make_model(home / "checkpoints/broken") / WEIGHTS[0]).unlink()

    result = run(home, "list")

    assert [line.split("\t")[:2] for line in result.stdout.splitlines()] == [
        ["Starter model", "checkpoint"],
        ["dream", "checkpoint"],
        ["ink", "lora"],
    ]
    assert "The model is incomplete" in result.stderr
    assert [line.split("\t")[0] for line in done(home, "list", "--kind", "lora").splitlines()] == ["ink"]


def test_searching_the_catalogue(home: Path) -> None:
    [line] = done(home, "search", "klein").splitlines()
    assert line.split("\t") == ["flux2-klein-4b", "FLUX.2 klein 4B", "14.9 GB", "Apache License 2.0"]
    [entry] = as_json(home, "search", "klein")  # pyright: ignore[reportGeneralTypeIssues]
    assert entry["repository"] == "black-forest-labs/FLUX.2-klein-4B"
    assert "No model of the catalogue" in run(home, "search", "no such thing").stderr


def test_what_is_wrong_in_the_users_catalogue_is_said(home: Path) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config/models.json").write_text('{"version": 2, "models": [{"id": "mine"}]}')

    result = run(home, "search", "klein")

    assert "“mine”" in result.stderr
    assert "flux2-klein-4b" in result.stdout


# --- add, verify, move, remove ---


def test_from_adding_to_removing(home: Path, tmp_path: Path, trash_home: Path) -> None:
    lora = make_lora(tmp_path / "downloads/ink.safetensors")

    assert done(home, "add", lora, "--copy") == f"{home}/data/loras/ink/ink.safetensors\n"
    assert "is intact" in done(home, "verify", "ink")
    assert done(home, "move", "ink", tmp_path / "big disk") == f"{tmp_path}/big disk/ink/ink.safetensors\n"
    assert done(home, "move", "ink", home / "data/loras") == f"{home}/data/loras/ink/ink.safetensors\n"
    assert "is in the trash" in done(home, "remove", "ink")
    assert as_json(home, "list") == []
    assert lora.exists()
    assert (trash_home / "files/ink/ink.safetensors").exists()


@pytest.mark.parametrize(("how", "stays", "place"), [("--in-place", True, "in_place"), ("--move", False, "own")])
def test_the_other_ways_of_adding(home: Path, tmp_path: Path, how: str, stays: bool, place: str) -> None:
    model = make_model(tmp_path / "dream")

    added = as_json(home, "add", model, how, "--name", "My dream")

    assert isinstance(added, dict)
    assert (added["name"], added["place"], model.exists()) == ("My dream", place, stays)
    assert as_json(home, "list") == [added]


def test_a_damaged_file_is_named_and_the_exit_code_says_so(home: Path, tmp_path: Path) -> None:
    lora = make_lora(tmp_path / "ink.safetensors")
    done(home, "add", lora, "--copy")
    copy = home / "data/loras/ink/ink.safetensors"
    content = bytearray(copy.read_bytes())
    content[-1] ^= 1
    copy.write_bytes(content)

    result = run(home, "verify", "--all", "--json")

    assert result.exit_code == 1
    [verification] = json.loads(result.stdout)
    assert verification["files"] == [
        {"path": "ink.safetensors", "state": "damaged", "sha256": hashlib.sha256(content).hexdigest()}
    ]
    assert "ink.safetensors is damaged" in run(home, "verify", "ink").stdout


def test_what_cannot_be_done_is_a_sentence_and_an_exit_code(home: Path, tmp_path: Path) -> None:
    (tmp_path / "old.ckpt").write_bytes(b"x")

    assert "Model not found" in refused(home, 2, "verify", "nothing")
    assert "Model not found" in refused(home, 2, "remove", "nothing")
    assert "it comes with the program" in refused(home, 1, "remove", "starter")
    assert "it comes with the program" in refused(home, 1, "move", "Starter model", tmp_path)
    assert "This model was refused" in refused(home, 1, "add", tmp_path / "old.ckpt")
    assert "Model not found" in refused(home, 2, "add", tmp_path / "nothing")


# --- import ---


def test_importing_shows_first_and_adds_when_asked(home: Path, tmp_path: Path) -> None:
    root = make_a1111(tmp_path / "webui")

    shown = run(home, "import", root)
    added = run(home, "import", root, "--all")
    again = run(home, "import", root)

    lora = root / "models/Lora/styles/ink.safetensors"
    assert [line.split("\t") for line in shown.stdout.splitlines()] == [
        ["ink", "lora", "stable_diffusion", shown.stdout.split("\t")[3], "new", "A1111 or Forge", str(lora)]
    ]
    assert "This model was refused" in shown.stderr
    assert "\tadded\t" in added.stdout
    assert "\tknown\t" in again.stdout
    [model] = as_json(home, "list")  # pyright: ignore[reportGeneralTypeIssues]
    assert model["path"] == str(lora)


def test_importing_where_nothing_is_says_so(home: Path, tmp_path: Path) -> None:
    found = run(home, "import", tmp_path)
    assert (found.exit_code, found.stdout) == (0, "")
    assert "There is no model" in found.stderr


def test_importing_as_json(home: Path, tmp_path: Path) -> None:
    found = as_json(home, "import", make_a1111(tmp_path / "webui"))

    assert isinstance(found, dict)
    assert [model["name"] for model in found["models"]] == ["ink"]
    assert [thing["problem"] for thing in found["unusable"]] == ["pickle_refused"]


def test_the_usual_places_are_those_of_the_user(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_a1111(tmp_path / "me/stable-diffusion-webui")
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    for name in ("XDG_CACHE_HOME", "HF_HOME", "HF_HUB_CACHE", "INVOKEAI_ROOT"):
        monkeypatch.delenv(name, raising=False)

    assert done(home, "import").startswith("ink\tlora\t")


# --- download ---


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    with HubServer() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.setattr("studio.checkpoints.download.credentials.KeyringTokens.token", lambda *_: None)
        yield server


def offer(home: Path, tmp_path: Path, hub: HubServer, *, listed: bool = True) -> bytes:
    """An entry of the user's catalogue for a LoRA that the server has; its content."""
    content = make_lora(tmp_path / "made/ink.safetensors").read_bytes()
    hub.add("owner/ink", {"weights.safetensors": content})
    file = {
        "path": "ink.safetensors",
        "remote_path": "weights.safetensors",
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    entry = {
        "id": "my-ink", "name": "My ink", "kind": "lora", "family": "stable_diffusion", "layout": "single_file",
        "repository": "owner/ink", "revision": "main", "files": [file] if listed else None, "good_at": "Ink.",
        "licence": {
            "id": "OpenRAIL", "name": "Open RAIL", "url": "https://example.org/licence", "allows": "Most.",
            "commercial": True, "gated": False,
        },
    }  # fmt: skip
    (home / "config").mkdir(parents=True)
    (home / "config/models.json").write_text(json.dumps({"version": 2, "models": [entry]}))
    return content


def test_a_download_asks_for_the_licence_once(home: Path, tmp_path: Path, hub: HubServer) -> None:
    content = offer(home, tmp_path, hub)

    assert "https://example.org/licence" in refused(home, 1, "download", "my-ink")
    assert hub.file_requests("weights.safetensors") == []
    path = Path(done(home, "download", "my-ink", "--accept-licence").strip())

    assert path == home / "data/loras/my-ink/ink.safetensors"
    assert path.read_bytes() == content
    [model] = as_json(home, "list")  # pyright: ignore[reportGeneralTypeIssues]
    assert (model["name"], model["id"], model["place"]) == ("ink", "my-ink", "own")
    [verification] = as_json(home, "verify", "my-ink")  # pyright: ignore[reportGeneralTypeIssues]
    assert verification["published"]


def test_what_is_installed_is_not_fetched_again(home: Path, tmp_path: Path, hub: HubServer) -> None:
    offer(home, tmp_path, hub)
    first = done(home, "download", "my-ink", "--accept-licence")
    asked = len(hub.requests)

    assert done(home, "download", "My Ink") == first
    assert len(hub.requests) == asked


def test_where_the_catalogue_lists_no_files_the_hub_is_asked(home: Path, tmp_path: Path, hub: HubServer) -> None:
    offer(home, tmp_path, hub, listed=False)

    path = Path(done(home, "download", "my-ink", "--accept-licence").strip())

    assert path.parent == home / "data/loras/my-ink"
    [model] = as_json(home, "list")  # pyright: ignore[reportGeneralTypeIssues]
    assert model["id"] == "my-ink"


def test_a_repository_goes_where_its_kind_belongs(home: Path, tmp_path: Path, hub: HubServer) -> None:
    hub.add("owner/ink", {"ink.safetensors": make_lora(tmp_path / "made/ink.safetensors").read_bytes()})

    path = Path(done(home, "download", "owner/ink").strip())

    assert path.is_relative_to(home / "data/loras")
    assert done(home, "list", "--kind", "lora").startswith("ink\t")


def test_a_failed_download_is_a_sentence(home: Path, hub: HubServer) -> None:
    assert "There is nothing at this address" in refused(home, 1, "download", "owner/nothing")
    assert "This address is not understood" in refused(home, 1, "download", "what is this")
    assert "comes with the program" in run(home, "download", "starter").stderr


def test_only_the_bad_files_are_fetched_again(home: Path, tmp_path: Path, hub: HubServer) -> None:
    content = offer(home, tmp_path, hub)
    path = Path(done(home, "download", "my-ink", "--accept-licence").strip())
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    asked = len(hub.file_requests("weights.safetensors"))

    assert "is damaged" in run(home, "verify", "my-ink").stdout
    assert "is intact" in done(home, "verify", "--all", "--repair")

    assert path.read_bytes() == content
    assert len(hub.file_requests("weights.safetensors")) == asked + 1
    [model] = as_json(home, "list")  # pyright: ignore[reportGeneralTypeIssues]
    assert model["id"] == "my-ink"
    done(home, "verify", "my-ink", "--repair")
    assert len(hub.file_requests("weights.safetensors")) == asked + 1


@pytest.mark.parametrize("fault", ["gone", "cut off"])
def test_a_model_that_cannot_be_used_any_more_is_repaired_or_removed(
    home: Path, tmp_path: Path, hub: HubServer, trash_home: Path, fault: str
) -> None:
    content = offer(home, tmp_path, hub)
    path = Path(done(home, "download", "my-ink", "--accept-licence").strip())
    path.unlink() if fault == "gone" else path.write_bytes(content[:-9])
    assert as_json(home, "list") == []

    assert run(home, "verify", "my-ink").exit_code == 1
    assert "is intact" in done(home, "verify", "My Ink", "--repair")
    assert path.read_bytes() == content

    path.write_bytes(content[:-9])
    assert "is in the trash" in done(home, "remove", "my-ink")
    assert not path.exists()


def test_what_cannot_be_fetched_again_is_a_sentence(home: Path, tmp_path: Path) -> None:
    done(home, "add", make_lora(tmp_path / "ink.safetensors"), "--copy")
    copy = home / "data/loras/ink/ink.safetensors"
    copy.write_bytes(copy.read_bytes()[:-1] + b"x")

    assert "where it came from is not known" in refused(home, 1, "verify", "ink", "--repair")


def test_a_token_is_kept_in_the_keyring(home: Path, ring: MemoryKeyring) -> None:
    result = CliRunner().invoke(studio, ["models", "token", "https://HuggingFace.co/settings"], input=" hf_secret\n")

    assert result.exit_code == 0
    assert ring.passwords == {("Latent Studio", "huggingface.co"): "hf_secret"}
    assert "secret" not in result.output
    assert CliRunner().invoke(studio, ["models", "token", "huggingface.co"], input="\n").exit_code == 0
    assert ring.passwords == {}


def test_without_a_keyring_it_is_said(home: Path, ring: MemoryKeyring) -> None:
    keyring.set_keyring(NoKeyring())
    result = CliRunner().invoke(studio, ["models", "token", "huggingface.co"], input="hf_secret\n")

    assert result.exit_code == 1
    assert "there is none on this computer" in result.stderr


def test_a_download_that_failed_goes_on_when_it_is_run_again(home: Path, tmp_path: Path, hub: HubServer) -> None:
    offer(home, tmp_path, hub)
    hub.misbehave("weights.safetensors", Status(404))

    refused(home, 1, "download", "my-ink", "--accept-licence")

    assert done(home, "download", "my-ink").strip().endswith("ink.safetensors")
