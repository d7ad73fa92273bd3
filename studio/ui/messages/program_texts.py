"""What is said about settings, pictures that came or were kept, and what nobody expected."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from studio.core.language import tr
from studio.settings.notices import SettingsNotice, SettingsSetAside, SettingsUnreadable

_MOST_NAMED = 3


def kept_text(file: Path) -> str:
    """What to say about a picture that could not be saved where it should be, but was not lost."""
    return tr("The picture was kept as {file}.", file=file)


def import_text(added: int, known: int, unreadable: int) -> str:
    """What became of pictures that were brought in."""
    parts = (
        tr("{added:,} added", added=added),
        tr("{known:,} there already", known=known) if known else "",
        tr("{unreadable:,} unreadable", unreadable=unreadable) if unreadable else "",
    )
    return tr("Pictures: {counts}.", counts=", ".join(part for part in parts if part))


def unreadable_text(files: Sequence[Path]) -> str:
    """A sentence that follows what was brought in: which files were not. Empty for none."""
    names = ", ".join(file.name for file in files[:_MOST_NAMED])
    more = tr(" and {n} more", n=len(files) - _MOST_NAMED) if len(files) > _MOST_NAMED else ""
    return tr(" Could not be read: {names}{more}.", names=names, more=more) if files else ""


def watched_text(more: int) -> str:
    """What a change of watched folders did to the gallery: so many pictures more, or less."""
    return (
        tr("Pictures: {more:,} more, where they are.", more=more)
        if more >= 0
        else tr("Pictures: {fewer:,} fewer; the files stay.", fewer=-more)
    )


def folder_away_text(folder: Path) -> str:
    """A watched folder is gone."""
    return tr(
        "{folder} is not there, so its pictures are shown from memory. Connect its drive; or let the folder go: "
        "File > Watched folders, or studio import --forget {folder}",
        folder=folder,
    )


def unforeseen_text(error: BaseException, log: Path) -> str:
    """What to say on a terminal about an exception that nobody expected."""
    return tr(
        "Something went wrong. {name}: {error}. The log has the details: {log}.",
        name=type(error).__name__,
        error=error,
        log=log,
    )


def settings_text(notice: SettingsNotice) -> str:
    """What was done about a fault in the settings file."""
    if isinstance(notice, SettingsSetAside):
        return tr(
            "The file could not be read ({reason}). It was kept as {path}, and the defaults are used.",
            reason=notice.reason,
            path=notice.path,
        )
    if isinstance(notice, SettingsUnreadable):
        return tr(
            "{path} could not be opened: {reason}. The defaults are used until the next start.",
            path=notice.path,
            reason=notice.reason,
        )
    return tr(
        "“{name}” cannot be {value!r}: its default is used. Change it to what you want.",
        name=notice.name,
        value=notice.value,
    )
