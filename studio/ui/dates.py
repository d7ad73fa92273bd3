"""Days as people write them in the language of the window."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QDate, QLocale

from studio.core.language import spoken_language


def date_locale() -> QLocale:
    """For names of days and months alone: numbers have a point in every language, as other programs read them."""
    return QLocale(spoken_language())


def date_text(day: date, form: str) -> str:
    """`form` in Qt's letters: "dddd, d MMMM yyyy"."""
    return date_locale().toString(QDate(day.year, day.month, day.day), form)
