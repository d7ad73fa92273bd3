"""Where the program's own data lies: in the source tree, in an installed wheel, or in a frozen bundle."""

from __future__ import annotations

import sys
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def resource_path(*parts: str) -> Path:
    """The path of something under `resources/`, for example `resource_path("starter")`."""
    return _data_root("resources").joinpath("resources", *parts)


def catalogue_path() -> Path:
    """The path of `models.json`."""
    return _data_root("models.json") / "models.json"


def _data_root(name: str) -> Path:
    bundle: str | None = getattr(sys, "_MEIPASS", None)  # set by PyInstaller
    candidates = [Path(bundle)] if bundle else [_PACKAGE, _PACKAGE.parent]
    for candidate in candidates:
        if (candidate / name).exists():
            return candidate
    raise FileNotFoundError(f"{name} is not part of this installation: {candidates}")


def example_picture(prompt: str) -> Path:
    """Where the picture of one of the bundled model's examples lies, if there is one."""
    return resource_path("guide", f"example_{prompt.replace(' ', '_')}.png")
