"""Command line, Python and window make the same pixels of the same request."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFilter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio import generate_image, open_session
from studio.app.engine_factory import create_session
from studio.app.wiring import Studio
from studio.core.addon import AddonKind
from studio.gallery.record import PictureRecord
from studio.imaging.decode import read_pixels
from studio.ui.process.process_page import ProcessPage
from tests.helpers.addon_files import write_embedding, write_lora
from tests.helpers.program import run_studio, run_warm_studio
from tests.integration.program_under_test import paint_region, running_studio

PATIENCE_MS = 120_000


def made(studio: Studio, qtbot: QtBot) -> PictureRecord:
    """What the button of the window makes of what the panel says."""
    with (
        qtbot.waitSignal(studio.service.picture_saved, timeout=PATIENCE_MS) as saved,
        qtbot.waitSignal(studio.service.job_finished, timeout=PATIENCE_MS),
    ):
        studio.window.commands.make.trigger()
    assert saved.args is not None
    return saved.args[1]


def digest(pixels: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `studio --smoke` prints."""
    window = run_studio("--smoke", home=tmp_path_factory.mktemp("smoke") / "home")
    assert window.returncode == 0, window.stderr
    return json.loads(window.stdout)


def test_command_line_python_and_window_agree_bit_for_bit(report: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "cli.png"
    line = run_warm_studio("generate", "a red apple", "--seed", "42", "-o", file, home=tmp_path / "home")
    assert line.returncode == 0, line.stderr
    with Image.open(file) as image:
        from_command_line = digest(np.asarray(image.convert("RGB")))

    from_python = digest(np.asarray(generate_image("a red apple", seed=42, home=tmp_path / "home")))
    assert report["pixels_sha256"] == from_command_line == from_python


def test_the_smoke_report_has_the_times_and_the_file(report: dict[str, Any]) -> None:
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
            line = run_warm_studio(
                "generate", "a red apple", "--seed", "42", "--steps", "6", "--image", tmp_path / "start.png", *options,
                "-o", file, home=tmp_path / "home",
            )  # fmt: skip
            assert line.returncode == 0, line.stderr
            image = generate_image("a red apple", seed=42, steps=6, image=start, session=session, **settings)
            with Image.open(file) as from_command_line:
                assert np.array_equal(np.asarray(image), np.asarray(from_command_line)), name


@pytest.mark.timeout(300)
def test_all_three_agree_on_a_picture_with_a_lora_and_an_embedding(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    write_lora(home / "data" / "loras" / "ink.safetensors")
    write_embedding(home / "data" / "embeddings" / "sunny.safetensors")
    with running_studio(qapp, qtbot, home, create_session, patience_ms=PATIENCE_MS) as studio:
        panel = studio.window.request_panel
        panel.prompt.set_texts("a red apple, sunny <lora:ink:0.8>", "")
        panel.sampling.steps.set_value(6)
        panel.use_seed(42)
        record = made(studio, qtbot)
        by_window = read_pixels(record.path)
        assert [used.kind for used in record.parameters.provenance.addons] == [
            AddonKind.LORA,
            AddonKind.TEXTUAL_INVERSION,
        ]

        studio.window.commands.use_settings.trigger()
        assert np.array_equal(read_pixels(made(studio, qtbot).path), by_window), "made again from its settings"

    line = run_warm_studio(
        "generate", "a red apple, sunny", "--lora", "ink:0.8", "--seed", "42", "--steps", "6",
        "-o", tmp_path / "cli.png", home=home,
    )  # fmt: skip
    assert line.returncode == 0, line.stderr
    assert line.stderr == ""
    by_python = generate_image("a red apple, sunny", loras=["ink:0.8"], seed=42, steps=6, home=home)
    plain = generate_image("a red apple, sunny", seed=42, steps=6, home=tmp_path / "other home")
    assert np.array_equal(read_pixels(tmp_path / "cli.png"), by_window)
    assert np.array_equal(np.asarray(by_python), by_window)
    assert not np.array_equal(np.asarray(plain), by_window)


@pytest.mark.timeout(300)
def test_a_region_painted_in_the_window_becomes_what_the_command_line_makes_of_its_mask(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    with running_studio(qapp, qtbot, home, create_session, patience_ms=PATIENCE_MS) as studio:
        panel = studio.window.request_panel
        panel.prompt.set_texts("a red apple", "")
        panel.sampling.steps.set_value(4)
        panel.use_seed(42)
        with qtbot.waitSignal(studio.recording.keeper.kept, timeout=PATIENCE_MS):
            parent = made(studio, qtbot)
        studio.window.commands.show_process.trigger()
        [page] = studio.window.findChildren(ProcessPage)
        mask = paint_region(studio, qtbot, page, 1)
        Image.fromarray(mask).save(tmp_path / "mask.png")
        panel.prompt.set_texts("a green apple", "")
        child = made(studio, qtbot)
        by_window = read_pixels(child.path)
        [region] = child.parameters.regions

    line = run_warm_studio(
        "branch", parent.path, "--step", "2", "--prompt", "a green apple", "--mask", tmp_path / "mask.png",
        "--noise-seed", str(region.noise_seed), "-o", tmp_path / "cli.png", home=home,
    )  # fmt: skip
    assert line.returncode == 0, line.stderr
    assert np.array_equal(read_pixels(tmp_path / "cli.png"), by_window)
    corner = np.s_[:16, :16]
    assert np.array_equal(by_window[corner], read_pixels(parent.path)[corner])
    assert not np.array_equal(by_window, read_pixels(parent.path))
