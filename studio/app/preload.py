"""Importing and building a lot at once without waiting for the garbage collector, and torch without a frozen window.

Two things stop the other threads during that import: `dlopen` of large libraries (torch's, numpy's OpenBLAS, OpenCV's,
pydantic's, the tokenizers'), which happens under the GIL, and the cyclic garbage collector walking a growing heap. A
foreign call through ctypes releases the GIL, so the libraries are opened that way first; the collector is off
meanwhile, and what was imported is taken out of its sight afterwards. The system opens one library at a time: a thread
that imports one while torch's are being opened would wait for them with the GIL in its hand. So what the window needs
comes first, then torch, and of the engine's other modules each library is opened that way: those of scipy took 0.2 s
where they had to be read from the disk. Measured gaps in the window: 445 ms without, 26 ms with (see README,
performance).
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import importlib.util
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from pathlib import Path
from types import ModuleType

# In the order in which they need each other.
_LIBRARIES = ("libc10", "libtorch_cpu", "libtorch", "libshm", "libtorch_python")

_TURNS_BEFORE_SLEEP = "3000"
"""For some 60 microseconds a thread of libgomp, torch's OpenMP on Linux, asks again and again whether the others are
done; then it sleeps. It reads this when it is opened, and would go on a hundred times as long. Where another program is
busy, one of the threads does not run meanwhile, and at each operation the others burn the processor that it, the window
and that program wait for: pictures took more than ten times as long (README, performance)."""


SWITCH_INTERVAL_SECONDS = 0.0002
"""How long the engine's Python code may keep the window's thread waiting for the GIL (Python's default is 5 ms).
Painting the window takes the GIL a hundred times: p99 of its gaps during the engine's import was 10.8-17.1 ms with
1 ms, and is 11.1-15.3 ms with this (14 starts each, in turns)."""


@contextmanager
def collector_paused() -> Generator[None]:
    """No garbage collection inside; what exists at the end is never walked again."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextmanager
def extensions_opened_first() -> Generator[None]:
    """Inside, the library of every module that is imported, in any thread, is opened before the import opens it."""
    create_module = ExtensionFileLoader.create_module

    def open_and_create(self: ExtensionFileLoader, spec: ModuleSpec) -> ModuleType:
        _open_without_gil(Path(self.path))
        return create_module(self, spec)

    ExtensionFileLoader.create_module = open_and_create
    try:
        yield
    finally:
        ExtensionFileLoader.create_module = create_module


def open_torch_libraries() -> None:
    """Open torch's libraries so that `import torch` finds them open. Does nothing where they are not found."""
    os.environ.setdefault("GOMP_SPINCOUNT", _TURNS_BEFORE_SLEEP)
    folder = _library_folder()
    if folder is None:
        return
    for path in _existing(folder):
        _open_without_gil(path, for_others=True)


def import_numpy() -> None:
    """Import numpy after opening its OpenBLAS, which takes a tenth of a second. Call it in another thread than the
    window's; there it costs nothing the second time."""
    if "numpy" not in sys.modules:
        _open_numpy_libraries()
        importlib.import_module("numpy")


def _open_numpy_libraries() -> None:
    folder = _package_folder("numpy")
    if folder is None:
        return
    for libraries in (folder.parent / "numpy.libs", folder / ".dylibs"):
        for path in sorted(libraries.glob("*openblas*")):
            _open_without_gil(path)


def import_opencv() -> None:
    """As `import_numpy`, for OpenCV."""
    _import_with_own_library("cv2", "cv2", "cv2*")


def import_pydantic() -> None:
    """As `import_numpy`, for pydantic, whose larger half is a library of 5 MB."""
    _import_with_own_library("pydantic", "pydantic_core", "_pydantic_core*")


def import_tokenizers() -> None:
    """As `import_numpy`, for the tokenizers, a library of 11 MB."""
    _import_with_own_library("tokenizers", "tokenizers", "tokenizers*")


def _import_with_own_library(name: str, package: str, pattern: str) -> None:
    if name in sys.modules:
        return
    folder = _package_folder(package)
    if folder is not None:
        for path in sorted([*folder.glob(f"{pattern}.so"), *folder.glob(f"{pattern}.pyd")]):
            _open_without_gil(path)
    importlib.import_module(name)


def _library_folder() -> Path | None:
    folder = _package_folder("torch")
    return None if folder is None else folder / "lib"


def _package_folder(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)  # finds the package without importing it
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent


def _existing(folder: Path) -> list[Path]:
    """The libraries of this platform that are there; OpenMP first, as torch_cpu needs it."""
    if sys.platform == "win32":
        names = [f"{name.removeprefix('lib')}.dll" for name in _LIBRARIES]
        return [folder / name for name in names if (folder / name).exists()]
    ending = ".dylib" if sys.platform == "darwin" else ".so"
    openmp = sorted(folder.glob("libgomp*")) + sorted(folder.glob("libomp*"))
    return [*openmp, *(path for name in _LIBRARIES if (path := folder / f"{name}{ending}").exists())]


def _open_without_gil(path: Path, *, for_others: bool = False) -> None:
    """`ctypes.CDLL(path)` would keep the GIL while it opens; calling the system's function through ctypes does not.

    With `for_others` later libraries find its symbols: torch's need each other.

    A failure is not reported: `import torch` opens the same library again and reports it properly.
    """
    if sys.platform == "win32":
        ctypes.WinDLL("kernel32").LoadLibraryW(ctypes.c_wchar_p(str(path)))
        return
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.argtypes = [ctypes.c_char_p, ctypes.c_int]
    dlopen.restype = ctypes.c_void_p
    dlopen(os.fsencode(path), os.RTLD_NOW | (os.RTLD_GLOBAL if for_others else os.RTLD_LOCAL))
