"""Test pictures: one ordinary picture of a model with its own settings, or with an add-on, which then stands for it in
the list."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio.checkpoints.installed_model import InstalledModel
from studio.checkpoints.model_kind import ModelKind
from studio.core.addon import Addon, Addons
from studio.core.checkpoint import Checkpoint
from studio.core.errors import StudioError
from studio.core.request import GenerationRequest, Prompt, Sampling
from studio.gallery.record import PictureRecord
from studio.ui.background import RunInBackground
from studio.worker.generation_service import GenerationService

_EXAMPLE = "a lighthouse on a cliff at dusk, oil painting"
"""For models that nobody wrote an example for."""
_TO_BE_AVOIDED = re.compile("neg|bad|worst|unspeakable", re.IGNORECASE)
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
        with_addons: Callable[[GenerationRequest], GenerationRequest],
        run: RunInBackground,
        announce: Callable[[StudioError], None],
    ) -> None:
        """`keep` makes a picture file (its second argument) that of a model (the first, its identity); it is called in
        the background, and so is `with_addons`, which finds what a prompt names."""
        super().__init__()
        self._service = service
        self._keep = keep
        self._with_addons = with_addons
        self._run = run
        self._announce = announce

    def make(self, model: InstalledModel, checkpoint: Checkpoint) -> None:
        """Put a test picture of this model into the queue: of the checkpoint, or of an add-on of it."""

        def submit(request: GenerationRequest) -> None:
            self._service.submit(request, sample_of=model.identity)

        request = sample_request(checkpoint, None if model.model is checkpoint else model)
        self._run(lambda: self._with_addons(request), done=submit, failed=self._announce)

    def on_made(self, identity: str, record: PictureRecord) -> None:
        """The test picture of the model of this identity is there, perhaps asked for in an earlier session."""
        self._run(lambda: self._keep(identity, record.path), done=self._on_kept, failed=self._announce)

    def _on_kept(self, _nothing: None) -> None:
        self.kept.emit()


def sample_request(checkpoint: Checkpoint, addon: InstalledModel | None = None) -> GenerationRequest:
    """What the model is best at, with the first of its examples; with the add-on, if there is one, in its prompt."""
    best = checkpoint.recommended
    example = checkpoint.examples[0] if checkpoint.examples else _EXAMPLE
    vae = addon.model if addon is not None and isinstance(addon.model, Addon) and addon.kind is ModelKind.VAE else None
    return GenerationRequest(
        prompt=_prompt(example, addon),
        sampling=Sampling(
            scheduler=best.scheduler,
            num_inference_steps=best.num_inference_steps,
            guidance_scale=best.guidance_scale,
            seed=_SEED,
        ),
        size=best.size,
        checkpoint=checkpoint,
        addons=Addons(vae=vae),
    )


def _prompt(example: str, addon: InstalledModel | None) -> Prompt:
    """What an embedding is for is not in its file: those that are to be avoided are called so."""
    if addon is None or addon.prompt_part is None:
        return Prompt(example)
    if addon.kind is ModelKind.LORA:
        return Prompt(f"{example} {addon.prompt_part}")
    if _TO_BE_AVOIDED.search(addon.name):
        return Prompt(example, addon.prompt_part)
    return Prompt(f"{example}, {addon.prompt_part}")
