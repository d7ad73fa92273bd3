"""Builds the frozen program, and says where its bytes are.

    python packaging/build.py [--out dist]

Needs the program's dependencies and the extra `package` in this Python. `OUT/latent-studio` is the program's folder:
it runs from wherever it lies.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAME = "latent-studio"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--out", type=Path, default=ROOT / "dist")
    out: Path = options.parse_args().out
    write_icons()
    freeze(out)
    if sys.platform.startswith("linux"):
        (out / NAME / "studio-gui").symlink_to("studio")
        strip_libraries(out / NAME / "_internal")
    sys.stdout.write(f"{json.dumps(sizes(out / NAME), indent=2)}\n")


def write_icons() -> None:
    """Those that Windows and macOS want inside the program; git does not keep them."""
    from icons import write_bundle_icons

    write_bundle_icons(ROOT / "build" / "icons")


def freeze(out: Path) -> None:
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", "--distpath", str(out)]
    command += ["--workpath", str(ROOT / "build"), str(ROOT / "packaging" / "studio.spec")]
    # The same hashes give the same order of sets, and so the same bytes.
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)})


def strip_libraries(inside: Path) -> None:
    """Names of functions in torch's and OpenCV's libraries take 115 MB. Needs `strip` (Debian: binutils).

    Libraries that were renamed for their wheel (`*.libs`) would not survive it.
    """
    folders = (inside / "torch" / "lib", inside / "cv2", *inside.glob("python3*/lib-dynload"))
    libraries = [*inside.glob("libpython*.so*"), *(library for folder in folders for library in folder.glob("*.so"))]
    subprocess.run(["strip", "--strip-unneeded", *map(str, libraries)], check=True)


def sizes(folder: Path) -> dict[str, float]:
    """Megabytes (10^6 bytes) by what lies at the top of the bundle, the largest first; the rest as one."""
    inside = folder / "_internal"
    found: Counter[str] = Counter()
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            found[path.relative_to(inside).parts[0] if path.is_relative_to(inside) else path.name] += (
                path.stat().st_size
            )
    largest = dict(found.most_common(15))
    rest = sum(found.values()) - sum(largest.values())
    every = {"all": sum(found.values()), **largest, "rest": rest}
    return {name: round(size / 1e6, 1) for name, size in every.items()}


if __name__ == "__main__":
    main()
