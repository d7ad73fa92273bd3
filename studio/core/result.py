"""A finished picture with everything needed to make it again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from studio.core.addon import AddonKind, UsedAddon
from studio.core.geometry import Size
from studio.core.picture_id import PictureId
from studio.core.request import GenerationRequest, Prompt, Region, Sampling, Stretch, last_stretch, steps_of
from studio.core.task import Task, TextToImage
from studio.core.trajectory import Trajectory

if TYPE_CHECKING:
    from studio.core.pixels import Pixels


@dataclass(frozen=True, slots=True)
class Provenance:
    """What decides the pixels besides the request: both the same, and the pixels are the same."""

    device: str
    """`cpu`, `cuda`, `mps`, ... with the name of the hardware where it is known: `cuda (NVIDIA H200)`."""
    dtype: str
    """`float32`, `bfloat16` or `float16`."""
    checkpoint_sha256: str
    """Over the weights: sha256 of the concatenated sha256 digests of its safetensors files in sorted order."""
    versions: tuple[tuple[str, str], ...]
    """(package, version) of studio, torch, diffusers and transformers."""
    addons: tuple[UsedAddon, ...] = ()
    """In the order LoRAs, textual inversions, VAE."""


@dataclass(frozen=True, slots=True)
class PictureParameters:
    """What a picture file tells about its making. The model is named, not located: a path is private."""

    prompt: Prompt
    sampling: Sampling
    size: Size
    task: Task
    checkpoint_name: str
    provenance: Provenance
    seconds: float
    unchanged_pixels: int | None = None
    """As `GeneratedImage.unchanged_pixels`."""
    earlier: tuple[Stretch, ...] = ()
    """As `GenerationRequest.earlier`."""
    regions: tuple[Region, ...] = ()
    """As `GenerationRequest.regions`."""
    branched_from: PictureId | None = None
    """As `GenerationRequest.branched_from`."""

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """As `GenerationRequest.stretches`."""
        return (*self.earlier, last_stretch(self.prompt, self.sampling, steps_of(self.sampling, self.task)))

    @property
    def parent(self) -> PictureId | None:
        """The picture that it was made from: a branch begins as that did, another begins with its pixels."""
        if self.branched_from is not None:
            return self.branched_from
        return None if isinstance(self.task, TextToImage) else self.task.parent

    def used(self, kind: AddonKind) -> tuple[UsedAddon, ...]:
        """The add-ons of this kind that the picture was made with."""
        return tuple(addon for addon in self.provenance.addons if addon.kind is kind)


@dataclass(frozen=True, slots=True, eq=False)
class GeneratedImage:
    """One picture of a batch. `request` is the single request (`batch_size == 1`) that makes it again."""

    id: PictureId
    pixels: Pixels
    request: GenerationRequest
    provenance: Provenance
    created_at: datetime
    """UTC."""
    seconds: float
    """Time that sampling and decoding took."""
    unchanged_pixels: int | None = None
    """After inpainting, or where a region was repainted: how many pixels outside the mask were compared with the
    picture that was there, and found identical."""
    trajectory: Trajectory | None = None
    """Where it was asked for."""

    @property
    def parameters(self) -> PictureParameters:
        return PictureParameters(
            prompt=self.request.prompt,
            sampling=self.request.sampling,
            size=self.request.size,
            task=self.request.task,
            checkpoint_name=_valid_unicode(self.request.checkpoint.name),
            provenance=self.provenance,
            seconds=self.seconds,
            unchanged_pixels=self.unchanged_pixels,
            earlier=self.request.earlier,
            regions=self.request.regions,
            branched_from=self.request.branched_from,
        )


def _valid_unicode(name: str) -> str:
    """The name of a folder may hold bytes that are no text; no picture may be lost for that."""
    return name.encode("utf-8", "replace").decode()
