"""Names that a server or a repository gives to files: which of them may become files here."""

from __future__ import annotations

import unicodedata
from pathlib import Path, PurePosixPath

from studio.core.errors import UnsafeFileName

PART_ENDING = ".part"

_FORBIDDEN = frozenset('<>:"/\\|?*')
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Control and invisible characters (among them those that turn the direction of writing), surrogates, unassigned."""
_DEVICES = frozenset(
    {"CON", "PRN", "AUX", "NUL", *(f"{port}{digit}" for port in ("COM", "LPT") for digit in "123456789")}
)
_MOST_BYTES = 120
_LONGEST_FOLDER = 80
_MOST_PARTS = 8


def target_path(folder: Path, name: str) -> Path:
    """Where below `folder` the file goes that its source calls `name` (relative, with forward slashes).

    Raises:
        UnsafeFileName: a part of the name is not allowed on one of the systems, or it leads out of the folder.
    """
    parts = name.split("/")
    if len(parts) > _MOST_PARTS:
        raise UnsafeFileName(name, f"more than {_MOST_PARTS} folders deep")
    normal = [unicodedata.normalize("NFC", part) for part in parts]
    for part in normal:
        if (fault := _fault(part)) is not None:
            raise UnsafeFileName(name, fault)
    target = folder.joinpath(*normal)
    if not target.resolve().is_relative_to(folder.resolve()):
        raise UnsafeFileName(name, "a link leads out of the folder")
    return target


def last_part(path: str) -> str:
    """The last part of a path as a server writes it, whichever kind of slash it uses."""
    return PurePosixPath(path.replace("\\", "/")).name


def folder_name(title: str) -> str:
    """A name for the folder of a model that every file system, and `target_path`, takes."""
    visible = (" " if _is_forbidden(character) else character for character in unicodedata.normalize("NFC", title))
    cleaned = " ".join("".join(visible).split()).strip(" .")
    shortened = cleaned.encode()[:_LONGEST_FOLDER].decode(errors="ignore").strip(" .")
    return next((name for name in (shortened, f"model {shortened}") if _fault(name) is None), "model")


def _is_forbidden(character: str) -> bool:
    return character in _FORBIDDEN or unicodedata.category(character) in _FORBIDDEN_CATEGORIES


def _fault(part: str) -> str | None:
    """Why this part of a path is not allowed; None when it is."""
    checks = (
        (not part, "a part of it is empty"),
        (part.startswith("."), "it begins with a dot"),
        (part.endswith((".", " ")) or part.startswith(" "), "it ends with a dot or a space"),
        (bool(_FORBIDDEN & set(part)), "it has a character that is not allowed"),
        (any(_is_forbidden(character) for character in part), "it has hidden characters"),
        (part.split(".", maxsplit=1)[0].upper() in _DEVICES, "it is the name of a device"),
        (part.endswith((PART_ENDING, f"{PART_ENDING}.json")), "it looks like an incomplete download"),
    )
    fault = next((reason for failed, reason in checks if failed), None)
    if fault is None and len(part.encode()) > _MOST_BYTES:
        return f"longer than {_MOST_BYTES} bytes"
    return fault
