"""What others made of the frozen program: their licences in one text, and a bill of materials (CycloneDX 1.6)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution, packages_distributions
from pathlib import Path

_LICENCE_FILE = re.compile(r"(^|/)(licen[cs]e|copying|notice|authors)[^/]*$", re.IGNORECASE)
_HEAD = """Latent Studio contains the following programs and libraries of others, under their own licences.

Qt and its Python binding (PySide6, shiboken6) are used under the GNU Lesser General Public License, version 3. They are
dynamic libraries of their own below `_internal/PySide6` and `_internal/shiboken6`: you may replace them by your own
builds of the same version. Their sources are at https://download.qt.io/official_releases/ (folders `qt` and
`QtForPython`).
"""


def bundled_distributions(modules: Iterable[str]) -> list[Distribution]:
    """What was installed to provide these modules, by name. What comes with Python itself is not among them."""
    tops = {name.partition(".")[0] for name in modules}
    providers = packages_distributions()
    names = {name for top in tops for name in providers.get(top, ())} - {"pyinstaller", "latent-studio"}
    return sorted((distribution(name) for name in names), key=lambda found: found.name.casefold())


def write_third_party(folder: Path, distributions: list[Distribution]) -> None:
    """`licences.txt` and `sbom.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = [_HEAD, *map(_licence_text, distributions)]
    (folder / "licences.txt").write_text(f"\n{'=' * 100}\n".join(parts), encoding="utf-8")
    (folder / "sbom.json").write_text(json.dumps(bill_of_materials(distributions), indent=2), encoding="utf-8")


def bill_of_materials(distributions: list[Distribution]) -> dict[str, object]:
    """Without a time or a serial number: the same parts give the same bytes."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "components": [
            {
                "type": "library",
                "name": found.name,
                "version": found.version,
                "purl": f"pkg:pypi/{found.name.lower()}@{found.version.partition('+')[0]}",
                "licenses": [{"license": {"name": _licence_name(found)}}],
            }
            for found in distributions
        ],
    }


def _licence_name(found: Distribution) -> str:
    fields = found.metadata
    stated = fields.get("License-Expression") or fields.get("License") or ""
    classified = [
        line.rpartition(":: ")[2] for line in fields.get_all("Classifier") or () if line.startswith("License")
    ]
    if not stated or "\n" in stated:  # some put the whole text there
        stated = ", ".join(classified)
    return stated or "see its text"


def _licence_text(found: Distribution) -> str:
    files = [file for file in found.files or () if _LICENCE_FILE.search(str(file))]
    texts = [file.locate().read_text(encoding="utf-8", errors="replace") for file in files]
    return "\n\n".join([f"{found.name} {found.version}: {_licence_name(found)}", *texts]) + "\n"
