"""How the picture on the canvas is used: as a start for a new one, or kept around what is repainted."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QPushButton, QSpinBox, QVBoxLayout, QWidget

from studio.core.errors import RequestField
from studio.core.language import tr
from studio.core.picture_id import PictureId
from studio.core.sources import ImageRef
from studio.core.task import (
    EXTENDING_STRENGTH,
    HIGHEST_STRENGTH,
    LOWEST_STRENGTH,
    Fit,
    ImageToImage,
    Inpaint,
    InpaintArea,
    MaskedContent,
    steps_run,
)
from studio.settings.model import StartState
from studio.ui import glossary
from studio.ui.controls import describe, label, section
from studio.ui.glossary import Entry
from studio.ui.number_field import NumberField
from studio.ui.setting_rows import SettingRows
from studio.ui.theme import px

_FITS = {Fit.CROP: tr("Cut off what sticks out"), Fit.PAD: tr("Add at the sides"), Fit.STRETCH: tr("Stretch")}
_AREAS = {InpaintArea.MASKED: tr("Only the mask"), InpaintArea.WHOLE: tr("Whole picture")}
_CONTENTS = {
    MaskedContent.ORIGINAL: tr("What is there now"),
    MaskedContent.FILL: tr("Colours around it"),
    MaskedContent.NOISE: tr("Noise"),
}


class StartPanel(QWidget):
    """Shows one of two groups: for a picture without a mask, or for one with a mask. Each has its own strength.

    Signals:
        changed(): a setting was edited.
        help_asked(Entry, QWidget)
    """

    changed = Signal()
    help_asked = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Start picture"))
        self.vary_strength = _strength_field(StartState().vary_strength)
        self.repaint_strength = _strength_field(StartState().repaint_strength)
        self.fit = _choice(glossary.FIT, _FITS)
        self.restore_size = QCheckBox(glossary.RESTORE_SIZE.name)
        self.area = _choice(glossary.AREA, _AREAS)
        self.masked_content = _choice(glossary.MASKED_CONTENT, _CONTENTS)
        self.mask_padding = _pixels_field(glossary.MASK_PADDING, Inpaint.LARGEST_PADDING)
        self.mask_blur = _pixels_field(glossary.MASK_BLUR, Inpaint.LARGEST_BLUR)
        self.mask_grow = _pixels_field(glossary.MASK_GROW, Inpaint.LARGEST_GROW)
        self._keep_discarded = StartState().keep_discarded
        self._steps = 20
        self._has_mask = False
        self._not_extending: float | None = None
        """While the picture is being extended: the strength of repainting at all other times."""
        self._title = section(tr("Start picture"))
        self._steps_labels = (label("", "muted"), label("", "muted"))
        # For a picture without a mask, and with one: what is always shown, and what is folded away.
        self._rows = (SettingRows(), SettingRows())
        self._groups = (QWidget(), QWidget())
        self._folded_rows = (SettingRows(), SettingRows())
        self._folded = (QWidget(), QWidget())
        self._more = QPushButton()
        describe(self.restore_size, glossary.RESTORE_SIZE)
        self._lay_out()
        self._report_changes()
        self.restore(StartState())
        self.show_mask(has_mask=False)

    # --- what it is used for ---

    def show_mask(self, *, has_mask: bool, extends: bool = False) -> None:
        """Offer what goes with a picture with or without a mask; `extends`: the mask is what is new around it."""
        self._has_mask = has_mask
        self._show_extending(extends)
        self._title.setText((tr("Repaint the mask") if has_mask else tr("Start picture")).upper())
        self._groups[0].setVisible(not has_mask)
        self._groups[1].setVisible(has_mask)
        self._show_folded(self._more.isChecked())

    def _show_extending(self, extends: bool) -> None:
        """It begins with a strength of its own, and leaves that of repainting as it was."""
        if extends and self._not_extending is None:
            self._not_extending = _strength(self.repaint_strength)
            self.repaint_strength.set_value(EXTENDING_STRENGTH)
        elif not extends and self._not_extending is not None:
            self.repaint_strength.set_value(self._not_extending)
            self._not_extending = None

    def show_steps(self, num_inference_steps: int) -> None:
        """Tell how many of these steps are really run."""
        self._steps = num_inference_steps
        for steps_label, strength in zip(self._steps_labels, (self.vary_strength, self.repaint_strength), strict=True):
            run = steps_run(num_inference_steps, strength.value())
            steps_label.setText(tr("{run} of {steps} steps are run", run=run, steps=num_inference_steps))

    def task(
        self, image: ImageRef, mask: ImageRef | None, parent: PictureId | None, *, seam: int = 0
    ) -> ImageToImage | Inpaint:
        """The task for this picture. `seam` is how soft the mask's edge has to be at least. Raises InvalidRequest."""
        if mask is None:
            return ImageToImage(
                image=image,
                parent=parent,
                strength=_strength(self.vary_strength),
                fit=Fit(self.fit.currentData()),
                restore_size=self.restore_size.isChecked(),
            )
        return Inpaint(
            image=image,
            mask=mask,
            parent=parent,
            strength=_strength(self.repaint_strength),
            area=InpaintArea(self.area.currentData()),
            mask_padding=self.mask_padding.value(),
            mask_blur=max(seam, self.mask_blur.value()),
            mask_grow=self.mask_grow.value(),
            masked_content=MaskedContent(self.masked_content.currentData()),
        )

    def use_task(self, task: ImageToImage | Inpaint) -> None:
        """Put the settings of a task into the panel."""
        if isinstance(task, ImageToImage):
            self.vary_strength.set_value(task.strength)
            _choose(self.fit, task.fit)
            self.restore_size.setChecked(task.restore_size)
            return
        self.repaint_strength.set_value(task.strength)
        if self._not_extending is not None:
            self._not_extending = task.strength
        _choose(self.area, task.area)
        _choose(self.masked_content, task.masked_content)
        self.mask_padding.setValue(task.mask_padding)
        self.mask_blur.setValue(task.mask_blur)
        self.mask_grow.setValue(task.mask_grow)

    @property
    def keep_discarded(self) -> bool:
        """Results that were not accepted stay in the gallery."""
        return self._keep_discarded

    def set_keep_discarded(self, keep: bool) -> None:
        self._keep_discarded = keep
        self.changed.emit()

    # --- faults ---

    def show_fault(self, field: RequestField, text: str) -> None:
        """Say what is wrong, below the field at fault."""
        case = int(self._has_mask)
        if not self._rows[case].show_fault(field, text):
            self._more.setChecked(True)
            self._folded_rows[case].show_fault(field, text)

    def clear_faults(self) -> None:
        for rows in (*self._rows, *self._folded_rows):
            rows.clear_faults()

    # --- state that is kept ---

    def state(self) -> StartState:
        return StartState(
            vary_strength=_strength(self.vary_strength),
            repaint_strength=(_strength(self.repaint_strength) if self._not_extending is None else self._not_extending),
            fit=Fit(self.fit.currentData()),
            restore_size=self.restore_size.isChecked(),
            area=InpaintArea(self.area.currentData()),
            masked_content=MaskedContent(self.masked_content.currentData()),
            mask_padding=self.mask_padding.value(),
            mask_blur=self.mask_blur.value(),
            mask_grow=self.mask_grow.value(),
            keep_discarded=self._keep_discarded,
        )

    def restore(self, state: StartState) -> None:
        self.vary_strength.set_value(state.vary_strength)
        self._not_extending = None
        self.repaint_strength.set_value(state.repaint_strength)
        _choose(self.fit, state.fit)
        self.restore_size.setChecked(state.restore_size)
        _choose(self.area, state.area)
        _choose(self.masked_content, state.masked_content)
        self.mask_padding.setValue(state.mask_padding)
        self.mask_blur.setValue(state.mask_blur)
        self.mask_grow.setValue(state.mask_grow)
        self._keep_discarded = state.keep_discarded

    # --- how it is put together ---

    def _lay_out(self) -> None:
        self._fill_rows()
        for group, rows in zip((*self._groups, *self._folded), (*self._rows, *self._folded_rows), strict=True):
            group.setLayout(rows)
            rows.help_asked.connect(self.help_asked)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(8))
        column.addWidget(self._title)
        for group in self._groups:
            column.addWidget(group)
        column.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)
        for group in self._folded:
            column.addWidget(group)
        self._set_up_more()

    def _fill_rows(self) -> None:
        strength = RequestField.STRENGTH
        vary, repaint = self._rows
        vary.add_row(tr("Strength"), glossary.STRENGTH, *_parts(self.vary_strength), field=strength)
        vary.add_note(self._steps_labels[0])
        repaint.add_row(tr("Strength"), glossary.STRENGTH, *_parts(self.repaint_strength), field=strength)
        repaint.add_note(self._steps_labels[1])
        vary, repaint = self._folded_rows
        vary.add_row(tr("Fit"), glossary.FIT, self.fit, field=RequestField.IMAGE)
        vary.add_row(tr("Result"), glossary.RESTORE_SIZE, self.restore_size)
        repaint.add_row(tr("Area"), glossary.AREA, self.area, field=RequestField.IMAGE)
        repaint.add_row(tr("Beneath"), glossary.MASKED_CONTENT, self.masked_content)
        repaint.add_row(tr("Padding"), glossary.MASK_PADDING, self.mask_padding, field=RequestField.MASK)
        repaint.add_row(tr("Soft edge"), glossary.MASK_BLUR, self.mask_blur)
        repaint.add_row(tr("Wider by"), glossary.MASK_GROW, self.mask_grow)

    def _set_up_more(self) -> None:
        """What is rarely changed is folded away: at 1280 x 720 the rest needs no scrolling."""
        self._more.setObjectName("fold")
        self._more.setCheckable(True)
        self._more.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._more.toggled.connect(self._show_folded)

    def _show_folded(self, unfolded: bool) -> None:
        of_mask = self._has_mask
        self._more.setText(
            tr("Fewer settings")
            if unfolded
            else tr("More settings of the mask")
            if of_mask
            else tr("More settings of the picture")
        )
        self._more.setToolTip(
            tr("Area, what lies beneath, edge") if of_mask else tr("Fit to the model's size, size of the result")
        )
        self._folded[0].setVisible(unfolded and not of_mask)
        self._folded[1].setVisible(unfolded and of_mask)

    def _show_steps_again(self, _strength: float) -> None:
        self.show_steps(self._steps)

    def _report_changes(self) -> None:
        for strength in (self.vary_strength, self.repaint_strength):
            strength.changed.connect(self._show_steps_again)
            strength.changed.connect(self.changed)
        for choice in (self.fit, self.area, self.masked_content):
            choice.currentIndexChanged.connect(self.changed)
        for field in (self.mask_padding, self.mask_blur, self.mask_grow):
            field.valueChanged.connect(self.changed)
        self.restore_size.toggled.connect(self.changed)


def _strength_field(default: float) -> NumberField:
    return NumberField(
        glossary.STRENGTH,
        default=default,
        lowest=LOWEST_STRENGTH,
        highest=HIGHEST_STRENGTH,
        slider_lowest=0.05,
        slider_highest=HIGHEST_STRENGTH,
        step=0.05,
        fine_step=0.01,
        decimals=2,
    )


def _parts(field: NumberField) -> tuple[QWidget, QWidget]:
    return field.slider, field.field


def _strength(field: NumberField) -> float:
    return round(field.value(), 2)


def _choice(entry: Entry, names: dict[Fit, str] | dict[InpaintArea, str] | dict[MaskedContent, str]) -> QComboBox:
    choice = QComboBox()
    describe(choice, entry)
    for value, name in names.items():
        choice.addItem(name, value.value)
    choice.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    choice.setMinimumContentsLength(8)
    return choice


def _choose(choice: QComboBox, value: StrEnum) -> None:
    choice.setCurrentIndex(choice.findData(value.value))


def _pixels_field(entry: Entry, highest: int) -> QSpinBox:
    field = QSpinBox()
    describe(field, entry)
    field.setRange(0, highest)
    field.setSuffix(tr(" px"))
    field.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return field
