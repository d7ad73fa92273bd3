"""A number as slider and field: "Steps ----o---- 20"."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QDoubleSpinBox, QSlider

from studio.ui.controls import describe
from studio.ui.glossary import Entry
from studio.ui.theme import px


class NumberField(QObject):
    """A slider for the usual range and a field for the whole one, always showing the same value.

    Double click on the slider restores the default. The wheel changes a value only when it has the focus. The arrow
    keys move by `step`, with Shift by `fine_step`.

    Signals:
        changed(float)
    """

    changed = Signal(float)

    def __init__(
        self,
        entry: Entry,
        *,
        default: float,
        lowest: float,
        highest: float,
        slider_lowest: float,
        slider_highest: float,
        step: float,
        fine_step: float,
        decimals: int,
    ) -> None:
        super().__init__()
        self._default = default
        self._step = step
        self._fine_step = fine_step
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(round(slider_lowest / fine_step), round(slider_highest / fine_step))
        self.slider.setSingleStep(round(step / fine_step))
        self.slider.setPageStep(round(step / fine_step) * 5)
        self.field = QDoubleSpinBox()
        self.field.setDecimals(decimals)
        self.field.setRange(lowest, highest)
        self.field.setSingleStep(step)
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.field.setFixedSize(px(56), px(32))
        self.field.setLocale(self.field.locale().c())
        for control in (self.slider, self.field):
            describe(control, entry)
            control.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            control.installEventFilter(self)
        self.field.setValue(default)
        self._follow_field(default)
        self.slider.valueChanged.connect(self._follow_slider)
        self.field.valueChanged.connect(self._follow_field)

    def value(self) -> float:
        return self.field.value()

    def set_value(self, value: float) -> None:
        self.field.setValue(value)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel and not self._has_focus(watched):
            event.ignore()
            return True
        if event.type() == QEvent.Type.MouseButtonDblClick and watched is self.slider:
            return self._restore_default(event)
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._step_finely(event)
        return False

    def _has_focus(self, watched: QObject) -> bool:
        return (watched is self.slider and self.slider.hasFocus()) or (watched is self.field and self.field.hasFocus())

    def _restore_default(self, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent) and event.button() == Qt.MouseButton.LeftButton:
            self.set_value(self._default)
            return True
        return False

    def _step_finely(self, event: QKeyEvent) -> bool:
        direction = {Qt.Key.Key_Up: 1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_Left: -1}.get(
            Qt.Key(event.key()), 0
        )
        if not direction or event.modifiers() != Qt.KeyboardModifier.ShiftModifier:
            return False
        if self.field.hasFocus() and event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            return False  # Shift with left and right selects digits in the field
        self.set_value(self.value() + direction * self._fine_step)
        return True

    def _follow_slider(self, position: int) -> None:
        self.field.setValue(position * self._fine_step)

    def _follow_field(self, value: float) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(round(value / self._fine_step))
        self.slider.blockSignals(False)
        self.changed.emit(value)
