"""The page of the models in the whole program."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.core.resources import resource_path
from studio.ui.model_manager.model_row import ModelAction, RowState
from studio.ui.model_manager.models_page import ModelsPage
from tests.helpers.fake_session import FakeSession
from tests.integration.program_under_test import running_studio


def test_a_model_that_was_added_is_chosen_and_the_next_picture_hides_the_page(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        studio.window.commands.show_models.trigger()
        [page] = studio.window.findChildren(ModelsPage)
        qtbot.waitUntil(lambda: page.card.row is not None)
        assert page.isVisible()
        assert page.card.row is not None
        assert page.card.row.state is RowState.BUNDLED

        page.files_given.emit((resource_path("starter"),))
        qtbot.waitUntil(lambda: page.view.model().rowCount() > 0 and "starter" in names(page))
        page.choose(f"installed:{resource_path('starter')}")
        page.card.buttons[ModelAction.USE].click()
        assert studio.checkpoint.name == "starter"

        studio.window.request_panel.make.click()
        assert not page.isVisible()
        assert studio.window.picture_view.isVisible()


def names(page: ModelsPage) -> list[str]:
    model = page.view.model()
    return [str(model.data(model.index(number, 0))) for number in range(model.rowCount())]
