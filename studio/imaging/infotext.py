"""The parameters of a picture as the text that the field's programs exchange (A1111's "infotext")."""

from __future__ import annotations

import json
from collections.abc import Iterable

from studio.core.addon import AddonKind, UsedAddon
from studio.core.addon_names import LoraTag
from studio.core.request import Sampling, Stretch
from studio.core.result import PictureParameters
from studio.core.scheduler import SchedulerName, ScheduleType
from studio.core.task import Inpaint, InpaintArea, MaskedContent, Task, TextToImage
from studio.prompts.lora_tags import with_lora_tags

_HASH_DIGITS = 10
_ADDON_HASH_DIGITS = 12
_MASKED_CONTENT = {
    MaskedContent.ORIGINAL: "",
    MaskedContent.FILL: "fill",
    MaskedContent.NOISE: "latent noise",
}


def to_infotext(parameters: PictureParameters) -> str:
    """The prompt, the negative prompt, and one line of `Key: value` in A1111's order (modules/processing.py)."""
    prompt = with_lora_tags(parameters.prompt.text, [_tag(lora) for lora in parameters.used(AddonKind.LORA)])
    negative = parameters.prompt.negative
    negative_line = f"\nNegative prompt: {negative}" if negative else ""
    pairs = ", ".join(f"{key}: {_quoted(value)}" for key, value in _settings(parameters) if value)
    return f"{prompt}{negative_line}\n{pairs}, Hashes: {_resources(parameters)}".strip()


def _resources(parameters: PictureParameters) -> str:
    """What a picture was made with as Civitai looks for it: bare JSON (github.com/civitai/sd_civitai_extension)."""
    named = {"model": parameters.provenance.checkpoint_sha256[:_HASH_DIGITS]}
    for vae in parameters.used(AddonKind.VAE):
        named["vae"] = vae.sha256[:_HASH_DIGITS]
    named |= {f"lora:{lora.name}": lora.sha256[:_HASH_DIGITS] for lora in parameters.used(AddonKind.LORA)}
    named |= {f"embed:{ti.name}": ti.sha256[:_HASH_DIGITS] for ti in parameters.used(AddonKind.TEXTUAL_INVERSION)}
    return json.dumps(named, ensure_ascii=False)


def _settings(parameters: PictureParameters) -> list[tuple[str, str]]:
    sampling = parameters.sampling
    sampler, schedule = _sampler_and_schedule(sampling)
    return [
        ("Steps", str(sampling.num_inference_steps)),
        ("Sampler", sampler),
        ("Schedule type", schedule),
        ("CFG scale", _number(sampling.guidance_scale)),
        ("Seed", str(sampling.seed)),
        ("Size", str(parameters.size)),
        ("Model hash", parameters.provenance.checkpoint_sha256[:_HASH_DIGITS]),
        ("Model", parameters.checkpoint_name),
        *_vae(parameters),
        ("Denoising strength", _strength(parameters.task)),
        ("Clip skip", str(sampling.clip_skip + 1) if sampling.clip_skip else ""),  # the last layer counts as 1 there
        ("RNG", "CPU"),  # where our noise is drawn; readers take a missing entry for the GPU's generator
        *_inpainting(parameters.task),
        ("Earlier steps", "; ".join(_stretch(stretch, parameters) for stretch in parameters.earlier)),
        ("Repainted regions", "; ".join(f"after {region.after_step}" for region in parameters.regions)),
        ("CFG Rescale", _number(sampling.guidance_rescale) if sampling.guidance_rescale else ""),
        ("Lora hashes", _hashes((lora.name, lora.tensors_sha256) for lora in parameters.used(AddonKind.LORA))),
        ("TI hashes", _hashes((ti.name, ti.sha256) for ti in parameters.used(AddonKind.TEXTUAL_INVERSION))),
        ("Version", _program(parameters)),
    ]


def _stretch(stretch: Stretch, parameters: PictureParameters) -> str:
    """A note for people: no program of the field has a word for it. It says what is not as at the end."""
    then, last = (_stretch_settings(each, parameters.sampling) for each in (stretch, parameters.stretches[-1]))
    words = [f"{name} {value}".strip() for name, value in then.items() if value != last[name]]
    return f"until {stretch.until_step} {', '.join(words) or 'the same'}"


def _stretch_settings(stretch: Stretch, sampling: Sampling) -> dict[str, str]:
    return {
        "": stretch.prompt.text or "(empty)",
        "without": stretch.prompt.negative or "(nothing)",
        "by": " ".join(_sampler_and_schedule(stretch.sampling(sampling))).strip(),
        "CFG scale": _number(stretch.guidance_scale),
        "CFG Rescale": _number(stretch.guidance_rescale),
    }


def _vae(parameters: PictureParameters) -> list[tuple[str, str]]:
    return [
        pair
        for vae in parameters.used(AddonKind.VAE)
        for pair in (("VAE hash", vae.sha256[:_HASH_DIGITS]), ("VAE", vae.name))
    ]


def _hashes(named: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{name}: {sha256[:_ADDON_HASH_DIGITS]}" for name, sha256 in dict(named).items())


def _tag(lora: UsedAddon) -> LoraTag:
    return LoraTag(lora.name, lora.weight, lora.text_encoder_weight)


def _strength(task: Task) -> str:
    return "" if isinstance(task, TextToImage) else _number(task.strength)


def _inpainting(task: Task) -> list[tuple[str, str]]:
    """A1111 leaves out what it takes for granted: the whole picture as area, the original as content."""
    if not isinstance(task, Inpaint):
        return []
    pairs = [("Mask blur", str(task.mask_blur))]
    if task.area is InpaintArea.MASKED:
        pairs += [("Inpaint area", "Only masked"), ("Masked area padding", str(task.mask_padding))]
    return [*pairs, ("Masked content", _MASKED_CONTENT[task.masked_content])]


def _number(value: float) -> str:
    return repr(float(value)).removesuffix(".0")


def _sampler_and_schedule(sampling: Sampling) -> tuple[str, str]:
    """A1111 names the noise schedule apart since 1.9; none means the sampler's usual one."""
    scheduler, schedule = sampling.scheduler, sampling.schedule
    if scheduler is SchedulerName.DPMPP_2M_KARRAS:
        return SchedulerName.DPMPP_2M.label, ScheduleType.KARRAS.label
    return scheduler.label, "" if schedule is ScheduleType.AUTOMATIC else schedule.label


def _program(parameters: PictureParameters) -> str:
    version = dict(parameters.provenance.versions).get("studio", "")
    return f"Latent Studio {version}".strip()


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False) if any(mark in value for mark in ",\n:") else value
