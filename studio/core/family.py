"""What is true of every model of a family: the one table that the panel, the planner and the engine read.

Sizes, steps and guidance are those of the models' own cards; latent channels and multiples those of their
configurations in diffusers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from studio.core.checkpoint import Checkpoint, ModelFamily, Prediction, RecommendedSampling
from studio.core.geometry import Size
from studio.core.scheduler import SchedulerName


class TextEncoderKind(StrEnum):
    """Which network reads the prompt."""

    CLIP = "clip"
    T5 = "t5"
    QWEN = "qwen"


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyTraits:
    """Facts about a family.

    `size_multiple` in pixels: what sides must divide by. `latent_channels`: those of its VAE.
    """

    label: str
    """As people call it: `SDXL`."""
    recommended: RecommendedSampling
    latent_channels: int
    size_multiple: int
    text_encoders: tuple[TextEncoderKind, ...]
    prediction: Prediction
    guided_by_negative: bool
    """CFG with an unconditional or negative prediction: the negative prompt and the CFG scale mean what people know."""
    outgrows_float16: bool = False
    """Trained in bfloat16, its networks meet numbers above 65504: in float16 they give NaN, or a black picture.
    Sources: https://github.com/huggingface/diffusers/issues/9096, https://github.com/Tongyi-MAI/Z-Image/issues/14."""

    @property
    def weights_words(self) -> bool:
        """`(word:1.2)` changes something: only embeddings of CLIP are scaled."""
        return TextEncoderKind.CLIP in self.text_encoders and TextEncoderKind.T5 not in self.text_encoders


_GUIDES_BY_ITSELF = 1.0
"""A recommended CFG scale above this, in a family without a negative prediction, is guidance that was learned."""


def family_traits(family: ModelFamily) -> FamilyTraits:
    """What is true of `family`."""
    return _FAMILIES[family]


def heeds_guidance(checkpoint: Checkpoint) -> bool:
    """The CFG scale changes what this model makes."""
    learned_it = checkpoint.recommended.guidance_scale > _GUIDES_BY_ITSELF
    return learned_it or family_traits(checkpoint.family).guided_by_negative


_CLIP = (TextEncoderKind.CLIP,)
_TWO_CLIPS = (TextEncoderKind.CLIP, TextEncoderKind.CLIP)


def _best(side: int, steps: int, guidance: float, scheduler: SchedulerName) -> RecommendedSampling:
    return RecommendedSampling(Size(side, side), steps, guidance, scheduler)


_FAMILIES: Mapping[ModelFamily, FamilyTraits] = {
    ModelFamily.STABLE_DIFFUSION: FamilyTraits(
        label="Stable Diffusion 1.x",
        recommended=_best(512, 25, 7.5, SchedulerName.DPMPP_2M),
        latent_channels=4,
        size_multiple=8,
        text_encoders=_CLIP,
        prediction=Prediction.EPSILON,
        guided_by_negative=True,
    ),
    ModelFamily.STABLE_DIFFUSION_2: FamilyTraits(
        label="Stable Diffusion 2.x",
        recommended=_best(768, 25, 7.5, SchedulerName.DPMPP_2M),
        latent_channels=4,
        size_multiple=8,
        text_encoders=_CLIP,
        prediction=Prediction.V,
        guided_by_negative=True,
    ),
    ModelFamily.STABLE_DIFFUSION_XL: FamilyTraits(
        label="SDXL",
        recommended=_best(1024, 30, 6.0, SchedulerName.DPMPP_2M_KARRAS),
        latent_channels=4,
        size_multiple=8,
        text_encoders=_TWO_CLIPS,
        prediction=Prediction.EPSILON,
        guided_by_negative=True,
    ),
    ModelFamily.STABLE_DIFFUSION_XL_REFINER: FamilyTraits(
        label="SDXL refiner",
        recommended=_best(1024, 30, 6.0, SchedulerName.DPMPP_2M_KARRAS),
        latent_channels=4,
        size_multiple=8,
        text_encoders=_CLIP,
        prediction=Prediction.EPSILON,
        guided_by_negative=True,
    ),
    ModelFamily.STABLE_DIFFUSION_3: FamilyTraits(
        label="Stable Diffusion 3",
        recommended=_best(1024, 28, 4.5, SchedulerName.EULER),
        latent_channels=16,
        size_multiple=16,
        text_encoders=(*_TWO_CLIPS, TextEncoderKind.T5),
        prediction=Prediction.FLOW,
        guided_by_negative=True,
    ),
    ModelFamily.FLUX: FamilyTraits(
        label="FLUX.1",
        recommended=_best(1024, 28, 3.5, SchedulerName.EULER),
        latent_channels=16,
        size_multiple=16,
        text_encoders=(TextEncoderKind.CLIP, TextEncoderKind.T5),
        prediction=Prediction.FLOW,
        guided_by_negative=False,
        outgrows_float16=True,
    ),
    ModelFamily.FLUX_2: FamilyTraits(
        label="FLUX.2",
        recommended=_best(1024, 4, 1.0, SchedulerName.EULER),
        latent_channels=32,
        size_multiple=16,
        text_encoders=(TextEncoderKind.QWEN,),
        prediction=Prediction.FLOW,
        guided_by_negative=False,
        outgrows_float16=True,
    ),
    ModelFamily.Z_IMAGE: FamilyTraits(
        label="Z-Image",
        recommended=_best(1024, 9, 0.0, SchedulerName.EULER),
        latent_channels=16,
        size_multiple=16,
        text_encoders=(TextEncoderKind.QWEN,),
        prediction=Prediction.FLOW,
        guided_by_negative=False,
        outgrows_float16=True,
    ),
    ModelFamily.QWEN_IMAGE: FamilyTraits(
        label="Qwen-Image",
        recommended=_best(1024, 25, 4.0, SchedulerName.EULER),
        latent_channels=16,
        size_multiple=16,
        text_encoders=(TextEncoderKind.QWEN,),
        prediction=Prediction.FLOW,
        guided_by_negative=True,
        outgrows_float16=True,
    ),
}
