"""Branches of picture files, for the command line and for Python."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from studio.app.model_stores import addon_finder, checkpoint_store
from studio.app.picture_request import request_of
from studio.app.start_picture import SourceSink, mask_pixels_of, pixels_of
from studio.core.branch import Change, Repaint, branched
from studio.core.errors import NoParameters, SourceMissing, SourceRequired
from studio.core.request import GenerationRequest, Region
from studio.core.scheduler import SchedulerName, ScheduleType
from studio.core.sources import ImageRef, MemorySources
from studio.imaging.masks import mask_bounds
from studio.prompts.expansion import without_choices
from studio.settings.paths import UserPaths

if TYPE_CHECKING:
    from PIL.Image import Image

    from studio.core.pixels import MaskPixels, Pixels
    from studio.gallery.source_store import SourceStore


class BranchOptions(TypedDict):
    """What a branch does otherwise, as it was said; None: as it was. `model` is where the picture's own is now."""

    prompt: str | None
    negative: str | None
    sampler: str | None
    schedule: str | None
    model: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionChoice:
    """The part of a branch that goes on otherwise. None means: not said; without a mask all of it does.

    The noise under the mask is new, with a seed by chance unless it was said, or the old one.
    """

    mask: Path | Image | None = None
    mask_blur: int | None = None
    noise_seed: int | None = None
    old_noise: bool = False

    def repaint(self, picture: Path, sources: SourceSink) -> Repaint | None:
        """With the picture and the mask put into `sources`.

        Raises:
            SourceRequired: for what means nothing without a mask, or without new noise.
            MaskUnusable: for a mask on which nothing is painted.
            StorageError: a file cannot be read, or a picture not be kept.
        """
        said = {"mask blur": self.mask_blur, "noise seed": self.noise_seed, "old noise": self.old_noise or None}
        if self.mask is None:
            for name in (name for name, value in said.items() if value is not None):
                raise SourceRequired(name, "a mask")
            return None
        if self.old_noise and self.noise_seed is not None:
            raise SourceRequired("noise seed", "new noise")
        mask = mask_pixels_of(self.mask)
        mask_bounds(mask)
        seed = secrets.randbelow(2**32) if self.noise_seed is None else self.noise_seed
        return Repaint(
            image=sources.put_image(pixels_of(picture)),
            mask=sources.put_mask(mask),
            noise_seed=None if self.old_noise else seed,
            mask_blur=Region.USUAL_BLUR if self.mask_blur is None else self.mask_blur,
        )


class BranchSources:
    """A `PixelSource` of what the gallery's pictures started from, and of what is put in for one branch alone."""

    def __init__(self, kept: SourceStore) -> None:
        self._kept = kept
        self._own = MemorySources()

    def put_image(self, pixels: Pixels) -> ImageRef:
        return self._own.put_image(pixels)

    def put_mask(self, mask: MaskPixels) -> ImageRef:
        return self._own.put_mask(mask)

    def image(self, ref: ImageRef) -> Pixels:
        try:
            return self._own.image(ref)
        except SourceMissing:
            return self._kept.image(ref)

    def mask(self, ref: ImageRef) -> MaskPixels:
        try:
            return self._own.mask(ref)
        except SourceMissing:
            return self._kept.mask(ref)


def branch_request(
    picture: Path,
    step: int,
    paths: UserPaths,
    region: RegionChoice,
    sources: SourceSink,
    *,
    prompt: str | None,
    negative: str | None,
    sampler: str | None,
    schedule: str | None,
    model: str | None,
    cfg: float | None,
    cfg_rescale: float | None,
) -> GenerationRequest:
    """The request that the window would send for the same branch; what it needs is put into `sources`.

    Raises StudioError.
    """
    from studio.imaging.picture_metadata import read_picture_info

    info = read_picture_info(picture)
    if info.parameters is None:
        raise NoParameters(picture)
    change = Change(
        text=prompt,
        negative=negative,
        scheduler=SchedulerName.parse(sampler) if sampler else None,
        schedule=ScheduleType.parse(schedule) if schedule else None,
        guidance_scale=cfg,
        guidance_rescale=cfg_rescale,
    )
    addons = addon_finder(paths)
    checkpoint = checkpoint_store(paths).find(model or info.parameters.checkpoint_name)
    made_by = request_of(info.parameters, checkpoint, addons)
    request = branched(made_by, step, change, info.picture_id, region.repaint(picture, sources))
    [chosen] = without_choices(request, paths.wildcards)
    return addons.with_addons(chosen)


def kept_sources(paths: UserPaths) -> SourceStore:
    """What the gallery's pictures started from, to which a picture of the gallery adds."""
    from studio.gallery.source_store import SourceStore

    return SourceStore(paths.gallery)
