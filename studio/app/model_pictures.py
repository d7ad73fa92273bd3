"""Test pictures: one ordinary picture of a model with its own settings, which then stands for it in the list."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio.checkpoints.installed_model import InstalledModel
from studio.core.checkpoint import Checkpoint
from studio.core.errors import StudioError
from studio.core.request import GenerationRequest, Prompt, Sampling
from studio.gallery.record import PictureRecord
from studio.ui.background import RunInBackground
from studio.worker.generation_service import GenerationService

_EXAMPLE = "a lighthouse on a cliff at dusk, oil painting"
"""For models that nobody wrote an example for."""
_SEED = 1
"""The same for all, so that models of one family can be compared."""


class ModelPictures(QObject):
    """
    Signals:
        kept(): a model has another picture.
    """

    kept = Signal()

    def __init__(
        self,
        service: GenerationService,
        keep: Callable[[str, Path], None],
        run: RunInBackground,
        announce: Callable[[StudioError], None],
    ) -> None:
        """`keep` makes a picture file (its second argument) that of a model (the first, its identity); it is called in
        the background."""
        super().__init__()
        self._service = service
        self._keep = keep
        self._run = run
        self._announce = announce

    def make(self, model: InstalledModel) -> None:
        """Put a test picture of this checkpoint into the queue."""
        assert isinstance(model.model, Checkpoint)
        self._service.submit(sample_request(model.model), sample_of=model.identity)

    def on_made(self, identity: str, record: PictureRecord) -> None:
        """The test picture of the model of this identity is there, perhaps asked for in an earlier session."""
        self._run(lambda: self._keep(identity, record.path), done=self._on_kept, failed=self._announce)

    def _on_kept(self, _nothing: None) -> None:
        self.kept.emit()


def sample_request(checkpoint: Checkpoint) -> GenerationRequest:
    """What the model is best at, with the first of its examples."""
    best = checkpoint.recommended
    return GenerationRequest(
        prompt=Prompt(checkpoint.examples[0] if checkpoint.examples else _EXAMPLE),
        sampling=Sampling(
            scheduler=best.scheduler,
            num_inference_steps=best.num_inference_steps,
            guidance_scale=best.guidance_scale,
            seed=_SEED,
        ),
        size=best.size,
        checkpoint=checkpoint,
    )
