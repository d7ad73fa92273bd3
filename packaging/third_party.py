"""What others made of the frozen program: their licences in one text, and a bill of materials (CycloneDX 1.6).

Found by the files that are bundled: each belongs to a Python package, to Python itself, or to a package of the system
that built it.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

from studio.core.version import VERSION

_LICENCE_FILE = re.compile(r"(^|/)(licen[cs]e|copying|notice|authors)[^/]*$", re.IGNORECASE)
_DEBIAN_DOCUMENTS = Path("/usr/share/doc")
_COMMON = Path(__file__).parent / "licences"
"""Texts that many refer to without having them along."""
_HEAD = """Latent Studio contains the following programs and libraries of others, under their own licences.

Qt and its Python binding (PySide6, shiboken6) are used under the GNU Lesser General Public License, version 3. They are
dynamic libraries of their own below `_internal/PySide6` and `_internal/shiboken6`: you may replace them by your own
builds of the same version. Their sources are at https://download.qt.io/official_releases/ (folders `qt` and
`QtForPython`). The same holds for other libraries under that licence, as GLib, and FFmpeg in OpenCV's package: each
is a file of its own in `_internal`; Debian has the sources of what came from it, under the names and versions below.
Licences that are only named stand at the end.
"""


@dataclass(frozen=True, slots=True)
class Part:
    """One work of others. `purl` is its address as the package URL standard has it; `text` its licences."""

    name: str
    version: str
    licence: str
    purl: str
    text: str


class OwnerUnknown(Exception):
    """Nobody is known to have made these bundled files: their licence cannot be told."""


def parts_of(files: Iterable[Path], *, ours: Path) -> list[Part]:
    """The makers of `files`, by name; those below the folder `ours` are our own.

    Raises:
        OwnerUnknown.
    """
    places = {Path(os.path.realpath(file.parent)) / file.name for file in files if file.is_absolute()}
    owners = _owners()
    packages = {owners[file].name: owners[file] for file in places if file in owners}
    rest = {file for file in places if file not in owners and not file.is_relative_to(ours.resolve())}
    system = {file for file in rest if not _is_of_python(file)}
    parts = [*map(_part_of_package, packages.values()), *_parts_of_debian(system)]
    if len(rest) > len(system):
        parts.append(_python())
    return sorted(parts, key=lambda part: (part.name.casefold(), part.version))


def write_third_party(folder: Path, parts: list[Part]) -> None:
    """`licences.txt` and `sbom.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = [_HEAD, *(f"{part.name} {part.version}: {part.licence}\n\n{part.text}\n" for part in parts)]
    texts += [f"{file.stem}\n\n{file.read_text(encoding='utf-8')}" for file in sorted(_COMMON.iterdir())]
    (folder / "licences.txt").write_text(f"\n{'=' * 100}\n".join(texts), encoding="utf-8")
    (folder / "sbom.json").write_text(json.dumps(bill_of_materials(parts), indent=2), encoding="utf-8")


def bill_of_materials(parts: list[Part]) -> dict[str, object]:
    """The program and what is in it. Without a time or a serial number: the same parts give the same bytes."""
    program = f"pkg:generic/latent-studio@{VERSION}"
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": program,
                "name": "Latent Studio",
                "version": VERSION,
                "purl": program,
                "licenses": [{"license": {"id": "MIT"}}],
            }
        },
        "components": [
            {
                "type": "library",
                "bom-ref": part.purl,
                "name": part.name,
                "version": part.version,
                "purl": part.purl,
                "licenses": [{"license": {"name": part.licence}}],
            }
            for part in parts
        ],
        "dependencies": [{"ref": program, "dependsOn": [part.purl for part in parts]}],
    }


def _owners() -> dict[Path, Distribution]:
    """Each installed file, with the package that it came with."""
    owners: dict[Path, Distribution] = {}
    for found in distributions():
        base = Path(os.path.realpath(str(found.locate_file(""))))
        for file in found.files or ():
            owners[Path(os.path.normpath(base / file))] = found
    return owners


def _part_of_package(found: Distribution) -> Part:
    texts = [
        file.locate().read_text(encoding="utf-8", errors="replace")
        for file in found.files or ()
        if _LICENCE_FILE.search(str(file))
    ]
    purl = f"pkg:pypi/{found.name.lower()}@{found.version.partition('+')[0]}"
    return Part(found.name, found.version, _licence_name(found), purl, "\n\n".join(texts))


def _licence_name(found: Distribution) -> str:
    fields = found.metadata
    stated = fields.get("License-Expression") or fields.get("License") or ""
    classified = [
        line.rpartition(":: ")[2] for line in fields.get_all("Classifier") or () if line.startswith("License")
    ]
    if stated in {"", "UNKNOWN"} or "\n" in stated:  # some put the whole text there
        stated = ", ".join(classified)
    return stated or "see its text"


def _is_of_python(file: Path) -> bool:
    places = [Path(os.path.realpath(sysconfig.get_path(name))) for name in ("stdlib", "platstdlib")]
    return any(map(file.is_relative_to, places)) or re.match(r"(lib)?python3|vcruntime", file.name) is not None


def _python() -> Part:
    version = platform.python_version()
    text = (
        "Copyright (c) 2001 Python Software Foundation. All rights reserved. Its licence, and those of what it "
        f"contains, are at https://docs.python.org/{version.rpartition('.')[0]}/license.html"
    )
    return Part("Python", version, "PSF-2.0", f"pkg:generic/python@{version}", text)


def _parts_of_debian(libraries: set[Path]) -> list[Part]:
    """Raises OwnerUnknown: one is of no package, or this is no Debian."""
    if not libraries:
        return []
    names = {file: _package_of(file) for file in libraries}
    if unknown := sorted(str(file) for file, name in names.items() if name is None):
        raise OwnerUnknown(", ".join(unknown))
    return [_part_of_debian(name) for name in sorted({name for name in names.values() if name is not None})]


def _package_of(library: Path) -> str | None:
    """Debian counts some below /lib, and others below /usr/lib, though they are one folder."""
    for file in (library, Path(os.path.relpath(library, "/usr"))):
        place = file if file.is_absolute() else Path("/") / file
        done = subprocess.run(["dpkg-query", "--search", str(place)], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.splitlines()[0].rpartition(": ")[0]
    return None


def _part_of_debian(package: str) -> Part:
    shown = "${Version} ${Architecture}"
    asked = ["dpkg-query", "--show", f"--showformat={shown}", package]
    version, architecture = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()
    name = package.partition(":")[0]
    text = (_DEBIAN_DOCUMENTS / name / "copyright").read_text(encoding="utf-8", errors="replace")
    licences = dict.fromkeys(re.findall(r"^License:[ \t]*(\S.*)$", text, re.MULTILINE))
    purl = f"pkg:deb/debian/{name}@{version}?arch={architecture}"
    return Part(name, version, ", ".join(licences) or "see its text", purl, text)
