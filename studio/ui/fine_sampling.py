"""The settings of sampling that are rarely changed, folded away: schedule, CFG rescale, clip skip, VAE."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QPushButton, QSpinBox, QVBoxLayout, QWidget

from studio.core.addon import Addon, AddonKind
from studio.core.checkpoint import Checkpoint
from studio.core.errors import AddonNotFound
from studio.core.language import tr
from studio.core.request import Sampling
from studio.core.scheduler import SchedulerName, ScheduleType
from studio.ui import family_reasons, glossary
from studio.ui.controls import describe, label, show_reason
from studio.ui.number_field import NumberField
from studio.ui.setting_rows import SettingRows
from studio.ui.theme import px

if TYPE_CHECKING:
    from studio.imaging.metadata.foreign_settings import ForeignSettings

_NAMES = {ScheduleType.AUTOMATIC: tr("Automatic")}
"""The others are names."""
_OWN_VAE = tr("The model's own")


class FineSampling(QWidget):
    """Folded at first; unfolds by itself when a picture's settings differ from the usual.

    Signals:
        changed(): a setting was edited.
        unfolded(): it is looked at; what it offers may be out of date.
        help_asked(Entry, QWidget)
    """

    changed = Signal()
    unfolded = Signal()
    help_asked = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self._checkpoint: Checkpoint | None = None
        self._sampler = SchedulerName.EULER
        self._vaes: tuple[Addon, ...] = ()
        self._wanted_vae = ""
        self.fold = QPushButton()
        self.schedule_choice = _choice()
        self.rescale = NumberField(
            glossary.RESCALE,
            default=0,
            lowest=0,
            highest=1,
            slider_lowest=0,
            slider_highest=1,
            step=0.1,
            fine_step=0.05,
            decimals=2,
        )
        self.clip_skip = QSpinBox()
        self.vae_choice = _choice()
        self._notes = tuple(label("", "muted") for _ in range(3))
        self._rows = SettingRows()
        self._content = QWidget()
        self._set_up_fields()
        self._lay_out()
        self.offer_schedules(self._sampler)
        self.offer_vaes(())
        self._report_changes()

    # --- values ---

    def schedule(self) -> ScheduleType:
        """The schedule to use. What is greyed is as usual, here and below."""
        return self.chosen_schedule if self.schedule_choice.isEnabled() else ScheduleType.AUTOMATIC

    def guidance_rescale(self) -> float:
        return self.chosen_rescale if self.rescale.field.isEnabled() else 0.0

    def layers_skipped(self) -> int:
        return self.clip_skip.value() if self.clip_skip.isEnabled() else 0

    @property
    def chosen_schedule(self) -> ScheduleType:
        """The schedule that the list shows, also while it is greyed."""
        return ScheduleType(self.schedule_choice.currentData())

    @property
    def chosen_rescale(self) -> float:
        return round(self.rescale.value(), 2)

    def vae(self) -> Addon | None:
        """The chosen VAE; None for the model's own. Raises AddonNotFound: it is not installed any more."""
        name = self.vae_choice.currentData()
        found = next((vae for vae in self._vaes if vae.name == name), None)
        if found is None and name:
            raise AddonNotFound(AddonKind.VAE.value, name, ())
        return found

    @property
    def vae_name(self) -> str:
        """The name of the wanted VAE, also while it is not installed; empty for the model's own."""
        return self._wanted_vae

    def set_sampling(self, sampling: Sampling) -> None:
        self._choose(sampling.schedule, sampling.guidance_rescale, sampling.clip_skip)

    def use_foreign_settings(self, settings: ForeignSettings) -> None:
        """Choose what another program's picture tells; what it does not tell stays."""
        self._choose(settings.schedule, settings.guidance_rescale, settings.clip_skip)
        if settings.vae is not None:
            self.choose_vae(settings.vae)

    def choose_vae(self, name: str) -> None:
        """Choose the VAE of this name as soon as it is known; empty: the model's own."""
        self._wanted_vae = name
        self._show_vaes()
        self._unfold_if_used()

    def _choose(self, schedule: ScheduleType | None, rescale: float | None, clip_skip: int | None) -> None:
        if schedule is not None:
            self.schedule_choice.setCurrentIndex(max(0, self.schedule_choice.findData(schedule.value)))
        if rescale is not None:
            self.rescale.set_value(rescale)
        if clip_skip is not None:
            self.clip_skip.setValue(clip_skip)
        self._unfold_if_used()

    # --- what is offered ---

    def offer_schedules(self, sampler: SchedulerName) -> None:
        """Those that go with this sampler. The chosen one stays if it is among them."""
        self._sampler = sampler
        choice, chosen = self.schedule_choice, self.schedule_choice.currentData()
        choice.blockSignals(True)
        choice.clear()
        for schedule in sampler.schedules:
            choice.addItem(_NAMES.get(schedule, schedule.label), schedule.value)
        choice.setCurrentIndex(max(0, choice.findData(chosen)))
        choice.blockSignals(False)
        self._grey_schedules()

    def offer(self, checkpoint: Checkpoint) -> None:
        """Grey what means nothing for this model, and offer the VAEs that fit it."""
        self._checkpoint = checkpoint
        _, rescale, clip_skip = self._notes
        self._grey_schedules()
        show_reason(
            (self.rescale.slider, self.rescale.field),
            glossary.RESCALE,
            family_reasons.without_rescale(checkpoint),
            rescale,
        )
        show_reason((self.clip_skip,), glossary.CLIP_SKIP, family_reasons.without_clip_skip(checkpoint), clip_skip)
        self._show_vaes()

    def _grey_schedules(self) -> None:
        reason = family_reasons.without_schedule(self._checkpoint) if self._checkpoint else ""
        if not reason and len(self._sampler.schedules) == 1:
            reason = tr("{sampler} has its own.", sampler=self._sampler.label)
        show_reason((self.schedule_choice,), glossary.SCHEDULE, reason, self._notes[0])

    def offer_vaes(self, vaes: Iterable[Addon]) -> None:
        """These are installed."""
        self._vaes = tuple(vaes)
        self._show_vaes()

    def _show_vaes(self) -> None:
        choice, family = self.vae_choice, self._checkpoint.family if self._checkpoint else None
        choice.blockSignals(True)
        choice.clear()
        choice.addItem(_OWN_VAE, "")
        for vae in self._vaes:
            if family is None or vae.family in {None, family}:
                choice.addItem(vae.name, vae.name)
        if self._wanted_vae and self._wanted_vae not in {vae.name for vae in self._vaes}:
            choice.addItem(tr("{name} (not installed)", name=self._wanted_vae), self._wanted_vae)
        choice.setCurrentIndex(max(0, choice.findData(self._wanted_vae)))
        choice.blockSignals(False)

    # --- how it is put together ---

    def _set_up_fields(self) -> None:
        for control, entry in (
            (self.schedule_choice, glossary.SCHEDULE),
            (self.clip_skip, glossary.CLIP_SKIP),
            (self.vae_choice, glossary.VAE),
        ):
            describe(control, entry)
        self.clip_skip.setRange(0, Sampling.MOST_CLIP_SKIP)
        self.clip_skip.setSpecialValueText(tr("Off"))
        self.clip_skip.setFixedHeight(px(32))
        self.clip_skip.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.clip_skip.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.fold.setObjectName("fold")
        self.fold.setCheckable(True)
        self.fold.setToolTip(tr("Schedule, CFG rescale, clip skip and VAE"))
        self.fold.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.fold.toggled.connect(self._show_content)
        self._show_content(unfolded=False)

    def _lay_out(self) -> None:
        rows = self._rows
        rows.add_row(tr("Schedule"), glossary.SCHEDULE, self.schedule_choice)
        rows.add_note(self._notes[0])
        rows.add_row(tr("Rescale"), glossary.RESCALE, self.rescale.slider, self.rescale.field)
        rows.add_note(self._notes[1])
        rows.add_row(tr("Clip skip"), glossary.CLIP_SKIP, self.clip_skip)
        rows.add_note(self._notes[2])
        rows.add_row(tr("VAE"), glossary.VAE, self.vae_choice)
        for note in self._notes:
            note.hide()
        rows.help_asked.connect(self.help_asked)
        self._content.setLayout(rows)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(8))
        column.addWidget(self.fold, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._content)

    def _show_content(self, unfolded: bool) -> None:
        self.fold.setText(tr("Fewer settings") if unfolded else tr("More settings of the sampler"))
        self._content.setVisible(unfolded)
        if unfolded:
            self.unfolded.emit()

    def _unfold_if_used(self) -> None:
        """What is not as usual must be seen."""
        unusual = self.chosen_schedule is not ScheduleType.AUTOMATIC or self.chosen_rescale or self.clip_skip.value()
        if unusual or self._wanted_vae:
            self.fold.setChecked(True)

    def _report_changes(self) -> None:
        self.schedule_choice.currentIndexChanged.connect(self.changed)
        self.rescale.changed.connect(self.changed)
        self.clip_skip.valueChanged.connect(self.changed)
        self.vae_choice.activated.connect(self._on_vae_chosen)

    def _on_vae_chosen(self, _row: int) -> None:
        self._wanted_vae = str(self.vae_choice.currentData())
        self.changed.emit()


def _choice() -> QComboBox:
    choice = QComboBox()
    choice.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    choice.setMinimumContentsLength(8)
    return choice
