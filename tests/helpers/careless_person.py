"""A person who presses, drags, types and drops whatever comes to hand, also while a dialog or a menu is open."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import shiboken6
from PIL import Image
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QAction, QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QWidget

from studio.app.wiring import Studio
from studio.ui.canvas.canvas_view import CanvasView
from studio.ui.drop_zones import Purpose
from studio.ui.incoming import Incoming
from tests.helpers.addon_files import write_lora

_Widget = TypeVar("_Widget", bound=QWidget)
_DEEPEST = 6
"""So many loops, each of a menu or dialog, within one another."""
_SECONDS_FOR_A_DIALOG = 1.5
_TEXTS = (
    "a red apple",
    "(cat:1.3)",
    "{a|b}",
    "<lora:x:1>",
    "ünï 🍎 文",
    "1-3",
    "steps:>20",
    "42",
    "-1",
    "9" * 20,
    "[",
    "\\",
)
_KEYS = (
    *[Qt.Key.Key_Escape] * 4,
    *(getattr(Qt.Key, f"Key_{sign}") for sign in "ABCDEFGHIJKLMNOPRSTUVXYZ0123456789"),
    *(getattr(Qt.Key, f"Key_{name}") for name in ("Return", "Tab", "Backtab", "Space", "Delete", "Backslash")),
    *(getattr(Qt.Key, f"Key_{name}") for name in ("Left", "Right", "Up", "Down", "PageUp", "PageDown", "Home", "End")),
    *(getattr(Qt.Key, f"Key_{name}") for name in ("F1", "F2", "F6", "F10", "BracketLeft", "BracketRight")),
)
_MODIFIERS = (
    *[Qt.KeyboardModifier.NoModifier] * 5,
    *[Qt.KeyboardModifier.ControlModifier] * 2,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier,
)
_BUTTONS = (*[Qt.MouseButton.LeftButton] * 6, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton)


def things_to_drop(folder: Path) -> list[Path]:
    """Pictures of all kinds, a damaged one, a text, a LoRA, and a folder with a picture."""
    noise = np.random.default_rng(0)
    paths = [folder / f"{number}.png" for number in range(4)]
    for path, shape in zip(paths, ((64, 64, 3), (200, 300, 3), (77, 33, 4), (700, 1024)), strict=True):
        Image.fromarray(noise.integers(0, 256, shape, np.uint8)).save(path)
    (folder / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\nxx")
    (folder / "notes.txt").write_text("hello")
    write_lora(folder / "ink.safetensors")
    (folder / "folder").mkdir()
    Image.new("RGB", (40, 40)).save(folder / "folder" / "red.png")
    return [*paths, *(folder / name for name in ("bad.png", "notes.txt", "ink.safetensors", "folder"))]


class CarelessPerson:
    """`done` tells what was done, in order: the end of it is how one comes to a fault."""

    def __init__(self, studio: Studio, things: Sequence[Path], chance: random.Random, seconds: float) -> None:
        self.done: list[str] = []
        self.is_tired = False
        self._studio = studio
        self._window = studio.window
        self._things = things
        self._chance = chance
        self._ends = time.monotonic() + seconds
        self._depth = 0
        self._dialog_since: float | None = None
        self._habits: tuple[Callable[[], None], ...] = (
            *[self._press_a_button] * 6,
            *[self._press_keys] * 6,
            *[self._click] * 5,
            *[self._choose_a_command] * 4,
            *[self._paint] * 4,
            *[self._drag] * 2,
            *[self._type] * 2,
            *[self._drop] * 2,
            self._open,
            self._turn_the_wheel,
            self._resize,
        )

    def begin(self) -> None:
        self._turn()

    def _turn(self) -> None:
        if not shiboken6.isValid(self._window):  # the test has failed
            return
        if time.monotonic() > self._ends:
            self._leave()
        elif self._depth > _DEEPEST:
            self._close_what_is_in_front()
            QTimer.singleShot(5, self._turn)
        else:
            self._close_a_dialog_after_a_while()
            QTimer.singleShot(self._chance.choice((0, 1, 5, 30)), self._turn)  # comes also within a dialog's own loop
            self._depth += 1
            try:
                self._chance.choice(self._habits)()
            finally:
                self._depth -= 1

    def _leave(self) -> None:
        if self._in_front() is None:
            self.is_tired = True
        else:
            self._close_what_is_in_front()
            QTimer.singleShot(5, self._leave)

    # --- what is there ---

    def _in_front(self) -> QWidget | None:
        return QApplication.activePopupWidget() or QApplication.activeModalWidget()

    def _close_what_is_in_front(self) -> None:
        front = self._in_front()
        if isinstance(front, QDialog):
            front.reject()
        elif front is not None:
            front.close()

    def _close_a_dialog_after_a_while(self) -> None:
        now, is_open = time.monotonic(), QApplication.activeModalWidget() is not None
        if not is_open:
            self._dialog_since = None
        elif self._dialog_since is None:
            self._dialog_since = now
        elif now - self._dialog_since > _SECONDS_FOR_A_DIALOG:
            self._dialog_since = None
            self._close_what_is_in_front()

    def _any(self, kind: type[_Widget]) -> _Widget | None:
        within = self._in_front() or self._window
        there = [
            widget
            for widget in within.findChildren(kind)
            if shiboken6.isValid(widget)
            and widget.isVisible()
            and widget.isEnabled()
            and not widget.visibleRegion().isEmpty()
        ]
        return self._chance.choice(there) if there else None

    def _somewhere(self, widget: QWidget) -> QPoint:
        return QPoint(self._chance.randrange(max(1, widget.width())), self._chance.randrange(max(1, widget.height())))

    def _note(self, what: str, widget: QWidget | None = None) -> None:
        names = () if widget is None else (type(widget).__name__, widget.objectName(), widget.accessibleName())
        self.done.append(" ".join((what, *filter(None, names))))

    # --- habits ---

    def _press_a_button(self) -> None:
        button = self._any(QAbstractButton)
        if button is not None:
            self._note(f"press {button.text()}", button)
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def _click(self) -> None:
        widget = self._any(QWidget)
        if widget is not None:
            self._note("click", widget)
            click = QTest.mouseDClick if self._chance.random() < 0.1 else QTest.mouseClick
            modifiers = self._chance.choice(_MODIFIERS)
            click(widget, self._chance.choice(_BUTTONS), modifiers, self._somewhere(widget))

    def _drag(self) -> None:
        widget = self._any(QWidget)
        if widget is not None:
            self._note("drag", widget)
            self._drag_in(widget, Qt.MouseButton.LeftButton)

    def _paint(self) -> None:
        view = self._any(CanvasView)
        if view is not None:
            self._note("paint")
            self._drag_in(view, self._chance.choice(_BUTTONS))

    def _drag_in(self, widget: QWidget, button: Qt.MouseButton) -> None:
        QTest.mousePress(widget, button, Qt.KeyboardModifier.NoModifier, self._somewhere(widget))
        for _ in range(self._chance.randrange(1, 8)):
            if shiboken6.isValid(widget):
                QTest.mouseMove(widget, self._somewhere(widget))
        if self._chance.random() < 0.1:
            self._press_keys()
        if shiboken6.isValid(widget):
            QTest.mouseRelease(widget, button, Qt.KeyboardModifier.NoModifier, self._somewhere(widget))

    def _press_keys(self) -> None:
        key, modifiers = self._chance.choice(_KEYS), self._chance.choice(_MODIFIERS)
        target = QApplication.activePopupWidget() or QApplication.focusWidget() or self._window
        self._note(f"keys {modifiers.name} {key.name}", target)
        QTest.keyClick(target, key, modifiers)

    def _type(self) -> None:
        text = self._chance.choice(_TEXTS)
        self._note(f"type {text}", QApplication.focusWidget())
        for sign in text:
            widget = QApplication.focusWidget()
            if widget is not None:
                event = QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, sign)
                QApplication.sendEvent(widget, event)

    def _choose_a_command(self) -> None:
        commands = self._window.commands
        actions = [
            action
            for action in self._window.findChildren(QAction)
            if action.isEnabled() and action.isVisible() and action.text() and action is not commands.quit
        ]
        if actions and QApplication.activeModalWidget() is None:
            action = self._chance.choice(actions)
            self._note(f"command {action.text()}")
            action.trigger()

    def _some_things(self) -> tuple[Path, ...]:
        return tuple(self._chance.choices(self._things, k=self._chance.choice((1, 1, 2))))

    def _open(self) -> None:
        """As another start of the program does."""
        files = self._some_things()
        self._note(f"open {[file.name for file in files]}")
        self._studio.open_files(files)

    def _drop(self) -> None:
        purpose, files = self._chance.choice(list(Purpose)), self._some_things()
        if QApplication.activeModalWidget() is None:
            self._note(f"drop {purpose.name} {[file.name for file in files]}")
            self._studio.canvas.incoming.receive(purpose, Incoming(files=files))

    def _turn_the_wheel(self) -> None:
        widget = self._any(QWidget)
        if widget is not None:
            self._note("wheel", widget)
            at = self._somewhere(widget)
            event = QWheelEvent(
                QPointF(at),
                QPointF(widget.mapToGlobal(at)),
                QPoint(),
                QPoint(0, self._chance.choice((-120, 120))),
                Qt.MouseButton.NoButton,
                self._chance.choice(_MODIFIERS),
                Qt.ScrollPhase.NoScrollPhase,
                False,
            )
            QApplication.sendEvent(widget, event)

    def _resize(self) -> None:
        self._note("resize")
        self._window.resize(self._chance.randrange(900, 1600), self._chance.randrange(560, 1000))
