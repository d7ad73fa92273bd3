"""Stage 1: fetches the data by name, version and checksum, and reads the originals of all subjects.

    python packaging/starter/prepare.py --work WORK

Writes WORK/sprites.npz: RGBA, 256 x 256, one for each line of subjects.txt.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from captions import Subject, read_subjects
from pictures import load_sprite

SOURCES_FILE = Path(__file__).with_name("sources.json")


class WrongChecksum(Exception):
    """A downloaded package is not the one the recipe was written for."""


@dataclass(frozen=True)
class Source:
    package: str
    version: str
    file: str
    sha256: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="the folder of all that the recipe makes")
    work = parser.parse_args().work
    work.mkdir(parents=True, exist_ok=True)
    for source in read_sources():
        unpack(fetched(source, work / "npm"), work / "npm")
    subjects = read_subjects()
    sprites = [np.asarray(load_sprite(original(subject, work))) for subject in subjects]
    np.savez(work / "sprites.npz", rgba=np.stack(sprites), names=[subject.name for subject in subjects])
    sys.stderr.write(f"{len(subjects)} subjects\n")


def read_sources(file: Path = SOURCES_FILE) -> tuple[Source, ...]:
    entries = json.loads(file.read_text(encoding="utf-8"))["sources"]
    return tuple(Source(entry["package"], entry["version"], entry["file"], entry["sha256"]) for entry in entries)


def read_photographs(file: Path = SOURCES_FILE) -> dict[str, str]:
    """The checksum of each photograph of scikit-image that the evaluation uses."""
    entries = json.loads(file.read_text(encoding="utf-8"))["photographs"]
    return {entry["name"]: entry["sha256"] for entry in entries}


def checked(file: Path, sha256: str) -> Path:
    """The file, if it is the one that the recipe knows.

    Raises:
        WrongChecksum: It is another.
    """
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if found != sha256:
        raise WrongChecksum(f"{file}: {found} instead of {sha256}")
    return file


def fetched(source: Source, folder: Path) -> Path:
    """The package's archive, from the registry unless it is here already.

    Raises:
        WrongChecksum: It is not the archive that the recipe knows.
    """
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / source.file
    if not archive.exists():
        subprocess.run(["npm", "pack", f"{source.package}@{source.version}"], cwd=folder, check=True)
    return checked(archive, source.sha256)


def unpack(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as tar:
        tar.extractall(folder / archive.stem, filter="data")


def originals_folder(work: Path) -> Path:
    return work / "npm" / "lobehub-fluent-emoji-3d-1.1.0" / "package" / "assets"


def original(subject: Subject, work: Path) -> Path:
    """The subject's picture, whether or not variation selectors are spelled out in its name.

    Raises:
        FileNotFoundError: The package has no such emoji.
    """
    bare = subject.code.replace("-fe0f", "")
    for code in (subject.code, bare, f"{bare}-fe0f"):
        file = originals_folder(work) / f"{code}.webp"
        if file.exists():
            return file
    raise FileNotFoundError(f"{subject.emoji} {subject.code}")


if __name__ == "__main__":
    main()
