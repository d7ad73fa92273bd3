"""From the names in a prompt to the files on the disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from studio.app.model_stores import addon_finder, model_library
from studio.app.picture_request import request_of
from studio.checkpoints.addon_finder import AddonFinder, AddonFolders
from studio.checkpoints.model_arrival import HowToAdd
from studio.core.addon import AddonKind, Addons, LoraUse, UsedAddon
from studio.core.branch import Change, branched
from studio.core.checkpoint import ModelFamily
from studio.core.errors import (
    AddonMismatch,
    AddonNotFound,
    AddonUnusable,
    BranchLorasDiffer,
    CheckpointDamaged,
    InvalidAddonWeight,
)
from studio.core.picture_id import PictureId
from studio.core.request import GenerationRequest, Prompt
from studio.settings.paths import UserPaths
from studio.ui.messages import message_for
from tests.helpers.addon_files import RANK, write_embedding, write_lora, write_tensors
from tests.helpers.fake_session import CHECKPOINT, a_picture, a_request

XL_LAYER = "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write_lora(tmp_path / "loras" / "Ink.safetensors")
    write_lora(tmp_path / "loras" / "styles" / "oil paint.safetensors")
    xl = {f"{XL_LAYER}.lora_down.weight": (RANK, 2048), f"{XL_LAYER}.lora_up.weight": (640, RANK)}
    write_tensors(tmp_path / "loras" / "xl.safetensors", xl)
    write_embedding(tmp_path / "embeddings" / "EasyNegative.safetensors")
    write_embedding(tmp_path / "embeddings" / "sd2.safetensors", width=1024)
    return tmp_path


@pytest.fixture
def finder(home: Path) -> AddonFinder:
    return AddonFinder(AddonFolders(home / "loras", home / "embeddings", home / "vae"))


def request(text: str, negative: str = "") -> GenerationRequest:
    return replace(a_request(), prompt=Prompt(text, negative))


def test_tags_become_loras_with_their_weights(finder: AddonFinder, home: Path) -> None:
    found = finder.with_addons(request("a cat <lora:ink:0.8> <lora:styles/oil paint:0.5:0.2>")).addons
    assert [(use.weight, use.text_encoder_weight) for use in found.loras] == [(0.8, 0.8), (0.5, 0.2)]
    assert [use.lora.path for use in found.loras] == [
        home / "loras" / "Ink.safetensors",
        home / "loras" / "styles" / "oil paint.safetensors",
    ]


def test_a_lora_in_a_folder_is_found_by_its_bare_name(finder: AddonFinder) -> None:
    [use] = finder.with_addons(request("<lora:oil paint>")).addons.loras
    assert use.lora.path.name == "oil paint.safetensors"


def test_a_file_in_a_folder_of_its_own_name_is_offered_without_it_where_that_is_clear(
    finder: AddonFinder, home: Path
) -> None:
    write_lora(home / "loras" / "wash" / "wash.safetensors")
    write_lora(home / "loras" / "ink" / "ink.safetensors")
    assert finder.names(AddonKind.LORA) == ("Ink", "ink/ink", "styles/oil paint", "wash", "xl")
    [use] = finder.with_addons(request("<lora:wash>")).addons.loras
    assert use.lora.path == home / "loras" / "wash" / "wash.safetensors"


def test_a_prompt_that_names_nothing_has_no_addons(finder: AddonFinder) -> None:
    assert finder.with_addons(request("a cat in ink, easy negative")).addons == Addons()


def test_bare_names_in_both_prompts_become_embeddings(finder: AddonFinder) -> None:
    for prompts in (("easynegative, a cat",), ("a cat", "(EasyNegative:1.2), ugly")):
        [embedding] = finder.with_addons(request(*prompts)).addons.embeddings
        assert embedding.name == "EasyNegative"


def test_a_branch_has_the_loras_of_its_first_steps_and_the_embeddings_of_all(finder: AddonFinder) -> None:
    parent = request("a cat <lora:ink:0.8>")
    change = Change(text="a dog <lora:ink:0.8>", negative="easynegative")
    child = finder.with_addons(branched(parent, 2, change, None))
    assert [(use.lora.name, use.weight) for use in child.addons.loras] == [("ink", 0.8)]
    assert [embedding.name for embedding in child.addons.embeddings] == ["EasyNegative"]


@pytest.mark.parametrize("text", ["a dog", "a dog <lora:ink:0.5>", "a dog <lora:ink:0.8> <lora:oil paint>"])
def test_a_branch_that_would_have_other_loras_is_refused(finder: AddonFinder, text: str) -> None:
    with pytest.raises(BranchLorasDiffer) as caught:
        finder.with_addons(branched(request("a cat <lora:ink:0.8>"), 2, Change(text=text), None))
    assert caught.value.kept == ("<lora:ink:0.8>",)
    with pytest.raises(BranchLorasDiffer) as caught:
        finder.with_addons(branched(request("a cat"), 2, Change(text="a dog <lora:ink:0.8>"), None))
    assert (caught.value.kept, caught.value.named) == ((), ("<lora:ink:0.8>",))


def test_a_picture_becomes_the_request_that_makes_it_again(finder: AddonFinder) -> None:
    used = (UsedAddon(AddonKind.LORA, "ink", "a" * 64, "b" * 64, 0.8, 0.8),)
    picture = a_picture(branched(request("a cat"), 2, Change(text="a dog"), PictureId("c" * 32)))
    parameters = replace(picture.parameters, provenance=replace(picture.provenance, addons=used))
    made = request_of(parameters, CHECKPOINT, finder)
    assert [(use.lora.name, use.weight) for use in made.addons.loras] == [("ink", 0.8)]
    assert [stretch.prompt.text for stretch in made.stretches] == ["a cat <lora:ink:0.8>", "a dog <lora:ink:0.8>"]
    assert (made.sampling, made.size, made.branched_from) == (picture.request.sampling, picture.request.size, "c" * 32)
    plain = a_picture(request("a cat"))
    assert request_of(plain.parameters, CHECKPOINT, finder) == plain.request


def test_an_embedding_of_another_family_is_just_a_word_unless_it_is_meant(finder: AddonFinder) -> None:
    assert finder.with_addons(request("sd2 style")).addons.embeddings == ()
    with pytest.raises(AddonMismatch):
        finder.with_addons(request("embedding:sd2 style"))


def test_a_near_miss_is_told(finder: AddonFinder) -> None:
    with pytest.raises(AddonNotFound) as missing:
        finder.with_addons(request("<lora:inc:1>"))
    assert missing.value.similar == ("Ink",)
    text = message_for(missing.value).text
    assert "LoRA" in text
    assert "“Ink”" in text
    with pytest.raises(AddonNotFound) as missing:
        finder.with_addons(request("embedding:EasyNegativ"))
    assert missing.value.similar == ("EasyNegative",)
    with pytest.raises(AddonNotFound) as missing:
        finder.vae("anything")
    assert missing.value.similar == ()


def test_a_lora_of_another_family_is_refused_with_both_names(finder: AddonFinder) -> None:
    with pytest.raises(AddonMismatch) as mismatch:
        finder.with_addons(request("<lora:xl:1>"))
    text = message_for(mismatch.value).text
    assert "SDXL" in text
    assert "Stable Diffusion 1.x" in text


def test_an_impossible_weight_is_refused(finder: AddonFinder) -> None:
    with pytest.raises(InvalidAddonWeight):
        finder.with_addons(request("<lora:ink:11>"))


def test_files_that_are_something_else_are_refused_by_name(finder: AddonFinder, home: Path) -> None:
    (home / "loras" / "old.pt").write_bytes(b"\x80\x02}")
    (home / "loras" / "cut.safetensors").write_bytes((home / "loras" / "Ink.safetensors").read_bytes()[:-9])
    write_embedding(home / "loras" / "words.safetensors")
    for name, reason in (("old", "pickle"), ("cut", "missing"), ("words", "another kind")):
        with pytest.raises(AddonUnusable) as refused:
            finder.with_addons(request(f"<lora:{name}:1>"))
        assert refused.value.name == name
        assert reason in refused.value.reason


def test_a_safetensors_file_goes_before_a_pickle_of_the_same_name(finder: AddonFinder, home: Path) -> None:
    (home / "loras" / "Ink.pt").write_bytes(b"\x80\x02}")
    assert finder.lora("ink").path.suffix == ".safetensors"


@pytest.mark.parametrize("name", ["<lora:wash>", "<lora:wash.sft>"])
def test_sft_is_another_name_for_safetensors(finder: AddonFinder, home: Path, name: str) -> None:
    file = write_lora(home / "loras" / "wash.sft")
    [use] = finder.with_addons(request(name)).addons.loras
    assert use.lora.path == file


def test_files_from_elsewhere_can_be_named(finder: AddonFinder, tmp_path: Path) -> None:
    file = write_lora(tmp_path / "downloads" / "new.safetensors")
    [use] = finder.with_addons(request("<lora:new:0.5>"), {"new": file}).addons.loras
    assert use == LoraUse(replace(use.lora, path=file), 0.5, 0.5)


def test_a_vae_is_found_by_name_and_by_path_and_stays_when_the_prompt_is_read(finder: AddonFinder, home: Path) -> None:
    shapes = {"encoder.layers.0.weight": (64, 3, 3, 3), "decoder.layers.0.weight": (64, 4, 3, 3)}
    file = write_tensors(home / "vae" / "taesd.safetensors", shapes)
    vae = finder.vae("TAESD")
    assert vae.path == file
    assert finder.vae(str(file)).path == file
    assert [found.name for found in finder.vaes()] == ["taesd"]
    assert finder.with_addons(replace(request("a cat"), addons=Addons(vae=vae))).addons.vae == vae


def test_a_name_leads_to_nothing_outside_its_folder(finder: AddonFinder, tmp_path: Path) -> None:
    write_lora(tmp_path / "secret.safetensors")
    with pytest.raises(AddonNotFound):
        finder.lora("../secret")


def test_another_family_may_be_asked_of_a_request_that_has_no_addons(finder: AddonFinder) -> None:
    xl = replace(a_request(), checkpoint=replace(a_request().checkpoint, family=ModelFamily.STABLE_DIFFUSION_XL))
    [use] = finder.with_addons(replace(xl, prompt=Prompt("<lora:xl>"))).addons.loras
    assert use.lora.family is ModelFamily.STABLE_DIFFUSION_XL


def test_what_is_used_in_place_is_found_too_but_a_file_in_the_folder_goes_before(home: Path, tmp_path: Path) -> None:
    elsewhere = [write_lora(tmp_path / "elsewhere" / f"{name}.safetensors") for name in ("wash", "ink")]
    words = write_embedding(tmp_path / "elsewhere" / "mywords.safetensors")
    tiny = {"encoder.layers.0.weight": (64, 3, 3, 3), "decoder.layers.0.weight": (64, 4, 3, 3)}
    vae = write_tensors(tmp_path / "elsewhere" / "tiny.safetensors", tiny)
    paths = UserPaths.below(tmp_path / "user")
    for file in (*elsewhere, words, vae):
        model_library(paths).add_local(file, HowToAdd.IN_PLACE)
    write_lora(paths.loras / "Ink.safetensors")
    finder = addon_finder(paths)

    found = finder.with_addons(request("<lora:wash> <lora:ink> mywords")).addons

    assert [use.lora.path for use in found.loras] == [elsewhere[0], paths.loras / "Ink.safetensors"]
    assert [embedding.path for embedding in found.embeddings] == [words]
    assert finder.vae("tiny").path == vae
    assert [offered.path for offered in finder.vaes()] == [vae]
    assert finder.names(AddonKind.LORA) == ("Ink", "wash")
    elsewhere[0].unlink()
    with pytest.raises(AddonNotFound):
        finder.lora("wash")


def test_a_damaged_list_of_what_is_used_in_place_leaves_the_folders(tmp_path: Path) -> None:
    paths = UserPaths.below(tmp_path)
    file = write_lora(paths.loras / "ink.safetensors")
    paths.library_state.mkdir(parents=True)
    (paths.library_state / "in-place.json").write_text("{")

    [use] = addon_finder(paths).with_addons(request("<lora:ink>")).addons.loras
    assert use.lora.path == file
    with pytest.raises(CheckpointDamaged):
        model_library(paths).installed()


def test_tags_in_comments_and_escaped_ones_are_words(finder: AddonFinder) -> None:
    assert finder.with_addons(request("a cat # <lora:nothing>\n\\<lora:nothing>")).addons == Addons()


def test_the_names_that_are_offered_are_those_that_can_be_used(finder: AddonFinder, home: Path) -> None:
    (home / "loras" / "old.pt").write_bytes(b"\x80\x02}")
    assert finder.names(AddonKind.LORA) == ("Ink", "styles/oil paint", "xl")
    assert finder.names(AddonKind.CONTROLNET) == ()
