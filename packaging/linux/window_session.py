"""A person's session at the window of the installed program: a picture, a part of it repainted, all of it there again.

Keys and pointer come through the X server, as xdotool sends them. Whether they did what they should is seen from
outside: in the files that the program writes.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image, ImageGrab

PICTURES = "/root/Pictures/Latent Studio"
CANVAS = "/root/.local/share/latent-studio/canvas.db"
_SIZE = (1440, 900)
_MIDDLE = (740, 400)
"""Of the canvas, between the two sides of a window of that size."""
_FARTHEST = 72
"""Pixels of a picture of 256 that the stroke and its soft edge may reach from the middle."""
_SECONDS_OF_PATIENCE = 240
_SECONDS_BETWEEN_LOOKS = 0.2
_SECONDS_BETWEEN_TRIES = 5


class Computer(Protocol):
    """Where the program is installed."""

    def say(self, text: str) -> None: ...
    def path(self, inside: str) -> Path: ...
    def run(self, *command: str) -> str: ...
    def start(self, *command: str) -> subprocess.Popen[str]: ...


class Person:
    """Sits at `display`, where there is no window manager; keeps what is seen there in `shots`, if that is a folder."""

    def __init__(self, display: str, shots: Path | None) -> None:
        self._display = display
        self._shots = shots

    def sits_down(self) -> None:
        """Waits for the window, gives it all of the screen, and the keys."""
        window = self._xdotool("search", "--sync", "--onlyvisible", "--name", "^Latent Studio$").split()[-1]
        self._xdotool("windowmove", window, "0", "0", "windowsize", window, *map(str, _SIZE))
        self._xdotool("windowfocus", "--sync", window)

    def presses(self, *keys: str) -> None:
        self._xdotool("key", *keys)

    def asks_for(self, prompt: str) -> None:
        self.presses("ctrl+p", "ctrl+a")
        self._xdotool("type", "--delay", "20", prompt)
        self.presses("ctrl+Return")

    def strokes(self, *path: tuple[int, int]) -> None:
        """Through these places of the screen with the button down."""
        first, *rest = ([*("mousemove", str(x), str(y)), "sleep", "0.05"] for x, y in path)
        self._xdotool(*first, "mousedown", "1", *(word for move in rest for word in move), "mouseup", "1")

    def waits_for(self, what: str, is_so: Callable[[], bool], trying: Callable[[], object] = lambda: None) -> None:
        """Looks again and again, as the program tells nobody outside; tries anew now and then."""
        began = tried = time.monotonic()
        trying()
        while not is_so():
            time.sleep(_SECONDS_BETWEEN_LOOKS)
            now = time.monotonic()
            if now - began > _SECONDS_OF_PATIENCE:
                self.looks("failed")
                sys.exit(f"{what} did not come within {_SECONDS_OF_PATIENCE} s")
            if now - tried > _SECONDS_BETWEEN_TRIES:
                tried = now
                trying()

    def looks(self, name: str) -> None:
        if self._shots is not None:
            ImageGrab.grab(xdisplay=self._display).save(self._shots / f"{name}.png")

    def _xdotool(self, *words: str) -> str:
        environment = {**os.environ, "DISPLAY": self._display}
        command = ["xdotool", *words]
        limit = _SECONDS_OF_PATIENCE
        return subprocess.run(
            command, check=True, stdout=subprocess.PIPE, text=True, env=environment, timeout=limit
        ).stdout


def sit_at_the_window(computer: Computer, person: Person) -> None:
    """From the icon in the menu to closing the window, and once more."""
    began = time.monotonic()
    with _window(computer, person, "studio-gui") as program:
        computer.say(f"at the window, there after {time.monotonic() - began:.1f} s:")
        apple = _make(computer, person)
        _open_in_the_same_window(computer, person, apple)
        _repaint(computer, person, apple)
        _leave(computer, person, program)
    _come_again(computer, person)


@contextmanager
def _window(computer: Computer, person: Person, *command: str) -> Iterator[subprocess.Popen[str]]:
    program = computer.start(*command)
    try:
        person.sits_down()
        yield program
    finally:
        program.kill()
        program.wait()


def _make(computer: Computer, person: Person) -> Path:
    made = _new_picture(computer, person, lambda: person.asks_for("a red apple"))
    person.looks("1-made")
    computer.say(f"  Ctrl+P, a prompt, Ctrl+Return: {_facts(computer, made)}")
    return made


def _open_in_the_same_window(computer: Computer, person: Person, picture: Path) -> None:
    """As a file manager does it: a second start, which hands the file over."""
    computer.run("studio-gui", _inside(computer, picture))
    person.waits_for("the picture on the canvas", lambda: _canvas(computer) != [])
    person.looks("2-opened")
    computer.say("  a second start with a picture: it lies on the canvas of the first")


def _repaint(computer: Computer, person: Person, apple: Path) -> None:
    """A stroke over its middle, another prompt; the result is accepted."""
    x, y = _MIDDLE
    person.strokes(*((x + step, y) for step in range(-60, 61, 10)))
    person.waits_for("the stroke", lambda: _edits(computer) == ["Brush stroke"])
    person.looks("3-masked")
    made = _new_picture(computer, person, lambda: person.asks_for("a green apple"))
    person.waits_for("the result", lambda: len(json.loads(_canvas(computer)[0])) == 1)
    person.looks("4-repainted")
    computer.say(f"  a stroke of the brush, a prompt, Ctrl+Return: {_facts(computer, made)}; {_compared(apple, made)}")
    person.presses("F6")
    person.waits_for("the accepted result", lambda: len(_edits(computer)) == 2, lambda: person.presses("Return"))
    person.looks("5-accepted")
    computer.say(f"  F6, Return: {_edits(computer)[-1]}")


def _leave(computer: Computer, person: Person, program: subprocess.Popen[str]) -> None:
    person.presses("ctrl+q")
    exit_code = program.wait(_SECONDS_OF_PATIENCE)
    if exit_code:
        sys.exit(f"the window's program ended with {exit_code}")
    computer.say("  Ctrl+Q: closed, exit code 0")


def _come_again(computer: Computer, person: Person) -> None:
    with _window(computer, person, "studio-gui") as program:
        made = _new_picture(computer, person, lambda: person.asks_for("a yellow car"))
        person.looks("6-again")
        computer.say(f"at the window again: {_facts(computer, made)}")
        _leave(computer, person, program)
    computer.say(computer.run("studio", "export", "--search", "made:inpaint", "-o", "/root/repainted.png").rstrip())


def _new_picture(computer: Computer, person: Person, ask: Callable[[], object]) -> Path:
    before = _pictures(computer)
    ask()
    person.waits_for("a picture", lambda: len(_pictures(computer)) > len(before))
    [made] = _pictures(computer) - before
    return made


def _pictures(computer: Computer) -> set[Path]:
    """In a folder for each day; a file has its name when it is whole."""
    return set(computer.path(PICTURES).glob("2*/*.png"))


def _inside(computer: Computer, picture: Path) -> str:
    return f"{PICTURES}/{picture.relative_to(computer.path(PICTURES))}"


def _facts(computer: Computer, picture: Path) -> str:
    """As the picture itself tells them."""
    facts = json.loads(computer.run("studio", "info", "--json", _inside(computer, picture)))
    kind, prompt, size = facts["task"]["kind"], facts["prompt"]["text"], facts["size"]
    return f'{picture.name}: {kind}, "{prompt}", {size["width"]} x {size["height"]}, {facts["seconds"]:.1f} s'


def _compared(before: Path, after: Path) -> str:
    """How far from the middle pixels are others; ends this program where one is that was not painted over."""
    pixels = [np.asarray(Image.open(picture).convert("RGB"), np.int16) for picture in (before, after)]
    rows, columns = np.nonzero((pixels[0] != pixels[1]).any(axis=2))
    middle = len(pixels[0]) // 2
    if rows.size == 0 or max(abs(rows - middle).max(), abs(columns - middle).max()) > _FARTHEST:
        sys.exit("the stroke is as it was, or what lies far beyond it is not")
    return (
        f"{rows.size} pixels are others, in columns {columns.min()} to {columns.max()} and "
        f"rows {rows.min()} to {rows.max()}"
    )


def _canvas(computer: Computer) -> list[str]:
    """The results that lie over the canvas, as JSON; an empty list while there is no canvas."""
    return _column(computer, "SELECT candidates FROM canvas")


def _edits(computer: Computer) -> list[str]:
    return _column(computer, "SELECT label FROM edit ORDER BY step")


def _column(computer: Computer, query: str) -> list[str]:
    file = computer.path(CANVAS)
    if not file.exists():
        return []
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        try:
            return [value for (value,) in database.execute(query)]
        except sqlite3.OperationalError:  # it is just being made
            return []
