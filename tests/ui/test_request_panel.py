"""The left side: from controls to a request and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from studio.core.addon import Addon, AddonKind, Addons, UsedAddon
from studio.core.branch import Change, Repaint, branched
from studio.core.errors import AddonNotFound, InvalidBranchStep, InvalidSeed, InvalidSize, RegionOfAnother
from studio.core.geometry import Size
from studio.core.picture_id import PictureId
from studio.core.request import GenerationRequest, Prompt
from studio.core.scheduler import SchedulerName
from studio.core.sources import ImageRef
from studio.core.task import ImageToImage
from studio.settings.model import PanelState
from studio.ui.elided_label import ElidedLabel
from studio.ui.generate_action import GenerateAction
from studio.ui.request_panel import RequestPanel
from tests.helpers.fake_session import CHECKPOINT, a_picture, a_request

PARENT, OTHER = PictureId("a" * 32), PictureId("b" * 32)
VAE = Addon("ft-mse", Path("ft-mse.safetensors"), AddonKind.VAE, None)


@pytest.fixture
def panel(qtbot: QtBot) -> RequestPanel:
    panel = RequestPanel()
    qtbot.addWidget(panel)
    panel.offer(CHECKPOINT)
    panel.restore(PanelState(width=64, height=64))
    panel.show()
    return panel


def visible_faults(panel: RequestPanel) -> list[str]:
    return [label.text() for label in panel.findChildren(QLabel, "fault") if label.isVisibleTo(panel)]


def test_a_request_has_what_the_controls_say(panel: RequestPanel) -> None:
    panel.prompt.set_texts("a panda", "a car")
    panel.sampling.steps.set_value(33)
    panel.sampling.guidance.set_value(7.5)
    panel.sampling.seed.setText("99")
    panel.sampling.keep_seed.setChecked(True)
    panel.sampling.size_field.setEditText("160x96")
    panel.sampling.set_scheduler(SchedulerName.EULER_ANCESTRAL)
    panel.count.setValue(3)
    request = panel.request(CHECKPOINT)
    assert request.prompt == Prompt("a panda", "a car")
    assert request.sampling.num_inference_steps == 33
    assert request.sampling.guidance_scale == 7.5
    assert request.sampling.seed == 99
    assert request.sampling.scheduler is SchedulerName.EULER_ANCESTRAL
    assert request.size == Size(160, 96)
    assert request.batch_size == 3


def test_without_keep_every_request_has_a_new_seed_which_the_field_then_shows(panel: RequestPanel) -> None:
    first, second = (panel.request(CHECKPOINT).sampling.seed for _ in range(2))
    assert first != second
    assert panel.sampling.seed.text() == str(second)


def test_minus_one_and_an_empty_field_mean_a_new_seed_even_with_keep(panel: RequestPanel) -> None:
    for text in ("-1", ""):
        panel.sampling.seed.setText(text)
        panel.sampling.keep_seed.setChecked(True)
        assert panel.request(CHECKPOINT).sampling.seed >= 0
        assert panel.sampling.typed_seed() is not None


def test_typing_a_seed_keeps_it(panel: RequestPanel, qtbot: QtBot) -> None:
    panel.sampling.seed.clear()
    qtbot.keyClicks(panel.sampling.seed, "1234")
    assert panel.sampling.keep_seed.isChecked()
    assert panel.request(CHECKPOINT).sampling.seed == 1234


def test_the_largest_seed_is_taken_whole(panel: RequestPanel) -> None:
    panel.sampling.seed.setText(str(2**64 - 1))
    panel.sampling.keep_seed.setChecked(True)
    assert panel.request(CHECKPOINT).sampling.seed == 2**64 - 1


class HiddenCanvas:
    """Nothing lies on it: requests are sent as they are."""

    is_shown = False

    def send(self, request: GenerationRequest, send: Callable[[GenerationRequest], None]) -> None:
        raise AssertionError("it is not shown")


def no_choices(request: GenerationRequest, then: Callable[[tuple[GenerationRequest, ...]], None]) -> None:
    then((request,))


def test_a_batch_that_becomes_single_requests_is_sent_in_its_order(panel: RequestPanel) -> None:
    panel.count.setValue(3)

    def singles(request: GenerationRequest, then: Callable[[tuple[GenerationRequest, ...]], None]) -> None:
        then(tuple(request.single(index) for index in range(3)))

    sent: list[GenerationRequest] = []
    action = GenerateAction(panel, HiddenCanvas(), lambda: CHECKPOINT, singles, lambda request: request)
    action.requested.connect(sent.append)
    panel.make.click()
    seeds = [request.sampling.seed for request in sent]
    assert seeds == [seeds[0], seeds[0] + 1, seeds[0] + 2]
    assert {request.batch_size for request in sent} == {1}


@pytest.mark.parametrize("text", ["abc", "-2", "1.5", str(2**64), "9" * 30])
def test_a_seed_that_is_none_is_said_beside_the_field(panel: RequestPanel, text: str) -> None:
    panel.sampling.seed.setText(text)
    with pytest.raises(InvalidSeed):
        panel.request(CHECKPOINT)
    sent: list[GenerationRequest] = []
    action = GenerateAction(panel, HiddenCanvas(), lambda: CHECKPOINT, no_choices, lambda request: request)
    action.requested.connect(sent.append)
    panel.make.click()
    assert sent == []
    [fault] = visible_faults(panel)
    assert text in fault
    panel.sampling.seed.setText("5")
    panel.make.click()
    assert len(sent) == 1
    assert visible_faults(panel) == []


def test_an_addon_that_is_missing_is_said_beside_the_prompt(panel: RequestPanel) -> None:
    def with_addons(request: GenerationRequest) -> GenerationRequest:
        if "<lora:" in request.prompt.text:
            raise AddonNotFound("lora", "inc", ("ink",))
        return replace(request, addons=Addons(vae=VAE))

    sent: list[GenerationRequest] = []
    action = GenerateAction(panel, HiddenCanvas(), lambda: CHECKPOINT, no_choices, with_addons)
    action.requested.connect(sent.append)
    panel.prompt.set_texts("a cat <lora:inc>", "")
    panel.make.click()
    assert sent == []
    [fault] = visible_faults(panel)
    assert "“ink”" in fault
    panel.prompt.set_texts("a cat", "")
    panel.make.click()
    assert [request.addons.vae for request in sent] == [VAE]


def test_loras_that_were_not_in_the_prompt_are_named_there_when_settings_are_used(panel: RequestPanel) -> None:
    picture = a_picture(a_request("a cake"))
    lora = UsedAddon(AddonKind.LORA, "ink", "0" * 64, "0" * 64, 0.8, 0.8)
    panel.use_parameters(replace(picture, provenance=replace(picture.provenance, addons=(lora,))).parameters)
    assert panel.request(CHECKPOINT).prompt.text == "a cake <lora:ink:0.8>"


@pytest.mark.parametrize("text", ["", "big", "128", "100x100", "8x8", "99999x64", "64x"])
def test_a_size_that_is_none_is_said(panel: RequestPanel, text: str) -> None:
    panel.sampling.size_field.setEditText(text)
    with pytest.raises(InvalidSize):
        panel.request(CHECKPOINT)


def test_the_first_offered_size_is_the_models_best(panel: RequestPanel) -> None:
    panel.sampling.size_field.setCurrentIndex(0)
    assert "best" in panel.sampling.size_field.currentText()
    assert panel.sampling.size_in_pixels() == CHECKPOINT.recommended.size


def test_using_a_pictures_settings_makes_the_same_request_again(panel: RequestPanel) -> None:
    picture = a_picture(a_request("a cake", seed=5, batch_size=2), index=1)
    panel.use_parameters(picture.parameters)
    again = panel.request(CHECKPOINT)
    assert again == picture.request


def test_same_seed_new_prompt_keeps_the_seed_and_goes_to_the_prompt(panel: RequestPanel, qtbot: QtBot) -> None:
    panel.activateWindow()
    panel.use_seed(77)
    assert panel.request(CHECKPOINT).sampling.seed == 77
    assert panel.request(CHECKPOINT).sampling.seed == 77
    assert panel.prompt.text.hasFocus()


def test_the_state_survives_a_round_trip(panel: RequestPanel, qtbot: QtBot) -> None:
    state = PanelState(
        prompt="a\nb",
        negative="c",
        steps=7,
        guidance_scale=2.5,
        seed=2**64 - 1,
        keep_seed=True,
        width=160,
        height=96,
        scheduler=SchedulerName.UNIPC,
        batch_size=4,
        checkpoint="x",
    )
    panel.restore(state)
    assert panel.state(state) == state


def test_what_cannot_be_read_keeps_its_former_value_in_the_state(panel: RequestPanel) -> None:
    former = PanelState(seed=3, width=64, height=72)
    panel.restore(former)
    panel.sampling.seed.setText("nonsense")
    panel.sampling.size_field.setEditText("nonsense")
    state = panel.state(former)
    assert (state.seed, state.width, state.height) == (3, 64, 72)


def test_an_example_replaces_the_prompt_and_can_be_undone(panel: RequestPanel, qtbot: QtBot) -> None:
    panel.prompt.set_texts("mine", "")
    chips = [chip for chip in panel.findChildren(type(panel.make)) if chip.objectName() == "chip"]
    assert [chip.text() for chip in chips] == list(CHECKPOINT.examples)
    chips[1].click()
    assert panel.prompt.prompt().text == CHECKPOINT.examples[1]
    panel.prompt.text.undo()
    assert panel.prompt.prompt().text == "mine"


def test_tab_leaves_the_prompt(panel: RequestPanel, qtbot: QtBot) -> None:
    panel.activateWindow()
    panel.prompt.text.setFocus()
    QTest.keyClick(panel.prompt.text, Qt.Key.Key_Tab)
    assert not panel.prompt.text.hasFocus()
    assert panel.prompt.text.toPlainText() == ""


def test_shift_moves_finely_and_a_double_click_restores_the_default(panel: RequestPanel, qtbot: QtBot) -> None:
    guidance = panel.sampling.guidance
    guidance.slider.setFocus()
    QTest.keyClick(guidance.slider, Qt.Key.Key_Right)
    assert guidance.value() == pytest.approx(5.5)
    QTest.keyClick(guidance.slider, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert guidance.value() == pytest.approx(5.6)
    QTest.mouseDClick(guidance.slider, Qt.MouseButton.LeftButton)
    assert guidance.value() == 5


def test_a_value_beyond_the_slider_is_kept(panel: RequestPanel) -> None:
    panel.sampling.steps.set_value(150)
    assert panel.sampling.steps.value() == 150
    assert panel.sampling.steps.slider.value() == panel.sampling.steps.slider.maximum()


def test_the_wheel_changes_nothing_without_the_focus(panel: RequestPanel, qtbot: QtBot) -> None:
    slider = panel.sampling.steps.slider
    panel.prompt.text.setFocus()
    wheel = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(0, 120), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(slider, wheel)
    assert panel.sampling.steps.value() == 20
    assert wheel.type() == QEvent.Type.Wheel


def test_every_control_has_a_name_a_tooltip_and_a_way_by_keyboard(panel: RequestPanel) -> None:
    controls = [
        panel.prompt.text, panel.prompt.negative, panel.sampling.steps.slider, panel.sampling.steps.field,
        panel.sampling.guidance.slider, panel.sampling.guidance.field, panel.sampling.seed, panel.sampling.dice,
        panel.sampling.keep_seed, panel.sampling.size_field, panel.sampling.sampler, panel.make, panel.count,
        panel.model.choice, panel.prompt.history, panel.prompt.styles, panel.sampling.fine.schedule_choice,
        panel.sampling.fine.rescale.slider, panel.sampling.fine.rescale.field, panel.sampling.fine.clip_skip,
        panel.sampling.fine.vae_choice,
    ]  # fmt: skip
    for control in controls:
        assert control.accessibleName(), control
        assert control.toolTip(), control
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus, control


def a_branch() -> GenerationRequest:
    parent = replace(a_request("a red apple"), size=CHECKPOINT.recommended.size)
    return branched(parent, 2, Change(text="a blue car", guidance_scale=2.0), PARENT)


def test_settings_of_a_branch_make_it_again(panel: RequestPanel) -> None:
    request = a_branch()
    assert not panel.earlier.isVisible()
    panel.use_parameters(a_picture(request).parameters)
    assert panel.request(CHECKPOINT) == request
    assert panel.earlier.isVisible()
    assert "BRANCH AFTER STEP 2" in [label.text() for label in panel.earlier.findChildren(QLabel)]
    [told] = panel.earlier.findChildren(ElidedLabel)
    assert told.text() == "Before: “a red apple”, CFG 5, Euler"


def test_a_picture_becomes_a_branch_of_itself_until_the_earlier_steps_are_taken_away(
    panel: RequestPanel, qtbot: QtBot
) -> None:
    request = a_branch()
    panel.use_branch(a_picture(request).parameters, 3, OTHER)
    child = panel.request(CHECKPOINT)
    assert child == branched(request, 3, Change(), OTHER)
    with qtbot.waitSignal(panel.changed):
        QTest.mouseClick(panel.earlier.remove, Qt.MouseButton.LeftButton)
    assert panel.request(CHECKPOINT) == replace(request, earlier=(), branched_from=None)
    assert not panel.earlier.isVisible()


def test_settings_of_another_picture_end_a_branch(panel: RequestPanel) -> None:
    panel.use_parameters(a_picture(a_branch()).parameters)
    panel.use_parameters(a_picture(a_request("a house")).parameters)
    assert panel.request(CHECKPOINT).earlier == ()


def test_too_few_steps_for_a_branch_are_told_beside_the_steps(panel: RequestPanel) -> None:
    panel.use_parameters(a_picture(a_branch()).parameters)
    panel.sampling.steps.set_value(2)
    with pytest.raises(InvalidBranchStep) as fault:
        panel.request(CHECKPOINT)
    panel.show_fault(fault.value)
    [told] = visible_faults(panel)
    assert "after step 1 at the latest" in told


def test_with_another_seed_the_settings_stay_but_the_parent_is_no_longer_one(panel: RequestPanel) -> None:
    request = a_branch()
    panel.use_parameters(a_picture(request).parameters)
    panel.sampling.seed.setText(str(request.sampling.seed + 1))
    other = panel.request(CHECKPOINT)
    assert other.earlier == request.earlier
    assert other.branched_from is None
    panel.sampling.seed.setText(str(request.sampling.seed))
    assert panel.request(CHECKPOINT).branched_from == PARENT


def a_repaint() -> Repaint:
    size = CHECKPOINT.recommended.size
    picture = ImageRef("1" * 64, size.width, size.height)
    return Repaint(image=picture, mask=replace(picture, sha256="2" * 64), noise_seed=7)


def test_only_the_region_of_a_branch_goes_on_otherwise(panel: RequestPanel) -> None:
    request = a_branch()
    panel.use_branch(a_picture(request).parameters, 3, OTHER, a_repaint())
    child = panel.with_regions(panel.request(CHECKPOINT))
    assert child == branched(request, 3, Change(), OTHER, a_repaint())
    assert "BRANCH AFTER STEP 3, IN A REGION" in [label.text() for label in panel.earlier.findChildren(QLabel)]
    panel.use_parameters(a_picture(child).parameters)
    assert panel.with_regions(panel.request(CHECKPOINT)) == child
    QTest.mouseClick(panel.earlier.remove, Qt.MouseButton.LeftButton)
    assert panel.with_regions(panel.request(CHECKPOINT)).regions == ()


def test_a_region_goes_with_the_picture_that_it_was_painted_on(panel: RequestPanel) -> None:
    request = a_branch()
    panel.use_branch(a_picture(request).parameters, 1, OTHER, a_repaint())
    panel.sampling.seed.setText(str(request.sampling.seed + 1))
    with pytest.raises(RegionOfAnother) as fault:
        panel.with_regions(panel.request(CHECKPOINT))
    panel.show_fault(fault.value)
    [told] = visible_faults(panel)
    assert "keeps its seed" in told
    panel.sampling.seed.setText(str(request.sampling.seed))
    started = panel.request(CHECKPOINT)
    other = ImageToImage(image=ImageRef("3" * 64, 128, 128), strength=0.8)
    with pytest.raises(RegionOfAnother):
        panel.with_regions(replace(started, task=other))


def test_a_branch_has_room_in_a_low_window(panel: RequestPanel) -> None:
    panel.resize(panel.width(), 600)
    roomy = panel.prompt.text.height()
    panel.use_parameters(a_picture(a_branch()).parameters)
    QApplication.processEvents()
    assert panel.prompt.text.height() < roomy
    QTest.mouseClick(panel.earlier.remove, Qt.MouseButton.LeftButton)
    QApplication.processEvents()
    assert panel.prompt.text.height() == roomy
