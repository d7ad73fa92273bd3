"""Are two builds the same? Names every file that differs; ends with 1 if there is one.

    python packaging/compare_builds.py one/dist/latent-studio two/dist/latent-studio

Build both from one commit, with one lock and one SOURCE_DATE_EPOCH.
"""

from __future__ import annotations

import argparse
import hashlib
import stat
import sys
from collections.abc import Iterator
from pathlib import Path


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("one", type=Path)
    options.add_argument("two", type=Path)
    asked = options.parse_args()
    one, two = (contents(folder) for folder in (asked.one, asked.two))
    found = list(differences(one, two))
    sys.stdout.write("".join(f"{line}\n" for line in found) or f"{len(one)} files, all the same\n")
    sys.exit(1 if found else 0)


def contents(folder: Path) -> dict[str, str]:
    """What is at each path below `folder`: a hash with the right to run it, or where a link leads."""
    if not folder.is_dir():
        sys.exit(f"{folder} is no folder")
    return {
        str(path.relative_to(folder)): _content(path)
        for path in folder.rglob("*")
        if path.is_symlink() or not path.is_dir()
    }


def differences(one: dict[str, str], two: dict[str, str]) -> Iterator[str]:
    """A line for each path whose content is not the same in both."""
    for name in sorted(one.keys() | two.keys()):
        if name not in two:
            yield f"only in the first: {name}"
        elif name not in one:
            yield f"only in the second: {name}"
        elif one[name] != two[name]:
            yield f"differs: {name}"


def _content(path: Path) -> str:
    if path.is_symlink():
        return f"link to {path.readlink()}"
    with path.open("rb") as file:
        runs = bool(path.stat().st_mode & stat.S_IXUSR)
        return f"{hashlib.file_digest(file, 'sha256').hexdigest()} {'program' if runs else 'file'}"


if __name__ == "__main__":
    main()
