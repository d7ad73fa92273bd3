"""What the window imports before it is painted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_THIRD = ("torch", "diffusers", "transformers", "numpy", "PIL", "pydantic", "httpx2", "keyring", "psutil")
HEAVY = (*_THIRD, "asyncio", "ssl", "importlib.metadata", "subprocess")
_AS_THE_PROGRAM = """
from studio.app.pyside_imports import import_without_reading_sources
import_without_reading_sources()
"""


def test_the_window_starts_without_heavy_libraries() -> None:
    script = f"import sys, studio.ui.main_window; print([name for name in {HEAVY} if name in sys.modules])"

    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)

    assert result.stdout.strip() == "[]"


def test_the_command_line_starts_without_heavy_libraries() -> None:
    heavy = (*HEAVY, "PySide6", "rich", "filelock")
    script = f"import sys, studio.app.cli; print([name for name in {heavy} if name in sys.modules])"

    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)

    assert result.stdout.strip() == "[]"


def test_the_whole_program_is_put_together_without_heavy_libraries() -> None:
    """`main` also reads settings, finds models and makes every connection, but does none of it when imported."""
    script = f"import sys, studio.app.main; print([name for name in {HEAVY} if name in sys.modules])"

    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)

    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize(("first", "reads"), [("import PySide6.QtCore", True), (_AS_THE_PROGRAM, False)])
def test_no_source_is_read_for_an_import(first: str, reads: bool) -> None:
    """PySide does that; where it no longer does, the remedy can go."""
    script = f"""
{first}
import inspect
asked = []
inspect.getsource = lambda module: asked.append(module.__name__) or ""
from studio.core.request import Prompt
print("studio.core.request" in asked)
"""

    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)

    assert result.stdout.strip() == str(reads)
