"""The window on the desktop's screens: those that are gone, small ones, and those with fractional scale."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Screen:
    """One of those that Qt's plugin "offscreen" makes of a file."""

    name: str
    width: int
    height: int
    x: int = 0
    y: int = 0
    logicalDpi: int = 96  # noqa: N815 - as the plugin reads it
    logicalBaseDpi: int = 96  # noqa: N815
    dpr: float = 1.0


LAPTOP = Screen("laptop", 1440, 900)
MONITOR = Screen("monitor", 2560, 1440, x=1440)
BESIDE = (2000, 200, 1600, 1000)
"""A place on the monitor, larger than the laptop's screen."""


def run(module: str, *arguments: str, screens: tuple[Screen, ...], folder: Path, scale: float = 1.0) -> Any:
    (file := folder / "screens.json").write_text(json.dumps({"screens": [asdict(screen) for screen in screens]}))
    environment = {"QT_QPA_PLATFORM": f"offscreen:configfile={file}", "QT_SCALE_FACTOR": str(scale)}
    done = subprocess.run(
        [sys.executable, "-m", f"tests.helpers.{module}", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def opened(
    folder: Path, *screens: Screen, move_to: tuple[int, ...] = (), scale: float = 1.0
) -> tuple[str, tuple[int, ...]]:
    """The window's screen, and its place there; it is moved before, if a place is given, and closed."""
    home = str(folder / "home")
    said = run("window_on_screens", home, *map(str, move_to), screens=screens, folder=folder, scale=scale)
    return said["screen"], tuple(said["frame"])


def is_on(screen: Screen, frame: tuple[int, ...], scale: float = 1.0) -> bool:
    """Whole."""
    x, y, width, height = frame
    return x >= screen.x and y >= screen.y and x + width <= screen.width / scale and y + height <= screen.height / scale


def test_the_window_comes_back_on_the_screen_it_was_on(tmp_path: Path) -> None:
    left = opened(tmp_path, LAPTOP, MONITOR, move_to=BESIDE)
    assert left[0] == "monitor"
    assert opened(tmp_path, LAPTOP, MONITOR) == left


def test_a_window_whose_screen_is_gone_is_whole_on_the_one_that_is_there(tmp_path: Path) -> None:
    opened(tmp_path, LAPTOP, MONITOR, move_to=BESIDE)
    name, frame = opened(tmp_path, LAPTOP)
    assert name == "laptop"
    assert is_on(LAPTOP, frame), frame
    _, again = opened(tmp_path, LAPTOP)
    assert is_on(LAPTOP, again), again


@pytest.mark.parametrize("scale", [1.0, 1.25, 1.5])
def test_a_new_window_has_room_with_its_frame(tmp_path: Path, scale: float) -> None:
    """Also on the usual laptop, and with everything as large as people have it there."""
    screen = Screen("laptop", 1920, 1080)
    _, frame = opened(tmp_path, screen, scale=scale)
    assert is_on(screen, frame, scale), frame


@pytest.mark.parametrize(("language", "scale"), [("de", 1.25), ("de", 1.5), ("es", 1.25), ("fr", 1.25)])
def test_nothing_has_too_little_room_at_a_fractional_scale(tmp_path: Path, language: str, scale: float) -> None:
    """In the languages with the longest words."""
    screen = Screen("laptop", 1920, 1080)
    said = run("spoken_window", language, str(tmp_path / "home"), screens=(screen,), folder=tmp_path, scale=scale)
    assert {(each["page"], each["where"], each["text"]) for each in said if each["cut"]} == set()


@pytest.mark.parametrize("scale", [1.0, 1.25, 1.5])
def test_pictures_have_all_pixels_that_the_screen_has_for_them(tmp_path: Path, scale: float) -> None:
    screen = Screen("laptop", 1920, 1080)
    said = run("crisp_window", str(tmp_path / "home"), screens=(screen,), folder=tmp_path, scale=scale)
    assert said["wrong"] == 0
    assert {name: pixels for name, (pixels, _) in said["sides"].items()} == {
        name: round(side * scale) for name, (_, side) in said["sides"].items()
    }


@pytest.mark.parametrize("scale", [1.0, 1.25, 1.5])
def test_a_preview_is_smooth_and_where_the_picture_will_be(tmp_path: Path, scale: float) -> None:
    """In the window's middle and on a canvas, where the results then take some of the room."""
    screen = Screen("laptop", 1920, 1080)
    said = run("shown_previews", str(tmp_path / "home"), screens=(screen,), folder=tmp_path, scale=scale)
    assert {where: each["off"] > 5 for where, each in said.items()} == {"middle": False, "canvas": False}, said
    assert said["middle"]["moved"] == 0
