"""In what the settings of pictures differ. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studio.core.addon import AddonKind
from studio.core.language import tr
from studio.core.result import PictureParameters
from studio.core.scheduler import ScheduleType
from studio.core.task import TextToImage
from studio.gallery.record import PictureRecord
from studio.ui.stretch_text import told_stretches


@dataclass(frozen=True, slots=True)
class Fact:
    """What each of the pictures says about one setting; empty where it says nothing."""

    name: str
    values: tuple[str, ...]

    @property
    def differs(self) -> bool:
        return len(set(self.values)) > 1


def compared_facts(records: Sequence[PictureRecord]) -> tuple[Fact, ...]:
    """Every setting that at least one of the pictures tells, in the order of the window's left side."""
    told = [_facts(record) for record in records]
    names = dict.fromkeys(name for facts in told for name in facts)
    return tuple(Fact(name, tuple(facts.get(name, "") for facts in told)) for name in names)


def _facts(record: PictureRecord) -> dict[str, str]:
    size = f"{record.width} × {record.height}"
    if record.parameters is None:
        return {tr("File"): record.path.name, tr("Pixels"): size}
    facts = {**_what(record.parameters), **_how(record.parameters), tr("Pixels"): size}
    return {name: value for name, value in facts.items() if value}


def _what(parameters: PictureParameters) -> dict[str, str]:
    loras = ", ".join(f"{lora.name} {lora.weight:g}" for lora in parameters.used(AddonKind.LORA))
    return {
        tr("Model"): parameters.checkpoint_name,
        tr("Prompt"): parameters.prompt.text or tr("(empty)"),
        tr("Not in the picture"): parameters.prompt.negative,
        tr("LoRAs"): loras,
        tr("VAE"): ", ".join(vae.name for vae in parameters.used(AddonKind.VAE)),
    }


def _how(parameters: PictureParameters) -> dict[str, str]:
    sampling, task = parameters.sampling, parameters.task
    return {
        tr("Start picture"): "" if isinstance(task, TextToImage) else task.image.sha256[:8],
        tr("Strength"): "" if isinstance(task, TextToImage) else f"{task.strength:g}",
        tr("Steps"): str(sampling.num_inference_steps),
        tr("Branch after step"): str(parameters.earlier[-1].until_step) if parameters.earlier else "",
        tr("Earlier steps"): "; ".join(told_stretches(parameters.earlier)),
        tr("Regions"): "; ".join(region.mask.sha256[:8] for region in parameters.regions),
        tr("Noise in the region"): ", ".join(
            "" if region.noise_seed is None else str(region.noise_seed) for region in parameters.regions
        ),
        tr("CFG scale"): f"{sampling.guidance_scale:g}",
        tr("Seed"): str(sampling.seed),
        tr("Sampler"): sampling.scheduler.label,
        tr("Schedule"): "" if sampling.schedule is ScheduleType.AUTOMATIC else sampling.schedule.label,
        tr("CFG rescale"): f"{sampling.guidance_rescale:g}" if sampling.guidance_rescale else "",
        tr("Clip skip"): str(sampling.clip_skip) if sampling.clip_skip else "",
        tr("Made on"): f"{parameters.provenance.device}, {parameters.provenance.dtype}",
    }
