"""Searching in the window: what is typed finds pictures, what is not understood is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from studio.core.errors import StudioError
from studio.core.picture_id import PictureId
from studio.gallery.gallery import Gallery
from studio.gallery.picture_marks import PictureMarks
from studio.gallery.record import PictureRecord
from studio.gallery.search.query import FaultReason
from studio.gallery.search.sql import PictureOrder
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.gallery.gallery_panel import GalleryPanel
from studio.ui.gallery.gallery_search import GallerySearch
from studio.ui.gallery.mark_commands import MarkCommands
from studio.ui.gallery.mark_editor import MarkEditor, tags_in
from studio.ui.gallery.thumbnail_cells import marks_text
from studio.ui.main_window import MainWindow
from studio.ui.messages import search_fault_text
from tests.helpers.fake_session import a_picture, a_request
from tests.helpers.run_now import run_now, run_or_fail_now


@dataclass
class Later:
    """Work that is done when the test says so."""

    waiting: list[Callable[[], None]] = field(default_factory=list)

    def __call__(
        self,
        work: Callable[[], object],
        *,
        failed: Callable[[StudioError], None],
        done: Callable[[object], None] | None = None,
    ) -> None:
        self.waiting.append(partial(run_or_fail_now, work, failed=failed, done=done))

    def run(self) -> None:
        waiting, self.waiting = self.waiting, []
        for work in waiting:
            work()


def no_failure(error: StudioError) -> None:
    raise AssertionError(error)


@pytest.fixture
def later() -> Later:
    return Later()


@pytest.fixture
def records(gallery: Gallery, model: GalleryModel) -> list[PictureRecord]:
    """An apple, a pear and a house; the house is the newest."""
    records = [
        gallery.add(a_picture(a_request(text, seed=seed))) for seed, text in enumerate(("apple", "pear", "house"))
    ]
    model.reload()
    return records


@pytest.fixture
def panel(window: MainWindow) -> GalleryPanel:
    return window.gallery_panel


@pytest.fixture
def search(panel: GalleryPanel, model: GalleryModel, gallery: Gallery, later: Later) -> GallerySearch:
    return GallerySearch(panel, model, later, gallery.browse, no_failure)


def shown(model: GalleryModel) -> list[str]:
    records = [model.record(row) for row in range(model.rowCount())]
    return [record.parameters.prompt.text for record in records if record is not None and record.parameters is not None]


def type_in(panel: GalleryPanel, text: str, later: Later, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.search_bar.asked):
        panel.search_bar.field.setText(text)
    later.run()


def texts(panel: GalleryPanel) -> list[str]:
    return [label.text() for label in panel.findChildren(QLabel) if label.isVisible()]


@pytest.mark.usefixtures("search", "records")
def test_what_is_typed_is_found_when_the_typing_stops(
    panel: GalleryPanel, model: GalleryModel, later: Later, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(panel.search_bar.asked):
        QTest.keyClicks(panel.search_bar.field, "pea")
    assert len(later.waiting) == 2, "one search for three letters, and the words that they begin"
    later.run()
    assert shown(model) == ["pear"]
    assert "1 found" in texts(panel)


@pytest.mark.usefixtures("search", "records")
def test_the_newest_search_wins(panel: GalleryPanel, model: GalleryModel, later: Later, qtbot: QtBot) -> None:
    for text in ("apple", "house"):
        with qtbot.waitSignal(panel.search_bar.asked):
            panel.search_bar.field.setText(text)
    first, second = later.waiting
    second()
    first()
    assert shown(model) == ["house"]


@pytest.mark.usefixtures("search", "records")
def test_nothing_found_offers_all_pictures_again(
    panel: GalleryPanel, model: GalleryModel, later: Later, qtbot: QtBot
) -> None:
    type_in(panel, "submarine", later, qtbot)
    assert "No picture is like this" in texts(panel)
    assert "Your pictures will be here" not in texts(panel)
    [button] = [button for button in panel.findChildren(QPushButton) if button.isVisible()]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    later.run()
    assert shown(model) == ["house", "pear", "apple"]
    assert "3" in texts(panel)


@pytest.mark.usefixtures("search", "records")
def test_who_types_goes_on_typing_when_nothing_is_found_and_when_all_is_again(
    panel: GalleryPanel, later: Later, qtbot: QtBot
) -> None:
    field = panel.search_bar.field
    panel.focus_search()
    for text in ("submarine", ""):
        type_in(panel, text, later, qtbot)
        assert field.hasFocus()


@pytest.mark.usefixtures("search", "records")
def test_what_is_not_understood_is_said_until_it_is_typed_anew(
    panel: GalleryPanel, model: GalleryModel, later: Later, qtbot: QtBot
) -> None:
    type_in(panel, "pear steps:many", later, qtbot)
    assert shown(model) == ["pear"]
    assert any("“many” is no number" in text for text in texts(panel))
    panel.search_bar.field.setText("pear")
    assert not any("no number" in text for text in texts(panel))


def typed(panel: GalleryPanel, text: str, later: Later, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.search_bar.asked):
        QTest.keyClicks(panel.search_bar.field, text)
    later.run()


def told_faults(panel: GalleryPanel) -> list[str]:
    return [label.text() for label in panel.search_bar.findChildren(QLabel) if label.isVisible()]


@pytest.mark.usefixtures("search", "records")
@pytest.mark.parametrize("begun", ["steps:", "date:202", '"app', "rating:>"])
def test_what_is_only_begun_is_not_yet_wrong(panel: GalleryPanel, later: Later, qtbot: QtBot, begun: str) -> None:
    typed(panel, begun, later, qtbot)
    assert told_faults(panel) == []
    panel.search_bar.field.suggestion_list.hide()
    with qtbot.waitSignal(panel.search_bar.asked):
        QTest.keyClick(panel.search_bar.field, Qt.Key.Key_Return)
    later.run()
    assert len(told_faults(panel)) == 1


@pytest.mark.usefixtures("search", "records")
def test_what_the_caret_has_left_is_wrong(panel: GalleryPanel, later: Later, qtbot: QtBot) -> None:
    sentence = "“x” is no number. Write 20, >20, <=20 or 10..20."
    typed(panel, "steps:x", later, qtbot)
    assert told_faults(panel) == []
    QTest.keyClick(panel.search_bar.field, Qt.Key.Key_Home)
    assert told_faults(panel) == [sentence]
    QTest.keyClick(panel.search_bar.field, Qt.Key.Key_End)
    typed(panel, " a", later, qtbot)
    assert told_faults(panel) == [sentence]


@pytest.mark.usefixtures("search", "records")
def test_a_wrong_value_is_told_after_a_moment_and_a_missing_one_is_waited_for(
    panel: GalleryPanel, later: Later, qtbot: QtBot
) -> None:
    typed(panel, "steps:", later, qtbot)
    qtbot.waitUntil(lambda: not panel.search_bar.is_waiting)
    assert told_faults(panel) == []
    typed(panel, "x", later, qtbot)
    qtbot.waitUntil(lambda: not panel.search_bar.is_waiting)
    assert len(told_faults(panel)) == 1


@pytest.mark.usefixtures("search")
def test_the_current_picture_stays_current_where_it_is_found(
    panel: GalleryPanel, records: list[PictureRecord], later: Later, qtbot: QtBot
) -> None:
    apple = records[0]
    panel.select(apple.id)
    type_in(panel, "app", later, qtbot)
    assert panel.current == apple


@pytest.mark.usefixtures("search")
def test_a_picture_that_a_search_hides_stays_the_one_that_is_looked_at(
    panel: GalleryPanel, records: list[PictureRecord], later: Later, qtbot: QtBot
) -> None:
    apple, pear, house = records
    panel.select(apple.id)
    type_in(panel, "house", later, qtbot)
    assert (panel.current, panel.selected) == (apple, [apple.id])
    type_in(panel, "", later, qtbot)
    assert panel.view.currentIndex().row() == 2
    assert panel.view.selectionModel().isRowSelected(2)
    type_in(panel, "house", later, qtbot)
    panel.select(house.id)
    type_in(panel, "", later, qtbot)
    assert (panel.current, panel.selected) == (house, [house.id])
    type_in(panel, "pear", later, qtbot)
    with qtbot.waitSignal(panel.nothing_selected):
        panel.clear_selection()
    assert (panel.current, panel.selected) == (None, [])
    assert pear.id != house.id


@pytest.mark.usefixtures("search")
def test_what_is_found_is_seen_from_its_beginning_unless_the_current_picture_is_in_it(
    panel: GalleryPanel, model: GalleryModel, gallery: Gallery, later: Later, qtbot: QtBot
) -> None:
    for number in range(60):
        gallery.add(a_picture(a_request("cats" if number < 50 else "dogs", seed=number)))
    model.reload()
    bar = panel.view.verticalScrollBar()
    panel.select(model.picture(2))
    bar.setValue(bar.maximum())
    type_in(panel, "cats", later, qtbot)
    assert bar.maximum() > 0
    assert bar.value() == 0
    panel.select(model.picture(49))
    at_end = bar.value()
    type_in(panel, "cat", later, qtbot)
    assert bar.value() == at_end > 0


@pytest.mark.usefixtures("search", "records")
def test_pictures_are_sorted_as_it_is_chosen(panel: GalleryPanel, model: GalleryModel, later: Later) -> None:
    menu = panel.search_bar.order_button.menu()
    oldest = next(action for action in menu.actions() if action.text() == "Oldest first")
    oldest.trigger()
    later.run()
    assert shown(model) == ["apple", "pear", "house"]
    assert panel.search_bar.request.order is PictureOrder.OLDEST


def test_a_new_picture_is_shown_where_the_search_puts_it(
    search: GallerySearch, panel: GalleryPanel, model: GalleryModel, gallery: Gallery, later: Later, qtbot: QtBot
) -> None:
    search.add(gallery.add(a_picture(a_request("apple"))))
    assert shown(model) == ["apple"]
    type_in(panel, "pear", later, qtbot)
    search.add(gallery.add(a_picture(a_request("a house"))))
    search.add(gallery.add(a_picture(a_request("a pear"))))
    later.run()
    assert shown(model) == ["a pear"]


@pytest.mark.usefixtures("records")
def test_words_of_the_prompts_are_suggested_in_the_field(
    panel: GalleryPanel, model: GalleryModel, gallery: Gallery, later: Later
) -> None:
    search = GallerySearch(panel, model, later, gallery.browse, no_failure, words=gallery.words)
    QTest.keyClicks(panel.search_bar.field, "hou")
    later.run()
    rows = panel.search_bar.field.suggestion_list.rows
    assert [rows.item(row).text() for row in range(rows.count())] == ["house"]
    assert search is not None


@pytest.mark.usefixtures("records")
def test_values_of_the_gallery_are_suggested_in_the_field(
    panel: GalleryPanel, model: GalleryModel, gallery: Gallery, later: Later, qtbot: QtBot
) -> None:
    search = GallerySearch(panel, model, later, gallery.browse, no_failure, gallery.known_values)
    panel.focus_search()
    qtbot.waitUntil(lambda: bool(later.waiting))
    later.run()
    QTest.keyClicks(panel.search_bar.field, "model:")
    rows = panel.search_bar.field.suggestion_list.rows
    assert [rows.item(row).text() for row in range(rows.count())] == ["Fake model"]
    assert search is not None


@pytest.mark.usefixtures("records")
def test_the_first_that_are_found_are_shown_before_all_others(
    panel: GalleryPanel, model: GalleryModel, gallery: Gallery, later: Later, qtbot: QtBot
) -> None:
    search = GallerySearch(panel, model, later, gallery.browse, no_failure, at_first=1)
    panel.select(model.picture(2))
    type_in(panel, "-pear", later, qtbot)
    assert (shown(model), "more than 1 found" in texts(panel)) == (["house"], True)
    later.run()
    assert (shown(model), "2 found" in texts(panel)) == (["house", "apple"], True)
    assert panel.current is not None
    assert panel.current.id == model.picture(1), "the current picture was not among the first"
    assert later.waiting == []
    assert search is not None


def test_what_searches_need_is_read_when_the_field_is_gone_to(
    panel: GalleryPanel, model: GalleryModel, gallery: Gallery, later: Later, qtbot: QtBot
) -> None:
    got_ready: list[str] = []
    search = GallerySearch(
        panel, model, later, gallery.browse, no_failure, get_ready=lambda: got_ready.append("colours")
    )
    panel.focus_search()
    qtbot.waitUntil(lambda: bool(later.waiting))
    later.run()
    assert got_ready == ["colours"]
    assert search is not None


def test_the_rest_of_the_gallery_is_read_behind_the_window(
    search: GallerySearch, model: GalleryModel, records: list[PictureRecord], later: Later
) -> None:
    search.read_rest()
    assert later.waiting == [], "all of it is there"
    model.reload(most=1)
    search.read_rest()
    assert shown(model) == ["house"]
    later.run()
    assert shown(model) == ["house", "pear", "apple"]


def test_a_picture_that_comes_while_the_gallery_is_read_is_not_lost(
    panel: GalleryPanel, model: GalleryModel, gallery: Gallery, records: list[PictureRecord]
) -> None:
    answers: list[Callable[[], None]] = []

    def read_now_answer_later(
        work: Callable[[], object],
        *,
        failed: Callable[[StudioError], None],
        done: Callable[[object], None] | None = None,
    ) -> None:
        result = work()
        assert done is not None
        answers.append(lambda: done(result))

    search = GallerySearch(panel, model, read_now_answer_later, gallery.browse, no_failure)
    search.refresh()
    search.add(gallery.add(a_picture(a_request("fish"))))
    answers.pop()()

    assert shown(model) == ["fish", "house", "pear", "apple"]


@pytest.mark.parametrize("reason", FaultReason)
def test_every_fault_has_a_sentence(reason: FaultReason) -> None:
    from studio.gallery.search.query import Fault

    text = search_fault_text(Fault(0, 5, reason, ("this", "that")), "model:x")
    assert text.endswith(".")
    assert "{" not in text


# --- marks ---


@pytest.fixture
def marks(window: MainWindow, model: GalleryModel, gallery: Gallery, later: Later) -> MarkCommands:
    return MarkCommands(window.commands, window.gallery_panel, model, window.notices, later, gallery, no_failure)


def mark_of(model: GalleryModel, picture: PictureId) -> str:
    return marks_text(model.marks(picture))


@pytest.mark.usefixtures("marks")
def test_a_digit_rates_the_current_picture_and_undo_takes_it_back(
    window: MainWindow, model: GalleryModel, gallery: Gallery, records: list[PictureRecord], later: Later
) -> None:
    picture = records[1].id
    window.gallery_panel.select(picture)
    window.gallery_panel.view.setFocus()
    QTest.keyClick(window.gallery_panel.view, Qt.Key.Key_4)
    QTest.keyClick(window.gallery_panel.view, Qt.Key.Key_F)
    later.run()
    assert gallery.marks.marks(picture) == PictureMarks(rating=4, favourite=True)
    assert mark_of(model, picture) == "♥★★★★"
    assert window.commands.favourite.isChecked()
    assert window.commands.ratings[4].isChecked()
    [notice] = window.notices.shown
    assert notice.title == "Favourite"
    notice.answers[0].act()
    later.run()
    assert gallery.marks.marks(picture) == PictureMarks(rating=4)
    assert mark_of(model, picture) == "★★★★"
    assert not window.commands.favourite.isChecked()


@pytest.mark.usefixtures("marks", "search")
def test_a_picture_that_a_search_hides_is_marked(
    window: MainWindow, gallery: Gallery, records: list[PictureRecord], later: Later, qtbot: QtBot
) -> None:
    """The heart below it was lit, and nothing was kept."""
    picture = records[0].id
    window.gallery_panel.select(picture)
    type_in(window.gallery_panel, "house", later, qtbot)
    window.commands.favourite.trigger()
    later.run()
    assert gallery.marks.marks(picture) == PictureMarks(favourite=True)


@pytest.mark.usefixtures("marks")
def test_the_keys_of_undo_take_back_one_thing_after_the_other(
    window: MainWindow, gallery: Gallery, records: list[PictureRecord], later: Later
) -> None:
    picture = records[1].id
    window.gallery_panel.select(picture)
    view = window.gallery_panel.view
    view.setFocus()
    assert not window.commands.undo_in_gallery.isEnabled()
    for key in (Qt.Key.Key_4, Qt.Key.Key_F):
        QTest.keyClick(view, key)
        later.run()
    found: list[PictureMarks] = []
    for _ in range(2):
        QTest.keyClick(view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        later.run()
        found.append(gallery.marks.marks(picture))
    assert found == [PictureMarks(rating=4), PictureMarks()]
    assert window.notices.shown == ()
    assert not window.commands.undo_in_gallery.isEnabled()


@pytest.mark.usefixtures("marks", "records")
def test_the_commands_follow_the_current_picture(
    window: MainWindow, gallery: Gallery, model: GalleryModel, records: list[PictureRecord]
) -> None:
    assert not window.commands.favourite.isEnabled()
    gallery.put_marks({records[0].id: PictureMarks(favourite=True, rating=2)})
    model.reload()
    window.gallery_panel.select(records[0].id)
    assert window.commands.favourite.isChecked()
    window.gallery_panel.select(records[1].id)
    assert not window.commands.favourite.isChecked()
    assert window.commands.ratings[0].isChecked()


@pytest.mark.usefixtures("marks", "records")
def test_letters_and_digits_are_typed_elsewhere(window: MainWindow, later: Later) -> None:
    window.gallery_panel.select_first()
    for text in (window.request_panel.prompt.text, window.gallery_panel.search_bar.field):
        text.setFocus()
        QTest.keyClicks(text, "f4")
    assert later.waiting == []
    assert window.gallery_panel.search_bar.field.text() == "f4"


# --- tags and notes ---


def editor_of(window: MainWindow) -> MarkEditor:
    return next(editor for editor in window.findChildren(MarkEditor) if editor.isVisible())


@pytest.mark.usefixtures("marks")
def test_tags_and_a_note_are_written_and_found(
    window: MainWindow, gallery: Gallery, records: list[PictureRecord], later: Later
) -> None:
    gallery.put_marks({records[2].id: PictureMarks(tags=("Sunset",))})
    window.gallery_panel.select(records[0].id)
    window.commands.edit_marks.trigger()
    later.run()
    editor = editor_of(window)
    [chip] = [button for button in editor.findChildren(QPushButton) if button.text() == "Sunset"]
    QTest.keyClicks(editor.tags, "red,  big apple")
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton)
    editor.note.setPlainText("print it")
    QTest.keyClick(editor.tags, Qt.Key.Key_Return)
    later.run()
    assert gallery.marks.marks(records[0].id) == PictureMarks(tags=("big apple", "red", "Sunset"), note="print it")


@pytest.mark.usefixtures("marks")
def test_tags_of_several_pictures_come_and_go_and_their_other_marks_stay(
    window: MainWindow, gallery: Gallery, records: list[PictureRecord], later: Later
) -> None:
    one, two = records[0].id, records[1].id
    gallery.put_marks({one: PictureMarks(tags=("a", "Both"), note="mine"), two: PictureMarks(tags=("both",), rating=3)})
    gallery.put_marks({records[2].id: PictureMarks(tags=("both",))})
    window.gallery_panel.select_first()
    window.gallery_panel.view.selectAll()
    window.commands.edit_marks.trigger()
    later.run()
    editor = editor_of(window)
    assert editor.tags.text().casefold() == "both"
    assert not editor.note.isVisible()
    editor.tags.setText("new")
    QTest.keyClick(editor.tags, Qt.Key.Key_Return)
    later.run()
    assert gallery.marks.marks(one) == PictureMarks(tags=("a", "new"), note="mine")
    assert gallery.marks.marks(two) == PictureMarks(tags=("new",), rating=3)


def test_what_is_typed_becomes_tags_each_once() -> None:
    assert tags_in(' Sea, sea ,, "big"  wave, SEA') == ("Sea", "big wave")
    assert tags_in("x" * 300) == ("x" * 100,)


def test_pictures_with_similar_colours_are_found_from_a_picture(
    window: MainWindow, panel: GalleryPanel, gallery: Gallery, model: GalleryModel, records: list[PictureRecord]
) -> None:
    desk = GallerySearch(panel, model, run_now, gallery.browse, no_failure)
    red = np.full((64, 64, 3), (210, 30, 35), np.uint8)
    red.setflags(write=False)
    cherries = [gallery.add(replace(a_picture(a_request(text)), pixels=red)) for text in ("cherry", "ripe cherry")]
    model.reload()
    panel.select(cherries[0].id)
    desk.find_similar_colours()
    assert panel.search_bar.request.text == f'like:"{cherries[0].path.stem}"'
    assert panel.search_bar.field.cursorPosition() == 0, "its beginning is seen"
    assert [model.picture(row) for row in range(model.rowCount())] == [record.id for record in reversed(cherries)]
    assert panel.current == cherries[0]
