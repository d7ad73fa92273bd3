"""From what is installed, offered and on its way to the rows of the list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from studio.checkpoints.catalogue_entry import Bundled, CatalogueEntry, Licence, Repository
from studio.checkpoints.installed_model import BrokenModel, InstalledModel, Place
from studio.checkpoints.model_kind import ModelKind
from studio.checkpoints.work_progress import WorkProgress
from studio.core.checkpoint import Checkpoint, ModelFamily, Prediction
from studio.core.download import Download, DownloadPlan, DownloadProgress, DownloadState
from studio.core.family import family_traits
from studio.core.language import tr
from studio.core.resources import example_picture
from studio.ui.messages import message_for, readable_bytes
from studio.ui.model_manager.model_operations import ModelsFound
from studio.ui.model_manager.model_row import ModelAction, ModelRow, RowState, time_text
from studio.ui.model_manager.model_works import ModelJob
from studio.ui.model_manager.picture_maker import PICTURED_KINDS

_KINDS = {
    ModelKind.CHECKPOINT: tr("Model"),
    ModelKind.LORA: "LoRA",
    ModelKind.TEXTUAL_INVERSION: tr("Embedding"),
    ModelKind.VAE: "VAE",
    ModelKind.CONTROLNET: "ControlNet",
    ModelKind.UPSCALER: tr("Upscaler"),
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


_WAITING_TEXT = tr("Waiting for its turn")


def all_rows(
    found: ModelsFound,
    downloads: Iterable[Download],
    jobs: Iterable[ModelJob],
    arriving: Iterable[DownloadPlan] = (),
) -> tuple[ModelRow, ...]:
    """Downloads, then what is here, then what can be had; nothing twice. What a job is at work on says so, and what
    one brings comes first. `arriving` was fetched, and is not among what was found yet."""
    by_id = {entry.id: entry for entry in found.entries}
    coming = list(downloads)
    arrived = list(arriving)
    titles = {plan.title for plan in (*(download.plan for download in coming), *arrived)}
    taken = {model.entry_id for model in (*found.installed, *found.broken)}
    offered = [
        entry
        for entry in found.entries
        if isinstance(entry.origin, Repository) and entry.id not in taken and entry.name not in titles
    ]
    rows = (
        *(arriving_row(plan) for plan in arrived),
        *(download_row(download) for download in coming),
        bundled_row(found.bundled),
        *(installed_row(model, by_id.get(model.entry_id or ""), found) for model in found.installed),
        *(broken_row(model) for model in found.broken),
        *(offered_row(entry, found.verdicts[entry.id], found.free_bytes) for entry in offered),
    )
    at_work = {job.key: job for job in jobs}
    bringing = [job_row(job) for job in at_work.values() if job.state is RowState.ADDING]
    return (*bringing, *(_at_work(row, at_work.get(row.key)) for row in rows))


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
        sentence=tr(checkpoint.good_at),
        thumbnail=next((file for file in map(example_picture, checkpoint.examples) if file.exists()), None),
    )


def installed_row(model: InstalledModel, entry: CatalogueEntry | None, found: ModelsFound) -> ModelRow:
    """`entry` is what it came from, `found` says what else is known of it."""
    more = _page_actions(entry) if entry else ()
    predicts, other = _prediction(model, entry, is_told=model.path not in found.untold)
    return ModelRow(
        key=installed_key(model.path),
        name=model.name,
        kind=_KINDS[model.kind],
        family=_family(model.family),
        size=model.size,
        state=RowState.INSTALLED,
        actions=(
            *_uses(model),
            *other,
            ModelAction.SHOW_FOLDER,
            ModelAction.VERIFY,
            ModelAction.MOVE,
            *more,
            ModelAction.REMOVE,
        ),
        sentence=tr(entry.good_at) if entry else "",
        facts=(
            *predicts,
            *(((tr("From"), model.source),) if model.source else ()),
            (tr("Where"), str(model.path)),
            (tr("Whose files"), tr("yours, used in place") if model.place is Place.IN_PLACE else tr("the program's")),
            *(((tr("Memory"), found.verdicts[entry.id]),) if entry and model.kind is ModelKind.CHECKPOINT else ()),
            *(_licence_facts(entry.licence) if entry else ((tr("Licence"), model.licence),) if model.licence else ()),
        ),
        thumbnail=found.thumbnails.get(model.root),
    )


def _uses(model: InstalledModel) -> tuple[ModelAction, ...]:
    if model.kind is ModelKind.CHECKPOINT:
        return (ModelAction.USE, ModelAction.TEST_PICTURE)
    named = (ModelAction.ADD_TO_PROMPT,) if model.prompt_part else ()
    return (*named, ModelAction.TEST_PICTURE) if model.kind in PICTURED_KINDS else named


def _prediction(
    model: InstalledModel, entry: CatalogueEntry | None, *, is_told: bool
) -> tuple[tuple[tuple[str, str], ...], tuple[ModelAction, ...]]:
    """What a single file of Stable Diffusion 2 predicts, and how to say that it is the other."""
    checkpoint = model.model
    if not isinstance(checkpoint, Checkpoint) or checkpoint.family is not ModelFamily.STABLE_DIFFUSION_2:
        return (), ()
    if checkpoint.path.is_dir() or checkpoint.inpainting or (entry is not None and entry.prediction is not None):
        return (), ()  # its configuration, or the catalogue, says it
    predicts_v = checkpoint.prediction is Prediction.V
    what = "v" if predicts_v else tr("noise (epsilon)")
    if model.chosen_prediction is not None:
        text = tr("{what}, as you said", what=what)
    elif is_told:
        text = tr("{what}, as its file tells", what=what)
    else:
        text = tr(
            "probably {what}: its file does not tell. If its pictures stay noise, say that it is the other", what=what
        )
    other = ModelAction.PREDICT_NOISE if predicts_v else ModelAction.PREDICT_V
    return ((tr("Predicts"), text),), (other,)


def broken_row(model: BrokenModel) -> ModelRow:
    return ModelRow(
        key=installed_key(model.path),
        name=model.name,
        kind="",
        family="",
        size=None,
        state=RowState.BROKEN,
        actions=(ModelAction.VERIFY, ModelAction.SHOW_FOLDER, ModelAction.REMOVE),
        facts=((tr("Where"), str(model.path)),),
        fault=message_for(model.problem).text,
    )


def offered_row(entry: CatalogueEntry, verdict: str, free_bytes: int | None) -> ModelRow:
    """`free_bytes` has the disk that it would come to."""
    origin = entry.origin
    assert not isinstance(origin, Bundled)
    trust = (
        tr("every file has a published hash")
        if origin.is_pinned
        else tr("trusted as it comes first: no hash is published")
    )
    return ModelRow(
        key=offered_key(entry.id),
        name=entry.name,
        kind=_KINDS[entry.kind],
        family=_family(entry.family),
        size=origin.size,
        state=RowState.AVAILABLE,
        actions=(ModelAction.DOWNLOAD, *_page_actions(entry)),
        sentence=tr(entry.good_at),
        facts=(
            *_disk_facts(origin.size, free_bytes),
            *(((tr("Memory"), verdict),) if entry.kind is ModelKind.CHECKPOINT else ()),
            *_licence_facts(entry.licence),
            (tr("From"), origin.id),
            (tr("Verified"), trust),
        ),
    )


def download_row(download: Download) -> ModelRow:
    """Progress is filled in while it runs."""
    plan = download.plan
    return ModelRow(
        key=download_key(plan.id),
        name=plan.title,
        kind=tr("Download"),
        family="",
        size=plan.size,
        state=_STATES[download.state],
        actions=_DOWNLOAD_ACTIONS[download.state],
        facts=(
            (tr("From"), plan.source),
            (tr("Files"), str(len(plan.files))),
            (tr("To"), str(plan.folder)),
            *(((tr("Licence"), plan.licence),) if plan.licence else ()),
        ),
        fault=message_for(download.error).text if download.error else "",
    )


def arriving_row(plan: DownloadPlan) -> ModelRow:
    """The row of a download that is complete, until the model is in the list: it is looked into meanwhile."""
    row = download_row(Download(plan, DownloadState.RUNNING))
    return replace(row, state=RowState.ADDING, actions=(), progress=1.0)


def job_row(job: ModelJob) -> ModelRow:
    """A model that is being brought in. How far it is, is filled in while it goes on."""
    return ModelRow(
        job.key, job.title, tr("Copy"), "", None, job.state, actions=(ModelAction.STOP,), progress_text=_WAITING_TEXT
    )


def job_progress_text(job: ModelJob, progress: WorkProgress) -> str:
    """`1.2 GB of 6.5 GB, about 2 minutes left`."""
    amount = tr("{done} of {size}", done=readable_bytes(progress.bytes_done), size=readable_bytes(progress.bytes_total))
    time_left = time_text(job.time_left.seconds(progress))
    return ", ".join(part for part in (amount, time_left) if part)


def progress_text(progress: DownloadProgress) -> str:
    """`1.2 GB of 4.3 GB, 12.3 MB/s, about 4 minutes left`."""
    speed = f"{readable_bytes(round(progress.bytes_per_second))}/s" if progress.bytes_per_second else ""
    return ", ".join(part for part in (amount_text(progress), speed, time_text(progress.seconds_left)) if part)


def amount_text(progress: DownloadProgress) -> str:
    """`1.2 GB of 4.3 GB`: all that is true of a download that stands still."""
    done = readable_bytes(progress.bytes_done)
    if not progress.bytes_total:
        return done
    return tr("{done} of {size}", done=done, size=readable_bytes(progress.bytes_total))


def row_in_use(row: ModelRow) -> ModelRow:
    """Of the model that pictures are made with: instead of offering that, it says so."""
    actions = (ModelAction.IN_USE if action is ModelAction.USE else action for action in row.actions)
    return replace(row, actions=tuple(actions))


def adding_key(path: Path) -> str:
    return f"adding:{path}"


def installed_key(path: object) -> str:
    return f"installed:{path}"


def offered_key(entry_id: str) -> str:
    return f"offered:{entry_id}"


def download_key(download_id: str) -> str:
    return f"download:{download_id}"


def _at_work(row: ModelRow, job: ModelJob | None) -> ModelRow:
    if job is None:
        return row
    return replace(row, state=job.state, actions=(ModelAction.STOP,), progress_text=_WAITING_TEXT)


def _family(family: ModelFamily | None) -> str:
    return family_traits(family).label if family else ""


def _page_actions(entry: CatalogueEntry) -> tuple[ModelAction, ...]:
    if not isinstance(entry.origin, Repository):
        return ()
    token = (ModelAction.GIVE_TOKEN,) if entry.licence.gated else ()
    return (ModelAction.OPEN_PAGE, ModelAction.READ_LICENCE, *token)


def _disk_facts(size: int | None, free_bytes: int | None) -> tuple[tuple[str, str], ...]:
    if free_bytes is None:
        return ()
    free = readable_bytes(free_bytes)
    if size is None:
        text = tr("{free} free", free=free)
    elif size <= free_bytes:
        text = tr("takes {size} of {free} free", size=readable_bytes(size), free=free)
    else:
        text = tr("does not fit: it takes {size}, and {free} are free", size=readable_bytes(size), free=free)
    return ((tr("Disk"), text),)


def _licence_facts(licence: Licence) -> tuple[tuple[str, str], ...]:
    gated = (
        ((tr("Access"), tr("accept its page there first, with an account, and give a token of it")),)
        if licence.gated
        else ()
    )
    return ((tr("Licence"), f"{licence.name}: {tr(licence.allows)}"), *gated)
