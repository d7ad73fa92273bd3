"""The tools, and which of them acts."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from studio.ui.canvas.tools import make_tools
from studio.ui.canvas.tools.tool import Easel, Pointer, Tool, ToolName


class Toolbox(QObject):
    """One tool is chosen; a key, the middle button or the pen's other end borrows another for as long as it is held.
    While the picture is covered only the hand acts: painting would not be seen.

    Signals:
        chosen_changed(ToolName): another tool was chosen.
        active_changed(): another tool would act now, or a gesture began or ended.
    """

    chosen_changed = Signal(object)
    active_changed = Signal()

    def __init__(self, easel: Easel, is_covered: Callable[[], bool]) -> None:
        super().__init__()
        self.all = make_tools(easel)
        self._is_covered = is_covered
        self._chosen = self.all[ToolName.BRUSH]
        self._previous = ToolName.BRUSH
        self._borrowed: ToolName | None = None
        self._gesture: Tool | None = None

    # --- which one ---

    @property
    def chosen(self) -> Tool:
        """What is borrowed is not chosen."""
        return self._chosen

    @property
    def is_at_rest(self) -> bool:
        """The picture is covered."""
        return self._is_covered()

    @property
    def active(self) -> Tool:
        """The one that a press would use."""
        if self.is_at_rest:
            return self.all[ToolName.HAND]
        return self._chosen if self._borrowed is None else self.all[self._borrowed]

    def choose(self, name: ToolName) -> None:
        """Use this tool; what the other one was at is ended."""
        if name == self._chosen.name:
            return
        self.leave()
        self._previous = self._chosen.name
        self._chosen = self.all[name]
        self.active_changed.emit()
        self.chosen_changed.emit(name)

    def choose_previous(self) -> None:
        self.choose(self._previous)

    def swap_brush_and_eraser(self) -> None:
        """The eraser for the brush and the other way round; from any other tool, the brush."""
        self.choose(ToolName.ERASER if self._chosen.name is ToolName.BRUSH else ToolName.BRUSH)

    @property
    def borrowed(self) -> ToolName | None:
        return self._borrowed

    def borrow(self, name: ToolName) -> None:
        self._borrowed = name
        self.active_changed.emit()

    def give_back(self, name: ToolName) -> None:
        """Unless it is another one that is borrowed."""
        if self._borrowed is name:
            self._borrowed = None
            self.active_changed.emit()

    # --- a gesture with it: from the press to the release ---

    @property
    def is_dragging(self) -> bool:
        return self._gesture is not None

    @property
    def is_moving_picture(self) -> bool:
        return self._gesture is self.all[ToolName.HAND]

    def press(self, at: Pointer) -> None:
        self._press(self.active, at)

    def press_hand(self, at: Pointer) -> None:
        """Whatever tool is active."""
        self._press(self.all[ToolName.HAND], at)

    def move(self, at: Pointer) -> None:
        if self._gesture is not None:
            self._gesture.drag(at)
        else:
            self.active.hover(at)

    def release(self, at: Pointer) -> None:
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.release(at)
        self.active_changed.emit()

    def let_go(self) -> None:
        """Nobody will tell when the button is released: strokes stay, and what is borrowed is given back."""
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.finish()
        self._borrowed = None
        self.active_changed.emit()

    def leave(self) -> None:
        """End what is being drawn: strokes stay, areas that are not closed are dropped."""
        gesture, self._gesture = self._gesture, None
        if gesture is not None and gesture is not self._chosen:
            gesture.finish()
        self._chosen.finish()
        self._borrowed = None

    # --- what is unfinished ---

    def confirm(self) -> None:
        self._chosen.confirm()

    def cancel(self) -> None:
        """Drop what is unfinished, or put the frame away."""
        self._gesture = None
        if self._chosen.is_unfinished:
            self._chosen.cancel()
        elif self._chosen.name is ToolName.EXTEND:
            self.choose_previous()

    def step_back(self) -> None:
        """Take a part of what is unfinished back."""
        self._gesture = None
        self._chosen.step_back()

    def _press(self, tool: Tool, at: Pointer) -> None:
        self._gesture = tool
        tool.press(at)
        self.active_changed.emit()
