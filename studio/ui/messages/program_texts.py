"""What is said about settings, pictures that came or were kept, and what nobody expected."""

from __future__ import annotations

from pathlib import Path

from studio.settings.notices import SettingsNotice, SettingsSetAside, SettingsUnreadable


def kept_text(file: Path) -> str:
    """What to say about a picture that could not be saved where it should be, but was not lost."""
    return f"The picture was kept as {file}."


def import_text(added: int, known: int, unreadable: int) -> str:
    """What became of pictures that were brought in."""
    parts = (
        f"{added:,} added",
        f"{known:,} there already" if known else "",
        f"{unreadable:,} unreadable" if unreadable else "",
    )
    return f"Pictures: {', '.join(part for part in parts if part)}."


def watched_text(more: int) -> str:
    """What a change of watched folders did to the gallery: so many pictures more, or less."""
    return f"Pictures: {more:,} more, where they are." if more >= 0 else f"Pictures: {-more:,} fewer; the files stay."


def folder_away_text(folder: Path) -> str:
    """A watched folder is gone."""
    return (
        f"{folder} is not there, so its pictures are shown from memory. Connect its drive; or let the folder go: "
        f"File > Watched folders, or studio import --forget {folder}"
    )


def unforeseen_text(error: BaseException, log: Path) -> str:
    """What to say on a terminal about an exception that nobody expected."""
    return f"Something went wrong. {type(error).__name__}: {error}. The log has the details: {log}."


def settings_text(notice: SettingsNotice) -> str:
    """What was done about a fault in the settings file."""
    if isinstance(notice, SettingsSetAside):
        return f"The file could not be read ({notice.reason}). It was kept as {notice.path}, and the defaults are used."
    if isinstance(notice, SettingsUnreadable):
        return f"{notice.path} could not be opened: {notice.reason}. The defaults are used until the next start."
    return f"“{notice.name}” cannot be {notice.value!r}: its default is used. Change it to what you want."
