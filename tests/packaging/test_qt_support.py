"""Qt for Python takes its own modules from beside its library, compiled."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import shiboken6

PACKAGING = Path(__file__).parents[2] / "packaging"
WHERE_FROM = "import PySide6.QtCore, sys; print(sys.modules['shibokensupport.signature.parser'].__file__)"


@pytest.fixture(autouse=True)
def packaging_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PACKAGING))


def test_the_compiled_modules_are_those_that_qt_for_python_uses(tmp_path: Path) -> None:
    from qt_support import write_qt_support

    shutil.copytree(Path(shiboken6.__file__).parent, tmp_path / "shiboken6")
    for name, file, _ in write_qt_support(tmp_path / "made"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, tmp_path / name)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", WHERE_FROM], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(
        tmp_path / "shiboken6" / "files.dir" / "shibokensupport" / "signature" / "parser.pyc"
    )


def test_they_are_the_same_bytes_wherever_they_are_made(tmp_path: Path) -> None:
    from qt_support import write_qt_support

    one, two = (write_qt_support(tmp_path / name) for name in ("one", "two"))
    assert [name for name, _, _ in one] == [name for name, _, _ in two]
    assert [Path(file).read_bytes() for _, file, _ in one] == [Path(file).read_bytes() for _, file, _ in two]
