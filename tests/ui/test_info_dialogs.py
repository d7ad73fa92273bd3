"""The windows that only tell: all they say is there, can be read and fits on a small screen."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QPlainTextEdit
from pytestqt.qtbot import QtBot

from studio.core.version import VERSION
from studio.ui.info_dialogs import about_dialog, licences_dialog, notices_dialog, shortcuts_dialog
from studio.ui.main_window import MainWindow
from studio.ui.notice_bar import Notice, PastNotice


def texts(dialog: QDialog) -> list[str]:
    """From the top down."""
    return [label.text() for label in dialog.findChildren(QLabel)]


def test_every_key_is_listed(window: MainWindow) -> None:
    dialog = shortcuts_dialog(window, window.commands.all)
    shown = texts(dialog)
    for action in window.commands.all:
        if not action.shortcut().isEmpty():
            place = shown.index(action.text())
            assert shown[place - 1] == action.shortcut().toString(action.shortcut().SequenceFormat.NativeText)
    assert "Back to its default" in shown


def test_notices_are_listed_with_their_time_newest_first(window: MainWindow) -> None:
    past = [PastNotice(datetime(2026, 1, 2, 13, n, tzinfo=UTC), Notice(f"Title {n}", "<b>text</b>")) for n in (1, 2)]
    shown = texts(notices_dialog(window, past))
    assert shown == ["13:02:00", "Title 2. <b>text</b>", "13:01:00", "Title 1. <b>text</b>"]


def test_an_empty_list_of_notices_says_so(window: MainWindow) -> None:
    assert "Nothing was announced since the start." in texts(notices_dialog(window, []))


def test_about_tells_the_version_and_the_places(window: MainWindow) -> None:
    shown = texts(about_dialog(window, [("Pictures", "/home/a/Pictures")]))
    assert VERSION in shown
    assert "/home/a/Pictures" in shown


def test_a_dialog_fits_a_small_screen_and_escape_closes_it(window: MainWindow) -> None:
    dialog = shortcuts_dialog(window, window.commands.all)
    dialog.open()
    assert dialog.height() <= 720 - 48
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_each_key_stands_at_the_height_of_what_it_does_in_a_language_of_high_letters_too(
    window: MainWindow, qtbot: QtBot
) -> None:
    past = [PastNotice(datetime(2026, 1, 2, 13, 1, tzinfo=UTC), Notice("H 画像を生成", "H"))]
    dialog = notices_dialog(window, past)
    with qtbot.waitExposed(dialog):
        dialog.open()
    time, text = dialog.findChildren(QLabel)
    time.setText("H")
    assert foot_of_the_first_letter(dialog, time) == foot_of_the_first_letter(dialog, text)


def foot_of_the_first_letter(dialog: QDialog, label: QLabel) -> int:
    """The lowest row of the dialog that an H at the label's left edge has ink in."""
    shown = label.grab(QRect(0, 0, label.fontMetrics().horizontalAdvance("H"), label.height())).toImage()
    ground = shown.pixel(0, shown.height() - 1)
    inked = [y for y in range(shown.height()) if any(shown.pixel(x, y) != ground for x in range(shown.width()))]
    return label.mapTo(dialog, QPoint(0, inked[-1])).y()


def test_licences_are_those_of_the_package_and_without_one_it_is_said_where_they_are(
    window: MainWindow, tmp_path: Path
) -> None:
    file = tmp_path / "licences.txt"
    for found in ("pip show", "Qt is under the LGPL."):
        dialog = licences_dialog(window, file)
        [text] = dialog.findChildren(QPlainTextEdit)
        assert found in text.toPlainText()
        assert text.isReadOnly()
        file.write_text("Qt is under the LGPL.")
