"""What a Linux desktop is told over its bus: how far a run is, for the entry in the dock, and that it has ended.

Both are calls that nobody has to answer: a desktop that knows neither stays as it is.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

_DESKTOP_FILE = "application://latent-studio.desktop"
_PORTAL = "org.freedesktop.portal.Desktop"
_NOTIFICATION_ID = "run-ended"


def is_there() -> bool:
    """Without an address libdbus would start a bus of its own, where nobody listens."""
    return "DBUS_SESSION_BUS_ADDRESS" in os.environ


def show_progress(fraction: float | None) -> None:
    """On the program's entry in the dock or taskbar, 0 to 1; None takes it away.

    Unity's protocol, which GNOME's docks, KDE and others understand.
    """
    from PySide6.QtDBus import QDBusConnection, QDBusMessage

    facts: Mapping[str, object] = {"progress": float(fraction or 0.0), "progress-visible": fraction is not None}
    signal = QDBusMessage.createSignal(
        "/io/github/latentstudio/LatentStudio", "com.canonical.Unity.LauncherEntry", "Update"
    )
    signal.setArguments([_DESKTOP_FILE, facts])
    QDBusConnection.sessionBus().send(signal)


def notify(title: str, text: str) -> None:
    """By the portal, which works inside a sandbox, too. One that is still shown is replaced."""
    from PySide6.QtDBus import QDBusConnection, QDBusMessage

    call = QDBusMessage.createMethodCall(
        _PORTAL, "/org/freedesktop/portal/desktop", "org.freedesktop.portal.Notification", "AddNotification"
    )
    call.setArguments([_NOTIFICATION_ID, {"title": title, "body": text}])
    QDBusConnection.sessionBus().send(call)
