"""What goes into the frozen program besides what its imports show, and what stays out."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from studio.core.checkpoint import ModelFamily
from studio.core.components import family_components

EXCLUDED_MODULES = [
    "IPython",
    "hf_xet",
    "matplotlib",
    "pandas",
    "pytest",
    "readline",  # GPL; nothing here edits lines
    "scipy",
    "sklearn",
    "tensorboard",
    "tkinter",
    "torch._inductor",
    "torch.onnx",
    "torch.utils.tensorboard",
    "triton",
]
"""The libraries use these where they find them; the program does not."""

_NEVER_LOADED = re.compile(
    r"""
      torch/(include|share|test)/ | torch/bin/(?!torch_shm_manager)
    | torch/lib/lib(jitbackend_test|backend_with_compiler|torchbind_test|aoti_custom_ops)\.
    | (^|/)(libQt6|Qt6)(Qml|Quick|Pdf|VirtualKeyboard|WebEngine)
    | plugins/(platforminputcontexts/libqtvirtualkeyboard|qmltooling)
    | plugins/imageformats/(lib)?q(pdf|icns|tga|wbmp)
    | plugins/wayland-shell-integration/lib(?!xdg-shell)  # what desktops speak
    | PySide6/Qt/translations/(?!qtbase_)
    | plugins/platforms/lib(qeglfs|qlinuxfb|qminimal|qminimalegl|qvkkhrdisplay|qvnc)
    | plugins/(egldeviceintegrations|generic)/ | libQt6Egl
    | plugins/platformthemes/libqgtk3  # our GLib beside the desktop's GTK: its dialogs come by the portal
    | plugins/(networkinformation|tls)/  # Qt connects to its own windows only
    | ^libcudart\.so$  # torch asks for it by name, and finds that of the machine that builds
    | resources/screenshots/
    """,
    re.VERBOSE,
)

_MANY = ("transformers.models", "diffusers.pipelines", "diffusers.modular_pipelines")
"""Each has hundreds of packages, which import each other only when a class of theirs is asked for."""

Entry = tuple[str, str, str]
"""(path in the program's folder, path here, kind), as PyInstaller counts files."""


def data_files(root: Path) -> list[tuple[str, str]]:
    """(file here, folder in the bundle) of the program's own data: `studio.core.resources` finds them there."""
    return [(str(root / "resources"), "resources"), (str(root / "models.json"), ".")]


def without_what_nobody_loads(entries: list[Entry], kept: frozenset[str]) -> list[Entry]:
    """`kept` is what `packages_in_use` gives; modules and files of other models and pipelines go, too."""
    return [entry for entry in entries if not _NEVER_LOADED.search(_slashed(entry[0])) and _is_kept(entry[0], kept)]


def without_orphans(binaries: list[Entry], imports: Callable[[str], Iterable[str]]) -> list[Entry]:
    """Libraries of the system that only something needed that stayed out stay out, too.

    `imports` gives the names of the libraries that one is linked with, directly or through others.
    """
    loaded = {name for path, file, _ in binaries if not _is_of_the_system(path, file) for name in imports(file)}
    return [entry for entry in binaries if not _is_of_the_system(*entry[:2]) or entry[0] in loaded]


def _is_of_the_system(path: str, file: str) -> bool:
    """Only what PyInstaller fetched for others lies at the top, under its own name."""
    return file.startswith(("/lib/", "/usr/lib/")) and "/" not in path and not path.startswith("libpython")


def _is_kept(name: str, kept: frozenset[str]) -> bool:
    """`name` is that of a module, or a path in the bundle."""
    parts = _slashed(name).replace("/", ".").split(".")
    is_of_many = ".".join(parts[:2]) in _MANY and len(parts) > 2 and parts[2] not in {"__init__", "py"}
    return not is_of_many or ".".join(parts[:3]) in kept


def _slashed(path: str) -> str:
    return path.replace("\\", "/")


def packages_in_use() -> frozenset[str]:
    """The models and pipelines that come along when the engine imports every class it knows: 20 of 700."""
    importlib.import_module("studio.engine.session")
    importlib.import_module("studio.engine.lora")
    modules_by_name()
    names = {".".join(name.split(".")[:3]) for name in sys.modules}
    return frozenset(name for name in names if name.startswith(_MANY))


def own_modules(root: Path) -> list[str]:
    """Every module of the program: some are found by their names, as the commands of the command line are."""
    files = (file.relative_to(root).with_suffix("") for file in (root / "studio").rglob("*.py"))
    return sorted(".".join(file.parts).removesuffix(".__init__") for file in files)


def modules_by_name() -> list[str]:
    """The modules of all classes that a model may be made of: the engine finds them by the names in its table."""
    return sorted(set(_modules()))


def _modules() -> Iterator[str]:
    for family in ModelFamily:
        parts = family_components(family)
        pairs = [pair for kinds in (parts.networks, parts.tokenizers) for some in kinds.values() for pair in some]
        for library, name in [*pairs, *(("diffusers", pipeline) for pipeline in parts.pipelines)]:
            yield getattr(importlib.import_module(library), name).__module__
