"""Branches of picture files, for the command line and for Python."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from studio.app.model_stores import addon_finder, checkpoint_store
from studio.app.picture_request import request_of
from studio.core.branch import Change, branched
from studio.core.errors import NoParameters
from studio.core.request import GenerationRequest
from studio.core.scheduler import SchedulerName, ScheduleType
from studio.prompts.expansion import without_choices
from studio.settings.paths import UserPaths

if TYPE_CHECKING:
    from studio.gallery.source_store import SourceStore


class BranchOptions(TypedDict):
    """What a branch does otherwise, as it was said; None: as it was. `model` is where the picture's own is now."""

    prompt: str | None
    negative: str | None
    sampler: str | None
    schedule: str | None
    model: str | None


def branch_request(
    picture: Path,
    step: int,
    paths: UserPaths,
    *,
    prompt: str | None,
    negative: str | None,
    sampler: str | None,
    schedule: str | None,
    model: str | None,
    cfg: float | None,
    cfg_rescale: float | None,
) -> GenerationRequest:
    """The request that the window would send for the same branch. Raises StudioError."""
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
    request = branched(request_of(info.parameters, checkpoint, addons), step, change, info.picture_id)
    [chosen] = without_choices(request, paths.wildcards)
    return addons.with_addons(chosen)


def kept_sources(paths: UserPaths) -> SourceStore:
    """What the gallery's pictures started from."""
    from studio.gallery.source_store import SourceStore

    return SourceStore(paths.gallery)
