"""From what is installed, offered and on its way to the rows of the list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from studio.checkpoints.catalogue_entry import Bundled, CatalogueEntry, Licence, Repository
from studio.checkpoints.installed_model import BrokenModel, InstalledModel, Place
from studio.checkpoints.model_kind import ModelKind
from studio.core.checkpoint import Checkpoint, ModelFamily
from studio.core.download import Download, DownloadProgress, DownloadState
from studio.core.family import family_traits
from studio.core.resources import example_picture
from studio.ui.messages import message_for, readable_bytes
from studio.ui.model_manager.model_row import ModelAction, ModelRow, RowState, time_text

_KINDS = {
    ModelKind.CHECKPOINT: "Model",
    ModelKind.LORA: "LoRA",
    ModelKind.TEXTUAL_INVERSION: "Embedding",
    ModelKind.VAE: "VAE",
    ModelKind.CONTROLNET: "ControlNet",
    ModelKind.UPSCALER: "Upscaler",
}
_STATES = {
    DownloadState.WAITING: RowState.WAITING,
    DownloadState.RUNNING: RowState.RUNNING,
    DownloadState.PAUSED: RowState.PAUSED,
    DownloadState.FAILED: RowState.FAILED,
}
_DOWNLOAD_ACTIONS = {
    DownloadState.WAITING: (ModelAction.PAUSE, ModelAction.EARLIER, ModelAction.CANCEL),
    DownloadState.RUNNING: (ModelAction.PAUSE, ModelAction.CANCEL),
    DownloadState.PAUSED: (ModelAction.RESUME, ModelAction.CANCEL),
    DownloadState.FAILED: (ModelAction.RESUME, ModelAction.CANCEL),
}


def all_rows(
    bundled: Checkpoint,
    installed: Iterable[InstalledModel],
    broken: Iterable[BrokenModel],
    entries: Sequence[CatalogueEntry],
    downloads: Iterable[Download],
    verdicts: Mapping[str, str],
    thumbnails: Mapping[Path, Path],
) -> tuple[ModelRow, ...]:
    """Downloads, then what is here, then what can be had; nothing twice. `verdicts` are by the ids of the entries,
    `thumbnails` by the roots of the models."""
    by_id = {entry.id: entry for entry in entries}
    coming = list(downloads)
    here, damaged = list(installed), list(broken)
    titles = {download.plan.title for download in coming}
    taken = {model.entry_id for model in (*here, *damaged)}
    offered = [
        entry
        for entry in entries
        if isinstance(entry.origin, Repository) and entry.id not in taken and entry.name not in titles
    ]
    return (
        *(download_row(download) for download in coming),
        bundled_row(bundled),
        *(installed_row(model, by_id.get(model.entry_id or ""), thumbnails.get(model.root)) for model in here),
        *(broken_row(model) for model in damaged),
        *(offered_row(entry, verdicts[entry.id]) for entry in offered),
    )


def bundled_row(checkpoint: Checkpoint) -> ModelRow:
    """The model that ships inside the program: it cannot be removed."""
    return ModelRow(
        key=installed_key(checkpoint.path),
        name=checkpoint.name,
        kind=_KINDS[ModelKind.CHECKPOINT],
        family=_family(checkpoint.family),
        size=None,
        state=RowState.BUNDLED,
        actions=(ModelAction.USE,),
        sentence=checkpoint.good_at,
        thumbnail=next((file for file in map(example_picture, checkpoint.examples) if file.exists()), None),
    )


def installed_row(model: InstalledModel, entry: CatalogueEntry | None, thumbnail: Path | None) -> ModelRow:
    use = (ModelAction.USE, ModelAction.TEST_PICTURE) if model.kind is ModelKind.CHECKPOINT else ()
    more = _page_actions(entry) if entry else ()
    return ModelRow(
        key=installed_key(model.path),
        name=model.name,
        kind=_KINDS[model.kind],
        family=_family(model.family),
        size=model.size,
        state=RowState.INSTALLED,
        actions=(*use, ModelAction.SHOW_FOLDER, ModelAction.VERIFY, *more, ModelAction.REMOVE),
        sentence=entry.good_at if entry else "",
        facts=(
            ("Where", str(model.path)),
            ("Whose files", "yours, used in place" if model.place is Place.IN_PLACE else "the program's"),
            *(_licence_facts(entry.licence) if entry else ()),
        ),
        thumbnail=thumbnail,
    )


def broken_row(model: BrokenModel) -> ModelRow:
    return ModelRow(
        key=installed_key(model.path),
        name=model.name,
        kind="",
        family="",
        size=None,
        state=RowState.BROKEN,
        actions=(ModelAction.VERIFY, ModelAction.SHOW_FOLDER, ModelAction.REMOVE),
        facts=(("Where", str(model.path)),),
        fault=message_for(model.problem).text,
    )


def offered_row(entry: CatalogueEntry, verdict: str) -> ModelRow:
    origin = entry.origin
    assert not isinstance(origin, Bundled)
    trust = "every file has a published hash" if origin.is_pinned else "trusted as it comes first: no hash is published"
    return ModelRow(
        key=offered_key(entry.id),
        name=entry.name,
        kind=_KINDS[entry.kind],
        family=_family(entry.family),
        size=origin.size,
        state=RowState.AVAILABLE,
        actions=(ModelAction.DOWNLOAD, *_page_actions(entry)),
        sentence=entry.good_at,
        facts=(
            ("Memory", verdict),
            *_licence_facts(entry.licence),
            ("From", origin.id),
            ("Verified", trust),
        ),
    )


def download_row(download: Download) -> ModelRow:
    """Progress is filled in while it runs."""
    plan = download.plan
    return ModelRow(
        key=download_key(plan.id),
        name=plan.title,
        kind="Download",
        family="",
        size=plan.size,
        state=_STATES[download.state],
        actions=_DOWNLOAD_ACTIONS[download.state],
        facts=(
            ("From", plan.source),
            ("Files", str(len(plan.files))),
            ("To", str(plan.folder)),
            *((("Licence", plan.licence),) if plan.licence else ()),
        ),
        fault=message_for(download.error).text if download.error else "",
    )


def progress_text(progress: DownloadProgress) -> str:
    """`1.2 GB of 4.3 GB, 12.3 MB/s, about 4 minutes left`."""
    done = readable_bytes(progress.bytes_done)
    amount = f"{done} of {readable_bytes(progress.bytes_total)}" if progress.bytes_total else done
    speed = f"{readable_bytes(round(progress.bytes_per_second))}/s" if progress.bytes_per_second else ""
    return ", ".join(part for part in (amount, speed, time_text(progress.seconds_left)) if part)


def installed_key(path: object) -> str:
    return f"installed:{path}"


def offered_key(entry_id: str) -> str:
    return f"offered:{entry_id}"


def download_key(download_id: str) -> str:
    return f"download:{download_id}"


def _family(family: ModelFamily | None) -> str:
    return family_traits(family).label if family else ""


def _page_actions(entry: CatalogueEntry) -> tuple[ModelAction, ...]:
    if not isinstance(entry.origin, Repository):
        return ()
    token = (ModelAction.GIVE_TOKEN,) if entry.licence.gated else ()
    return (ModelAction.OPEN_PAGE, ModelAction.READ_LICENCE, *token)


def _licence_facts(licence: Licence) -> tuple[tuple[str, str], ...]:
    gated = (
        (("Access", "accept its page there first, with an account, and give a token of it"),) if licence.gated else ()
    )
    return (("Licence", f"{licence.name}: {licence.allows}"), *gated)
