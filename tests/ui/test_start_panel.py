"""The settings for a start picture and for a mask."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from studio.core.errors import MaskUnusable, SourceUnusable
from studio.core.picture_id import PictureId
from studio.core.sources import ImageRef
from studio.core.task import EXTENDING_STRENGTH, Fit, ImageToImage, Inpaint, InpaintArea, MaskedContent
from studio.settings.model import StartState
from studio.ui import glossary
from studio.ui.request_panel import RequestPanel
from studio.ui.start_panel import StartPanel

IMAGE, MASK, PARENT = ImageRef("a" * 64, 64, 64), ImageRef("b" * 64, 64, 64), PictureId("c" * 32)


@pytest.fixture
def panel(qtbot: QtBot) -> RequestPanel:
    panel = RequestPanel()
    qtbot.addWidget(panel)
    panel.resize(344, 900)
    panel.show()
    return panel


def texts(start: StartPanel) -> list[str]:
    return [shown.text() for shown in start.findChildren(QLabel) if shown.isVisibleTo(start)]


def test_it_is_there_only_with_a_picture_on_the_canvas(panel: RequestPanel) -> None:
    assert not panel.start.isVisible()
    panel.show_purpose(glossary.VARY)
    assert panel.start.isVisible()
    assert panel.make.text() == "Vary this picture"
    panel.show_busy(busy=True)
    assert panel.make.text() == "Add to queue"
    panel.show_purpose(glossary.MAKE)
    panel.show_busy(busy=False)
    assert not panel.start.isVisible()
    assert panel.make.text() == "Make a picture"


def test_examples_of_prompts_are_for_pictures_made_from_nothing(panel: RequestPanel, qtbot: QtBot) -> None:
    panel.prompt.set_examples(("a panda",))
    [chip] = panel.findChildren(QPushButton, "chip")
    qtbot.waitUntil(chip.isVisible)
    panel.show_purpose(glossary.REPAINT)
    assert not chip.isVisible()


def test_rarely_used_settings_are_folded_and_unfold_for_a_fault(panel: RequestPanel) -> None:
    panel.show_purpose(glossary.REPAINT)
    panel.start.show_mask(has_mask=True)
    assert not panel.start.mask_padding.isVisible()
    [fold] = panel.start.findChildren(QPushButton, "fold")
    fold.click()
    assert panel.start.mask_padding.isVisible()
    fold.click()
    assert not panel.start.mask_padding.isVisible()
    panel.show_fault(MaskUnusable("nothing is painted on it"))
    assert panel.start.mask_padding.isVisible()
    panel.start.show_mask(has_mask=False)
    assert not panel.start.mask_padding.isVisible()
    assert panel.start.fit.isVisible(), "those of the picture are unfolded as well"
    fold.click()
    assert not panel.start.fit.isVisible()
    panel.show_fault(SourceUnusable("it is 10 pixels wide"))
    assert panel.start.fit.isVisible()


def test_its_controls_line_up_with_those_below(panel: RequestPanel) -> None:
    panel.show_purpose(glossary.VARY)
    panel.start.show_mask(has_mask=False)
    QApplication.processEvents()
    sliders = (panel.start.vary_strength.slider, panel.sampling.steps.slider)
    assert len({slider.mapTo(panel, QPoint()).x() for slider in sliders}) == 1


def test_without_a_mask_the_task_varies_the_picture(panel: RequestPanel) -> None:
    panel.start.vary_strength.set_value(0.35)
    panel.start.fit.setCurrentIndex(panel.start.fit.findData(Fit.PAD))
    panel.start.restore_size.setChecked(True)
    assert panel.start.task(IMAGE, None, PARENT) == ImageToImage(
        image=IMAGE, parent=PARENT, strength=0.35, fit=Fit.PAD, restore_size=True
    )


def test_with_a_mask_the_task_repaints_it(panel: RequestPanel) -> None:
    start = panel.start
    start.restore(StartState(repaint_strength=0.8, area=InpaintArea.WHOLE, masked_content=MaskedContent.FILL))
    start.mask_padding.setValue(48)
    start.mask_blur.setValue(7)
    start.mask_grow.setValue(3)
    assert start.task(IMAGE, MASK, None) == Inpaint(
        image=IMAGE,
        mask=MASK,
        strength=0.8,
        area=InpaintArea.WHOLE,
        mask_padding=48,
        mask_blur=7,
        mask_grow=3,
        masked_content=MaskedContent.FILL,
    )


def test_it_tells_how_many_steps_are_really_run(panel: RequestPanel) -> None:
    panel.show_purpose(glossary.VARY)
    panel.sampling.steps.set_value(30)
    panel.start.vary_strength.set_value(0.5)
    assert "15 of 30 steps are run" in texts(panel.start)
    panel.start.vary_strength.set_value(0.01)
    assert "1 of 30 steps are run" in texts(panel.start)
    panel.start.show_mask(has_mask=True)
    panel.start.repaint_strength.set_value(1.0)
    assert "30 of 30 steps are run" in texts(panel.start)


def test_the_tooltip_says_what_a_strength_does(panel: RequestPanel) -> None:
    tip = panel.start.vary_strength.slider.toolTip()
    assert "0.3 keeps the layout" in tip
    assert "0.8 only hints at it" in tip


def test_a_task_and_its_settings_are_two_forms_of_the_same(panel: RequestPanel) -> None:
    tasks: tuple[ImageToImage | Inpaint, ...] = (
        ImageToImage(image=IMAGE, strength=0.25, fit=Fit.STRETCH, restore_size=True),
        Inpaint(image=IMAGE, mask=MASK, strength=0.4, mask_padding=1, mask_blur=2, mask_grow=3),
    )
    for task in tasks:
        panel.start.use_task(task)
        mask = task.mask if isinstance(task, Inpaint) else None
        assert panel.start.task(IMAGE, mask, None) == task


def test_what_was_left_comes_back(panel: RequestPanel) -> None:
    state = StartState(
        vary_strength=0.2,
        repaint_strength=0.7,
        fit=Fit.STRETCH,
        restore_size=True,
        area=InpaintArea.WHOLE,
        masked_content=MaskedContent.NOISE,
        mask_padding=5,
        mask_blur=6,
        mask_grow=7,
        keep_discarded=False,
    )
    panel.start.restore(state)
    assert panel.start.state() == state


def test_faults_stand_beside_what_is_at_fault(panel: RequestPanel) -> None:
    panel.show_purpose(glossary.REPAINT)
    panel.start.show_mask(has_mask=True)
    panel.show_fault(MaskUnusable("nothing is painted on it"))
    assert any("nothing is painted on it" in text for text in texts(panel.start))
    panel.show_fault(SourceUnusable("it is 10 pixels wide"))
    assert any("10 pixels wide" in text for text in texts(panel.start))
    assert not any("nothing is painted on it" in text for text in texts(panel.start))


def test_extending_begins_with_a_strength_of_its_own_and_leaves_that_of_repainting(panel: RequestPanel) -> None:
    start = panel.start
    start.repaint_strength.set_value(0.9)
    start.show_mask(has_mask=True, extends=True)
    assert start.task(IMAGE, MASK, PARENT).strength == EXTENDING_STRENGTH
    start.repaint_strength.set_value(0.8)
    start.show_mask(has_mask=True, extends=True)
    assert start.task(IMAGE, MASK, PARENT).strength == 0.8, "as the user said"
    assert start.state().repaint_strength == 0.9
    start.show_mask(has_mask=True)
    assert start.task(IMAGE, MASK, PARENT).strength == 0.9


def test_settings_that_are_used_while_a_picture_is_extended_stay(panel: RequestPanel) -> None:
    panel.start.show_mask(has_mask=True, extends=True)
    panel.start.use_task(Inpaint(image=IMAGE, mask=MASK, strength=0.4))
    panel.start.show_mask(has_mask=True)
    assert panel.start.repaint_strength.value() == 0.4
