"""Pictures that stand for models, and what makes them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from studio.checkpoints.installed_model import InstalledModel
from studio.core.addon import Addon, AddonKind
from studio.core.checkpoint import Checkpoint, ModelFamily
from studio.core.download import (
    DownloadResult,
)
from studio.ui.model_manager.model_row import ModelAction
from studio.ui.model_manager.model_rows import installed_key
from studio.ui.model_manager.picture_maker import maker_of
from tests.helpers.fake_session import CHECKPOINT
from tests.ui.model_manager.manager import INSTALLED, PLAN, Manager, answer, notices


def test_a_model_that_came_offers_a_test_picture(manager: Manager) -> None:
    asked: list[tuple[InstalledModel, Checkpoint]] = []
    manager.presenter.test_picture_asked.connect(lambda *what: asked.append(what))
    manager.presenter.on_finished(DownloadResult(PLAN, ()))
    answer(manager, f"{INSTALLED.name} is there", "Make a test picture")
    manager.page.choose(installed_key(INSTALLED.path))
    manager.press(ModelAction.TEST_PICTURE)
    assert asked == [(INSTALLED, CHECKPOINT), (INSTALLED, CHECKPOINT)]


@pytest.mark.parametrize("kind", [AddonKind.LORA, AddonKind.TEXTUAL_INVERSION, AddonKind.VAE])
def test_the_test_picture_of_an_addon_is_made_by_a_model_that_it_fits(manager: Manager, kind: AddonKind) -> None:
    sdxl = replace(CHECKPOINT, name="big", path=Path("big"), family=ModelFamily.STABLE_DIFFUSION_XL)
    inpainting = replace(sdxl, name="for masks", path=Path("masks"), inpainting=True)
    ink = Addon("ink", Path("ink.safetensors"), kind, ModelFamily.STABLE_DIFFUSION_XL)
    models = [replace(INSTALLED, root=model.path, model=model) for model in (ink, inpainting)]
    manager.disk.installed = tuple(models)
    manager.presenter.refresh()
    asked: list[tuple[InstalledModel, Checkpoint]] = []
    manager.presenter.test_picture_asked.connect(lambda *what: asked.append(what))
    manager.page.choose(installed_key(ink.path))
    manager.press(ModelAction.TEST_PICTURE)
    assert asked == []
    assert "No model for ink: It changes models of SDXL" in notices(manager)

    manager.disk.installed = (*models, replace(INSTALLED, root=sdxl.path, model=sdxl))
    manager.presenter.refresh()
    manager.press(ModelAction.TEST_PICTURE)
    assert asked == [(models[0], sdxl)]


def test_the_model_in_use_comes_first(manager: Manager) -> None:
    ink = replace(INSTALLED, root=Path("ink"), model=Addon("ink", Path("ink.safetensors"), AddonKind.LORA, None))
    assert maker_of(ink, [CHECKPOINT, manager.disk.bundled]) is CHECKPOINT


def test_an_upscaler_has_no_test_picture(manager: Manager) -> None:
    upscaler = Addon("sharp", Path("sharp.safetensors"), AddonKind.UPSCALER, None)
    manager.disk.installed = (replace(INSTALLED, root=upscaler.path, model=upscaler),)
    manager.presenter.refresh()
    manager.page.choose(installed_key(upscaler.path))
    assert ModelAction.TEST_PICTURE not in manager.page.card.buttons


def test_the_picture_of_a_model_is_painted_beside_it_and_in_its_card(manager: Manager, tmp_path: Path) -> None:
    file = tmp_path / "red.jpg"
    Image.new("RGB", (256, 192), (250, 0, 0)).save(file)
    manager.page.choose(installed_key(INSTALLED.path))
    assert not manager.page.card.picture.isVisible()
    assert not is_red(manager, INSTALLED)
    manager.disk.thumbnails = {INSTALLED.root: file}
    manager.presenter.refresh()
    assert is_red(manager, INSTALLED)
    assert manager.page.card.picture.isVisible()
    file.unlink()  # nobody has to care
    manager.presenter.refresh()
    assert not is_red(manager, INSTALLED)


def is_red(manager: Manager, model: InstalledModel) -> bool:
    view, number = manager.page.view, manager.model.number_of(installed_key(model.path))
    assert number is not None
    place = view.visualRect(manager.model.index(number))
    painted = view.viewport().grab(place).toImage().pixelColor(place.height() // 2, place.height() // 2)
    return painted.red() > 200 and painted.green() < 60
