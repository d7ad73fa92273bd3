"""What differs between two builds is named."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "packaging" / "compare_builds.py"


def build(folder: Path) -> Path:
    (folder / "inside").mkdir(parents=True)
    (folder / "inside" / "library.so").write_bytes(b"library")
    (folder / "studio").write_bytes(b"program")
    (folder / "studio-gui").symlink_to("studio")
    return folder


def compared(one: Path, two: Path) -> tuple[int, str]:
    done = subprocess.run([sys.executable, SCRIPT, one, two], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_equal_builds_are_said_to_be_equal(tmp_path: Path) -> None:
    assert compared(build(tmp_path / "one"), build(tmp_path / "two")) == (0, "3 files, all the same\n")


def test_bytes_rights_links_and_files_that_differ_are_named(tmp_path: Path) -> None:
    one, two = build(tmp_path / "one"), build(tmp_path / "two")
    (one / "more").touch()
    (two / "inside" / "library.so").write_bytes(b"Library")
    (two / "studio").chmod(0o755)
    (two / "studio-gui").unlink()
    (two / "studio-gui").symlink_to("inside")
    (two / "zero").touch()
    assert compared(one, two) == (
        1,
        "differs: inside/library.so\nonly in the first: more\ndiffers: studio\ndiffers: studio-gui\n"
        "only in the second: zero\n",
    )
