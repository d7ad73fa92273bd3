"""What `studio doctor` looks at: each check says what it found, and what to do about a fault."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

import psutil

from studio.app.opened_gallery import with_chosen_gallery
from studio.core.errors import SettingsTooNew, StudioError
from studio.core.version import VERSION
from studio.settings.notices import SettingsNotice
from studio.settings.paths import UserPaths
from studio.settings.store import SettingsStore
from studio.ui.messages import message_for

_LITTLE_MEMORY = 4 * 10**9
_LITTLE_ROOM = 2 * 10**9
"""Bytes: less than the smallest model of the catalogue takes to download."""


class Level(StrEnum):
    FINE = "ok"
    HINT = "hint"
    """It works; something could be better."""
    FAULT = "FAULT"


@dataclass(frozen=True, slots=True)
class Finding:
    """A fact about `subject`; unless all is fine, `advice` is the next step."""

    subject: str
    text: str
    level: Level = Level.FINE
    advice: str = ""

    def lines(self) -> Iterator[str]:
        """As text: what was found, and what helps."""
        yield f"{self.level:<6} {self.subject + ':':<20} {self.text}"
        if self.advice:
            yield f"{'':<27} {self.advice}"


Check: TypeAlias = Callable[[UserPaths], Iterator[Finding]]


def examine(paths: UserPaths, *, quick: bool = False, hashes: bool = False) -> Iterator[Finding]:
    """All checks, the quick ones first; with `quick` those alone, with `hashes` every byte of the models, too. A check
    that fails is a finding: the others go on.

    `paths` are those that the platform or the command line gives; the settings may name another folder of pictures.
    """
    try:
        loaded = SettingsStore(paths.settings_file).load()
    except SettingsTooNew as error:
        yield _fault("settings", error)
    else:
        yield from _settings(paths, loaded.notices)
        paths = with_chosen_gallery(paths, loaded.settings)
    checks = {**(_QUICK_CHECKS if quick else _CHECKS), **({"hashes": _hashes} if hashes else {})}
    for subject, check in checks.items():
        try:
            yield from check(paths)
        except StudioError as error:
            yield _fault(subject, error)


def _fault(subject: str, error: StudioError) -> Finding:
    message = message_for(error)
    return Finding(subject, message.title, Level.FAULT, message.text)


def _program(_paths: UserPaths) -> Iterator[Finding]:
    kind = "packaged" if getattr(sys, "frozen", False) else "from Python packages"
    yield Finding("program", f"Latent Studio {VERSION}, {kind}, Python {platform.python_version()}")


def _computer(_paths: UserPaths) -> Iterator[Finding]:
    memory = psutil.virtual_memory()
    text = (
        f"{platform.system()} {platform.release()} on {platform.machine()}, {os.cpu_count()} processors, "
        f"{_gigabytes(memory.available)} of {_gigabytes(memory.total)} memory free"
    )
    if memory.available < _LITTLE_MEMORY:
        yield Finding("computer", text, Level.HINT, "Close other programs: below 4 GB most models do not fit.")
    else:
        yield Finding("computer", text)


def _folders(paths: UserPaths) -> Iterator[Finding]:
    """`paths` were made before this: those of the program can be written to."""
    for name, folder in (("pictures", paths.gallery), ("models", paths.checkpoints), ("data", paths.data)):
        there = next(parent for parent in (folder, *folder.parents) if parent.exists())
        room = psutil.disk_usage(str(there)).free
        level, advice = Level.FINE, ""
        if not os.access(there, os.W_OK):
            level, advice = Level.FAULT, "Nothing can be written there. Give yourself the right to, or choose another."
        elif room < _LITTLE_ROOM:
            level, advice = Level.HINT, "Make room on this disk: pictures and downloads soon find none."
        yield Finding(f"folder of {name}", f"{folder}, {_gigabytes(room)} free", level, advice)


def _settings(paths: UserPaths, notices: Sequence[SettingsNotice]) -> Iterator[Finding]:
    from studio.ui.messages import settings_text

    advice = f"Look at {paths.settings_file}, or choose again in the window."
    for notice in notices:
        yield Finding("settings", settings_text(notice), Level.FAULT, advice)
    if not notices:
        yield Finding("settings", f"{paths.settings_file} is in order")


def _screen(_paths: UserPaths) -> Iterator[Finding]:
    """Qt's plugins, without opening a window."""
    from PySide6.QtCore import QLibraryInfo, QPluginLoader
    from PySide6.QtGui import QImageReader

    folder = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath))
    loader = QPluginLoader(str(folder / "platforms" / _window_plugin()))
    if loader.load():
        loader.unload()
        yield Finding("window", f"Qt's plugin {Path(loader.fileName()).name} works")
    else:
        advice = "Install what it misses: the README names the packages (libxcb-cursor0 and its kin)."
        yield Finding("window", f"Qt cannot open a window: {loader.errorString()}", Level.FAULT, advice)
    if b"svg" not in [bytes(name.data()) for name in QImageReader.supportedImageFormats()]:
        yield Finding("icons", "Qt's plugin for SVG is missing", Level.FAULT, "Install the program anew.")


def _window_plugin() -> str:
    """The file of the one that Qt takes for windows here."""
    names = {"darwin": "libqcocoa.dylib", "win32": "qwindows.dll"}
    wayland = os.environ.get("WAYLAND_DISPLAY") and not os.environ.get("QT_QPA_PLATFORM", "").startswith("xcb")
    return names.get(sys.platform, "libqwayland.so" if wayland else "libqxcb.so")


def _gallery(paths: UserPaths) -> Iterator[Finding]:
    from studio.gallery.gallery import Gallery

    if not paths.index_database.exists():
        yield Finding("gallery", "no pictures yet")
        return
    gallery = Gallery(paths.gallery, paths.index_database, paths.thumbnails_database, paths.user_database)
    try:
        mended = [*gallery.open(), *gallery.mend_index()]
        count = len(gallery.ids())
    finally:
        gallery.close()
    for notice in mended:
        yield Finding("gallery", notice)
    yield Finding("gallery", f"{count} pictures, index and ratings are whole")


def _models(paths: UserPaths) -> Iterator[Finding]:
    from studio.app.model_stores import checkpoint_store, model_library

    bundled = checkpoint_store(paths).default()
    yield Finding("models", f"bundled: {bundled.name}")
    found = model_library(paths).look()
    for model in found.models:
        yield Finding("models", f"{model.name}: {model.folder}")
    advice = "“studio models verify --repair NAME” fetches bad files again."
    for problem in found.problems:
        yield Finding("models", str(message_for(problem)), Level.FAULT, advice)


def _hashes(paths: UserPaths) -> Iterator[Finding]:
    """Takes minutes where there are many or large models."""
    from studio.app.model_stores import model_catalogue, model_library
    from studio.checkpoints.download_plans import known_addresses
    from studio.ui.messages.library_texts import verification_text

    library = model_library(paths)
    published = frozenset(known_addresses(model_catalogue(paths).read()))
    found = library.look()
    for model in (*found.models, *found.broken):
        verification = library.verify(model, published=published)
        text = " ".join(verification_text(verification).splitlines())
        if verification.bad:
            advice = f"“studio models verify --repair {verification.name}” fetches bad files again."
            yield Finding("hashes", f"“{verification.name}”: {text}", Level.FAULT, advice)
        else:
            yield Finding("hashes", text)


def _keyring(_paths: UserPaths) -> Iterator[Finding]:
    import keyring
    import keyring.backends.fail

    backend = keyring.get_keyring()
    if isinstance(backend, keyring.backends.fail.Keyring):
        advice = "Tokens for sites that ask for an account cannot be kept: install a keyring (GNOME Keyring, KWallet)."
        yield Finding("keyring", "this computer has none", Level.HINT, advice)
    else:
        yield Finding("keyring", backend.name)


def _engine(paths: UserPaths) -> Iterator[Finding]:
    """Imports it, and makes the smallest picture: what that needs is there."""
    from studio.app.engine_factory import create_session
    from studio.app.model_stores import checkpoint_store
    from studio.core.geometry import Size
    from studio.core.request import GenerationRequest, Prompt, Sampling
    from studio.core.session import CancelToken
    from studio.core.sources import MemorySources

    checkpoint = checkpoint_store(paths).default()
    sampling = Sampling(scheduler=checkpoint.recommended.scheduler, num_inference_steps=1, guidance_scale=1.0, seed=0)
    request = GenerationRequest(prompt=Prompt(), sampling=sampling, size=Size(64, 64), checkpoint=checkpoint)
    started = time.perf_counter()
    try:
        session = create_session(MemorySources())
    except (ImportError, OSError) as error:
        text = f"it cannot be imported: {error}"
        yield Finding("engine", text, Level.FAULT, "Install the program anew: a part of it is missing or damaged.")
        return
    ready = time.perf_counter()
    try:
        device = session.device
        versions = ", ".join(f"{name} {version}" for name, version in device.versions)
        yield Finding("engine", f"{device.name} in {device.dtype}; {versions}; ready after {ready - started:.1f} s")
        list(session.generate(request, on_progress=lambda _progress: None, cancel=CancelToken()))
        yield Finding("engine", f"loaded a model and made a small picture in {time.perf_counter() - ready:.1f} s")
    finally:
        session.close()


_QUICK_CHECKS: Mapping[str, Check] = {
    "program": _program,
    "computer": _computer,
    "folders": _folders,
    "window": _screen,
    "models": _models,
    "keyring": _keyring,
}
"""A running program can be asked these, too."""
_CHECKS: Mapping[str, Check] = {**_QUICK_CHECKS, "gallery": _gallery, "engine": _engine}


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB"
