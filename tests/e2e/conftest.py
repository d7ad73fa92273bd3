"""The person of the sessions at the real window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.app.engine_factory import create_session
from studio.app.wiring import Studio
from studio.settings.model import Theme
from studio.settings.paths import UserPaths
from tests.e2e.person import PATIENCE_MS, Person

LOOKS = {"dark-1440": ("dark", 1440, 900), "light-1280": ("light", 1280, 720)}


@pytest.fixture(params=LOOKS)
def person(request: pytest.FixtureRequest, qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Person]:
    """Sits at a new window, in two looks; whatever window is the person's at the end is closed.

    What does not depend on the look asks for one: `@pytest.mark.parametrize("person", ["dark-1440"], indirect=True)`.
    """
    theme, width, height = LOOKS[request.param]
    paths = UserPaths.below(tmp_path / "home")
    paths.create()
    studio = Studio(qapp, paths, create_session)
    studio.kept_settings.set_theme(Theme(theme))
    studio.window.resize(width, height)
    studio.window.move(0, 0)
    with qtbot.waitSignal(studio.service.ready, timeout=PATIENCE_MS):
        studio.show()
    person = Person(studio, qtbot, f"{theme}-{width}")
    person.clicks(studio.window.request_panel.prompt.text)  # no window manager here: a click gives the focus
    person.waits_for(studio.window.isActiveWindow)
    yield person
    person.window.ask_before_closing(lambda: True)  # a failed test must not wait for an answer
    person.window.close()
    assert person.studio.close()
