"""Whatever is pressed, dragged, typed and dropped: nothing goes wrong unforeseen, and the next start finds all of it.

    pytest -m long tests/integration/test_careless_person.py

What fails shows what was done last. Times differ from run to run, so a seed does not repeat everything.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QColor, QDesktopServices
from PySide6.QtWidgets import QApplication, QColorDialog, QFileDialog
from pytestqt.qtbot import QtBot

from tests.helpers.careless_person import CarelessPerson, things_to_drop
from tests.helpers.fake_session import FakeSession
from tests.integration.program_under_test import running_studio

SECONDS = 60
STARTS = 3


@pytest.fixture
def things(tmp_path: Path) -> list[Path]:
    return things_to_drop(tmp_path)


def answer_the_dialogs_of_the_system(
    monkeypatch: pytest.MonkeyPatch, chance: random.Random, things: list[Path], out: Path
) -> None:
    """With a file, a folder or nothing; no other program is opened."""

    def file(*_: object, **__: object) -> tuple[str, str]:
        new = out / f"{chance.randrange(1000)}{chance.choice(('.png', '.jpg', '.webp', '.lstudio', '.zip'))}"
        return chance.choice(("", str(chance.choice(things)), str(new))), ""

    def files(*_: object, **__: object) -> tuple[list[str], str]:
        return [str(thing) for thing in chance.sample(things, chance.randrange(3))], ""

    def opens(_url: QUrl) -> bool:
        return True

    for name, answer in (
        ("getOpenFileName", file),
        ("getSaveFileName", file),
        ("getOpenFileNames", files),
        ("getExistingDirectory", lambda *_, **__: chance.choice(("", str(things[-1])))),
    ):
        monkeypatch.setattr(QFileDialog, name, staticmethod(answer))
    monkeypatch.setattr(
        QColorDialog, "getColor", staticmethod(lambda *_, **__: chance.choice((QColor(), QColor("red"))))
    )
    monkeypatch.setattr(QDesktopServices, "openUrl", staticmethod(opens))


@pytest.mark.long
@pytest.mark.timeout(STARTS * SECONDS + 240)
@pytest.mark.parametrize("seed", range(4))
def test_nothing_goes_wrong_unforeseen(
    qapp: QApplication,
    qtbot: QtBot,
    tmp_path: Path,
    things: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    chance = random.Random(seed)
    answer_the_dialogs_of_the_system(monkeypatch, chance, things, tmp_path)
    for _ in range(STARTS):
        with running_studio(qapp, qtbot, tmp_path / "home", lambda _: FakeSession(), patience_ms=30_000) as studio:
            person = CarelessPerson(studio, things, chance, SECONDS)
            person.begin()
            try:
                qtbot.waitUntil(lambda person=person: person.is_tired, timeout=SECONDS * 1000 + 30_000)
            finally:
                print(*person.done[-30:], sep="\n")
