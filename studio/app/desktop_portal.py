"""What a Linux desktop says about its looks: asked of its portal at the start, and heard whenever it changes.

Qt passes on neither the accent nor the wish for less motion, and light and dark not on every desktop. Import it only
where there is a session bus: it talks to it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import TypeAlias, cast

from PySide6.QtCore import SLOT, QObject, Signal, Slot
from PySide6.QtDBus import QDBusArgument, QDBusConnection, QDBusMessage, QDBusPendingCallWatcher, QDBusVariant
from PySide6.QtGui import QColor

from studio.ui.desktop_look import PLAIN_LOOK, DesktopLook

_SERVICE = "org.freedesktop.portal.Desktop"
_PATH = "/org/freedesktop/portal/desktop"
_INTERFACE = "org.freedesktop.portal.Settings"

Key: TypeAlias = tuple[str, str]
"""A group of settings, and one of its names."""
ACCENT: Key = ("org.freedesktop.appearance", "accent-color")
COLOUR_SCHEME: Key = ("org.freedesktop.appearance", "color-scheme")
REDUCED_MOTION: Key = ("org.freedesktop.appearance", "reduced-motion")
GNOME_ANIMATIONS: Key = ("org.gnome.desktop.interface", "enable-animations")
KDE_ANIMATIONS: Key = ("org.kde.kdeglobals.KDE", "AnimationDurationFactor")
_HEARD = cast("bytes", SLOT("on_setting_changed(QDBusMessage)"))  # PySide says that it wants bytes, and takes a string
_KEYS = (ACCENT, COLOUR_SCHEME, REDUCED_MOTION, GNOME_ANIMATIONS, KDE_ANIMATIONS)
_NUMBER = r"(-?\d[\d.e+-]*)"
_THREE_NUMBERS = re.compile(rf"\(ddd\) {_NUMBER}, {_NUMBER}, {_NUMBER}")


class DesktopPortal(QObject):
    """Nobody waits for the desktop: until it has answered, and where it has no portal, its look is plain.

    Signals:
        changed(DesktopLook): it has answered, or its user has chosen something else.
    """

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._bus = QDBusConnection.sessionBus()
        self._answers: dict[Key, object] = {}
        self._unanswered = 0
        self._look = PLAIN_LOOK
        self._bus.connect("", _PATH, _INTERFACE, "SettingChanged", self, _HEARD)
        for key in _KEYS:
            self._ask(key)

    @Slot("QDBusMessage")
    def on_setting_changed(self, message: QDBusMessage) -> None:
        group, name, *_ = message.arguments()
        if (group, name) in _KEYS:
            self._ask((group, name))

    def close(self) -> None:
        self._bus.disconnect("", _PATH, _INTERFACE, "SettingChanged", self, _HEARD)
        self.blockSignals(True)

    def _ask(self, key: Key) -> None:
        call = QDBusMessage.createMethodCall(_SERVICE, _PATH, _INTERFACE, "Read")
        call.setArguments(list(key))
        watcher = QDBusPendingCallWatcher(self._bus.asyncCall(call), self)
        self._unanswered += 1
        watcher.finished.connect(partial(self._on_answer, key, watcher))

    def _on_answer(self, key: Key, watcher: QDBusPendingCallWatcher) -> None:
        self._answers[key] = read_value(watcher.reply())
        watcher.deleteLater()
        self._unanswered -= 1
        look = read_look(self._answers)
        if self._unanswered == 0 and look != self._look:
            self._look = look
            self.changed.emit(look)


def read_value(reply: QDBusMessage) -> object:
    """What is inside all its variants; None where the desktop does not know the key."""
    if reply.type() != QDBusMessage.MessageType.ReplyMessage:
        return None
    value: object = reply.arguments()[0]
    while isinstance(value, QDBusVariant):
        value = value.variant()
    if isinstance(value, QDBusArgument):  # a structure, which cannot be taken apart from Python: only told as text
        found = _THREE_NUMBERS.search(str(reply))
        return None if found is None else tuple(float(number) for number in found.groups())
    return value


def read_look(answers: Mapping[Key, object]) -> DesktopLook:
    """From values as `read_value` gives them."""
    less_motion = (
        answers.get(REDUCED_MOTION) == 1,
        answers.get(GNOME_ANIMATIONS) is False,
        str(answers.get(KDE_ANIMATIONS)) in {"0", "0.0"},
    )
    dark = {1: True, 2: False}.get(cast("int", answers.get(COLOUR_SCHEME)))
    return DesktopLook(_colour(answers.get(ACCENT)), any(less_motion), dark)


def _colour(value: object) -> str | None:
    """Red, green and blue from 0 to 1; numbers out of range say that there is no accent."""
    match value:
        case (float(red), float(green), float(blue)) if all(0 <= part <= 1 for part in (red, green, blue)):
            return QColor.fromRgbF(red, green, blue).name()
        case _:
            return None
