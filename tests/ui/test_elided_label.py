"""Labels that end in an ellipsis where there is no room."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QFontMetrics
from pytestqt.qtbot import QtBot

from studio.ui.elided_label import ElidedLabel, elided_lines


@pytest.fixture
def label(qtbot: QtBot) -> ElidedLabel:
    label = ElidedLabel(lines=2)
    qtbot.addWidget(label)
    return label


def test_a_text_takes_as_many_lines_as_it_needs(label: ElidedLabel) -> None:
    words = "a red apple on a blue background"
    width = QFontMetrics(label.font()).horizontalAdvance("a red apple on a blue ")
    assert elided_lines(words, label.font(), width, 2) == ["a red apple on a blue", "background"]
    assert elided_lines(words, label.font(), 10 * width, 2) == [words]
    assert elided_lines("", label.font(), width, 2) == []


def test_what_has_no_room_on_the_last_line_is_cut(label: ElidedLabel) -> None:
    width = QFontMetrics(label.font()).horizontalAdvance("a red apple on ")
    first, last = elided_lines("a red apple on a blue background, in the rain", label.font(), width, 2)
    assert first == "a red apple on"
    assert last.endswith("…")


def test_a_name_without_spaces_is_broken_anywhere(label: ElidedLabel) -> None:
    name = "072218-grid-cfg-scale-52363363.png"
    width = QFontMetrics(label.font()).horizontalAdvance(name) * 2 // 3
    assert "".join(elided_lines(name, label.font(), width, 2)) == name


def test_it_is_as_high_as_its_lines(label: ElidedLabel) -> None:
    one = ElidedLabel("a").sizeHint().height()
    label.set_text("a")
    assert label.sizeHint().height() == one + label.fontMetrics().lineSpacing()
    assert label.minimumSizeHint().height() == label.sizeHint().height()
