"""Inside each step: the guesses of CFG and where each word acts, for the picture that is shown."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.core.branch import Change, branched
from studio.core.errors import CheckpointNotFound
from studio.core.inquiry import InsideOfSteps
from studio.core.request import GenerationRequest
from studio.core.step_inside import StepInside
from studio.core.trajectory import TrajectoryStep
from studio.gallery.gallery import Gallery
from studio.gallery.record import PictureRecord
from studio.imaging.decode import read_pixels
from studio.imaging.heat_map import heat_over
from studio.imaging.latent_picture import latent_picture, strength_of
from studio.imaging.picture_metadata import read_picture_info
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.images import from_qimage, to_qimage
from studio.ui.main_window import MainWindow
from studio.ui.picture_stage import PictureStage
from studio.ui.process.inside_desk import InsideDesk
from studio.ui.process.inside_tab import InsideTab
from studio.ui.process.inside_text import WORDS_UNKNOWN, acting_text, guidance_text, scale_texts
from studio.ui.process.process_page import ProcessMode, ProcessPage
from studio.ui.process.shown_inside import Acting, shown_inside
from studio.ui.process.shown_process import shown_process
from tests.helpers.fake_session import FakeSession, a_picture, a_request
from tests.helpers.run_now import run_now
from tests.helpers.trajectories import COLOURS, a_trajectory
from tests.ui.process.inquiries import AnsweredByTest

PROMPT = "a red apple"


def inside(step: int, request: GenerationRequest | None = None) -> StepInside:
    """Each word acts in a place of its own."""
    found = FakeSession().inside(request or a_request(PROMPT), step)
    assert found.attention is not None
    words = []
    for place, word in enumerate(found.attention.words):
        share = np.full(word.share.shape, 0.02, np.float32)
        share[place, place] = 0.1 * step
        words.append(replace(word, share=share))
    return replace(found, attention=replace(found.attention, words=tuple(words)))


@pytest.fixture
def tab(qtbot: QtBot) -> InsideTab:
    tab = InsideTab()
    qtbot.addWidget(tab)
    tab.resize(760, 750)
    tab.show()
    tab.activateWindow()
    tab.begin(("",) * 4)
    for step in range(1, 5):
        tab.add(shown_inside(inside(step)))
    tab.set_running(running=False)
    return tab


def test_all_guesses_are_shown_with_their_difference(tab: InsideTab) -> None:
    tab.go_to(1)
    found = inside(2).guidance
    assert not tab.difference.image.isNull()
    for pane, latents in (
        (tab.other, found.unconditional),
        (tab.prompt, found.conditional),
        (tab.guided, found.guided),
    ):
        assert latents is not None
        small = latent_picture(latents, COLOURS)
        shown = from_qimage(pane.image).reshape(8, 32, 8, 32, 3).mean(axis=(1, 3))
        assert np.corrcoef(shown.ravel(), small.ravel())[0, 1] > 0.9
    assert tab.guidance.text() == (
        "u + 5 · (c − u): your words change the guess by 1.00, CFG pushes it 4.00 further, away from what it draws "
        "without words."
    )
    assert tab.guided.name == "With CFG 5"


def test_until_the_wanted_step_is_known_the_newest_is_shown(tab: InsideTab) -> None:
    seen: list[int] = []
    tab.step_changed.connect(seen.append)
    tab.go_to(2)
    tab.begin(("",) * 4)
    for step, shown in ((1, 0), (2, 1), (3, 2), (4, 2)):
        tab.add(shown_inside(inside(step)))
        assert tab.current == shown
        assert not tab.guided.image.isNull()
    assert seen == [], "nobody went there"


def test_where_the_user_goes_meanwhile_it_stays(tab: InsideTab) -> None:
    tab.go_to(3)
    tab.begin(("",) * 4)
    tab.add(shown_inside(inside(1)))
    QTest.keyClick(tab.slider, Qt.Key.Key_Right)
    assert tab.current == 1
    tab.add(shown_inside(inside(3)))
    assert tab.current == 1


def test_what_cfg_does_in_words() -> None:
    shown = shown_inside(inside(1))
    assert "away from “blurry”" in guidance_text(shown, "blurry")
    alone = replace(shown, other=None, difference=None)
    assert "told the CFG scale and answers once" in guidance_text(alone, "")
    assert "asked once, with your words" in guidance_text(replace(alone, scale=1.0), "")


def test_what_cfg_does_has_room_for_its_words_also_in_a_small_window(tab: InsideTab) -> None:
    """632 pixels are left for the page at 1280 x 720."""
    tab.resize(632, 560)
    tab.begin(("blurry, dark, low contrast, text",) * 4)
    tab.add(shown_inside(inside(1)))
    tab.go_to(0)
    text = tab.guidance
    assert "“blurry, dark" in text.text()
    assert text.heightForWidth(text.width()) <= text.height()


def test_a_word_is_seen_where_it_acts(qtbot: QtBot, tab: InsideTab) -> None:
    tab.go_to(2)
    assert [button.text() for button in tab.chips.buttons] == ["CFG’s push", "a", "red", "apple"]
    assert tab.chips.current == 0
    found = inside(3)
    assert found.guidance.push is not None
    push = strength_of(found.guidance.push)
    over = latent_picture(found.guidance.guided, COLOURS)
    assert np.array_equal(from_qimage(tab.heat.picture.image), heat_over(over, push, 256))
    QTest.mouseClick(tab.chips.buttons[2], Qt.MouseButton.LeftButton)
    assert found.attention is not None
    share = found.attention.words[1].share
    assert np.array_equal(from_qimage(tab.heat.picture.image), heat_over(over, share, 256))
    assert tab.acting.text() == "“red” has 2.4% of the attention on average, 30% at most, at the top left."
    assert (tab.heat.least.text(), tab.heat.most.text()) == ("2.0%", "30%")
    assert tab.course.accessibleDescription().startswith("3: red 0.024")


def test_the_chosen_word_stays_when_the_step_changes(tab: InsideTab) -> None:
    tab.go_to(2)
    tab.chips.choose(3)
    tab.go_to(3)
    assert tab.chips.current == 3
    assert "“apple”" in tab.acting.text()


def test_words_are_gone_through_with_the_arrow_keys(tab: InsideTab) -> None:
    tab.go_to(2)
    tab.chips.buttons[0].setFocus()
    QTest.keyClick(tab.chips.buttons[0], Qt.Key.Key_Right)
    assert tab.chips.current == 1
    assert "“a”" in tab.acting.text()


def test_where_most_of_it_is() -> None:
    for row, column, where in ((0, 0, "at the top left"), (4, 4, "in the middle"), (8, 4, "at the bottom")):
        amount = np.zeros((9, 9), np.float32)
        amount[row, column] = 0.5
        assert where in acting_text(Acting("apple", amount), "")
    amount = np.full((9, 9), 1.5, np.float32)
    assert acting_text(Acting(None, amount), "blurry").startswith("CFG keeps “blurry” away: by 1.50 on average")


def test_models_that_read_words_and_picture_as_one_say_so(tab: InsideTab) -> None:
    tab.begin(("",))
    tab.add(shown_inside(replace(inside(1), attention=None)))
    assert tab._unknown_words.isVisible()
    assert tab._unknown_words.text() == WORDS_UNKNOWN
    assert [button.text() for button in tab.chips.buttons] == ["CFG’s push"]


def test_without_cfg_there_is_one_guess_and_still_the_words(tab: InsideTab) -> None:
    found = inside(1)
    alone = replace(found.guidance, unconditional=None, scale=1.0, guided=found.guidance.conditional)
    tab.begin(("",))
    tab.add(shown_inside(replace(found, guidance=alone)))
    assert tab.other.image.isNull()
    assert tab.difference.image.isNull()
    assert "no other guess" in tab.other.text
    assert [button.text() for button in tab.chips.buttons] == ["a", "red", "apple"]


def test_where_nothing_acts_that_could_be_seen_there_is_no_scale_and_no_curve(tab: InsideTab) -> None:
    """FLUX, and Z-Image: one answer, from words and picture as one."""
    found = inside(1)
    alone = replace(found.guidance, unconditional=None, guided=found.guidance.conditional)
    tab.begin(("",))
    tab.add(shown_inside(replace(found, guidance=alone, attention=None)))
    assert "no push to see" in tab.acting.text()
    assert not tab.heat.picture.image.isNull(), "what was guessed is seen all the same"
    assert not tab.heat.ramp.isVisible()
    assert not tab.course.isVisible()
    tab.begin(("",))
    assert tab.course.isVisible(), "until it is known"
    tab.add(shown_inside(found))
    assert tab.heat.ramp.isVisible()
    assert tab.course.isVisible()


def test_small_amounts_have_digits_that_say_something() -> None:
    amount = np.full((9, 9), 0.00321, np.float32)
    acting = Acting(None, amount)
    assert acting_text(acting, "").startswith("CFG makes more of your words: by 0.0032 on average, by 0.0032 at most")
    assert scale_texts(acting) == ("0.0032", "0.0032")


def test_a_step_that_is_not_known_says_so_until_it_comes(tab: InsideTab) -> None:
    tab.begin(("", "", ""))
    tab.go_to(1)
    assert "not been looked into" in tab.guided.text
    tab.add(shown_inside(inside(1)))
    assert tab.progress.text() == "Looked into 1 of 3 steps"
    tab.add(shown_inside(inside(2)))
    assert not tab.guided.image.isNull()


@dataclass
class Desk:
    """The desk with its page in the window, and what was asked."""

    desk: InsideDesk
    page: ProcessPage
    window: MainWindow
    inquiries: AnsweredByTest
    error: CheckpointNotFound | None = None

    @property
    def tab(self) -> InsideTab:
        return self.page.inside

    def look(self, *records: PictureRecord) -> None:
        for record in records:
            self.window.gallery_panel.select(record.id)
            self.desk.look()


@pytest.fixture
def desk(window: MainWindow) -> Desk:
    def no_failure(error: Exception) -> None:
        raise AssertionError(error)

    def read_request(record: PictureRecord) -> GenerationRequest:
        if made.error is not None:
            raise made.error
        assert record.parameters is not None
        request = a_request(record.parameters.prompt.text)
        return branched(request, 2, Change(negative="blurry"), None) if request.prompt.text == "a branch" else request

    def run(work, *, failed, done=None):
        """As `run_now`, with errors handed over."""
        try:
            result = work()
        except CheckpointNotFound as error:
            failed(error)
        else:
            done(result)

    stage = PictureStage(window, run_now, read_pixels, read_picture_info, no_failure)
    inquiries = AnsweredByTest()
    page = ProcessPage(window.commands)
    room_for_five = 5 * shown_inside(inside(1)).bytes
    made = Desk(InsideDesk(stage, run, read_request, inquiries, no_failure, room_for_five), page, window, inquiries)
    made.desk.attach(page)
    window.add_page(page)
    window.show_page(page)
    page.set_mode(ProcessMode.INSIDE)
    return made


def added(gallery: Gallery, model: GalleryModel, text: str = PROMPT) -> PictureRecord:
    record = gallery.add(a_picture(a_request(text)), None)
    model.add(record)
    return record


def test_nothing_is_asked_before_somebody_wants_it(desk: Desk, gallery: Gallery, model: GalleryModel) -> None:
    desk.desk.look()
    assert desk.tab.nothing.isVisible()
    assert not desk.tab.nothing.open.isVisible(), "it is about pictures that were made here"
    desk.look(added(gallery, model))
    assert "makes this picture once more" in desk.tab.invitation.why.text()
    assert desk.inquiries.asked == []
    desk.page.setFocus()
    assert desk.tab.invitation.run.hasFocus()
    QTest.keyClick(desk.tab.invitation.run, Qt.Key.Key_Space)
    [asked] = desk.inquiries.asked
    assert asked.question == InsideOfSteps(a_request(PROMPT))


def test_steps_are_shown_as_they_come(desk: Desk, gallery: Gallery, model: GalleryModel) -> None:
    desk.look(added(gallery, model))
    desk.tab.invitation.run.click()
    [asked] = desk.inquiries.asked
    assert "comes first" in desk.tab.progress.text()
    asked.found(inside(1))
    assert not desk.tab.guided.image.isNull()
    for step in (2, 3, 4):
        asked.found(inside(step))
    asked.done()
    assert not desk.tab.stop.isVisible()
    assert not desk.tab.look.isVisible()


def test_what_was_seen_of_a_picture_is_not_asked_again(desk: Desk, gallery: Gallery, model: GalleryModel) -> None:
    first, second = added(gallery, model), added(gallery, model, "a panda")
    desk.look(first)
    desk.tab.invitation.run.click()
    for step in range(1, 5):
        desk.inquiries.asked[0].found(inside(step))
    desk.inquiries.asked[0].done()
    desk.look(second)
    assert desk.tab.invitation.isVisible()
    desk.look(first)
    assert not desk.tab.guided.image.isNull()
    assert len(desk.inquiries.asked) == 1


def test_another_picture_ends_it_and_what_was_seen_stays(desk: Desk, gallery: Gallery, model: GalleryModel) -> None:
    first, second = added(gallery, model), added(gallery, model, "a panda")
    desk.look(first)
    desk.tab.invitation.run.click()
    desk.inquiries.asked[0].found(inside(1))
    desk.look(second)
    assert desk.inquiries.taken_back == ["0"]
    desk.look(first)
    assert not desk.tab.guided.image.isNull()
    assert desk.tab.look.isVisible()
    desk.tab.look.click()
    assert len(desk.inquiries.asked) == 2


def test_what_was_seen_first_is_forgotten_where_it_would_take_too_much_memory(
    desk: Desk, gallery: Gallery, model: GalleryModel
) -> None:
    first, second = added(gallery, model), added(gallery, model, "a panda")
    for record, steps in ((first, 4), (second, 1)):
        desk.look(record)
        desk.tab.invitation.run.click()
        for step in range(1, steps + 1):
            desk.inquiries.asked[-1].found(inside(step))
    desk.look(first)
    assert not desk.tab.invitation.isVisible(), "five steps have room"
    desk.look(second)
    desk.tab.look.click()
    for step in (1, 2):
        desk.inquiries.asked[-1].found(inside(step))
    assert not desk.tab.guided.image.isNull()
    desk.look(first)
    assert desk.tab.invitation.isVisible()


def test_it_can_be_stopped(desk: Desk, gallery: Gallery, model: GalleryModel) -> None:
    desk.look(added(gallery, model))
    desk.tab.invitation.run.click()
    desk.tab.stop.click()
    assert desk.inquiries.taken_back == ["0"]
    assert desk.tab.invitation.isVisible(), "nothing was seen yet"
    desk.tab.invitation.run.click()
    desk.inquiries.asked[1].found(inside(1))
    desk.tab.stop.click()
    assert not desk.tab.guided.image.isNull()
    assert desk.tab.look.isVisible()


def test_why_it_cannot_be_looked_into(desk: Desk, gallery: Gallery, model: GalleryModel) -> None:
    desk.error = CheckpointNotFound("A model")
    desk.look(added(gallery, model))
    desk.tab.invitation.run.click()
    assert "A model" in desk.tab.invitation.why.text()
    assert desk.inquiries.asked == []
    desk.error = None
    desk.tab.invitation.run.click()
    assert len(desk.inquiries.asked) == 1


def test_the_first_steps_of_a_branch_have_their_own_negative_prompt(
    desk: Desk, gallery: Gallery, model: GalleryModel
) -> None:
    desk.look(added(gallery, model, "a branch"))
    desk.tab.invitation.run.click()
    for step in range(1, 5):
        desk.inquiries.asked[0].found(inside(step))
    desk.tab.go_to(1)
    assert desk.tab.other.name == "Without words"
    desk.tab.go_to(2)
    assert desk.tab.other.name == "Negative prompt"
    assert "“blurry”" in desk.tab.guidance.text()


def test_a_grid_of_cfg_scales_is_one_click_away(
    qtbot: QtBot, desk: Desk, gallery: Gallery, model: GalleryModel
) -> None:
    desk.look(added(gallery, model))
    desk.tab.invitation.run.click()
    with qtbot.waitSignal(desk.desk.grid_asked) as asked:
        desk.tab.grid.click()
    assert asked.args == [a_request(PROMPT)]


def test_so_is_one_of_more_and_more_steps_of_which_a_branch_has_too_few(
    qtbot: QtBot, desk: Desk, gallery: Gallery, model: GalleryModel
) -> None:
    desk.look(added(gallery, model, "a branch"))
    desk.tab.invitation.run.click()
    with qtbot.waitSignal(desk.desk.steps_asked) as asked:
        desk.tab.more_steps.click()
    [request] = asked.args
    assert (request.earlier, request.prompt.negative) == ((), "blurry")


def test_the_other_sides_of_the_process_are_at_the_same_step(desk: Desk, gallery: Gallery, model: GalleryModel) -> None:
    desk.page.show_process(shown_process(a_trajectory(steps=4)), 2)
    desk.look(added(gallery, model))
    desk.tab.invitation.run.click()
    assert desk.tab.current == 2
    desk.tab.slider.setValue(1)
    assert desk.page.reverse.current == 1
    desk.page.set_mode(ProcessMode.REVERSE)
    desk.page.reverse.go_to(3)
    desk.page.reverse.inside.click()
    assert desk.page.mode is ProcessMode.INSIDE
    assert desk.tab.place.text() == "Step 4 of 4"


def test_a_step_is_made_into_pictures_once_and_only_where_it_is_seen(
    desk: Desk, gallery: Gallery, model: GalleryModel, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.page.show_process(shown_process(a_trajectory(steps=4)), 2)
    desk.look(added(gallery, model))
    desk.tab.invitation.run.click()
    for step in range(1, 5):
        desk.inquiries.asked[0].found(inside(step))
    qapp.processEvents()
    made: list[np.ndarray] = []

    def counted(pixels: np.ndarray) -> QImage:
        made.append(pixels)
        return to_qimage(pixels)

    monkeypatch.setattr("studio.ui.process.picture_pane.to_qimage", counted)
    desk.tab.slider.setValue(0)
    desk.tab.slider.setValue(1)  # before the first one was painted
    qapp.processEvents()
    assert len(made) == 5, "four guesses and the heat map of the step that the slider stopped at"
    made.clear()
    desk.page.set_mode(ProcessMode.REVERSE)
    qapp.processEvents()
    assert len(made) == 2
    assert np.array_equal(from_qimage(desk.page.reverse.noisy.image), latent_picture(seen_step(2).latents, COLOURS))
    assert desk.page.reverse.place.text() == "Step 2 of 4"


def seen_step(number: int) -> TrajectoryStep:
    return a_trajectory(steps=4).steps[number - 1]
