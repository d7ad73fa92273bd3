"""What a Linux desktop is told over its bus: how far a run is, for the entry in the dock, that it has ended, and to
stay awake.

All are calls that nobody has to answer: a desktop that knows none of them stays as it is.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

_PORTAL = "org.freedesktop.portal.Desktop"
_NOTIFICATION_ID = "run-ended"
_INHIBITORS = (
    ("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver", "org.freedesktop.ScreenSaver"),
    (
        "org.freedesktop.PowerManagement",
        "/org/freedesktop/PowerManagement/Inhibit",
        "org.freedesktop.PowerManagement.Inhibit",
    ),
)
"""Of GNOME and others, and of KDE and Xfce: service, object, interface. Not the portal's: PySide cannot send the
unsigned number that it wants."""
_INHIBITING = "latent-studio-awake"


def is_there() -> bool:
    """Without an address libdbus would start a bus of its own, where nobody listens."""
    return "DBUS_SESSION_BUS_ADDRESS" in os.environ


def desktop_entry() -> str:
    """The name of the program's entry in the menu, without its ending. Inside Flatpak it is that of the package."""
    return os.environ.get("FLATPAK_ID", "latent-studio")


def show_progress(fraction: float | None) -> None:
    """On the program's entry in the dock or taskbar, 0 to 1; None takes it away.

    Unity's protocol, which GNOME's docks, KDE and others understand.
    """
    from PySide6.QtDBus import QDBusConnection, QDBusMessage

    facts: Mapping[str, object] = {"progress": float(fraction or 0.0), "progress-visible": fraction is not None}
    signal = QDBusMessage.createSignal(
        "/io/github/latentstudio/LatentStudio", "com.canonical.Unity.LauncherEntry", "Update"
    )
    signal.setArguments([f"application://{desktop_entry()}.desktop", facts])
    QDBusConnection.sessionBus().send(signal)


def notify(title: str, text: str) -> None:
    """By the portal, which works inside a sandbox, too. One that is still shown is replaced."""
    from PySide6.QtDBus import QDBusConnection, QDBusMessage

    call = QDBusMessage.createMethodCall(
        _PORTAL, "/org/freedesktop/portal/desktop", "org.freedesktop.portal.Notification", "AddNotification"
    )
    call.setArguments([_NOTIFICATION_ID, {"title": title, "body": text}])
    QDBusConnection.sessionBus().send(call)


def inhibit_sleep(who: str, why: str) -> None:
    """Until `allow_sleep`, or the end of the program: it holds as long as the connection that asked for it."""
    from PySide6.QtDBus import QDBusConnection, QDBusMessage

    bus = QDBusConnection.connectToBus(QDBusConnection.BusType.SessionBus, _INHIBITING)
    for service, path, interface in _INHIBITORS:
        call = QDBusMessage.createMethodCall(service, path, interface, "Inhibit")
        call.setArguments([who, why])
        bus.send(call)


def allow_sleep() -> None:
    from PySide6.QtDBus import QDBusConnection

    QDBusConnection.disconnectFromBus(_INHIBITING)
