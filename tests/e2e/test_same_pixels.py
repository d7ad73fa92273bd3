"""Command line, Python and window make the same pixels of the same request."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
from PIL import Image

from studio import generate_image
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
