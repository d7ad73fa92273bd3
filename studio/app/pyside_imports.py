"""Imports as fast as without PySide."""

from __future__ import annotations

import importlib
from types import ModuleType


def import_without_reading_sources() -> None:
    """Importing PySide6 makes every later import read the module's source, to look for the word in it: who uses PySide
    may switch on other names for its functions with `from __feature__ import ...` (PYSIDE-2029). Nothing here, and no
    library that is used here, does that; the thousands of modules of torch, diffusers and ourselves are not read, as in
    a frozen program, which has no sources.

    To be called before the program's own modules are imported.
    """
    importlib.import_module("PySide6.QtCore")
    feature = vars(importlib.import_module("shibokensupport.feature"))
    if "_mod_uses_pyside" in feature:
        feature["_mod_uses_pyside"] = _uses_no_features


def _uses_no_features(_module: ModuleType) -> bool:
    return False
