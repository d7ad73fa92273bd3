"""InvokeAI: JSON as PNG text `invokeai_metadata` (invokeai/app/invocations/metadata.py there); 2.x: `sd-metadata`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from studio.core.addon_names import LoraTag
from studio.imaging.metadata import values
from studio.imaging.metadata.foreign_settings import ForeignSettings
from studio.imaging.metadata.json_text import as_list, as_object, json_object
from studio.imaging.metadata.samplers import sampler_called
from studio.imaging.metadata.texts import Texts

_KEY = "invokeai_metadata"
_KEY_OF_VERSION_2 = "sd-metadata"
_MOST_LORAS = 64
_MOST_PROMPTS = 100


def speaks(texts: Texts) -> bool:
    return _KEY in texts or _KEY_OF_VERSION_2 in texts


def read(texts: Texts) -> ForeignSettings | None:
    document = json_object(texts.get(_KEY, ""))
    if document is not None:
        return _read(document)
    document = json_object(texts.get(_KEY_OF_VERSION_2, ""))
    return None if document is None else _read_version_2(document)


def _read(document: Mapping[str, object]) -> ForeignSettings | None:
    prompt = values.prompt(document.get("positive_prompt"), document.get("negative_prompt"))
    if prompt is None:
        return None
    sampler = sampler_called(document.get("scheduler"), "")
    return ForeignSettings(
        prompt=prompt,
        scheduler=sampler.scheduler,
        num_inference_steps=values.steps(document.get("steps")),
        guidance_scale=values.guidance(document.get("guidance", document.get("cfg_scale"))),  # `guidance`: FLUX
        seed=values.seed(document.get("seed")),
        size=values.size(document.get("width"), document.get("height")),
        schedule=sampler.schedule,
        guidance_rescale=values.guidance_rescale(document.get("cfg_rescale_multiplier", 0)),
        clip_skip=values.clip_skip(document.get("clip_skip", 0)),
        vae=_model_name(document.get("vae")),
        checkpoint_name=_model_name(document.get("model")),
        loras=tuple(_loras(document.get("loras"))),
        program=f"InvokeAI {values.version(document.get('app_version'))}".strip(),
    )


def _read_version_2(document: Mapping[str, object]) -> ForeignSettings | None:
    image = as_object(document.get("image")) or {}
    prompt = values.prompt(_joined(image.get("prompt")))
    if prompt is None:
        return None
    sampler = sampler_called(image.get("sampler"), "")
    return ForeignSettings(
        prompt=prompt,
        scheduler=sampler.scheduler,
        num_inference_steps=values.steps(image.get("steps")),
        guidance_scale=values.guidance(image.get("cfg_scale")),
        seed=values.seed(image.get("seed")),
        size=values.size(image.get("width"), image.get("height")),
        schedule=sampler.schedule,
        checkpoint_name=values.file_name(document.get("model_weights")),
        program=f"InvokeAI {values.version(document.get('app_version'))}".strip(),
    )


def _joined(prompt: object) -> str:
    """A text, or a list of `{"prompt": ..., "weight": ...}`."""
    if isinstance(prompt, str):
        return prompt
    parts = [as_object(part) or {} for part in as_list(prompt)[:_MOST_PROMPTS]]
    return ", ".join(text for part in parts if (text := values.words(part.get("prompt"))))


def _model_name(value: object) -> str | None:
    """`name` since version 4, `model_name` before."""
    model = as_object(value) or {}
    return values.file_name(model.get("name", model.get("model_name")))


def _loras(value: object) -> Iterator[LoraTag]:
    """`model` since version 4, `lora` before."""
    for entry in as_list(value)[:_MOST_LORAS]:
        fields = as_object(entry) or {}
        lora = values.lora(_model_name(fields.get("model", fields.get("lora"))), fields.get("weight"))
        if lora is not None:
            yield lora
