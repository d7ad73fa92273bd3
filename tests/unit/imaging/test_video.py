"""Films of steps: what ffmpeg is given, and what is said where there is none."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from studio.core.errors import WriteFailed
from studio.imaging.step_pictures import encode_frames

FRAMES = [np.full((9, 6, 3), grey, np.uint8) for grey in (1, 2, 3)]
NAMES = ["one", "two", "three"]

FFMPEG = """#!{python}
import sys
from pathlib import Path

arguments = sys.argv[1:]
given = sys.stdin.buffer.read()
if "{fails}":
    sys.exit("x264 is not built in")
Path(arguments[-1]).write_bytes(" ".join(arguments[:-1]).encode() + bytes([10]) + given)
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the only ffmpeg would be."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path / "ffmpeg"


def install(program: Path, *, fails: str = "") -> None:
    program.write_text(FFMPEG.format(python=sys.executable, fails=fails))
    program.chmod(0o755)


@pytest.mark.skipif(os.name == "nt", reason="the program that stands for ffmpeg is a script with a first line for Unix")
def test_ffmpeg_is_given_every_frame_and_the_last_one_for_two_seconds(program: Path) -> None:
    install(program)
    arguments, _, raw = encode_frames(FRAMES, NAMES, Path("steps.mp4")).partition(bytes([10]))
    assert b"-s 6x9" in arguments
    assert b"-r 6.667" in arguments
    assert raw[: 3 * FRAMES[0].nbytes] == b"".join(frame.tobytes() for frame in FRAMES)
    stays = (len(raw) // FRAMES[0].nbytes - 2) / 6.667
    assert stays == pytest.approx(2, abs=0.1)


def test_without_ffmpeg_it_says_so_and_what_else_there_is(program: Path) -> None:
    with pytest.raises(WriteFailed, match="needs ffmpeg"):
        encode_frames(FRAMES, NAMES, Path("steps.mp4"))
    assert encode_frames(FRAMES, NAMES, Path("steps.gif")).startswith(b"GIF89a")


@pytest.mark.skipif(os.name == "nt", reason="as above")
def test_what_ffmpeg_says_is_passed_on(program: Path) -> None:
    install(program, fails="yes")
    with pytest.raises(WriteFailed, match="x264 is not built in"):
        encode_frames(FRAMES, NAMES, Path("steps.mp4"))
