"""A calendar in which the days that have pictures stand out; a day leads to its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QDate, QLocale, QPoint, Qt, Signal
from PySide6.QtGui import QColor, QFont, QTextCharFormat
from PySide6.QtWidgets import QCalendarWidget, QToolButton, QVBoxLayout, QWidget

from studio.core.language import tr
from studio.gallery.days import Day
from studio.ui.dates import date_locale
from studio.ui.icons import icon
from studio.ui.popup import Popup
from studio.ui.theme import current_tokens, px


class DatePopup(Popup):
    """
    Signals:
        chosen(int): the first row of the day that was chosen, or of the nearest one that has pictures.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget, days: Sequence[Day], current: date) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(tr("Go to a date"))
        self._days = days
        self._calendar = QCalendarWidget()
        self._calendar.setLocale(date_locale())
        self._calendar.setFirstDayOfWeek(QLocale().firstDayOfWeek())
        self._calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        self._calendar.setAccessibleName(tr("Days with pictures are bold"))
        dates = [day.date for day in days]
        self._calendar.setDateRange(_qdate(min(dates)), _qdate(max(dates)))
        self._calendar.setSelectedDate(_qdate(current))
        self._calendar.clicked.connect(self._choose)
        self._calendar.activated.connect(self._choose)
        self._mark_days()
        for name, picture in (("qt_calendar_prevmonth", "back"), ("qt_calendar_nextmonth", "forward")):
            for button in self._calendar.findChildren(QToolButton, name):
                button.setIcon(icon(picture))
        column = QVBoxLayout(self)
        column.setContentsMargins(px(8), px(8), px(8), px(8))
        column.addWidget(self._calendar)

    def show_above(self, anchor: QWidget) -> None:
        """Open above `anchor`, inside the screen, with the focus in it."""
        self.adjustSize()
        position = anchor.mapToGlobal(QPoint(anchor.width() - self.width(), -self.height() - px(8)))
        area = anchor.screen().availableGeometry()
        position.setX(max(area.left(), min(position.x(), area.right() - self.width())))
        position.setY(max(area.top(), position.y()))
        self.move(position)
        self.show()
        self._calendar.setFocus(Qt.FocusReason.PopupFocusReason)

    def _mark_days(self) -> None:
        tokens = current_tokens()
        usual, with_pictures = QTextCharFormat(), QTextCharFormat()
        usual.setForeground(QColor(tokens.muted))
        with_pictures.setForeground(QColor(tokens.accent))
        with_pictures.setFontWeight(QFont.Weight.Bold)
        for weekday in Qt.DayOfWeek:
            self._calendar.setWeekdayTextFormat(weekday, usual)
        header = QTextCharFormat(usual)
        header.setBackground(QColor(tokens.surface))
        self._calendar.setHeaderTextFormat(header)
        for day in self._days:
            self._calendar.setDateTextFormat(_qdate(day.date), with_pictures)

    def _choose(self, chosen: QDate) -> None:
        self.chosen.emit(row_of_day(self._days, date(chosen.year(), chosen.month(), chosen.day())))
        self.close()


def row_of_day(days: Sequence[Day], wanted: date) -> int:
    """The first row of this day, or of the day nearest to it."""
    nearest = min(range(len(days)), key=lambda number: abs((days[number].date - wanted).days))
    return sum(day.count for day in days[:nearest])


def day_of_row(days: Sequence[Day], row: int) -> date:
    """The day of a picture."""
    for day in days:
        row -= day.count
        if row < 0:
            return day.date
    return days[-1].date


def _qdate(day: date) -> QDate:
    return QDate(day.year, day.month, day.day)
