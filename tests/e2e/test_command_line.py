"""`studio generate` and `studio info` with the bundled model, as processes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio import branch_image, generate_image
from studio.core.resources import resource_path
from studio.core.task import EXTENDING_STRENGTH
from studio.imaging.picture_metadata import read_picture_info
from studio.imaging.trajectory_file import decode_trajectory, encode_trajectory
from tests.helpers.addon_files import write_lora
from tests.helpers.program import ROOT, run_studio, run_warm_studio

QUICK = ("--steps", "2", "--size", "64x64", "--seed", "7")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def pixels(file: Path | str) -> np.ndarray:
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB"))


def test_pictures_are_written_to_a_folder_and_printed(home: Path, tmp_path: Path) -> None:
    done = run_studio("generate", "a red apple", *QUICK, "--batch", "2", "-o", tmp_path / "out", home=home)
    assert done.returncode == 0, done.stderr
    files = done.stdout.split("\n")[:-1]
    assert len(files) == 2
    assert all(pixels(file).shape == (64, 64, 3) for file in files)
    assert not np.array_equal(pixels(files[0]), pixels(files[1]))
    assert done.stderr == ""


def test_a_batch_makes_its_choices_with_the_seeds_of_its_pictures(home: Path, tmp_path: Path) -> None:
    wildcards = home / "data" / "wildcards"
    wildcards.mkdir(parents=True)
    (wildcards / "thing.txt").write_text("apple\ncar\nface\n")
    arguments = ("generate", "a {red|blue} __thing__ __nothing__", *QUICK, "--batch", "5", "--json", "-o")
    done = run_warm_studio(*arguments, tmp_path / "out.png", home=home)
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    assert [Path(picture["file"]).name for picture in made] == [f"out-{number}.png" for number in range(1, 6)]
    assert [picture["sampling"]["seed"] for picture in made] == [7, 8, 9, 10, 11]
    prompts = {picture["prompt"]["text"] for picture in made}
    assert len(prompts) > 1
    assert prompts <= {
        f"a {colour} {thing} __nothing__" for colour in ("red", "blue") for thing in ("apple", "car", "face")
    }


def test_json_says_everything_that_made_the_picture(home: Path, tmp_path: Path) -> None:
    done = run_warm_studio(
        "generate", "a red apple", "--steps", "2", "--cfg", "3.5", "--seed", "42", "--size", "128x64", "--sampler",
        "euler", "--negative", "blue", "--json", "-o", tmp_path / "apple.png", home=home,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    [made] = json.loads(done.stdout)
    assert made["file"] == str(tmp_path / "apple.png")
    assert made["prompt"] == {"text": "a red apple", "negative": "blue"}
    assert made["sampling"] == {
        "scheduler": "euler", "num_inference_steps": 2, "guidance_scale": 3.5, "seed": 42, "schedule": "automatic",
        "guidance_rescale": 0.0, "clip_skip": 0,
    }  # fmt: skip
    assert made["size"] == {"width": 128, "height": 64}
    assert len(made["provenance"]["checkpoint_sha256"]) == 64
    assert pixels(tmp_path / "apple.png").shape == (64, 128, 3)
    told = run_warm_studio("info", tmp_path / "apple.png", "--json", home=home)
    assert told.returncode == 0, told.stderr
    assert {**json.loads(told.stdout), "file": made["file"]} == made


@pytest.mark.parametrize("name", ["apple.jpg", "apple.webp"])
def test_the_ending_of_the_file_chooses_the_format_and_info_reads_it(home: Path, tmp_path: Path, name: str) -> None:
    done = run_warm_studio("generate", "a red apple", *QUICK, "-o", tmp_path / name, home=home)
    assert done.returncode == 0, done.stderr
    with Image.open(tmp_path / name) as image:
        assert image.format == {"apple.jpg": "JPEG", "apple.webp": "WEBP"}[name]
    told = run_warm_studio("info", tmp_path / name, home=home)
    assert told.stdout.startswith("a red apple\nSteps: 2, ")
    assert "Seed: 7" in told.stdout


def test_the_memory_that_the_model_may_take_changes_no_pixel(home: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.png", tmp_path / "second.png"
    for output, choice in ((first, ()), (second, ("--memory", "swap"))):
        done = run_warm_studio(
            "generate", "a red apple", "--steps", "2", "--seed", "1", *choice, "-o", output, home=home
        )
        assert done.returncode == 0, done.stderr
        assert ("one part of the model in memory" in done.stderr.casefold()) is bool(choice)
    assert np.array_equal(pixels(first), pixels(second))


def test_without_an_output_the_picture_lands_in_the_gallery_folder(home: Path) -> None:
    done = run_warm_studio("generate", "a red apple", *QUICK, home=home)
    assert done.returncode == 0, done.stderr
    assert (home / "gallery") in Path(done.stdout.strip()).parents


@pytest.fixture
def start(tmp_path: Path) -> Path:
    """A picture of 100 x 60: red on the left, blue on the right."""
    picture = np.zeros((60, 100, 3), np.uint8)
    picture[:, :50, 0], picture[:, 50:, 2] = 220, 220
    Image.fromarray(picture).save(tmp_path / "start.png")
    return tmp_path / "start.png"


@pytest.fixture
def right_side(tmp_path: Path) -> Path:
    mask = np.zeros((60, 100), np.uint8)
    mask[:, 80:] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    return tmp_path / "mask.png"


def test_a_picture_is_made_from_another_in_its_proportions(home: Path, tmp_path: Path, start: Path) -> None:
    line = ("generate", "a green pear", "--steps", "4", "--seed", "7", "--image", start)
    done = run_warm_studio(*line, "--strength", "0.6", "--json", "-o", tmp_path / "pear.png", home=home)
    assert done.returncode == 0, done.stderr
    [made] = json.loads(done.stdout)
    assert made["task"]["kind"] == "image_to_image"
    assert made["task"]["strength"] == 0.6
    assert made["size"] == {"width": 328, "height": 200}
    assert pixels(tmp_path / "pear.png").shape == (60, 100, 3), "the picture's own size"
    larger = run_warm_studio(*line, "--no-restore-size", "--fit", "pad", "-o", tmp_path / "larger.png", home=home)
    assert larger.returncode == 0, larger.stderr
    assert pixels(tmp_path / "larger.png").shape == (200, 328, 3)


def test_only_the_mask_is_painted_and_the_gallery_knows_from_what(home: Path, start: Path, right_side: Path) -> None:
    first = run_warm_studio("generate", "a red apple", *QUICK, "--image", start, "--restore-size", home=home)
    assert first.returncode == 0, first.stderr
    parent = Path(first.stdout.strip())
    done = run_warm_studio(
        "generate", "a tree", *QUICK, "--image", parent, "--mask", right_side, "--area", "masked", "--padding", "8",
        "--mask-blur", "2", "--mask-grow", "1", "--masked-content", "fill", "--strength", "0.8", home=home,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    file = done.stdout.strip()
    before, after = pixels(parent), pixels(file)
    assert np.array_equal(after[:, :77], before[:, :77])
    assert not np.array_equal(after[:, 80:], before[:, 80:])
    told = run_warm_studio("info", file, home=home)
    assert "Denoising strength: 0.8" in told.stdout
    assert "Task: inpaint, strength 0.8" in told.stdout
    assert "Unchanged outside the mask: yes (" in told.stdout
    as_json = json.loads(run_warm_studio("info", parent, "--json", home=home).stdout)
    assert as_json["task"]["image"]["width"] == 100
    kept = list((home / "gallery" / ".sources").rglob("*.png"))
    assert len(kept) == 3, "the first start, what was made of it, and the mask"
    assert "Made from: " in told.stdout


def test_a_picture_is_extended_and_stays_as_it_was(home: Path, tmp_path: Path, start: Path) -> None:
    done = run_warm_studio(
        "generate", "a tree", *QUICK, "--image", start, "--outpaint", "left=24, top=8", "--json",
        "-o", tmp_path / "wide.png", home=home,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    wide = pixels(tmp_path / "wide.png")
    assert wide.shape == (68, 124, 3)
    assert np.array_equal(wide[13:, 29:], pixels(start)[5:, 5:]), "but for the edge into which it fades"
    [made] = json.loads(done.stdout)
    assert (made["task"]["strength"], made["task"]["area"]) == (EXTENDING_STRENGTH, "masked")
    assert made["unchanged_pixels"] >= 95 * 55


START_FAULTS = {
    "strength no number": (["--image", "START", "--strength", "much"], "“much”"),
    "mask alone": (["--mask", "MASK"], "start picture"),
    "empty mask": (["--image", "START", "--mask", "EMPTY"], "nothing is painted"),
    "blur no number": (["--image", "START", "--mask", "MASK", "--mask-blur", "wide"], "“wide”"),
    "unknown side": (["--image", "START", "--outpaint", "up=8"], "left, top, right, bottom"),
}


@pytest.mark.parametrize(("arguments", "said"), START_FAULTS.values(), ids=START_FAULTS.keys())
def test_a_fault_in_the_start_is_one_sentence_and_exit_code_2(
    home: Path, tmp_path: Path, start: Path, right_side: Path, arguments: list[str], said: str
) -> None:
    Image.new("L", (100, 60)).save(tmp_path / "empty.png")
    files = {"START": start, "MASK": right_side, "EMPTY": tmp_path / "empty.png"}
    done = run_warm_studio("generate", "x", *(files.get(argument, argument) for argument in arguments), home=home)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_a_start_picture_that_is_none_is_exit_code_1_with_a_sentence(home: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.png").write_text("no picture")
    for name in ("notes.png", "missing.png"):
        done = run_warm_studio("generate", "x", "--image", tmp_path / name, home=home)
        assert done.returncode == 1, done.stderr
        assert name in done.stderr
        assert "Traceback" not in done.stderr


FAULTS = {
    "steps zero": (["--steps", "0"], "1 to 150"),
    "steps no number": (["--steps", "abc"], "“abc”"),
    "cfg nan": (["--cfg", "nan"], "CFG scale"),
    "cfg negative": (["--cfg", "-1"], "CFG scale"),
    "seed negative": (["--seed", "-1"], "not a seed"),
    "seed too large": (["--seed", str(2**64)], "18446744073709551615"),
    "size not a multiple": (["--size", "100x100"], "multiples of 8"),
    "size too large": (["--size", "8192x8192"], "4096"),
    "size no size": (["--size", "big"], "128x128"),
    "unknown sampler": (["--sampler", "eular"], "dpmpp_2m_karras"),
    "unknown model": (["--model", "/nowhere/model"], "/nowhere/model"),
    "unknown placement": (["--memory", "disk"], "resident, swap, offload, sequential"),
    "too many pictures": (["--batch", "0"], "1 to 64"),
}


@pytest.mark.parametrize(("arguments", "said"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_in_the_request_is_one_sentence_and_exit_code_2(home: Path, arguments: list[str], said: str) -> None:
    done = run_warm_studio("generate", "a red apple", *arguments, home=home)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert done.stdout == ""


def test_unusable_models_are_exit_code_1_with_a_sentence(home: Path, tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a model")
    pickled = tmp_path / "model.ckpt"
    pickled.write_bytes(b"\x80\x04\x95")
    for path, said in ((text, "cannot be used as a model"), (pickled, "pickle")):
        done = run_warm_studio("generate", "x", "--model", path, home=home)
        assert done.returncode == 1, done.stderr
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def without_unet(model: Path) -> None:
    (model / "unet" / "diffusion_pytorch_model.safetensors").unlink()


def with_half_a_unet(model: Path) -> None:
    weights = model / "unet" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100_000])


def with_a_pickled_unet(model: Path) -> None:
    weights = model / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))


def with_broken_settings(model: Path) -> None:
    (model / "unet" / "config.json").write_text("{")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (without_unet, "unet/diffusion_pytorch_model.safetensors is missing"),
        (with_half_a_unet, "truncated"),
        (with_a_pickled_unet, "is a pickle file"),
        (with_broken_settings, "unet/config.json cannot be read"),
    ],
)
def test_a_model_with_a_fault_is_exit_code_1_and_says_which_file(
    home: Path, tmp_path: Path, damage: Callable[[Path], None], said: str
) -> None:
    model = tmp_path / "model"
    shutil.copytree(resource_path("starter"), model)
    damage(model)
    done = run_warm_studio("generate", "x", "--model", model, home=home)
    assert done.returncode == 1, done.stderr
    assert said in done.stderr.replace("\\", "/")
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_an_empty_prompt_is_allowed_and_a_long_one_is_read_to_its_end(home: Path, tmp_path: Path) -> None:
    empty = run_warm_studio("generate", "", *QUICK, "-o", tmp_path / "empty.png", home=home)
    assert (empty.returncode, empty.stderr) == (0, "")
    for end in ("worm", "leaf"):
        prompt = "a red apple " * 40 + f"and a {end}"
        long = run_warm_studio("generate", prompt, *QUICK, "-o", tmp_path / f"{end}.png", home=home)
        assert (long.returncode, long.stderr) == (0, "")
    worm, leaf = (Image.open(tmp_path / f"{end}.png").tobytes() for end in ("worm", "leaf"))
    assert worm != leaf


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("a file/apple.png", "no such folder"),
        ("a file", "it is a file, not a folder"),
        ("no folder/apple.png", "no such folder"),
        ("apple.tiff", "pictures are saved as"),
    ],
)
def test_an_output_that_cannot_be_written_is_refused_before_the_picture_is_made(
    home: Path, tmp_path: Path, output: str, said: str
) -> None:
    (tmp_path / "a file").write_text("not a folder")
    done = run_warm_studio("generate", "x", "--steps", "150", "-o", tmp_path / output, home=home, timeout=30)
    assert done.returncode == 1, done.stderr
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_a_picture_that_cannot_be_saved_is_kept_in_the_gallery(home: Path, tmp_path: Path) -> None:
    (tmp_path / "apple-1.png").mkdir()  # in the way of the first of two
    done = run_warm_studio("generate", "x", *QUICK, "--batch", "2", "-o", tmp_path / "apple.png", home=home)
    assert done.returncode == 1, done.stderr
    [kept] = (home / "gallery").rglob("*.png")
    assert f"The picture was kept as {kept}." in done.stderr
    assert pixels(kept).shape == (64, 64, 3)
    assert "Traceback" not in done.stderr


def test_a_name_that_is_too_long_is_told_and_the_picture_is_kept(home: Path, tmp_path: Path) -> None:
    done = run_warm_studio("generate", "x", *QUICK, "-o", tmp_path / f"{'a' * 300}.png", home=home)
    assert done.returncode == 1, done.stderr
    assert len(list((home / "gallery").rglob("*.png"))) == 1
    assert "Traceback" not in done.stderr


def test_an_unforeseen_exception_is_one_sentence_and_its_traceback_is_in_the_log(home: Path) -> None:
    program = "from studio.app import api, cli; api.build_requests = None; cli.main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "generate", "x", "--home", str(home)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("studio: Something went wrong. TypeError: ")
    [log] = (home / "logs").glob("*.log")
    assert str(log) in done.stderr
    assert "Traceback" in log.read_text()


def test_a_folder_with_a_dot_in_its_name_is_a_folder(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pictures.new"
    folder.mkdir()
    done = run_warm_studio("generate", "x", *QUICK, "-o", folder, home=home)
    assert done.returncode == 0, done.stderr
    assert folder in Path(done.stdout.strip()).parents


def test_info_of_what_carries_no_settings(home: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain.png"
    Image.new("RGB", (8, 8)).save(plain)
    done = run_warm_studio("info", plain, home=home)
    assert done.returncode == 1
    assert "does not tell how it was made" in done.stderr
    missing = run_warm_studio("info", tmp_path / "missing.png", home=home)
    assert missing.returncode == 1
    assert "Traceback" not in missing.stderr


def test_without_a_screen_the_window_is_one_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    done = run_warm_studio(home=home)
    assert done.returncode == 1
    assert done.stderr.startswith("studio: There is no screen for the window.")
    assert done.stderr.count("\n") == 1


def test_what_qt_lacks_from_the_system_is_one_sentence(home: Path) -> None:
    """A Debian without libegl1: importing Qt fails, and the crash hooks are there before."""
    program = "import sys; sys.modules['PySide6.QtWidgets'] = None; from studio.app import cli; cli.main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "--home", str(home)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("studio: Something went wrong. ModuleNotFoundError: ")
    assert done.stderr.count("\n") == 1


def test_the_finer_settings_are_taken_and_told(home: Path, tmp_path: Path) -> None:
    file = write_lora(tmp_path / "new ink.safetensors")
    vae = shutil.copy(resource_path("starter") / "vae" / "diffusion_pytorch_model.safetensors", tmp_path)
    done = run_warm_studio(
        "generate", "a red apple", *QUICK, "--sampler", "euler", "--schedule", "karras", "--clip-skip", "1",
        "--cfg-rescale", "0.5", "--lora", f"{file}:0.5", "--vae", vae, "-o", tmp_path / "apple.png", home=home,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    told = run_warm_studio("info", tmp_path / "apple.png", home=home)
    assert told.stdout.startswith("a red apple <lora:new ink:0.5>\n")
    for fact in ("Schedule type: Karras", "Clip skip: 2", "CFG Rescale: 0.5", "Lora hashes: ", "VAE: "):
        assert fact in told.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--lora", "nothing"), ("LoRA", "“nothing”")),
        (("--lora", "ink:12"), ("-10",)),
        (("--schedule", "sine"), ("karras",)),
        (("--sampler", "lcm", "--schedule", "beta"), ("LCM", "automatic")),
        (("--clip-skip", "13"), ("12",)),
        (("--clip-skip", "few"), ("few",)),
        (("--cfg-rescale", "2"), ("0.7",)),
        (("--vae", "nothing"), ("VAE", "“nothing”")),
    ],
    ids=str,
)
def test_a_finer_setting_that_is_impossible_is_said_in_a_sentence(
    home: Path, options: tuple[str, ...], words: tuple[str, ...]
) -> None:
    write_lora(home / "data" / "loras" / "ink.safetensors")
    done = run_warm_studio("generate", "a red apple", *QUICK, *options, home=home)
    assert done.returncode == 2
    assert all(word in done.stderr for word in words), done.stderr
    assert "Traceback" not in done.stderr


def test_a_trace_tells_every_step_and_is_that_of_python(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "steps"
    out.mkdir()
    (out / "step-003-x0.png").write_bytes(b"of an earlier, longer run")
    done = run_warm_studio("trace", "a red apple", *QUICK, "--sampler", "euler", "-o", out, home=home)
    assert done.returncode == 0, done.stderr
    files = [Path(line) for line in done.stdout.splitlines()]
    steps = [f"step-00{number}-{kind}.png" for number in (1, 2) for kind in ("xt", "x0")]
    assert [file.name for file in files] == ["trajectory.npz", *steps, "picture.png"]
    assert sorted(out.iterdir()) == sorted(files)
    assert [pixels(out / step).shape for step in steps] == [(8, 8, 3)] * 4
    with np.load(out / "trajectory.npz", allow_pickle=False) as arrays:
        assert arrays["latents"].shape == (2, 4, 8, 8)
        assert arrays["noise"][0] > arrays["noise"][1] > 0
        assert arrays["sampler"] == "euler"
    image, trajectory = generate_image(
        "a red apple", steps=2, size=(64, 64), seed=7, sampler="euler", home=home, trace=True
    )
    assert np.array_equal(pixels(out / "picture.png"), np.asarray(image))
    traced = decode_trajectory((out / "trajectory.npz").read_bytes())  # a packaged program's Python may pack otherwise
    assert encode_trajectory(traced) == encode_trajectory(trajectory)


def test_a_trace_looks_inside_a_step(home: Path, tmp_path: Path) -> None:
    out, sampler = tmp_path / "steps", ("--sampler", "euler", "--cfg", "3")
    looks = ("--guidance", "2", "--attention", "1")
    done = run_warm_studio("trace", "a red apple", *QUICK, *sampler, *looks, "-o", out, home=home)
    assert done.returncode == 0, done.stderr
    parts = [f"step-002-{part}.png" for part in ("guided", "conditional", "unconditional", "difference")]
    words = [f"step-001-attention-{word}.png" for word in ("01-a", "02-red", "03-apple")]
    written = [Path(line).name for line in done.stdout.splitlines()]
    assert written[-9:] == ["step-002-guidance.npz", *parts, "step-001-attention.npz", *words]
    with (
        np.load(out / "trajectory.npz", allow_pickle=False) as trajectory,
        np.load(out / "step-002-guidance.npz", allow_pickle=False) as guidance,
        np.load(out / "step-001-attention.npz", allow_pickle=False) as attention,
    ):
        assert np.allclose(guidance["guided"], trajectory["predicted"][1], atol=0.01)
        assert np.allclose(guidance["unconditional"] + 3 * guidance["difference"], guidance["guided"], atol=0.05)
        assert list(attention["words"]) == ["a", "red", "apple"]
        assert np.allclose(attention["shares"].sum(0) + attention["rest"], 1, atol=1e-4)
    refused = run_warm_studio("trace", "a red apple", *QUICK, "--attention", "3", "-o", out, home=home)
    assert refused.returncode == 2
    assert "from 1 to 2" in refused.stderr


def test_noise_is_added_as_the_formula_says(home: Path, tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), (128, 128, 128)).save(tmp_path / "grey.png")
    noisy = tmp_path / "noisy.png"
    done = run_warm_studio("noise", tmp_path / "grey.png", "--t", "300", "--seed", "4", "-o", noisy, home=home)
    assert done.returncode == 0, done.stderr
    formula, file = done.stdout.splitlines()
    assert file == str(noisy)
    found = re.search(r"t = 300: x_t = ([\d.]+) x_0 \+ ([\d.]+) eps", formula)
    assert found is not None
    signal, noise = map(float, found.groups())
    assert signal**2 + noise**2 == pytest.approx(1, abs=1e-3)
    eps = np.random.default_rng(4).standard_normal((64, 64, 3), np.float32)
    expected = (signal * (128 / 127.5 - 1) + noise * eps) * 127.5 + 127.5
    assert np.abs(pixels(noisy) - expected.clip(0, 255)).max() < 1


@pytest.mark.parametrize(("option", "value"), [("--t", "1000"), ("--t", "x"), ("--seed", "-1"), ("-o", "a.jpg")])
def test_what_noise_cannot_be_is_told(home: Path, tmp_path: Path, option: str, value: str) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "black.png")
    options = {"--t": "5", "--seed": "1", "-o": str(tmp_path / "noisy.png"), option: value}
    arguments = [text for pair in options.items() for text in pair]
    done = run_warm_studio("noise", tmp_path / "black.png", *arguments, home=home)
    assert done.returncode != 0
    assert value in done.stderr
    assert not (tmp_path / "noisy.png").exists()


def test_a_picture_goes_through_the_latents_and_back(home: Path, tmp_path: Path) -> None:
    start, out = tmp_path / "start.png", tmp_path / "latent"
    shades = np.linspace(0, 255, 67 * 130 * 3).reshape(67, 130, 3).astype(np.uint8)
    Image.fromarray(shades).save(start)
    done = run_warm_studio("latent", start, "-o", out, home=home)
    assert done.returncode == 0, done.stderr
    facts, *lines = done.stdout.splitlines()
    assert facts.startswith("128x64 pixels, 24576 bytes -> 16x8 cells of 4 numbers, 1024 bytes (4.2%); PSNR ")
    channels = [f"channel-0{number}.png" for number in range(1, 5)]
    names = ["latent.npz", *channels, "decoded.png", "difference.png", "latent.png"]
    assert [Path(line).name for line in lines] == names
    with np.load(out / "latent.npz", allow_pickle=False) as arrays:
        assert arrays["latents"].shape == (4, 8, 16)
    decoded = pixels(out / "decoded.png")
    error = float(np.mean((decoded.astype(float) - shades[:64, :128]) ** 2))
    assert float(facts.split("PSNR ")[1].split()[0]) == pytest.approx(10 * np.log10(255**2 / error), abs=0.01)


def test_a_branch_begins_as_its_picture_and_is_its_child(home: Path, tmp_path: Path) -> None:
    made = run_warm_studio("generate", "a red apple", *QUICK, "--sampler", "euler_a", "--json", home=home)
    assert made.returncode == 0, made.stderr
    [parent] = json.loads(made.stdout)
    same = run_warm_studio("branch", parent["file"], "--step", "1", "-o", tmp_path / "same.png", home=home)
    assert same.returncode == 0, same.stderr
    assert np.array_equal(pixels(tmp_path / "same.png"), pixels(parent["file"]))
    changes = ("--prompt", "a blue car", "--cfg", "3", "--sampler", "ddim")
    done = run_warm_studio("branch", parent["file"], "--step", "1", *changes, home=home)
    assert done.returncode == 0, done.stderr
    file = Path(done.stdout.strip())
    assert file.is_relative_to(home)
    told = run_warm_studio("info", file, home=home).stdout
    assert told.startswith("a blue car\n")
    assert 'Earlier steps: "until 1 a red apple, by Euler a, CFG scale 5"' in told
    assert f"Branched after step 1\nMade from: {read_picture_info(Path(parent['file'])).picture_id}" in told
    image = branch_image(parent["file"], 1, prompt="a blue car", cfg=3.0, sampler="ddim", home=home)
    assert np.array_equal(pixels(file), np.asarray(image))
    assert not np.array_equal(pixels(file), pixels(parent["file"]))


def test_a_branch_changes_only_its_region(home: Path, tmp_path: Path) -> None:
    made = run_warm_studio("generate", "a red apple", *QUICK, "-o", tmp_path / "x.png", home=home)
    assert made.returncode == 0, made.stderr
    before = pixels(tmp_path / "x.png")
    mask = np.zeros((64, 64), np.uint8)
    mask[:, :24] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    region = ("--step", "1", "--mask", tmp_path / "mask.png", "--noise-seed", "5", "--prompt", "a blue car")
    done = run_warm_studio("branch", tmp_path / "x.png", *region, home=home)
    assert done.returncode == 0, done.stderr
    file = Path(done.stdout.strip())
    assert np.array_equal(pixels(file)[:, 28:], before[:, 28:])
    assert not np.array_equal(pixels(file)[:, :24], before[:, :24])
    told = run_warm_studio("info", file, home=home).stdout
    assert "Region repainted after step 1" in told
    assert "Unchanged outside the mask: yes (2304 pixels checked)" in told
    image = branch_image(
        tmp_path / "x.png", 1, prompt="a blue car", mask=Image.fromarray(mask), noise_seed=5, home=home
    )
    assert np.array_equal(pixels(file), np.asarray(image))
    again = run_warm_studio("branch", file, "--step", "1", "-o", tmp_path / "again.png", home=home)
    assert again.returncode == 0, again.stderr
    assert np.array_equal(pixels(tmp_path / "again.png"), pixels(file))
    Image.fromarray(mask * 0).save(tmp_path / "mask.png")
    for options, words in (
        (region, ("nothing is painted",)),
        (("--step", "1", "--old-noise"), ("only with a mask",)),
        ((*region, "--old-noise"), ("only with new noise",)),
    ):
        refused = run_warm_studio("branch", tmp_path / "x.png", *options, home=home)
        assert refused.returncode == 2
        assert all(word in refused.stderr for word in words), refused.stderr


def test_a_branch_that_cannot_be_is_one_sentence(home: Path, tmp_path: Path) -> None:
    made = run_warm_studio("generate", "a red apple", *QUICK, "-o", tmp_path / "x.png", home=home)
    assert made.returncode == 0, made.stderr
    for options, words in (
        (("--step", "2"), ("after step 1 at the latest", "“2”")),
        (("--step", "x"), ("A picture cannot branch at this step",)),
        (("--step", "1", "--sampler", "euller"), ("euller", "dpmpp_2m")),
        (("--step", "1", "--prompt", "a <lora:ink:1>"), ("ink", "keeps the LoRAs")),
    ):
        done = run_warm_studio("branch", tmp_path / "x.png", *options, home=home)
        assert done.returncode == 2
        assert all(word in done.stderr for word in words), done.stderr
        assert "Traceback" not in done.stderr
