"""Pictures of other programs tell how they were made, each in its own way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from studio.core.addon_names import LoraTag
from studio.core.geometry import Size
from studio.core.request import Prompt
from studio.core.scheduler import SchedulerName, ScheduleType
from studio.imaging.export import as_png, export_image, export_picture
from studio.imaging.metadata.dialects import read_foreign
from studio.imaging.metadata.exif_texts import EXIF_IFD, USER_COMMENT
from studio.imaging.metadata.foreign_settings import ForeignSettings
from studio.imaging.picture_metadata import encode_png, read_picture_info, read_png_info
from tests.helpers.fake_session import a_picture
from tests.unit.imaging.metadata import samples

APPLE = ForeignSettings(
    prompt=Prompt("a red apple", "blurry"),
    scheduler=SchedulerName.DPMPP_2M_KARRAS,
    num_inference_steps=25,
    guidance_scale=7.5,
    seed=42,
    size=Size(512, 768),
    schedule=ScheduleType.AUTOMATIC,
    guidance_rescale=0.0,
    clip_skip=1,
    checkpoint_name="dreamshaper_8",
    loras=(LoraTag("ink", 0.8, 0.8),),
)
INVOKEAI = replace(APPLE, guidance_rescale=0.7, vae="ft-mse", program="InvokeAI 5.6.0")
NOVELAI = replace(
    APPLE,
    guidance_scale=5.0,
    guidance_rescale=0.2,
    clip_skip=None,
    checkpoint_name="NovelAI Diffusion V4",
    loras=(),
    program="NovelAI",
)
SWARMUI = replace(APPLE, program="SwarmUI 0.9.6.2")
EXPECTED = {
    "swarmui": (samples.SWARMUI, SWARMUI),
    "swarmui-old": (samples.SWARMUI_OLD, SWARMUI),
    "a1111": (
        samples.A1111,
        replace(
            APPLE, prompt=Prompt("a red apple <lora:ink:0.8>", "blurry"), guidance_scale=7.0, program="A1111 v1.10.0"
        ),
    ),
    "fooocus": (
        samples.FOOOCUS,
        replace(
            APPLE,
            guidance_scale=4.0,
            size=Size(896, 1152),
            checkpoint_name="juggernautXL_v8",
            program="Fooocus v2.5.5",
        ),
    ),
    "invokeai": (samples.INVOKEAI, INVOKEAI),
    "invokeai 3": (samples.INVOKEAI_3, replace(INVOKEAI, program="InvokeAI 3.4.0")),
    "invokeai 2": (
        samples.INVOKEAI_2,
        replace(
            APPLE,
            prompt=Prompt("a red apple"),
            scheduler=SchedulerName.EULER_ANCESTRAL,
            guidance_rescale=None,
            clip_skip=None,
            loras=(),
            program="InvokeAI 2.3.5",
        ),
    ),
    "novelai": (samples.NOVELAI, NOVELAI),
    "novelai webp": (samples.NOVELAI_WEBP, NOVELAI),
    "novelai characters": (samples.NOVELAI_CHARACTERS, replace(NOVELAI, prompt=Prompt("two apples, a worm", "blurry"))),
    "comfyui": (samples.COMFYUI, replace(APPLE, program="ComfyUI")),
    "comfyui flux": (
        samples.COMFYUI_FLUX,
        replace(
            APPLE,
            prompt=Prompt("a red apple"),
            scheduler=SchedulerName.EULER,
            schedule=ScheduleType.BETA,
            guidance_scale=3.5,
            size=Size(768, 1024),
            clip_skip=0,
            checkpoint_name="flux1-dev",
            program="ComfyUI",
        ),
    ),
}
each_dialect = pytest.mark.parametrize(("texts", "settings"), EXPECTED.values(), ids=EXPECTED)


@each_dialect
@pytest.mark.parametrize("compressed", [False, True], ids=["tEXt", "zTXt"])
def test_a_png_file_of_each_program_is_read(
    tmp_path: Path, texts: dict[str, str], settings: ForeignSettings, *, compressed: bool
) -> None:
    info = read_picture_info(samples.png_file(tmp_path / "x.png", texts, compressed=compressed))
    assert info.foreign == settings
    assert info.parameters is None
    assert dict(info.texts) == texts


def exif_of(comment: bytes | None = None, **tags: str) -> Image.Exif:
    exif = Image.Exif()
    if comment is not None:
        exif.get_ifd(EXIF_IFD)[USER_COMMENT] = comment
    numbers = {"Software": 0x0131, "ImageDescription": 0x010E, "Make": 0x010F, "Model": 0x0110, "UserComment": 0x9286}
    for name, text in tags.items():
        exif[numbers[name]] = text
    return exif


@pytest.mark.parametrize("ending", [".jpg", ".webp", ".avif"])
@pytest.mark.parametrize(
    ("exif", "dialect"),
    [
        (exif_of(b"UNICODE\0" + samples.A1111["parameters"].encode("utf-16-be")), "a1111"),
        (exif_of(b"UNICODE\0" + samples.A1111["parameters"].encode("utf-16-le")), "a1111"),
        (exif_of(bytes(8) + samples.A1111["parameters"].encode()), "a1111"),
        (exif_of(UserComment=samples.FOOOCUS["parameters"], Software="Fooocus v2.5.5"), "fooocus"),
        (exif_of(b"ASCII\0\0\0" + samples.NOVELAI_WEBP["parameters"].encode()), "novelai"),
        (exif_of(Model="prompt:" + samples.COMFYUI["prompt"], Make="workflow:{}"), "comfyui"),
        (exif_of(ImageDescription="Workflow: {}", Make="Prompt: " + samples.COMFYUI["prompt"]), "comfyui"),
    ],
    ids=["a1111", "a1111 le", "a1111 plain", "fooocus", "novelai", "comfyui", "comfyui description"],
)
def test_other_formats_are_read_and_become_png_files_that_tell_the_same(
    tmp_path: Path, ending: str, exif: Image.Exif, dialect: str
) -> None:
    file = samples.with_exif(tmp_path / f"x{ending}", exif)
    assert read_picture_info(file).foreign == EXPECTED[dialect][1]
    assert read_png_info(as_png(file), file).foreign == EXPECTED[dialect][1]


def test_our_own_pictures_are_not_foreign_but_their_copies_as_jpeg_are(tmp_path: Path) -> None:
    picture = a_picture()
    assert read_png_info(encode_png(picture, None), tmp_path).foreign is None
    export_image(picture, tmp_path / "x.jpg")
    foreign = read_picture_info(tmp_path / "x.jpg").foreign
    assert foreign is not None
    assert foreign.prompt == picture.parameters.prompt
    assert foreign.checkpoint_name == picture.parameters.checkpoint_name
    assert foreign.program.startswith("Latent Studio")


def test_a_copy_as_jpeg_of_another_programs_picture_keeps_its_infotext(tmp_path: Path) -> None:
    export_picture(samples.png_file(tmp_path / "x.png", samples.A1111), tmp_path / "x.jpg")
    assert read_picture_info(tmp_path / "x.jpg").foreign == EXPECTED["a1111"][1]


def test_a_picture_without_texts_tells_nothing(tmp_path: Path) -> None:
    assert read_picture_info(samples.png_file(tmp_path / "x.png", {})).foreign is None
    assert read_picture_info(samples.png_file(tmp_path / "x.png", {"Comment": "a day at the sea"})).foreign is None


def test_of_several_dialects_in_one_file_the_one_that_says_it_plainly_counts() -> None:
    """Stability Matrix and some of ComfyUI's nodes write an infotext beside the graph."""
    assert read_foreign({**samples.COMFYUI_FLUX, **samples.A1111}) == EXPECTED["a1111"][1]
    assert read_foreign({**samples.COMFYUI, "parameters": "no settings"}) == EXPECTED["comfyui"][1]


@pytest.mark.parametrize(
    ("line", "program"),
    [
        ("", "A1111"),
        ("Version: f2.0.1v1.10.1-previous", "Forge f2.0.1v1.10.1-previous"),
        ("Version: Latent Studio 1.0.0", "Latent Studio 1.0.0"),
    ],
)
def test_an_infotext_names_its_program(line: str, program: str) -> None:
    settings = read_foreign({"parameters": f"x\nSteps: 20, Sampler: Euler, Seed: 1, {line}"})
    assert settings is not None
    assert settings.program == program


def test_the_infotext_of_fooocus_has_its_loras_in_an_entry_of_their_own() -> None:
    line = 'Steps: 20, Sampler: Euler, Seed: 1, Lora weights: "ink: 0.5, add detail: 1", Version: Fooocus v2.5.5'
    settings = read_foreign({"parameters": f"x\n{line}", "fooocus_scheme": "a1111"})
    assert settings is not None
    assert settings.loras == (LoraTag("ink", 0.5, 0.5), LoraTag("add detail", 1.0, 1.0))


@pytest.mark.parametrize(
    ("name", "scheduler", "schedule"),
    [
        ("euler", SchedulerName.EULER, ScheduleType.AUTOMATIC),
        ("euler_k", SchedulerName.EULER, ScheduleType.KARRAS),
        ("k_euler_ancestral", SchedulerName.EULER_ANCESTRAL, ScheduleType.AUTOMATIC),
        ("ddim_k", SchedulerName.DDIM, None),
        ("dpmpp_sde", None, None),
    ],
)
def test_samplers_that_exist_here_are_known_by_every_name(
    name: str, scheduler: SchedulerName | None, schedule: ScheduleType | None
) -> None:
    settings = read_foreign({"invokeai_metadata": f'{{"positive_prompt": "x", "scheduler": "{name}"}}'})
    assert settings is not None
    assert (settings.scheduler, settings.schedule) == (scheduler, schedule)
