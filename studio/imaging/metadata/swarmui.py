"""SwarmUI: a JSON object as PNG text `parameters` or EXIF UserComment, with the settings in `sui_image_params`
(src/Text2Image/T2IParamInput.cs there)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from studio.core.addon_names import LoraTag
from studio.imaging.metadata import values
from studio.imaging.metadata.foreign_settings import ForeignSettings
from studio.imaging.metadata.json_text import as_list, as_object, json_object
from studio.imaging.metadata.samplers import sampler_called
from studio.imaging.metadata.texts import PARAMETERS, Texts

_OWN_KEY = "sui_image_params"
_MOST_LORAS = 64


def speaks(texts: Texts) -> bool:
    text = texts.get(PARAMETERS, "")
    return text.startswith("{") and f'"{_OWN_KEY}"' in text


def read(texts: Texts) -> ForeignSettings | None:
    settings = as_object((json_object(texts[PARAMETERS]) or {}).get(_OWN_KEY))
    if settings is None:
        return None
    prompt = values.prompt(settings.get("prompt"), settings.get("negativeprompt"))
    if prompt is None:
        return None
    sampler = sampler_called(_of_any_version(settings, "sampler"), _of_any_version(settings, "scheduler"))
    version = values.version(settings.get("swarm_version"))
    return ForeignSettings(
        prompt=prompt,
        scheduler=sampler.scheduler,
        num_inference_steps=values.steps(settings.get("steps")),
        guidance_scale=values.guidance(settings.get("cfgscale")),
        seed=values.seed(settings.get("seed")),
        size=values.size(settings.get("width"), settings.get("height")),
        schedule=sampler.schedule,
        guidance_rescale=0.0,
        clip_skip=_clip_skip(settings.get("clipstopatlayer", -1)),
        vae=_vae(settings.get("vae")),
        checkpoint_name=values.file_name(settings.get("model")),
        loras=tuple(_loras(settings)),
        program=f"SwarmUI {version}".strip(),
    )


def _of_any_version(settings: Mapping[str, object], name: str) -> object:
    """Older versions put the name of the backend before it."""
    return settings.get(name, settings.get(f"comfyui{name}", ""))


def _clip_skip(value: object) -> int | None:
    """The last layer is -1 there."""
    layer = values.whole(value)
    return None if layer is None else values.clip_skip(-1 - layer)


def _vae(value: object) -> str | None:
    name = values.file_name(value)
    return None if name is None or name.casefold() == "automatic" else name


def _loras(settings: Mapping[str, object]) -> Iterator[LoraTag]:
    """Two lists side by side; older versions wrote each as one text with commas."""
    names, weights = _parts(settings.get("loras")), _parts(settings.get("loraweights"))
    weights += [1] * (len(names) - len(weights))
    for name, weight in zip(names, weights, strict=False):
        if (lora := values.lora(name, weight)) is not None:
            yield lora


def _parts(value: object) -> list[object]:
    parts: list[object] = list(value.split(",", _MOST_LORAS)) if isinstance(value, str) else as_list(value)
    return parts[:_MOST_LORAS]
