"""The page of the models over a disk that remembers what was asked of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from studio.core.errors import StudioError
from studio.ui.model_manager.model_list_model import ModelListModel
from studio.ui.model_manager.model_works import ModelWorks
from studio.ui.model_manager.models_page import ModelsPage
from studio.ui.model_manager.models_presenter import ModelsPresenter
from studio.ui.notice_bar import NoticeBar
from tests.helpers.run_now import run_or_fail_now
from tests.ui.model_manager.manager import Background, Disk, Manager


@pytest.fixture
def announced() -> list[StudioError]:
    return []


@pytest.fixture
def manager(qtbot, announced: list[StudioError]) -> Iterator[Manager]:  # type: ignore[no-untyped-def]
    model = ModelListModel()
    page = ModelsPage(model)
    qtbot.addWidget(page)
    page.resize(792, 700)
    disk = Disk()
    works = ModelWorks(run_or_fail_now)
    background = Background()
    presenter = ModelsPresenter(
        page, model, disk.operations(), works, background, NoticeBar(page), announced.append, lambda: disk.in_use
    )
    page.show()
    presenter.refresh()
    yield Manager(page, model, presenter, disk, works, background)
    assert announced == []
