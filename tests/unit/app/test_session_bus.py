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

DESKTOP = """
from gi.repository import Gio, GLib
bus = Gio.bus_get_sync(Gio.BusType.SESSION)
loop = GLib.MainLoop()
names = ("org.freedesktop.ScreenSaver", "org.freedesktop.PowerManagement")
paths = ("/org/freedesktop/ScreenSaver", "/org/freedesktop/PowerManagement/Inhibit")
asked = []

def called(_bus, sender, path, interface, member, facts, invocation):
    print(interface, member, facts.unpack(), flush=True)
    invocation.return_value(GLib.Variant("(u)", (1,)))
    asked.append(sender)
    if len(asked) == 2:
        Gio.bus_watch_name_on_connection(bus, sender, 0, None, gone)

def gone(*_):
    print("may sleep", flush=True)
    loop.quit()

for name, path in zip(names, paths):
    interface = name + path.partition("Management")[2].replace("/", ".")
    node = Gio.DBusNodeInfo.new_for_xml(f'<node><interface name="{interface}"><method name="Inhibit">'
        '<arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="u" direction="out"/></method>'
        '</interface></node>')
    bus.register_object(path, node.interfaces[0], called, None, None)
Gio.bus_own_name_on_connection(bus, names[0], 0, None, None)
Gio.bus_own_name_on_connection(bus, names[1], 0, lambda *_: print("ready", flush=True), None)
GLib.timeout_add_seconds(60, loop.quit)
loop.run()
"""
HOLDER = """
from PySide6.QtCore import QCoreApplication
from studio.app.awake import system_inhibitor
application = QCoreApplication([])
inhibitor = system_inhibitor()
inhibitor.hold()
inhibitor.hold()
print("held", flush=True)
assert input() == "both have heard it"
inhibitor.release()
assert input() == "it has ended"
"""
"""Alive until the desktop has heard of the end: it is not the end of the program that lets the computer sleep."""
HOLDER_AND_DESKTOP = """
import subprocess, sys
desktop = subprocess.Popen(["/usr/bin/python3", "-c", sys.argv[1]], stdout=subprocess.PIPE, text=True)
assert desktop.stdout.readline() == "ready\\n"
holder = subprocess.Popen([sys.executable, "-c", sys.argv[2]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
print(desktop.stdout.readline(), desktop.stdout.readline(), sep="", end="")
print("both have heard it", file=holder.stdin, flush=True)
print(desktop.stdout.read(), end="", flush=True)
holder.communicate("it has ended")
sys.exit(holder.returncode)
"""


@pytest.mark.tools
def test_in_a_sandbox_the_desktop_itself_is_kept_awake_while_it_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLATPAK_ID", "io.github.latentstudio.LatentStudio")
    command = ["dbus-run-session", "--", sys.executable, "-c", HOLDER_AND_DESKTOP, DESKTOP, HOLDER]
    heard = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout.splitlines()
    why = "Inhibit ('Latent Studio', 'A picture is being made')"
    assert sorted(heard[:2]) == [f"org.freedesktop.PowerManagement.Inhibit {why}", f"org.freedesktop.ScreenSaver {why}"]
    assert heard[2:] == ["may sleep"]


def test_inside_flatpak_the_entry_in_the_menu_has_the_name_of_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLATPAK_ID", raising=False)
    assert session_bus.desktop_entry() == "latent-studio"
    monkeypatch.setenv("FLATPAK_ID", "io.github.latentstudio.LatentStudio")
    assert session_bus.desktop_entry() == "io.github.latentstudio.LatentStudio"


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
