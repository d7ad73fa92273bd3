"""A download on the command line: from what was asked for to an installed model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from studio.app.model_stores import accepted_licences, download_options, model_library
from studio.checkpoints.catalogue_entry import CatalogueEntry, Repository
from studio.checkpoints.download.http_client import HttpClient
from studio.checkpoints.download.lookup import plan_download
from studio.checkpoints.download.options import Endpoints
from studio.checkpoints.download.plan_transfer import fetch_plan
from studio.checkpoints.download.session import http_client
from studio.checkpoints.download_plans import catalogue_plan, listed_plan, manifest_of
from studio.checkpoints.installed_model import InstalledModel
from studio.checkpoints.library import ModelLibrary
from studio.checkpoints.preflight import preflight
from studio.core.download import DownloadPlan, DownloadProgress
from studio.settings.paths import UserPaths


async def download_model(
    paths: UserPaths,
    what: str,
    entry: CatalogueEntry | None,
    *,
    accept_licence: bool,
    report: Callable[[DownloadProgress], None],
) -> InstalledModel:
    """Fetch `entry` of the catalogue, or what the address `what` leads to, and take it into the library.

    Raises:
        LicenceNotAccepted, DiskFull, DownloadError, StorageError.
        CheckpointError: it came, but is no model that can be used.
    """
    library, licences = model_library(paths), accepted_licences(paths)
    options = download_options(paths)
    async with http_client(options) as http:
        plan = await _plan(http, options.endpoints, library, what, entry, paths.checkpoints)
        if accept_licence and entry is not None:
            licences.accept(entry.licence)
        preflight(plan, entry, licences).check()
        library.reuse_files(plan)
        result = await fetch_plan(http, plan, report, pace=options.pace, disk=options.disk)
    return library.adopt(plan.folder, manifest_of(result, entry))


async def repair_model(
    paths: UserPaths, plan: DownloadPlan, report: Callable[[DownloadProgress], None]
) -> InstalledModel:
    """Fetch the bad files of a model, which `repair_plan` names. Raises as `download_model`."""
    options = download_options(paths)
    async with http_client(options) as http:
        result = await fetch_plan(http, plan, report, pace=options.pace, disk=options.disk)
    return model_library(paths).adopt(plan.folder, manifest_of(result, None))


async def _plan(
    http: HttpClient, endpoints: Endpoints, library: ModelLibrary, what: str, entry: CatalogueEntry | None, parent: Path
) -> DownloadPlan:
    if entry is None or not isinstance(entry.origin, Repository):
        return await plan_download(http, what, parent, endpoints)
    folder = library.folder_for(entry.kind, entry.id)
    plan = catalogue_plan(entry, folder, licence_accepted=True, endpoint=endpoints.hub)
    if plan is not None:
        return plan
    listed = await plan_download(http, entry.origin.address, folder.parent, endpoints)
    return listed_plan(listed, entry, folder)
