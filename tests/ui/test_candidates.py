"""Results over the canvas: which one is looked at, and what becomes of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtGui import QAction, QImage
from PySide6.QtWidgets import QApplication, QPushButton, QScrollArea, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from studio.core.picture_id import PictureId
from studio.gallery.record import PictureRecord
from studio.settings.model import Theme
from studio.ui.canvas.candidate_bar import CandidateBar
from studio.ui.canvas.candidates import Candidates
from studio.ui.theme import apply_theme


def record(name: str) -> PictureRecord:
    return PictureRecord(PictureId(name * 32), Path(f"{name}.png"), datetime.now(UTC), 64, 64, None, None)


A, B, C = record("a"), record("b"), record("c")


@pytest.fixture
def three() -> Candidates:
    candidates = Candidates()
    for each in (A, B, C):
        candidates.add(each)
    return candidates


def test_the_newest_is_looked_at(three: Candidates) -> None:
    assert three.current == C
    assert three.ids == (A.id, B.id, C.id)


def test_stepping_goes_from_the_original_to_the_last_and_no_further(three: Candidates) -> None:
    seen: list[PictureRecord | None] = []
    three.look_at(None)
    for by in (1, 1, 1, 1, -1, -1, -1, -1):
        three.step(by)
        seen.append(three.current)
    assert seen == [A, B, C, C, B, A, None, None]


def test_discarding_shows_the_next_one_and_at_the_end_the_one_before(three: Candidates) -> None:
    three.look_at(1)
    assert three.discard() == B
    assert three.current == C
    assert three.discard() == C
    assert three.current == A
    assert three.discard() == A
    assert three.current is None
    assert three.discard() is None


def test_one_that_was_deleted_elsewhere_is_gone_and_the_look_stays(three: Candidates) -> None:
    three.look_at(2)
    three.remove(A.id)
    assert three.current == C
    three.remove(C.id)
    assert three.current is None
    assert three.records == (B,)


def test_clearing_returns_all(three: Candidates) -> None:
    assert three.clear() == (A, B, C)
    assert three.records == ()
    assert three.current is None


@pytest.fixture
def bar(qtbot: QtBot) -> CandidateBar:
    picture = QImage(8, 8, QImage.Format.Format_RGB888)
    accept = QAction("Accept")
    bar = CandidateBar(lambda _: picture, accept, (QAction("Discard", accept),))
    accept.setParent(bar)
    qtbot.addWidget(bar)
    return bar


def test_the_bar_is_there_only_while_there_is_something_to_decide(bar: CandidateBar, three: Candidates) -> None:
    bar.show_candidates(Candidates())
    assert not bar.isVisibleTo(None)
    bar.show_candidates(three)
    assert bar.isVisibleTo(None)
    assert bar.accessibleDescription() == "3 of 3"


def test_notices_leave_it_free_while_it_stands_there(bar: CandidateBar, three: Candidates, qtbot: QtBot) -> None:
    page, feet = QWidget(), list[int]()
    qtbot.addWidget(page)
    bar.setParent(page)
    bar.stands.connect(feet.append)
    page.show()
    bar.show_candidates(three)
    page.hide()  # another page covers it, and says itself what it needs
    page.show()
    bar.show_candidates(Candidates())
    bar.setParent(None)  # it is closed on its own
    assert feet == [bar.sizeHint().height(), bar.sizeHint().height(), 0]


def test_the_frame_of_what_is_looked_at_is_seen_whole(bar: CandidateBar, three: Candidates, qapp: QApplication) -> None:
    apply_theme(qapp, Theme.DARK)
    bar.show_candidates(three)
    bar.show()
    qapp.processEvents()
    [scroll] = bar.findChildren(QScrollArea)
    for button in bar.findChildren(QToolButton, "candidate"):
        place = button.mapTo(scroll.viewport(), button.rect().bottomLeft())
        assert scroll.viewport().rect().contains(place)


def test_while_the_original_is_compared_it_is_marked_and_not_the_result(bar: CandidateBar, three: Candidates) -> None:
    def marked() -> list[str]:
        return [button.accessibleName() for button in bar.findChildren(QToolButton, "candidate") if button.isChecked()]

    bar.show_candidates(three)
    bar.show_comparing(True)
    assert (marked(), bar.accessibleDescription()) == (["Original"], "Original")
    bar.show_comparing(False)
    assert (marked(), bar.accessibleDescription()) == (["Result 3"], "3 of 3")


def test_a_click_looks_at_that_result_or_at_the_original(bar: CandidateBar, three: Candidates, qtbot: QtBot) -> None:
    bar.show_candidates(three)
    names = {button.accessibleName(): button for button in bar.findChildren(QToolButton, "candidate")}
    with qtbot.waitSignal(bar.chosen) as chosen:
        names["Result 2"].click()
    assert chosen.args == [1]
    with qtbot.waitSignal(bar.chosen) as chosen:
        names["Original"].click()
    assert chosen.args == [-1]


def test_accept_is_offered_as_its_command_allows(qtbot: QtBot) -> None:
    accept = QAction("Accept")
    bar = CandidateBar(lambda _: QImage(), accept, ())
    qtbot.addWidget(bar)
    button = bar.findChild(QPushButton, "accept")
    assert button is not None
    accept.setEnabled(False)
    assert not button.isEnabled()
    accept.setEnabled(True)
    with qtbot.waitSignal(accept.triggered):
        button.click()
