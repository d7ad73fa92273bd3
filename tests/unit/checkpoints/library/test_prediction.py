"""What the user knows better than the file."""

from __future__ import annotations

from pathlib import Path

from studio.checkpoints.installed_model import InstalledModel
from studio.checkpoints.library import ModelLibrary
from studio.checkpoints.model_arrival import HowToAdd
from studio.core.checkpoint import Checkpoint, Prediction
from studio.core.geometry import Size
from tests.unit.checkpoints import headers
from tests.unit.checkpoints.headers import write_file
from tests.unit.checkpoints.libraries import Libraries


def test_what_a_model_predicts_is_what_the_user_says(libraries: Libraries, elsewhere: Path, tmp_path: Path) -> None:
    library = ModelLibrary(libraries.places)
    model = library.add_local(write_file(elsewhere / "second.safetensors", headers.SD_2), HowToAdd.IN_PLACE)
    assert predicted(model) == (Prediction.V, Size(768, 768))
    assert model.chosen_prediction is None

    chosen = library.choose_prediction(model, Prediction.EPSILON)

    assert predicted(chosen) == (Prediction.EPSILON, Size(512, 512))
    assert ModelLibrary(libraries.places).installed() == (chosen,)
    assert not library.verify(chosen).bad
    moved = library.move(chosen, tmp_path / "other disk")
    assert moved.chosen_prediction is Prediction.EPSILON
    assert predicted(library.choose_prediction(moved, None)) == (Prediction.V, Size(768, 768))


def predicted(model: InstalledModel) -> tuple[Prediction, Size]:
    assert isinstance(model.model, Checkpoint)
    return model.model.prediction, model.model.recommended.size
