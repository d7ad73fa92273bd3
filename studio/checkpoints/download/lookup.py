"""From what a person types or pastes to a plan: which files, how large, under which licence."""

from __future__ import annotations

from pathlib import Path

import httpx2

from studio.checkpoints.download.civitai import Civitai, CivitaiAddress, read_civitai_address
from studio.checkpoints.download.direct_url import look_at_url
from studio.checkpoints.download.file_names import folder_name
from studio.checkpoints.download.http_client import HttpClient
from studio.checkpoints.download.hub import Hub, HubAddress, read_hub_address
from studio.checkpoints.download.options import ENDPOINTS, Endpoints
from studio.checkpoints.download.plan_transfer import check_names
from studio.core.download import DownloadPlan, new_download_id
from studio.core.errors import AddressNotUnderstood, DownloadInterrupted


async def plan_download(http: HttpClient, text: str, parent: Path, endpoints: Endpoints = ENDPOINTS) -> DownloadPlan:
    """What to fetch for `text`: `owner/name`, a page of the hub's or Civitai's, `civitai:VERSION`, or an https address.

    The plan's folder is a new name in `parent`; nothing is written.

    Raises:
        AddressNotUnderstood: `text` is none of these.
        DownloadError: the place cannot be asked, or offers nothing usable.
    """
    text = text.strip()
    try:
        if (hub_address := read_hub_address(text, endpoints.hub)) is not None:
            plan = await _plan_for_hub(Hub(http, endpoints.hub), hub_address, parent)
        elif (civitai_address := read_civitai_address(text, endpoints.civitai)) is not None:
            plan = await _plan_for_civitai(Civitai(http, endpoints.civitai), civitai_address, parent)
        elif "://" in text:
            plan = await _plan_for_url(http, text, parent)
        else:
            raise AddressNotUnderstood(text)
    except httpx2.TransportError as error:
        raise DownloadInterrupted(text, str(error) or type(error).__name__) from error
    check_names(plan)
    return plan


async def _plan_for_hub(hub: Hub, address: HubAddress, parent: Path) -> DownloadPlan:
    repository = await hub.repository(address.repository, address.revision)
    files = await hub.choose(repository, address.path)
    return DownloadPlan(
        id=new_download_id(),
        title=address.repository,
        folder=parent / folder_name(address.repository.replace("/", "--")),
        files=files,
        source=repository.page,
        revision=repository.commit,
        licence=repository.licence,
    )


async def _plan_for_civitai(civitai: Civitai, address: CivitaiAddress, parent: Path) -> DownloadPlan:
    version = await civitai.version(address)
    return DownloadPlan(
        id=new_download_id(),
        title=version.title,
        folder=parent / folder_name(version.title),
        files=(version.file,),
        source=version.page,
        revision=str(version.version),
    )


async def _plan_for_url(http: HttpClient, url: str, parent: Path) -> DownloadPlan:
    file = await look_at_url(http, url)
    title = file.path.rpartition(".")[0] or file.path
    return DownloadPlan(
        id=new_download_id(), title=title, folder=parent / folder_name(title), files=(file,), source=url
    )
