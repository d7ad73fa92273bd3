"""Large libraries are opened before the import that needs them, which would open them with the GIL in its hand."""

from __future__ import annotations

import sys

import pytest

from tests.unit.app.fresh_python import run_python

_SCRIPT = """
import importlib, sys
from pathlib import Path
from studio.app import preload

def told(name, imported=importlib.import_module):
    print("{library}" in Path("/proc/self/maps").read_text(), name)
    return imported(name)

importlib.import_module = told
preload.{function}()
preload.{function}()
print("{name}" in sys.modules)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="where a process tells which libraries it has open")
@pytest.mark.parametrize(
    ("function", "name", "library"),
    [
        ("import_opencv", "cv2", "/cv2.abi3.so"),
        ("import_pydantic", "pydantic", "/_pydantic_core."),
        ("import_tokenizers", "tokenizers", "/tokenizers.abi3.so"),
    ],
)
def test_the_library_is_open_when_it_is_imported(function: str, name: str, library: str) -> None:
    ran = run_python(_SCRIPT.format(function=function, name=name, library=library))

    told = ran.stdout.splitlines()
    assert (told[0], told[-1]) == (f"True {name}", "True"), ran.stderr


_OTHERS = """
from importlib.machinery import ExtensionFileLoader
from pathlib import Path
from studio.app.preload import extensions_opened_first

create_module = ExtensionFileLoader.create_module

def told(loader, spec):
    print(loader.path in Path("/proc/self/maps").read_text())
    return create_module(loader, spec)

ExtensionFileLoader.create_module = told
with extensions_opened_first():
    import PIL._imaging
print(ExtensionFileLoader.create_module is told)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="where a process tells which libraries it has open")
def test_every_library_of_the_engine_is_open_when_it_is_imported() -> None:
    ran = run_python(_OTHERS)

    assert ran.stdout.split() == ["True", "True"], ran.stderr


_OPENMP = """
import os
os.environ["OMP_DISPLAY_ENV"] = "VERBOSE"
{before}
from studio.app.preload import open_torch_libraries
open_torch_libraries()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="where torch brings libgomp")
@pytest.mark.parametrize(("before", "turns"), [("", "3000"), ("os.environ['GOMP_SPINCOUNT'] = '7'", "7")])
def test_threads_that_wait_for_one_another_sleep_soon(before: str, turns: str) -> None:
    ran = run_python(_OPENMP.format(before=before))

    assert f"GOMP_SPINCOUNT = '{turns}'" in ran.stderr
