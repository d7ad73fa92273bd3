"""How the picture is made: steps, CFG scale, seed, size, sampler, and what is rarely changed."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QVBoxLayout, QWidget

from studio.core.checkpoint import Checkpoint, RecommendedSampling
from studio.core.errors import InvalidSeed, InvalidSize, RequestField
from studio.core.family import family_traits
from studio.core.geometry import Size
from studio.core.language import tr
from studio.core.request import SEED_COUNT, Sampling
from studio.core.scheduler import SchedulerName
from studio.ui import family_reasons, glossary
from studio.ui.controls import describe, icon_button, label, section, show_reason
from studio.ui.fine_sampling import FineSampling
from studio.ui.number_field import NumberField
from studio.ui.setting_rows import SettingRows
from studio.ui.theme import px

_SEED_BYTES = 4
"""The dice rolls one of 2**32 seeds: short enough to read aloud. Any seed up to 2**64 - 1 can be typed."""


def random_seed() -> int:
    return int.from_bytes(os.urandom(_SEED_BYTES))


class SamplingPanel(QWidget):
    """One row for each setting, each with its "?".

    Signals:
        changed(): a setting was edited.
        help_asked(Entry, QWidget)
    """

    changed = Signal()
    help_asked = Signal(object, object)

    def __init__(self, new_seed: Callable[[], int] = random_seed) -> None:
        super().__init__()
        self._new_seed = new_seed
        self.steps = NumberField(
            glossary.STEPS,
            default=20,
            lowest=Sampling.FEWEST_STEPS,
            highest=Sampling.MOST_STEPS,
            slider_lowest=1,
            slider_highest=60,
            step=1,
            fine_step=1,
            decimals=0,
        )
        self.guidance = NumberField(
            glossary.GUIDANCE,
            default=5,
            lowest=Sampling.LOWEST_GUIDANCE,
            highest=Sampling.HIGHEST_GUIDANCE,
            slider_lowest=1,
            slider_highest=15,
            step=0.5,
            fine_step=0.1,
            decimals=1,
        )
        self.seed = QLineEdit()
        self.dice = icon_button("dice", f"{glossary.DICE.title}: {glossary.DICE.sentence}", glossary.DICE.title)
        self.keep_seed = icon_button("lock", glossary.KEEP_SEED.title)
        self.size_field = QComboBox()
        self._typed_size = QLineEdit()
        self.sampler = QComboBox()
        self.fine = FineSampling()
        self._guidance_note = label("", "muted")
        self._rows = SettingRows()
        self._set_up_seed()
        self._set_up_choices()
        self._lay_out()
        self._report_changes()

    # --- values ---

    def sampling(self) -> Sampling:
        """Raises InvalidRequest."""
        return Sampling(
            scheduler=self.scheduler(),
            num_inference_steps=round(self.steps.value()),
            guidance_scale=round(self.guidance.value(), 3),
            seed=self._seed_to_use(),
            schedule=self.fine.schedule(),
            guidance_rescale=self.fine.guidance_rescale(),
            clip_skip=self.fine.layers_skipped(),
        )

    def set_sampling(self, sampling: Sampling) -> None:
        self.steps.set_value(sampling.num_inference_steps)
        self.guidance.set_value(sampling.guidance_scale)
        self.set_scheduler(sampling.scheduler)
        self.seed.setText(str(sampling.seed))
        self.fine.set_sampling(sampling)

    def chosen(self) -> RecommendedSampling:
        """What can be recommended of the settings. Raises InvalidSize."""
        return RecommendedSampling(
            self.size_in_pixels(), round(self.steps.value()), round(self.guidance.value(), 3), self.scheduler()
        )

    def choose(self, settings: RecommendedSampling) -> None:
        self.set_size(settings.size)
        self.steps.set_value(settings.num_inference_steps)
        self.guidance.set_value(settings.guidance_scale)
        self.set_scheduler(settings.scheduler)

    def scheduler(self) -> SchedulerName:
        return SchedulerName(self.sampler.currentData())

    def set_scheduler(self, scheduler: SchedulerName) -> None:
        self.sampler.setCurrentIndex(self.sampler.findData(scheduler.value))

    def size_in_pixels(self) -> Size:
        """Raises InvalidSize."""
        text = self.size_field.currentText()
        sides = re.fullmatch(r"\s*(\d{1,6})\s*[x×*]\s*(\d{1,6})\b.*", text, re.IGNORECASE)
        if sides is None:
            raise InvalidSize(text, "?", Size.MULTIPLE, Size.LOWEST, Size.HIGHEST)
        return Size(int(sides[1]), int(sides[2]))

    def set_size(self, size: Size) -> None:
        for position in range(self.size_field.count()):
            if self.size_field.itemData(position) == str(size):
                self.size_field.setCurrentIndex(position)
                return
        self.size_field.setEditText(_size_text(size))

    def typed_seed(self) -> int | None:
        """The number in the seed field; None when it is empty or -1, which ask for a new one. Raises InvalidSeed."""
        text = self.seed.text().strip()
        if text in {"", "-1"}:
            return None
        if not re.fullmatch(r"\d{1,20}", text) or int(text) >= SEED_COUNT:
            raise InvalidSeed(text, SEED_COUNT - 1)
        return int(text)

    def offer(self, checkpoint: Checkpoint) -> None:
        """Show what goes with this model: its best sizes, and which settings mean nothing for it."""
        self._offer_sizes(checkpoint)
        reason = family_reasons.without_guidance(checkpoint)
        show_reason((self.guidance.slider, self.guidance.field), glossary.GUIDANCE, reason, self._guidance_note)
        self.fine.offer(checkpoint)

    def _offer_sizes(self, checkpoint: Checkpoint) -> None:
        """Offer the model's best size first, then usual shapes of it. Keeps the chosen size."""
        chosen = self.size_field.currentText()
        self.size_field.clear()
        best = checkpoint.recommended.size
        for size in _usual_sizes(best, family_traits(checkpoint.family).size_multiple):
            mark = tr("  ·  best") if size == best else ""
            self.size_field.addItem(_size_text(size) + mark, str(size))
        if chosen:
            self.size_field.setEditText(chosen)

    def roll_dice(self) -> None:
        self.seed.setText(str(self._new_seed()))

    def show_fault(self, field: RequestField, text: str) -> None:
        """Say what is wrong, below the field at fault."""
        self._rows.show_fault(field, text)

    def clear_faults(self) -> None:
        self._rows.clear_faults()

    # --- how it is put together ---

    def _seed_to_use(self) -> int:
        """The kept seed, or a new one, which the field then shows so that it can be kept afterwards."""
        typed = self.typed_seed()
        if typed is None or not self.keep_seed.isChecked():
            self.roll_dice()
            typed = self.typed_seed()
        assert typed is not None
        return typed

    def _set_up_seed(self) -> None:
        describe(self.seed, glossary.SEED)
        self.seed.setMinimumWidth(px(64))
        self.seed.setPlaceholderText(tr("random"))
        self.seed.textEdited.connect(self._keep_typed_seed)
        self.dice.clicked.connect(self.roll_dice)
        self.keep_seed.setCheckable(True)
        describe(self.keep_seed, glossary.KEEP_SEED)

    def _keep_typed_seed(self, text: str) -> None:
        self.keep_seed.setChecked(text.strip() not in {"", "-1"})

    def _set_up_choices(self) -> None:
        describe(self.size_field, glossary.SIZE)
        describe(self._typed_size, glossary.SIZE)
        describe(self.sampler, glossary.SAMPLER)
        self.size_field.setLineEdit(self._typed_size)  # which makes it editable
        self.size_field.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        for scheduler in SchedulerName:
            self.sampler.addItem(scheduler.label, scheduler.value)
        self.sampler.currentIndexChanged.connect(self._offer_schedules)
        self._offer_schedules()
        for choice in (self.size_field, self.sampler):
            choice.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            choice.setMinimumContentsLength(8)

    def _offer_schedules(self) -> None:
        self.fine.offer_schedules(self.scheduler())

    def _lay_out(self) -> None:
        rows, field = self._rows, RequestField
        rows.add_row(tr("Steps"), glossary.STEPS, self.steps.slider, self.steps.field, field=field.STEPS)
        rows.add_row(
            tr("CFG scale"), glossary.GUIDANCE, self.guidance.slider, self.guidance.field, field=field.GUIDANCE
        )
        rows.add_note(self._guidance_note)
        self._guidance_note.hide()
        rows.add_row(tr("Seed"), glossary.SEED, self.seed, self.dice, self.keep_seed, field=field.SEED)
        rows.add_row(tr("Size"), glossary.SIZE, self.size_field, field=field.SIZE)
        rows.add_row(tr("Sampler"), glossary.SAMPLER, self.sampler, field=field.SAMPLER)
        rows.help_asked.connect(self.help_asked)
        self.fine.help_asked.connect(self.help_asked)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(8))
        column.addWidget(section(tr("How")))
        column.addLayout(rows)
        column.addWidget(self.fine)

    def _report_changes(self) -> None:
        self.steps.changed.connect(self.changed)
        self.guidance.changed.connect(self.changed)
        self.seed.textChanged.connect(self.changed)
        self.keep_seed.toggled.connect(self.changed)
        self.size_field.currentTextChanged.connect(self.changed)
        self.sampler.currentIndexChanged.connect(self.changed)
        self.fine.changed.connect(self.changed)


def _size_text(size: Size) -> str:
    return f"{size.width} × {size.height}"


def _usual_sizes(best: Size, multiple: int) -> list[Size]:
    """The best size, portrait and landscape shapes of it, and larger ones, without repeats."""
    shapes = ((1, 1), (1, 1.5), (1.5, 1), (1, 1.25), (1.25, 1), (1.5, 1.5), (2, 2))
    sizes: list[Size] = []
    for wider, higher in shapes:
        size = Size(_fitting(best.width * wider, multiple), _fitting(best.height * higher, multiple))
        if size not in sizes:
            sizes.append(size)
    return sizes


def _fitting(side: float, multiple: int) -> int:
    """The nearest possible side: a multiple of `multiple` within the limits."""
    nearest = round(side / multiple) * multiple
    return max(Size.LOWEST, min(nearest, Size.HIGHEST))
