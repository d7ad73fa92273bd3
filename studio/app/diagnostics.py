"""What helps somebody else to find a fault: collected on request, shown, saved as one file, and never sent.

Left out are what the user wrote (prompts do not reach the log, and are taken out of the settings) and the name of the
user's folder; keys for sites are in the system's keyring and not among the settings.
"""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from studio.app.doctor import Finding
from studio.core.durable_file import write_durably
from studio.core.report import ReportPart
from studio.settings.model import RecentSettings, Settings
from studio.settings.paths import UserPaths

_PACKAGES = (
    "PySide6-Essentials", "torch", "diffusers", "transformers", "accelerate", "safetensors", "peft", "numpy", "pillow",
)  # fmt: skip
_LONGEST_LOG = 200_000
"""Characters of each log file, from its end."""


def collect(findings: Iterable[Finding], paths: UserPaths, settings: Settings) -> tuple[ReportPart, ...]:
    """`findings` are those of `studio.app.doctor`. What cannot be read is said in its part."""
    parts = (
        ReportPart("checks.txt", "\n".join(line for finding in findings for line in finding.lines())),
        ReportPart("versions.txt", "\n".join(_versions())),
        ReportPart("settings.json", json.dumps(asdict(_without_words(settings)), ensure_ascii=False, indent=2)),
        *(ReportPart(file.name, _end_of(file)) for file in _logs(paths)),
    )
    return tuple(replace(part, text=_without_user(part.text)) for part in parts)


def save(parts: Iterable[ReportPart], file: Path) -> None:
    """Write them to a ZIP file.

    Raises:
        DiskFull, FolderUnwritable, WriteFailed
    """
    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as archive:
        for part in parts:
            archive.writestr(part.name, part.text.encode(errors="backslashreplace"))
    write_durably(file, content.getvalue(), overwrite=True)


def _versions() -> Iterator[str]:
    for name in _PACKAGES:
        try:
            yield f"{name} {importlib.metadata.version(name)}"
        except importlib.metadata.PackageNotFoundError:
            yield f"{name}: no version is known"


def _without_words(settings: Settings) -> Settings:
    """Without what the user wrote, and the names of the files that were opened."""
    return replace(settings, panel=replace(settings.panel, prompt="", negative=""), recent=RecentSettings())


def _logs(paths: UserPaths) -> list[Path]:
    """The newest first; `crash.txt` only where something is in it."""
    return [
        *sorted(paths.logs.glob(f"{paths.log_file.name}*")),
        *(file for file in (paths.crash_file,) if file.is_file() and file.stat().st_size),
    ]


def _end_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")[-_LONGEST_LOG:]
    except OSError as error:
        return f"could not be read: {error.strerror}"


def _without_user(text: str) -> str:
    home = Path.home()
    forms = {str(home), home.as_posix(), json.dumps(str(home))[1:-1]}
    for form in sorted(forms, key=len, reverse=True):
        if len(form) > 1:  # a system without users' folders
            text = text.replace(form, "~")
    return text
