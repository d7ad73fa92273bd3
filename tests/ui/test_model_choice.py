"""Another model is chosen: the list, the settings that follow, and what is greyed with a reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from studio.core.addon import Addon, AddonKind, UsedAddon
from studio.core.addon_names import LoraTag
from studio.core.checkpoint import Checkpoint, ModelFamily, Prediction, RecommendedSampling
from studio.core.errors import AddonNotFound
from studio.core.family import family_traits
from studio.core.geometry import Size
from studio.core.request import Prompt, Sampling
from studio.core.scheduler import SchedulerName, ScheduleType
from studio.imaging.metadata.foreign_settings import ForeignSettings
from studio.settings.model import PanelState, SettingOutOfRange
from studio.ui.model_settings import settings_for, settings_text
from studio.ui.model_switch import ModelSwitch
from studio.ui.notice_bar import NoticeBar
from studio.ui.request_panel import RequestPanel
from tests.helpers.fake_session import a_picture


def a_model(name: str, family: ModelFamily, recommended: RecommendedSampling | None = None) -> Checkpoint:
    traits = family_traits(family)
    return Checkpoint(name, Path(name), family, recommended or traits.recommended, prediction=traits.prediction)


SMALL = a_model(
    "Small",
    ModelFamily.STABLE_DIFFUSION,
    RecommendedSampling(Size(256, 256), 20, 5.0, SchedulerName.DPMPP_2M),
)
SD = a_model("SD 1.5", ModelFamily.STABLE_DIFFUSION)
XL = a_model("XL", ModelFamily.STABLE_DIFFUSION_XL)
FLUX = a_model("Flux dev", ModelFamily.FLUX)
KLEIN = a_model("Klein", ModelFamily.FLUX_2)


class Desk:
    def __init__(self, qtbot: QtBot) -> None:
        self.ground = QWidget()
        qtbot.addWidget(self.ground)
        self.panel = RequestPanel()
        qtbot.addWidget(self.panel)
        self.notices = NoticeBar(self.ground)
        self.panel.restore(PanelState())
        self.switch = ModelSwitch(self.panel, self.notices, SMALL)
        self.panel.model.offer((SMALL, SD, XL, FLUX, KLEIN))
        self.switched: list[Checkpoint] = []
        self.switch.switched.connect(self.switched.append)

    @property
    def settings(self) -> RecommendedSampling:
        return self.panel.sampling.chosen()

    def choose(self, name: str) -> None:
        """As the user does in the list."""
        choice = self.panel.model.choice
        row = choice.findText(name)
        choice.setCurrentIndex(row)
        choice.activated.emit(row)

    def answer(self) -> None:
        """Press the one button of the one notice."""
        [notice] = self.notices.shown
        [answer] = notice.answers
        answer.act()


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    return Desk(qtbot)


# --- the list ---


def test_the_list_has_the_installed_models_and_the_way_to_more(desk: Desk) -> None:
    choice = desk.panel.model.choice
    texts = [choice.itemText(row) for row in range(choice.count())]
    assert texts == ["Small", "SD 1.5", "XL", "Flux dev", "Klein", "", "Manage models…"]
    assert choice.currentText() == "Small"
    assert "SDXL" in choice.itemData(2, role=3)


def test_choosing_tells_once_and_choosing_the_same_again_not(desk: Desk) -> None:
    desk.choose("XL")
    desk.choose("XL")
    assert desk.switched == [XL]
    assert desk.switch.checkpoint is XL
    assert desk.panel.model.choice.currentText() == "XL"


def test_managing_leaves_the_choice_as_it_was(desk: Desk, qtbot: QtBot) -> None:
    with qtbot.waitSignal(desk.panel.model.manage_requested):
        desk.choose("Manage models…")
    assert desk.panel.model.choice.currentText() == "Small"
    assert desk.switched == []


def test_a_current_model_that_is_not_installed_any_more_stays_in_the_list(desk: Desk) -> None:
    desk.choose("XL")
    desk.panel.model.offer((SMALL,))
    assert desk.panel.model.choice.currentText() == "XL"
    desk.choose("Small")
    assert desk.switched == [XL, SMALL]


def test_opening_the_list_asks_for_a_fresh_one(desk: Desk, qtbot: QtBot) -> None:
    desk.panel.show()
    with qtbot.waitSignal(desk.panel.model.refresh_asked):
        desk.panel.model.choice.showPopup()
    desk.panel.model.choice.hidePopup()


# --- the settings that follow ---


def test_another_family_begins_with_what_it_is_best_at_and_the_old_settings_can_be_kept(desk: Desk) -> None:
    before = desk.settings
    desk.choose("XL")
    assert desk.settings == XL.recommended
    desk.answer()
    assert desk.settings == before


def test_within_a_family_what_was_not_touched_follows_and_what_was_chosen_stays(desk: Desk) -> None:
    desk.panel.sampling.steps.set_value(33)
    desk.choose("SD 1.5")
    assert desk.settings == replace(SD.recommended, num_inference_steps=33)


def test_what_was_used_with_a_model_comes_back_with_it(desk: Desk) -> None:
    desk.choose("XL")
    desk.panel.sampling.guidance.set_value(9)
    desk.choose("Klein")
    desk.switch.go_on()
    desk.choose("XL")
    assert desk.notices.shown == ()
    assert desk.settings == replace(XL.recommended, guidance_scale=9)


def test_settings_that_stay_but_are_not_the_best_are_pointed_out(desk: Desk) -> None:
    twin = replace(SMALL, name="Twin", path=Path("twin"))
    mine = RecommendedSampling(Size(64, 64), 9, 2.0, SchedulerName.EULER)
    desk.panel.sampling.choose(mine)
    desk.switch.switch(twin)
    assert desk.settings == mine
    desk.answer()
    assert desk.settings == twin.recommended


def test_between_equals_nothing_is_said(desk: Desk) -> None:
    desk.switch.switch(replace(SMALL, name="Twin", path=Path("twin")))
    assert desk.notices.shown == ()


def test_a_size_that_cannot_be_read_is_no_obstacle(desk: Desk) -> None:
    desk.panel.sampling.size_field.setEditText("large")
    desk.choose("SD 1.5")
    assert desk.settings.size == Size(512, 512)


def test_settings_in_words() -> None:
    assert settings_text(XL.recommended) == "1024 × 1024, 30 steps, CFG 6, DPM++ 2M Karras"
    assert (
        settings_text(RecommendedSampling(Size(64, 96), 1, 0.0, SchedulerName.EULER)) == "64 × 96, 1 step, CFG 0, Euler"
    )


def test_used_before_wins_over_everything() -> None:
    mine = RecommendedSampling(Size(64, 64), 1, 1.0, SchedulerName.LCM)
    assert settings_for(XL, SD, SD.recommended, mine) == mine


def test_usual_sizes_fit_the_grid_of_the_family(desk: Desk) -> None:
    desk.choose("Flux dev")
    field = desk.panel.sampling.size_field
    sizes = [Size(*map(int, str(field.itemData(row)).split("x"))) for row in range(field.count())]
    assert sizes[0] == Size(1024, 1024)
    assert all(size.width % 16 == 0 and size.height % 16 == 0 for size in sizes)


# --- what means nothing ---


def shown_texts(panel: RequestPanel) -> str:
    return " ".join(text.text() for text in panel.findChildren(QLabel) if text.isVisibleTo(panel))


def test_a_family_without_negative_prompts_greys_the_field_says_why_and_sends_none(desk: Desk) -> None:
    desk.panel.prompt.set_texts("a cat", "dogs")
    desk.choose("Flux dev")
    negative = desk.panel.prompt.negative
    assert not negative.isEnabled()
    assert "FLUX.1 models do not read this" in negative.toolTip()
    assert "FLUX.1 models do not read this" in shown_texts(desk.panel)
    assert desk.panel.request(FLUX).prompt.negative == ""
    desk.choose("SD 1.5")
    assert negative.isEnabled()
    assert desk.panel.request(SD).prompt.negative == "dogs"
    assert "do not read this" not in shown_texts(desk.panel)


def test_guidance_is_greyed_only_where_the_family_has_none(desk: Desk) -> None:
    guidance = desk.panel.sampling.guidance
    enabled: dict[str, bool] = {}
    for name in ("SD 1.5", "Flux dev", "Klein"):
        desk.choose(name)
        enabled[name] = guidance.slider.isEnabled() and guidance.field.isEnabled()
    assert enabled == {"SD 1.5": True, "Flux dev": True, "Klein": False}
    assert "need no guidance" in guidance.slider.toolTip()


@pytest.mark.parametrize("family", list(ModelFamily))
def test_what_is_greyed_has_its_reason_in_tooltip_and_text(desk: Desk, family: ModelFamily) -> None:
    panel = desk.panel
    desk.switch.switch(a_model("Any", family))
    panel.sampling.fine.fold.setChecked(True)
    traits = family_traits(family)
    fine = panel.sampling.fine
    controls: dict[QWidget, bool] = {
        panel.prompt.negative: traits.guided_by_negative,
        fine.clip_skip: traits.weights_words,
        fine.schedule_choice: traits.prediction is not Prediction.FLOW,
        fine.rescale.slider: traits.guided_by_negative and traits.prediction is not Prediction.FLOW,
    }
    for control, meant in controls.items():
        assert control.isEnabled() == meant
        reason = control.toolTip().partition(": ")[2]
        assert (reason in shown_texts(panel)) != meant


# --- what is rarely changed ---


def test_fine_settings_reach_the_request_and_come_back(desk: Desk) -> None:
    desk.switch.switch(SD)
    fine = desk.panel.sampling.fine
    fine.schedule_choice.setCurrentIndex(fine.schedule_choice.findText("Karras"))
    fine.rescale.set_value(0.7)
    fine.clip_skip.setValue(1)
    sampling = desk.panel.request(SD).sampling
    assert (sampling.schedule, sampling.guidance_rescale, sampling.clip_skip) == (ScheduleType.KARRAS, 0.7, 1)
    state = desk.panel.state(PanelState())
    desk.panel.restore(PanelState())
    assert desk.panel.request(SD).sampling.clip_skip == 0
    desk.panel.restore(state)
    assert desk.panel.state(PanelState()) == state


def test_unusual_settings_of_a_picture_unfold_by_themselves(desk: Desk) -> None:
    fine = desk.panel.sampling.fine
    usual = Sampling(scheduler=SchedulerName.EULER, num_inference_steps=4, guidance_scale=5.0, seed=1)
    fine.set_sampling(usual)
    assert not fine.fold.isChecked()
    fine.set_sampling(replace(usual, clip_skip=1))
    assert fine.fold.isChecked()
    assert fine.clip_skip.isVisibleTo(desk.panel)


def test_only_schedules_that_go_with_the_sampler_are_offered(desk: Desk) -> None:
    sampling, fine = desk.panel.sampling, desk.panel.sampling.fine
    sampling.set_scheduler(SchedulerName.EULER)
    fine.schedule_choice.setCurrentIndex(fine.schedule_choice.findText("Beta"))
    sampling.set_scheduler(SchedulerName.UNIPC)
    assert fine.schedule() is ScheduleType.BETA
    sampling.set_scheduler(SchedulerName.DDIM)
    offered = [fine.schedule_choice.itemData(row) for row in range(fine.schedule_choice.count())]
    assert offered == [schedule.value for schedule in SchedulerName.DDIM.schedules]
    assert fine.schedule() is ScheduleType.AUTOMATIC
    sampling.set_scheduler(SchedulerName.LCM)
    assert not fine.schedule_choice.isEnabled()
    assert "LCM has its own" in fine.schedule_choice.toolTip()
    desk.panel.offer(SD)
    assert not fine.schedule_choice.isEnabled()
    for scheduler in SchedulerName:
        sampling.set_scheduler(scheduler)
        desk.panel.request(SMALL)


def test_a_kept_schedule_that_does_not_go_with_its_sampler_is_no_state() -> None:
    with pytest.raises(SettingOutOfRange):
        PanelState(scheduler=SchedulerName.LCM, schedule=ScheduleType.KARRAS)


def test_what_is_greyed_is_sent_as_usual_and_comes_back_with_a_model_that_knows_it(desk: Desk) -> None:
    desk.switch.switch(SD)
    fine = desk.panel.sampling.fine
    fine.clip_skip.setValue(2)
    fine.rescale.set_value(0.5)
    desk.choose("Flux dev")
    sampling = desk.panel.request(FLUX).sampling
    assert (sampling.clip_skip, sampling.guidance_rescale, sampling.schedule) == (0, 0.0, ScheduleType.AUTOMATIC)
    assert desk.panel.state(PanelState()).clip_skip == 2
    desk.choose("SD 1.5")
    assert desk.panel.request(SD).sampling.clip_skip == 2


def test_settings_of_another_program_reach_the_fine_settings(desk: Desk) -> None:
    desk.switch.switch(SD)
    desk.panel.sampling.fine.offer_vaes((vae("mse", SD.family),))
    desk.panel.use_foreign_settings(
        ForeignSettings(Prompt("a cat"), SchedulerName.EULER, schedule=ScheduleType.KARRAS, clip_skip=1, vae="mse")
    )
    request = desk.panel.request(SD)
    assert (request.sampling.schedule, request.sampling.clip_skip) == (ScheduleType.KARRAS, 1)
    assert request.addons.vae == vae("mse", SD.family)
    assert desk.panel.sampling.fine.fold.isChecked()


def test_loras_of_another_program_are_named_in_the_prompt_once(desk: Desk) -> None:
    loras = (LoraTag("ink", 0.8, 0.8), LoraTag("sea", 1.0, 1.0))
    desk.panel.use_foreign_settings(ForeignSettings(Prompt("a cat <lora:ink:0.8>"), loras=loras))
    assert desk.panel.prompt.text.toPlainText() == "a cat <lora:ink:0.8> <lora:sea:1>"
    longest = Prompt("x" * Prompt.LONGEST)
    desk.panel.use_foreign_settings(ForeignSettings(longest, loras=loras))
    assert desk.panel.prompt.text.toPlainText() == longest.text


def test_using_a_pictures_settings_chooses_its_vae_or_the_models_own(desk: Desk) -> None:
    fine = desk.panel.sampling.fine
    fine.offer_vaes((vae("mse", None),))
    plain = a_picture().parameters
    used = UsedAddon(AddonKind.VAE, "mse", "0" * 64, "0" * 64)
    with_vae = replace(plain, provenance=replace(plain.provenance, addons=(used,)))
    desk.panel.use_parameters(with_vae)
    assert desk.panel.request(SMALL).addons.vae == vae("mse", None)
    desk.panel.use_parameters(plain)
    assert desk.panel.request(SMALL).addons.vae is None


def vae(name: str, family: ModelFamily | None) -> Addon:
    return Addon(name, Path(f"{name}.safetensors"), AddonKind.VAE, family)


def test_only_vaes_that_fit_are_offered_and_the_chosen_one_is_sent(desk: Desk) -> None:
    fine = desk.panel.sampling.fine
    mse, xl, any_family = vae("mse", SD.family), vae("fp16-fix", XL.family), vae("tiny", None)
    fine.offer_vaes((mse, xl, any_family))
    desk.switch.switch(SD)
    offered = [fine.vae_choice.itemText(row) for row in range(fine.vae_choice.count())]
    assert offered == ["The model's own", "mse", "tiny"]
    assert desk.panel.request(SD).addons.vae is None
    row = fine.vae_choice.findText("mse")
    fine.vae_choice.setCurrentIndex(row)
    fine.vae_choice.activated.emit(row)
    assert desk.panel.request(SD).addons.vae == mse


def test_a_vae_that_does_not_fit_the_model_is_not_sent_but_comes_back_with_one_it_fits(desk: Desk) -> None:
    fine = desk.panel.sampling.fine
    mse = vae("mse", SD.family)
    fine.offer_vaes((mse,))
    fine.choose_vae("mse")
    desk.switch.switch(SD)
    desk.switch.switch(XL)
    assert desk.panel.request(XL).addons.vae is None
    desk.switch.switch(SD)
    assert desk.panel.request(SD).addons.vae == mse


def test_a_vae_that_is_not_installed_is_said_and_not_passed_over(desk: Desk) -> None:
    fine = desk.panel.sampling.fine
    fine.choose_vae("gone")
    assert fine.vae_choice.currentText() == "gone (not installed)"
    with pytest.raises(AddonNotFound):
        desk.panel.request(SMALL)
    fine.vae_choice.setCurrentIndex(0)
    fine.vae_choice.activated.emit(0)
    assert desk.panel.request(SMALL).addons.vae is None


def test_a_vae_of_the_last_time_is_chosen_when_it_becomes_known(desk: Desk) -> None:
    desk.panel.restore(PanelState(vae="mse"))
    assert desk.panel.state(PanelState()).vae == "mse"
    mse = vae("mse", SD.family)
    desk.panel.sampling.fine.offer_vaes((mse,))
    assert desk.panel.request(SMALL).addons.vae == mse
