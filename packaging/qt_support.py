"""Qt for Python's own modules, compiled beforehand: at each start it would compile them from a zip in its library."""

from __future__ import annotations

import compileall
import importlib
import shutil
import zipfile
from pathlib import Path
from py_compile import PycInvalidationMode

PLACE = "shiboken6/files.dir"
"""Where it looks for them first (see `find_incarnated_files` in its `signature_bootstrap.py`)."""


def write_qt_support(folder: Path) -> list[tuple[str, str, str]]:
    """Writes them below `folder`; their entries in the bundle, as PyInstaller counts files."""
    shutil.rmtree(folder, ignore_errors=True)
    archive = _sources()
    archive.extractall(folder, [name for name in archive.namelist() if name.startswith("shibokensupport/")])
    # No times and no places of the machine that builds: the same bytes every time.
    compileall.compile_dir(
        folder, quiet=1, legacy=True, stripdir=str(folder), invalidation_mode=PycInvalidationMode.UNCHECKED_HASH
    )
    compiled = sorted(folder.rglob("*.pyc"))
    return [(f"{PLACE}/{file.relative_to(folder).as_posix()}", str(file), "DATA") for file in compiled]


def _sources() -> zipfile.ZipFile:
    """That of the library, which is there once Qt is imported."""
    importlib.import_module("PySide6.QtCore")
    return vars(importlib.import_module("shibokensupport").__loader__)["zfile"]
