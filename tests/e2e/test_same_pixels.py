"""Command line, Python and window make the same pixels of the same request."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from studio import generate_image, open_session
from tests.helpers.program import run_studio


def digest(pixels: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()


def test_command_line_python_and_window_agree_bit_for_bit(tmp_path: Path) -> None:
    window = run_studio("--smoke", home=tmp_path / "home")
    assert window.returncode == 0, window.stderr
    report = json.loads(window.stdout)

    file = tmp_path / "cli.png"
    line = run_studio("generate", "a red apple", "--seed", "42", "-o", file, home=tmp_path / "home")
    assert line.returncode == 0, line.stderr
    with Image.open(file) as image:
        from_command_line = digest(np.asarray(image.convert("RGB")))

    from_python = digest(np.asarray(generate_image("a red apple", seed=42, home=tmp_path / "home")))
    assert report["pixels_sha256"] == from_command_line == from_python


def test_the_smoke_report_has_the_times_and_the_file(tmp_path: Path) -> None:
    done = run_studio("--smoke", home=tmp_path / "home")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert 0 < report["window_painted_at"] < report["engine_ready_at"] < report["picture_saved_at"]
    assert report["previews_shown"] >= 1
    assert Path(report["file"]).is_file()
    assert report["error"] == ""


def test_command_line_and_python_agree_on_what_is_made_from_a_picture(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    start = Image.fromarray(chance.integers(0, 256, (80, 120, 3), np.uint8)).filter(ImageFilter.GaussianBlur(8))
    mask = Image.new("L", (120, 80))
    mask.paste(255, (60, 20, 100, 60))
    start.save(tmp_path / "start.png")
    mask.save(tmp_path / "mask.png")
    cases = {
        "varied": ({"strength": 0.6}, ["--strength", "0.6"]),
        "repainted": (
            {"mask": mask, "mask_padding": 16, "mask_blur": 6, "masked_content": "noise", "strength": 0.9},
            ["--mask", tmp_path / "mask.png", "--padding", "16", "--mask-blur", "6", "--masked-content", "noise",
             "--strength", "0.9"],
        ),
        "extended": ({"outpaint": "right=32"}, ["--outpaint", "right=32"]),
    }  # fmt: skip
    with open_session() as session:
        for name, (settings, options) in cases.items():
            file = tmp_path / f"{name}.png"
            line = run_studio(
                "generate", "a red apple", "--seed", "42", "--steps", "6", "--image", tmp_path / "start.png", *options,
                "-o", file, home=tmp_path / "home",
            )  # fmt: skip
            assert line.returncode == 0, line.stderr
            image = generate_image("a red apple", seed=42, steps=6, image=start, session=session, **settings)
            with Image.open(file) as from_command_line:
                assert np.array_equal(np.asarray(image), np.asarray(from_command_line)), name
