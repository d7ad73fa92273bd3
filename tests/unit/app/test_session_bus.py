"""What a Linux desktop hears over its bus: here one of our own, with a listener."""

from __future__ import annotations

import subprocess
import sys

import pytest

from studio.app import session_bus

LISTENER = """
import sys
from gi.repository import Gio, GLib
bus = Gio.bus_get_sync(Gio.BusType.SESSION)
loop = GLib.MainLoop()

def heard(_bus, _sender, _path, interface, member, facts, *_):
    print(interface, member, facts.unpack(), flush=True)
    if member == "Update" and not facts.unpack()[1]["progress-visible"]:
        loop.quit()

bus.signal_subscribe(None, "com.canonical.Unity.LauncherEntry", None, None, None, 0, heard)
node = Gio.DBusNodeInfo.new_for_xml('<node><interface name="org.freedesktop.portal.Notification">'
    '<method name="AddNotification"><arg type="s" direction="in"/><arg type="a{sv}" direction="in"/></method>'
    '</interface></node>')

def called(_bus, _sender, _path, interface, member, facts, invocation):
    print(interface, member, facts.unpack(), flush=True)
    invocation.return_value(None)

bus.register_object("/org/freedesktop/portal/desktop", node.interfaces[0], called, None, None)
Gio.bus_own_name_on_connection(bus, "org.freedesktop.portal.Desktop", 0, lambda *_: print("ready", flush=True), None)
GLib.timeout_add_seconds(60, loop.quit)
loop.run()
"""
TELLER = """
from PySide6.QtCore import QCoreApplication
from studio.app import session_bus
application = QCoreApplication([])
assert session_bus.is_there()
session_bus.show_progress(0.25)
session_bus.notify("Your pictures are made", "all")
session_bus.show_progress(None)
"""
BOTH = """
import subprocess, sys
listener = subprocess.Popen(["/usr/bin/python3", "-c", sys.argv[1]], stdout=subprocess.PIPE, text=True)
assert listener.stdout.readline() == "ready\\n"
subprocess.run([sys.executable, "-c", sys.argv[2]], check=True)
print(listener.communicate()[0], end="")
"""


@pytest.mark.tools
def test_progress_goes_to_the_entry_in_the_dock_and_the_end_of_a_run_to_the_portal() -> None:
    command = ["dbus-run-session", "--", sys.executable, "-c", BOTH, LISTENER, TELLER]
    heard = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    entry = "application://latent-studio.desktop"
    assert sorted(heard) == sorted(
        [
            f"com.canonical.Unity.LauncherEntry Update ('{entry}', {{'progress': 0.25, 'progress-visible': True}})",
            "org.freedesktop.portal.Notification AddNotification ('run-ended', "
            "{'body': 'all', 'title': 'Your pictures are made'})",
            f"com.canonical.Unity.LauncherEntry Update ('{entry}', {{'progress': 0.0, 'progress-visible': False}})",
        ]
    )


def test_without_an_address_no_bus_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    assert not session_bus.is_there()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/run/user/1000/bus")
    assert session_bus.is_there()
