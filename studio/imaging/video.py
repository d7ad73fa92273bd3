"""Frames as an MP4, by an ffmpeg that the user has: none comes with the program."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from studio.core.errors import WriteFailed

if TYPE_CHECKING:
    from studio.core.pixels import Pixels

_SECONDS_AT_MOST = 120


def ffmpeg() -> str | None:
    """Where it is on the PATH; None where it is not."""
    return shutil.which("ffmpeg")


def encode_mp4(frames: Sequence[Pixels], frames_per_second: float, last_seconds: float, target: Path) -> bytes:
    """H.264 that plays everywhere; the last of the frames, which have one size, stays for `last_seconds`.

    Raises:
        WriteFailed: there is no ffmpeg, or it could not do it; `target` is what was to be written.
    """
    program = ffmpeg()
    if program is None:
        raise WriteFailed(target, "MP4 needs ffmpeg, which is not on this computer; GIF and WebP need nothing")
    height, width, _ = frames[0].shape
    still = max(1, round(last_seconds * frames_per_second))
    raw = b"".join(frame.tobytes() for frame in (*frames, *[frames[-1]] * (still - 1)))
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film.mp4"
        _run(program, _arguments(width, height, frames_per_second), raw, film, target)
        return film.read_bytes()


def _arguments(width: int, height: int, frames_per_second: float) -> list[str]:
    """Sides are made even, as the usual form of colours needs it."""
    given = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", f"{frames_per_second:.3f}"]
    wanted = ["-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
    return [*given, "-i", "-", *wanted]


def _run(program: str, arguments: Sequence[str], raw: bytes, film: Path, target: Path) -> None:
    command = [program, "-hide_banner", "-loglevel", "error", "-y", *arguments, str(film)]
    try:
        done = subprocess.run(command, input=raw, capture_output=True, timeout=_SECONDS_AT_MOST, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise WriteFailed(target, f"ffmpeg did not do it: {error}") from error
    if done.returncode or not film.exists():
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise WriteFailed(target, f"ffmpeg did not do it: {said[-1] if said else f'code {done.returncode}'}")
