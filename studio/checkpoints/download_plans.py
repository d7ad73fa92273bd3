"""From the catalogue to a download, from a finished download to a manifest, and from a verification to a repair."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from studio.checkpoints.catalogue import CatalogueContent
from studio.checkpoints.catalogue_entry import CatalogueEntry, CatalogueFile, Repository
from studio.checkpoints.download.options import ENDPOINTS
from studio.checkpoints.installed_model import AnyModel
from studio.checkpoints.manifest import Manifest, ManifestFile
from studio.checkpoints.verification import FileCheck, Verification
from studio.core.download import DownloadPlan, DownloadResult, RemoteFile, new_download_id
from studio.core.errors import RepairImpossible


def catalogue_plan(
    entry: CatalogueEntry, folder: Path, *, licence_accepted: bool, endpoint: str = ENDPOINTS.hub
) -> DownloadPlan | None:
    """What to fetch into `folder` for `entry`; None where the hub has to be asked (see `Repository.address`)."""
    origin = entry.origin
    if not isinstance(origin, Repository) or origin.files is None:
        return None
    return DownloadPlan(
        id=new_download_id(),
        title=entry.name,
        folder=folder,
        files=tuple(_remote(origin, file, endpoint) for file in origin.files),
        source=origin.page,
        revision=origin.revision,
        licence=entry.licence.id,
        licence_accepted=licence_accepted,
    )


def listed_plan(listed: DownloadPlan, entry: CatalogueEntry, folder: Path) -> DownloadPlan:
    """What the hub `listed` for `entry`, under the entry's name and into its `folder`."""
    return replace(listed, title=entry.name, folder=folder, licence=entry.licence.id, licence_accepted=True)


def manifest_of(result: DownloadResult, entry: CatalogueEntry | None) -> Manifest:
    """What a finished download has to be remembered for; `entry` where it was one of the catalogue."""
    plan = result.plan
    urls = {file.path: file.url for file in plan.files}
    files = tuple(
        ManifestFile(file.path, file.size, file.sha256, file.verified, urls.get(file.path)) for file in result.files
    )
    return Manifest(
        name=entry.name if entry else plan.title,
        files=files,
        entry_id=entry.id if entry else None,
        source=plan.source,
        revision=plan.revision,
        licence=plan.licence,
    )


def repair_plan(
    model: AnyModel, manifest: Manifest | None, verification: Verification, catalogue: CatalogueContent
) -> DownloadPlan | None:
    """What to fetch again, which is the bad files only; None where there are none.

    Raises:
        RepairImpossible: a file is bad, and neither its manifest nor the catalogue knows where it came from; or the
            files are not the program's, which changes none of others.
    """
    if not verification.bad:
        return None
    if not model.has_own_folder:
        raise RepairImpossible(model.name, verification.bad[0].fact.path, "its files are yours, used where they are")
    addresses = known_addresses(catalogue)
    return DownloadPlan(
        id=new_download_id(),
        title=manifest.name if manifest else model.name,
        folder=model.folder,
        files=tuple(_again(model, file, addresses) for file in verification.bad),
        source=(manifest.source if manifest else None) or model.name,
        revision=manifest.revision if manifest else None,
        licence=manifest.licence if manifest else None,
        licence_accepted=True,
    )


def known_addresses(catalogue: CatalogueContent) -> dict[str, str]:
    """Where each file of the catalogue lies, by its sha256. The keys are the hashes that sources publish."""
    return {
        file.sha256: _url(entry.origin, file, ENDPOINTS.hub)
        for entry in catalogue.entries
        if isinstance(entry.origin, Repository)
        for file in entry.origin.files or ()
        if file.sha256 is not None
    }


def _again(model: AnyModel, file: FileCheck, addresses: dict[str, str]) -> RemoteFile:
    fact = file.fact
    url = fact.url or (addresses.get(fact.sha256) if fact.sha256 else None)
    if url is None:
        raise RepairImpossible(model.name, fact.path, "where it came from is not known")
    return RemoteFile(url, fact.path, fact.size, fact.sha256)


def _remote(origin: Repository, file: CatalogueFile, endpoint: str) -> RemoteFile:
    return RemoteFile(_url(origin, file, endpoint), file.path, file.size, file.sha256)


def _url(origin: Repository, file: CatalogueFile, endpoint: str) -> str:
    return f"{endpoint}/{origin.id}/resolve/{origin.revision}/{quote(file.remote_path)}"
