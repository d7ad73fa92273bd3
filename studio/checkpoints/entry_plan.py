"""From an entry of the catalogue to what has to be fetched, and from what was fetched to the model's manifest."""

from __future__ import annotations

from pathlib import Path

from studio.checkpoints.catalogue_entry import CatalogueEntry, CatalogueFile, Repository
from studio.checkpoints.manifest import Manifest, ManifestFile
from studio.core.download import DownloadId, DownloadPlan, DownloadResult, RemoteFile

_PREFIX = "catalogue-"


def plan_for_entry(entry: CatalogueEntry, folder: Path, hub: str) -> DownloadPlan | None:
    """What to fetch into `folder` from the hub at `hub`.

    None where the catalogue does not name the files: the hub has to be asked. The licence counts as accepted.
    """
    origin = entry.origin
    if not isinstance(origin, Repository) or origin.files is None:
        return None
    return DownloadPlan(
        id=DownloadId(f"{_PREFIX}{entry.id}"),
        title=entry.name,
        folder=folder,
        files=tuple(_remote_file(origin, file, hub) for file in origin.files),
        source=origin.page,
        revision=origin.revision,
        licence=entry.licence.id,
        licence_accepted=True,
    )


def manifest_for(result: DownloadResult) -> Manifest:
    """What is written beside the files: a hash that nobody published is pinned as it came."""
    plan = result.plan
    urls = {file.path: file.url for file in plan.files}
    return Manifest(
        name=plan.title,
        files=tuple(
            ManifestFile(file.path, file.size, file.sha256, published=file.verified, url=urls.get(file.path))
            for file in result.files
        ),
        entry_id=plan.id.removeprefix(_PREFIX) if plan.id.startswith(_PREFIX) else None,
        source=plan.source,
        revision=plan.revision,
        licence=plan.licence,
    )


def _remote_file(origin: Repository, file: CatalogueFile, hub: str) -> RemoteFile:
    url = f"{hub}/{origin.id}/resolve/{origin.revision}/{file.remote_path}"
    return RemoteFile(url, file.path, file.size, file.sha256)
