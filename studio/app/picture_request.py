"""From a picture of the program back to the request that makes it again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from studio.checkpoints.addon_finder import AddonFinder
from studio.core.addon import AddonKind, Addons
from studio.core.addon_names import LoraTag
from studio.core.checkpoint import Checkpoint
from studio.core.request import GenerationRequest, Prompt, Stretch
from studio.core.result import PictureParameters
from studio.prompts.lora_tags import with_lora_tags


def request_of(parameters: PictureParameters, checkpoint: Checkpoint, addons: AddonFinder) -> GenerationRequest:
    """With the add-ons of these names that are installed now. Raises InvalidRequest."""
    tags = [LoraTag(lora.name, lora.weight, lora.text_encoder_weight) for lora in parameters.used(AddonKind.LORA)]
    vae = next((addons.vae(vae.name) for vae in parameters.used(AddonKind.VAE)), None)
    request = GenerationRequest(
        prompt=parameters.prompt,
        sampling=parameters.sampling,
        size=parameters.size,
        checkpoint=checkpoint,
        task=parameters.task,
        addons=Addons(vae=vae),
        earlier=parameters.earlier,
        regions=parameters.regions,
        branched_from=parameters.branched_from,
    )
    return addons.with_addons(request.with_stretches(lambda stretch: _with_tags(stretch, tags)))


def _with_tags(stretch: Stretch, tags: Iterable[LoraTag]) -> Stretch:
    """A LoRA changed all steps, whichever of their prompts named it."""
    return replace(stretch, prompt=Prompt(with_lora_tags(stretch.prompt.text, tags), stretch.prompt.negative))
