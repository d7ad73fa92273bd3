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
        forget_places_of_this_machine(out / NAME / "_internal")
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
    """Names of functions take 130 MB, most of them in torch's and OpenCV's libraries. Needs `strip` (Debian: binutils).

    Libraries that were changed for their wheel (`*.libs`, and what has the way to them in it) would not survive it.
    """
    libraries = [library for library in inside.rglob("*.so*") if library.is_file() and not library.is_symlink()]
    strippable = [library for library in libraries if ".libs" not in str(library) and not _run_path(library)]
    torch_and_python = (inside / "torch" / "lib", inside / "cv2", *inside.glob("python3*/lib-dynload"))
    strippable += [
        *inside.glob("libpython*.so*"),
        *(each for folder in torch_and_python for each in folder.glob("*.so")),
    ]
    subprocess.run(["strip", "--strip-unneeded", *sorted(set(map(str, strippable)))], check=True)


def forget_places_of_this_machine(inside: Path) -> None:
    """Where the Python that built it looks for libraries: nobody else's folder. Needs `patchelf`."""
    for library in (*inside.glob("libpython*.so*"), *inside.glob("python3*/lib-dynload/*.so")):
        if _run_path(library).startswith("/"):
            subprocess.run(["patchelf", "--remove-rpath", str(library)], check=True)


def _run_path(library: Path) -> str:
    command = ["patchelf", "--print-rpath", str(library)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


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
