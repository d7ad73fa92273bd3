"""What goes into the frozen program besides what its imports show, and what stays out."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

from studio.core.checkpoint import ModelFamily
from studio.core.components import family_components

EXCLUDED_MODULES = [
    "IPython",
    "matplotlib",
    "pandas",
    "pytest",
    "scipy",
    "sklearn",
    "tensorboard",
    "tkinter",
    "torch.utils.tensorboard",
    "triton",
]
"""The libraries use these where they find them; the program does not."""

_NEVER_LOADED = re.compile(
    r"""
      torch/(bin|include|share|test)/
    | torch/lib/lib(jitbackend_test|backend_with_compiler|torchbind_test|aoti_custom_ops)\.
    | (^|/)(libQt6|Qt6)(Qml|Quick|Pdf|VirtualKeyboard|WebEngine)
    | plugins/(platforminputcontexts/libqtvirtualkeyboard|imageformats/libqpdf|qmltooling)
    | resources/screenshots/
    """,
    re.VERBOSE,
)

Entry = tuple[str, str, str]
"""(path in the program's folder, path here, kind), as PyInstaller counts files."""


def data_files(root: Path) -> list[tuple[str, str]]:
    """(file here, folder in the bundle) of the program's own data: `studio.core.resources` finds them there."""
    return [(str(root / "resources"), "resources"), (str(root / "models.json"), ".")]


def without_what_nobody_loads(entries: list[Entry]) -> list[Entry]:
    return [entry for entry in entries if not _NEVER_LOADED.search(entry[0].replace("\\", "/"))]


def modules_by_name() -> list[str]:
    """The modules of all classes that a model may be made of: the engine finds them by the names in its table."""
    return sorted(set(_modules()))


def _modules() -> Iterator[str]:
    for family in ModelFamily:
        parts = family_components(family)
        pairs = [pair for kinds in (parts.networks, parts.tokenizers) for some in kinds.values() for pair in some]
        for library, name in [*pairs, *(("diffusers", pipeline) for pipeline in parts.pipelines)]:
            yield getattr(importlib.import_module(library), name).__module__
