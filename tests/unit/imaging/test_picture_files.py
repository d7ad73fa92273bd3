"""What goes into a picture file comes out again; what comes from outside is read with care."""

from __future__ import annotations

import json
import random
import re
import struct
import uuid
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from studio.core.addon import Addon, AddonKind, Addons, LoraUse, UsedAddon
from studio.core.branch import Change, Repaint, branched
from studio.core.checkpoint import ModelFamily
from studio.core.errors import PictureUnreadable, WriteFailed
from studio.core.geometry import Size
from studio.core.job import JobId
from studio.core.picture_id import PictureId
from studio.core.request import GenerationRequest, Prompt, Region, Sampling, Stretch
from studio.core.result import GeneratedImage, PictureParameters, Provenance
from studio.core.scheduler import SchedulerName, ScheduleType
from studio.core.sources import ImageRef, sources_named_in
from studio.core.task import Fit, ImageToImage, Inpaint, InpaintArea, MaskedContent, Task, TextToImage, finished_size
from studio.imaging.decode import read_pixels
from studio.imaging.enlarge import enlarge_smoothly
from studio.imaging.export import export_image, export_picture
from studio.imaging.infotext import to_infotext
from studio.imaging.metadata import a1111
from studio.imaging.parameters_codec import parameters_from_json, parameters_to_json
from studio.imaging.picture_metadata import OWN_KEY, encode_png, read_picture_info
from studio.imaging.request_codec import request_from_json, request_to_json
from studio.imaging.thumbnail import make_thumbnail, thumbnail_of_file
from tests.helpers.fake_session import a_picture, a_request

texts = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=200)
refs = st.builds(ImageRef, st.just("ab" * 32), st.just(30), st.just(20))
parents = st.none() | st.just(PictureId("c" * 32))
strengths = st.floats(0.01, 1.0)
tasks = st.one_of(
    st.just(TextToImage()),
    st.builds(
        ImageToImage,
        image=refs,
        parent=parents,
        strength=strengths,
        fit=st.sampled_from(Fit),
        restore_size=st.booleans(),
    ),
    st.builds(
        Inpaint,
        image=refs,
        mask=refs,
        parent=parents,
        strength=strengths,
        area=st.sampled_from(InpaintArea),
        mask_padding=st.integers(0, 1024),
        mask_blur=st.integers(0, 256),
        mask_grow=st.integers(0, 256),
        masked_content=st.sampled_from(MaskedContent),
    ),
)
used_addons = st.builds(
    UsedAddon,
    kind=st.sampled_from(AddonKind),
    name=texts,
    sha256=st.just("ab" * 32),
    tensors_sha256=st.just("cd" * 32),
    weight=st.floats(-10, 10),
    text_encoder_weight=st.floats(-10, 10),
)
parameters_without_branch = st.builds(
    PictureParameters,
    prompt=st.builds(Prompt, texts, texts),
    sampling=st.builds(
        Sampling,
        scheduler=st.just(SchedulerName.EULER),
        num_inference_steps=st.integers(1, 150),
        guidance_scale=st.floats(0, 30),
        seed=st.integers(0, 2**64 - 1),
        schedule=st.sampled_from(ScheduleType),
        guidance_rescale=st.floats(0, 1),
        clip_skip=st.integers(0, 12),
    )
    | st.builds(
        Sampling,
        scheduler=st.sampled_from(SchedulerName),
        num_inference_steps=st.just(20),
        guidance_scale=st.just(5.0),
        seed=st.just(1),
    ),
    size=st.builds(Size, st.sampled_from([64, 128, 4096]), st.sampled_from([64, 72])),
    task=tasks,
    checkpoint_name=texts,
    provenance=st.builds(
        Provenance,
        device=texts,
        dtype=texts,
        checkpoint_sha256=st.just("ab" * 32),
        versions=st.dictionaries(texts, texts, max_size=3).map(lambda found: tuple(found.items())),
        addons=st.lists(used_addons, max_size=3).map(tuple),
    ),
    seconds=st.floats(0, 1e6),
    unchanged_pixels=st.none() | st.integers(0, 2**40),
)


@st.composite
def branches(draw: st.DrawFn) -> PictureParameters:
    parameters = draw(parameters_without_branch)
    steps = parameters.stretches[-1].until_step
    ends = draw(st.sets(st.integers(1, steps - 1), max_size=3)) if steps > 1 else set[int]()
    earlier = tuple(
        Stretch(
            until_step=end,
            prompt=draw(st.builds(Prompt, texts, texts)),
            scheduler=draw(st.sampled_from(SchedulerName)),
            guidance_scale=draw(st.floats(0, 30)),
            guidance_rescale=draw(st.floats(0, 1)),
        )
        for end in sorted(ends)
    )
    parameters = replace(parameters, earlier=earlier, branched_from=draw(parents))
    if steps == 1 or not draw(st.booleans()):
        return parameters
    picture = ImageRef("ab" * 32, *finished_size(parameters.task, parameters.size))
    region = Region(
        image=picture,
        mask=replace(picture, sha256="cd" * 32),
        after_step=draw(st.integers(1, steps - 1)),
        kept=parameters.stretches,
        noise_seed=draw(st.none() | st.integers(0, 2**64 - 1)),
        mask_blur=draw(st.integers(0, 256)),
    )
    return replace(parameters, regions=(region,) * draw(st.integers(1, 2)))


parameters_of_any_kind = parameters_without_branch | branches()


def read_infotext(text: str) -> tuple[str, str, dict[str, str]]:
    """An independent reader by A1111's rules (modules/infotext_utils.py)."""
    pattern = re.compile(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')
    *lines, last = text.strip().split("\n")
    found = pattern.findall(last)
    if len(found) < 3:
        lines, found = [*lines, last], []
    prompt, _, negative = "\n".join(lines).partition("\nNegative prompt: ")
    if "\n".join(lines).startswith("Negative prompt: "):
        prompt, negative = "", "\n".join(lines).removeprefix("Negative prompt: ")
    return prompt, negative, {key: json.loads(value) if value.startswith('"') else value for key, value in found}


@given(parameters_of_any_kind)
def test_parameters_survive_their_json(parameters: PictureParameters) -> None:
    assert parameters_from_json(parameters_to_json(parameters)) == parameters


def test_a_branch_survives_its_json_and_others_read_its_end(tmp_path: Path) -> None:
    change = Change(text="a blue car: fast, small", scheduler=SchedulerName.DDIM, guidance_scale=2.0)
    request = branched(a_request("a red apple"), 1, change, PictureId("c" * 32))
    assert request_from_json(request_to_json(request)) == request
    picture = a_picture(request)
    export_image(picture, tmp_path / "x.png")
    assert read_picture_info(tmp_path / "x.png").parameters == picture.parameters
    prompt, _, found = read_infotext(to_infotext(picture.parameters))
    assert prompt == "a blue car: fast, small"
    assert (found["Sampler"], found["CFG scale"]) == ("DDIM", "2")
    sampler = a_request().sampling.scheduler.label
    assert found["Earlier steps"] == f"until 1 a red apple, by {sampler}, CFG scale 5"


def a_branch_with_a_region() -> GenerationRequest:
    picture = ImageRef("ab" * 32, 64, 64)
    wanted = Repaint(image=picture, mask=replace(picture, sha256="cd" * 32), noise_seed=2**64 - 1)
    return branched(a_request("a red apple"), 1, Change(text="a blue car"), PictureId("c" * 32), wanted)


def test_a_region_survives_its_json_and_its_sources_are_named(tmp_path: Path) -> None:
    request = a_branch_with_a_region()
    assert request_from_json(request_to_json(request)) == request
    assert {"ab" * 32, "cd" * 32} <= sources_named_in(request_to_json(request))
    picture = a_picture(request)
    export_image(picture, tmp_path / "x.png")
    read = read_picture_info(tmp_path / "x.png").parameters
    assert read == picture.parameters
    assert read is not None
    assert {"ab" * 32, "cd" * 32} <= sources_named_in(parameters_to_json(read))
    assert read_infotext(to_infotext(read))[2]["Repainted regions"] == "after 1"


@pytest.mark.parametrize(
    "damage",
    [
        {"after_step": 0},
        {"after_step": "1"},
        {"kept": []},
        {"kept": {}},
        {"mask": {"sha256": "../../x", "width": 64, "height": 64}},
        {"mask": {"sha256": "ab" * 32, "width": 64, "height": 32}},
        {"image": None},
        {"noise_seed": 1.5},
        {"noise_seed": 2**64},
        {"mask_blur": -1},
    ],
    ids=str,
)
def test_a_damaged_region_is_a_value_error(damage: dict[str, object]) -> None:
    document = json.loads(parameters_to_json(a_picture(a_branch_with_a_region()).parameters))
    document["regions"][0] |= damage
    with pytest.raises(ValueError):  # noqa: PT011  the message is free text
        parameters_from_json(json.dumps(document))


def test_stretches_that_make_no_sense_are_no_parameters() -> None:
    document = json.loads(parameters_to_json(a_picture(branched(a_request(), 1, Change(), None)).parameters))
    for until_step in (0, 1000, "1", True):
        document["earlier"][0]["until_step"] = until_step
        with pytest.raises(ValueError, match=r"until_step|invalid_branch_step"):
            parameters_from_json(json.dumps(document))


@given(texts, st.integers(0, 2**64 - 1), st.integers(1, 64), tasks)
@settings(deadline=None)  # the first makes pydantic's readers
def test_a_request_survives_its_json(text: str, seed: int, batch_size: int, task: Task) -> None:
    request = replace(a_request(text, seed=seed, batch_size=batch_size), task=task)
    assert request_from_json(request_to_json(request)) == request


def test_a_request_of_version_1_is_still_read() -> None:
    """It knew one task, which had no fields."""
    request = a_request()
    document = json.loads(request_to_json(request))
    document["version"] = 1
    document["request"]["task"] = {}
    assert request_from_json(json.dumps(document)) == request


@pytest.mark.parametrize(
    "task",
    [
        {"kind": "inpaint"},
        {"kind": "video"},
        {"kind": "image_to_image", "image": {"sha256": "a", "width": 1, "height": 1}, "strength": 2},
        {"kind": "image_to_image", "image": {"sha256": "a", "width": "1", "height": 1}, "strength": 0.5},
    ],
    ids=str,
)
def test_a_request_with_a_damaged_task_is_a_value_error(task: dict[str, object]) -> None:
    document = json.loads(request_to_json(a_request()))
    document["request"]["task"] = task
    with pytest.raises(ValueError):  # noqa: PT011  the message is free text
        request_from_json(json.dumps(document))


def test_parameters_written_before_there_were_other_tasks_are_still_read() -> None:
    parameters = a_picture().parameters
    document = json.loads(parameters_to_json(parameters))
    assert "unchanged_pixels" not in document
    assert parameters_from_json(json.dumps(document)) == parameters


def test_parameters_written_before_there_were_addons_and_branches_are_still_read() -> None:
    parameters = a_picture().parameters
    document = json.loads(parameters_to_json(parameters))
    assert document.pop("version") == 4
    for version, keys in (
        (3, ("regions",)),
        (2, ("earlier", "branched_from")),
        (1, ("schedule", "guidance_rescale", "clip_skip", "addons")),
    ):
        for key in keys:
            del document[key]
        assert parameters_from_json(json.dumps({"version": version, **document})) == parameters


@pytest.mark.parametrize(
    "damage",
    [
        {"schedule": "polyexponential"},
        {"guidance_rescale": 2},
        {"clip_skip": 1.5},
        {"addons": {}},
        {"addons": ["ink"]},
        {"addons": [{"kind": "lora", "name": "ink"}]},
    ],
    ids=str,
)
def test_damaged_fine_settings_are_a_value_error(damage: dict[str, object]) -> None:
    document = json.loads(parameters_to_json(a_picture().parameters)) | damage
    with pytest.raises(ValueError):  # noqa: PT011  the message is free text
        parameters_from_json(json.dumps(document))


LORA = Addon("add detail", Path("loras/add detail.safetensors"), AddonKind.LORA, ModelFamily.STABLE_DIFFUSION)
EMBEDDING = Addon("bad", Path("embeddings/bad.safetensors"), AddonKind.TEXTUAL_INVERSION, None)
VAE = Addon("ft-mse", Path("vae/ft-mse.safetensors"), AddonKind.VAE, None)
FINE = {"schedule": ScheduleType.BETA, "guidance_rescale": 0.7, "clip_skip": 1}


def test_a_request_with_addons_survives_its_json() -> None:
    request = a_request("a cat <lora:add detail:0.8:0.5>")
    request = replace(
        request,
        sampling=replace(request.sampling, **FINE),
        addons=Addons((LoraUse(LORA, 0.8, 0.5),), (EMBEDDING,), VAE),
    )
    assert json.loads(request_to_json(request))["version"] == 5
    assert request_from_json(request_to_json(request)) == request


def test_a_request_written_before_there_were_branches_is_still_read() -> None:
    request = a_request()
    document = json.loads(request_to_json(request))
    document["version"] = 4
    del document["request"]["regions"]
    assert request_from_json(json.dumps(document)) == request
    document["version"] = 3
    del document["request"]["earlier"], document["request"]["branched_from"]
    assert request_from_json(json.dumps(document)) == request


@pytest.mark.parametrize("version", [1, 2])
def test_a_request_written_before_there_were_addons_is_still_read(version: int) -> None:
    request = a_request()
    document = json.loads(request_to_json(request))
    document["version"] = version
    del document["request"]["addons"]
    for key in FINE:
        del document["request"]["sampling"][key]
    assert request_from_json(json.dumps(document)) == request


def a_picture_with_addons(text: str) -> GeneratedImage:
    request = a_request(text)
    picture = a_picture(replace(request, sampling=replace(request.sampling, **FINE)))
    used = (
        UsedAddon(AddonKind.LORA, "add detail", "1" * 64, "7c6bad76eb54" + "0" * 52, 0.8, 0.5),
        UsedAddon(AddonKind.TEXTUAL_INVERSION, "bad", "fff5d51ab655" + "0" * 52, "2" * 64),
        UsedAddon(AddonKind.VAE, "ft-mse", "735e4c3a44" + "0" * 54, "3" * 64),
    )
    return replace(picture, provenance=replace(picture.provenance, addons=used))


def test_the_infotext_of_addons_is_as_other_programs_write_it() -> None:
    prompt, _, settings = read_infotext(to_infotext(a_picture_with_addons("a cat").parameters))
    assert prompt == "a cat <lora:add detail:0.8:0.5>"
    wanted = {
        "Schedule type": "Beta",
        "VAE hash": "735e4c3a44",
        "VAE": "ft-mse",
        "Clip skip": "2",
        "CFG Rescale": "0.7",
        "Lora hashes": "add detail: 7c6bad76eb54",
        "TI hashes": "bad: fff5d51ab655",
    }
    assert {key: settings[key] for key in wanted} == wanted
    assert [key for key in settings if key in wanted] == list(wanted)
    order = list(settings)
    assert order.index("Model") < order.index("VAE hash")
    assert order.index("TI hashes") < order.index("Version")


def test_the_infotext_tells_civitai_what_a_picture_was_made_with() -> None:
    """By the pattern that its site looks for, and without disturbing our own reader."""
    text = to_infotext(a_picture_with_addons("a cat").parameters)
    [found] = re.findall(r", Hashes:\s*({[^}]+})", text)
    assert json.loads(found) == {
        "model": a_picture().provenance.checkpoint_sha256[:10],
        "vae": "735e4c3a44",
        "lora:add detail": "1" * 10,
        "embed:bad": "fff5d51ab6",
    }
    ours, without = (a1111.read_infotext(each) for each in (text, text.replace(f", Hashes: {found}", "")))
    assert ours == without
    assert ours is not None
    in_front = text.replace(f", Hashes: {found}", "").replace(", Seed:", f", Hashes: {found}, Seed:")
    assert a1111.read_infotext(in_front) == ours


def test_a_prompt_that_names_its_loras_is_left_as_it_is() -> None:
    prompt, _, _ = read_infotext(to_infotext(a_picture_with_addons("<lora:add detail:0.8:0.5> a cat").parameters))
    assert prompt == "<lora:add detail:0.8:0.5> a cat"


def test_addons_come_back_out_of_the_picture_file(tmp_path: Path) -> None:
    picture = a_picture_with_addons("a cat")
    (file := tmp_path / "a.png").write_bytes(encode_png(picture, None))
    assert read_picture_info(file).parameters == picture.parameters
    assert str(LORA.path.parent) not in file.read_bytes().decode("latin-1")


IMAGE = {"sha256": "ab" * 32, "width": 8, "height": 8}
FROM_IMAGE = {
    "task": "image_to_image", "image": IMAGE, "parent": None, "strength": 0.5, "fit": "crop", "restore_size": False,
}  # fmt: skip


@pytest.mark.parametrize(
    "damage",
    [
        {"image": {**IMAGE, "sha256": "../../etc/passwd"}},
        {"image": {**IMAGE, "sha256": "AB" * 32}},
        {"image": {**IMAGE, "width": 0}},
        {"image": "x"},
        {"parent": "../x"},
        {"strength": 0},
        {"strength": "high"},
        {"fit": "squeeze"},
        {"restore_size": 1},
        {"task": "inpaint"},
        {"unchanged_pixels": "all"},
    ],
    ids=str,
)
def test_a_damaged_task_is_a_value_error(damage: dict[str, object]) -> None:
    document = json.loads(parameters_to_json(a_picture().parameters)) | FROM_IMAGE
    parameters_from_json(json.dumps(document))
    with pytest.raises(ValueError):  # noqa: PT011  the message is free text
        parameters_from_json(json.dumps(document | damage))


def test_the_infotext_of_inpainting_is_as_other_programs_write_it() -> None:
    mask = ImageRef("ab" * 32, 8, 8)
    task = Inpaint(image=mask, mask=mask, strength=0.75, masked_content=MaskedContent.FILL)
    picture = a_picture(replace(a_request(), task=task))
    _, _, settings = read_infotext(to_infotext(picture.parameters))
    wanted = {
        "Denoising strength": "0.75",
        "Mask blur": "4",
        "Inpaint area": "Only masked",
        "Masked area padding": "32",
        "Masked content": "fill",
    }
    assert {key: settings[key] for key in wanted} == wanted
    order = list(settings)
    assert [key for key in order if key in wanted] == list(wanted)
    assert order.index("Model") < order.index("Denoising strength") < order.index("RNG") < order.index("Mask blur")
    assert order[-2:] == ["Version", "Hashes"]


def test_the_infotext_leaves_out_what_other_programs_take_for_granted() -> None:
    mask = ImageRef("ab" * 32, 8, 8)
    whole = Inpaint(image=mask, mask=mask, strength=1.0, area=InpaintArea.WHOLE)
    _, _, settings = read_infotext(to_infotext(a_picture(replace(a_request(), task=whole)).parameters))
    assert settings["Denoising strength"] == "1"
    assert not {"Inpaint area", "Masked area padding", "Masked content"} & settings.keys()
    _, _, plain = read_infotext(to_infotext(a_picture().parameters))
    assert "Denoising strength" not in plain


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"version": 3}', '{"version": 1, "request": {}}', "\ud800"])
def test_a_request_that_is_none_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  the message is free text
        request_from_json(text)


@pytest.mark.parametrize(
    "damage",
    [
        {"version": 99},
        {"task": "video"},
        {"seed": -1},
        {"seed": 1.5},
        {"seed": True},
        {"width": 100},
        {"scheduler": "unknown"},
        {"num_inference_steps": 0},
        {"guidance_scale": "high"},
        {"prompt": 7},
        {"versions": []},
        {"seconds": None},
    ],
    ids=str,
)
def test_damaged_parameters_are_a_value_error(damage: dict[str, object]) -> None:
    document = json.loads(parameters_to_json(a_picture().parameters)) | damage
    with pytest.raises(ValueError):  # noqa: PT011  the message is free text
        parameters_from_json(json.dumps(document))


@pytest.mark.parametrize("text", ["[" * 100_000, "NaN", "1" * 5000, '{"version": ' + "9" * 5000 + "}"], ids=len)
def test_hostile_json_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  the message is free text
        parameters_from_json(text)


def test_infotext_is_read_by_the_rules_of_the_field() -> None:
    request = a_request("a cat, sitting: on a mat\nat night", seed=2**64 - 1)
    request = replace(
        request,
        prompt=Prompt(request.prompt.text, "ugly"),
        sampling=replace(request.sampling, scheduler=SchedulerName.DPMPP_2M_KARRAS, guidance_scale=7.5),
    )
    picture = a_picture(request)
    prompt, negative, settings = read_infotext(to_infotext(picture.parameters))
    assert prompt == "a cat, sitting: on a mat\nat night"
    assert negative == "ugly"
    assert settings["Steps"] == "4"
    assert settings["Sampler"] == "DPM++ 2M"
    assert settings["Schedule type"] == "Karras"
    assert settings["CFG scale"] == "7.5"
    assert settings["Seed"] == str(2**64 - 1)
    assert settings["Size"] == "64x64"
    assert settings["Model"] == "Fake model"
    assert settings["Model hash"] == "0" * 10


def test_a_written_picture_tells_everything_and_has_the_same_pixels(tmp_path: Path) -> None:
    picture, job = a_picture(a_request("ein Apfel 🍎", seed=2**63)), JobId(uuid.uuid4().hex)
    file = tmp_path / "x.png"
    file.write_bytes(encode_png(picture, job))
    info = read_picture_info(file)
    assert (info.picture_id, info.job_id, info.parameters) == (picture.id, job, picture.parameters)
    assert info.created_at == picture.created_at
    assert (info.width, info.height) == (64, 64)
    assert info.infotext == to_infotext(picture.parameters)
    assert np.array_equal(read_pixels(file), picture.pixels)


def test_a_picture_names_no_path_of_the_machine(tmp_path: Path) -> None:
    content = encode_png(a_picture(), None)
    assert str(a_request().checkpoint.path).encode() not in content.replace(b"Fake model", b"")


@pytest.mark.parametrize("name", ["x.jpg", "x.JPEG", "x.webp", "x.png"])
def test_exports_look_the_same_and_carry_the_infotext(tmp_path: Path, name: str) -> None:
    smooth = np.tile(np.arange(64, dtype=np.uint8)[:, None, None] * 3, (1, 64, 3))
    picture = replace_pixels(a_picture(a_request("ein Äpfel 🍎")), smooth)
    source = tmp_path / "source.png"
    source.write_bytes(encode_png(picture, None))
    for target, export in ((tmp_path / name, export_picture), (tmp_path / f"memory-{name}", None)):
        if export is None:
            export_image(picture, target)
        else:
            export(source, target)
        assert np.abs(read_pixels(target).astype(int) - smooth).mean() < 3
        assert read_picture_info(target).infotext == to_infotext(picture.parameters)


def test_a_png_is_exported_byte_for_byte(tmp_path: Path) -> None:
    source = tmp_path / "source.png"
    source.write_bytes(encode_png(a_picture(), None))
    export_picture(source, tmp_path / "copy.png")
    assert (tmp_path / "copy.png").read_bytes() == source.read_bytes()


def test_an_unknown_ending_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(WriteFailed):
        export_image(a_picture(), tmp_path / "x.docx")
    assert list(tmp_path.iterdir()) == []


def test_a_file_without_its_end_is_unreadable(tmp_path: Path) -> None:
    content = encode_png(a_picture(), None)
    for length in (len(content) - 12, len(content) // 2, 20, 8, 0):
        (tmp_path / "cut.png").write_bytes(content[:length])
        for read in (read_pixels, read_picture_info):
            with pytest.raises(PictureUnreadable):
                read(tmp_path / "cut.png")


def test_mutated_files_are_read_or_refused_and_nothing_else(tmp_path: Path) -> None:
    chance = random.Random(7)
    content = encode_png(a_picture(), JobId(uuid.uuid4().hex))
    file = tmp_path / "x.png"
    refused = 0
    for _ in range(2000):
        mutated = bytearray(content)
        for _ in range(chance.choice((1, 1, 3, 20))):
            mutated[chance.randrange(len(mutated))] = chance.randrange(256)
        file.write_bytes(mutated)
        for read in (read_picture_info, read_pixels):
            try:
                read(file)
            except PictureUnreadable:
                refused += 1
    assert refused > 100


def test_a_damaged_text_of_ours_does_not_hide_the_picture(tmp_path: Path) -> None:
    texts = PngInfo()
    texts.add_itxt(OWN_KEY, '{"version": 1, "id": "../../etc/passwd"}')
    Image.new("RGB", (8, 8)).save(tmp_path / "x.png", pnginfo=texts)
    info = read_picture_info(tmp_path / "x.png")
    assert (info.width, info.parameters, info.picture_id) == (8, None, None)


def test_a_text_bomb_does_not_stop_the_pixels(tmp_path: Path) -> None:
    texts = PngInfo()
    texts.add_text("bomb", "x" * 3_000_000, zip=True)
    Image.new("RGB", (8, 8), "red").save(tmp_path / "x.png", pnginfo=texts)
    assert read_pixels(tmp_path / "x.png")[0, 0].tolist() == [255, 0, 0]


def test_a_picture_that_claims_to_be_enormous_is_refused(tmp_path: Path) -> None:
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    end = struct.pack(">I", 0) + b"IEND" + struct.pack(">I", zlib.crc32(b"IEND"))
    (tmp_path / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk + end)
    for read in (read_pixels, read_picture_info):
        with pytest.raises(PictureUnreadable):
            read(tmp_path / "x.png")


def test_all_kinds_of_pixels_become_rgb(tmp_path: Path) -> None:
    Image.fromarray(np.full((8, 8), 40_000, np.uint16)).save(tmp_path / "grey16.png")
    assert read_pixels(tmp_path / "grey16.png")[0, 0].tolist() == [156, 156, 156]
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    assert read_pixels(tmp_path / "clear.png")[0, 0].tolist() == [255, 255, 255]
    Image.new("P", (8, 8)).save(tmp_path / "palette.png")
    assert read_pixels(tmp_path / "palette.png").shape == (8, 8, 3)
    Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(tmp_path / "cmyk.jpg")
    assert read_pixels(tmp_path / "cmyk.jpg")[0, 0, 0] > 200
    turned = Image.new("RGB", (8, 4), "red")
    exif = Image.Exif()
    exif[0x0112] = 6
    turned.save(tmp_path / "turned.jpg", exif=exif)
    assert read_pixels(tmp_path / "turned.jpg").shape == (8, 4, 3)


@pytest.mark.parametrize("content", [b"", b"text", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"<svg/>", b"GIF89a"])
def test_what_is_no_picture_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.png").write_bytes(content)
    for read in (read_pixels, read_picture_info, thumbnail_of_file):
        with pytest.raises(PictureUnreadable):
            read(tmp_path / "x.png")


def test_a_missing_file_and_a_folder_are_unreadable(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.png"):
        with pytest.raises(PictureUnreadable):
            read_picture_info(path)


def test_thumbnails_fit_and_are_never_enlarged(tmp_path: Path) -> None:
    wide = np.zeros((256, 1024, 3), np.uint8)
    for pixels, expected in ((wide, (256, 64)), (wide[:32, :64], (64, 32))):
        (tmp_path / "t.jpg").write_bytes(make_thumbnail(pixels))
        with Image.open(tmp_path / "t.jpg") as image:
            assert image.size == expected
            assert image.format == "JPEG"


def test_enlarging_keeps_flat_areas_flat() -> None:
    small = np.full((4, 6, 3), 90, np.uint8)
    large = enlarge_smoothly(small, 8)
    assert large.shape == (32, 48, 3)
    assert (large == 90).all()


def replace_pixels(picture: GeneratedImage, pixels: np.ndarray) -> GeneratedImage:
    return GeneratedImage(picture.id, pixels, picture.request, picture.provenance, datetime.now(UTC), picture.seconds)
