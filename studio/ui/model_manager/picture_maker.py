"""Which model makes the test picture of another."""

from __future__ import annotations

from collections.abc import Iterable

from studio.checkpoints.installed_model import InstalledModel
from studio.checkpoints.model_kind import ModelKind
from studio.core.checkpoint import Checkpoint

PICTURED_KINDS = frozenset({ModelKind.CHECKPOINT, ModelKind.LORA, ModelKind.TEXTUAL_INVERSION, ModelKind.VAE})
"""What shows in a picture."""


def maker_of(model: InstalledModel, checkpoints: Iterable[Checkpoint]) -> Checkpoint | None:
    """The model itself; of an add-on the first of the checkpoints that it fits. None if there is none."""
    if isinstance(model.model, Checkpoint):
        return model.model
    fitting = (one for one in checkpoints if not one.inpainting and model.family in {None, one.family})
    return next(fitting, None)
