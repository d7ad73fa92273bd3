"""The desktop's accent and its wish for less motion, as its portal tells them: here on a bus of our own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from studio.app.desktop_portal import (
    ACCENT,
    COLOUR_SCHEME,
    GNOME_ANIMATIONS,
    KDE_ANIMATIONS,
    REDUCED_MOTION,
    Key,
    read_look,
)
from studio.ui.desktop_look import PLAIN_LOOK, DesktopLook

STILL = DesktopLook(less_motion=True)


@pytest.mark.parametrize(
    ("answers", "look"),
    [
        ({}, PLAIN_LOOK),
        ({ACCENT: (0.2, 0.6, 1.0)}, DesktopLook("#3399ff")),
        ({ACCENT: (-1.0, -1.0, -1.0)}, PLAIN_LOOK),  # the desktop has none
        ({ACCENT: None, REDUCED_MOTION: None, GNOME_ANIMATIONS: None, KDE_ANIMATIONS: None}, PLAIN_LOOK),
        ({ACCENT: "blue"}, PLAIN_LOOK),
        ({REDUCED_MOTION: 1}, STILL),
        ({REDUCED_MOTION: 0, GNOME_ANIMATIONS: True, KDE_ANIMATIONS: "1"}, PLAIN_LOOK),
        ({GNOME_ANIMATIONS: False}, STILL),
        ({KDE_ANIMATIONS: "0"}, STILL),
        ({KDE_ANIMATIONS: 0.0}, STILL),
        ({COLOUR_SCHEME: 0}, PLAIN_LOOK),  # its user has no wish
        ({COLOUR_SCHEME: 1}, DesktopLook(dark=True)),
        ({COLOUR_SCHEME: 2}, DesktopLook(dark=False)),
    ],
)
def test_what_the_answers_mean(answers: dict[Key, object], look: DesktopLook) -> None:
    assert read_look(answers) == look


DESKTOP = """
import sys
from gi.repository import Gio, GLib
bus = Gio.bus_get_sync(Gio.BusType.SESSION)
loop = GLib.MainLoop()
place = ("/org/freedesktop/portal/desktop", "org.freedesktop.portal.Settings")
node = Gio.DBusNodeInfo.new_for_xml('<node><interface name="org.freedesktop.portal.Settings">'
    '<method name="Read"><arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="v" direction="out"/>'
    '</method></interface></node>')
values = {"accent-color": GLib.Variant("(ddd)", (1.0, 0.5, 1e-5)), "enable-animations": GLib.Variant("b", True),
    "color-scheme": GLib.Variant("u", 2)}

def called(_bus, _sender, _path, interface, member, facts, invocation):
    value = values.get(facts.unpack()[1])
    if value is None:
        invocation.return_dbus_error("org.freedesktop.portal.Error.NotFound", "Requested setting not found")
    else:
        invocation.return_value(GLib.Variant("(v)", (GLib.Variant("v", value),)))

def change(*_):
    for group, name, value in (
        ("org.gnome.desktop.interface", "clock-format", GLib.Variant("s", "24h")),
        ("org.freedesktop.appearance", "color-scheme", GLib.Variant("u", 1)),
        ("org.gnome.desktop.interface", "enable-animations", GLib.Variant("b", False)),
        ("org.freedesktop.appearance", "accent-color", GLib.Variant("(ddd)", (0.0, 0.5, 0.25))),
    ):
        values[name] = value
        bus.emit_signal(None, *place, "SettingChanged", GLib.Variant("(ssv)", (group, name, value)))
    return True

bus.register_object(place[0], node.interfaces[0], called, None, None)
Gio.bus_own_name_on_connection(bus, "org.freedesktop.portal.Desktop", 0, lambda *_: print("ready", flush=True), None)
GLib.io_add_watch(sys.stdin, GLib.IO_IN, lambda source, _: source.readline() and change())
GLib.io_add_watch(sys.stdin, GLib.IO_HUP, lambda *_: loop.quit())
loop.run()
"""
PROGRAM = """
from PySide6.QtCore import QCoreApplication
from studio.app.desktop_portal import DesktopPortal
application = QCoreApplication([])
portal = DesktopPortal()

def on_change(look):
    print(look.accent, look.less_motion, look.dark, flush=True)
    if look.less_motion and look.dark and look.accent == "#008040":
        portal.close()
        application.quit()

portal.changed.connect(on_change)
application.exec()
"""
BOTH = """
import subprocess, sys
piped = dict(text=True, stdout=subprocess.PIPE)
desktop = subprocess.Popen(["/usr/bin/python3", "-c", sys.argv[1]], stdin=subprocess.PIPE, **piped)
assert desktop.stdout.readline() == "ready\\n"
program = subprocess.Popen([sys.executable, "-c", sys.argv[2]], **piped)
print(program.stdout.readline(), end="")
desktop.stdin.write("change\\n")
desktop.stdin.flush()
print(program.communicate()[0], end="")
desktop.stdin.close()
sys.exit(program.returncode or desktop.wait())
"""


@pytest.mark.tools
def test_the_portal_is_asked_at_the_start_and_heard_when_the_user_chooses_something_else() -> None:
    command = ["dbus-run-session", "--", sys.executable, "-c", BOTH, DESKTOP, PROGRAM]
    heard = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert heard[0] == "#ff8000 False False"
    assert heard[-1] == "#008040 True True"
