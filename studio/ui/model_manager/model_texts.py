"""What the page of the models says about adding, checking, downloading and removing. No Qt."""

from __future__ import annotations

from collections import Counter

from studio.checkpoints.installed_model import Removal
from studio.checkpoints.scan import FoundModel
from studio.core.download import DownloadPlan, DownloadResult
from studio.core.language import tr, trn
from studio.ui.messages import readable_bytes
from studio.ui.model_manager.model_operations import Checked

ABOUT_ADDING = tr(
    "Used where it is, nothing is copied, and it must stay there. A copy, or the file itself if it is moved, goes into "
    "the program's own folder."
)
_MOST_NAMED = 3


def removal_text(removal: Removal) -> str:
    """What would happen, before it does."""
    if removal.kept_at is not None:
        return tr(
            "{name} is used in place: it goes from this list, and its files stay at {kept_at}.",
            name=removal.name,
            kept_at=removal.kept_at,
        )
    shared = (
        tr(" {n} of its files stay, because other models use them.", n=len(removal.shared)) if removal.shared else ""
    )
    return tr(
        "{name} goes to the system's trash. Emptying it frees {size}.{shared}",
        name=removal.name,
        size=readable_bytes(removal.freed),
        shared=shared,
    )


def removal_done_text(removal: Removal) -> str:
    if removal.kept_at is not None:
        return tr("Its files are still at {kept_at}.", kept_at=removal.kept_at)
    return tr("It is in the system's trash, with {size}.", size=readable_bytes(removal.freed))


def plan_text(plan: DownloadPlan) -> str:
    """What would be fetched: how many files, how much, from where, under which licence."""
    files = trn("{n} file", "{n} files", len(plan.files))
    size = tr("of unknown size") if plan.size is None else readable_bytes(plan.size)
    licence = (
        tr("Its licence: {licence}.", licence=plan.licence)
        if plan.licence
        else tr("No licence is named: look at its page first.")
    )
    return tr(
        "{files}, {size}, from {source}. {licence} Nothing was fetched yet.",
        files=files,
        size=size,
        source=plan.source,
        licence=licence,
    )


def fetched_text(result: DownloadResult) -> str:
    """Where it is now, and whether anybody vouches for it."""
    text = tr("“{title}” is in {folder}.", title=result.plan.title, folder=result.plan.folder)
    if any(not file.verified for file in result.files):
        text += tr(" Its source publishes no hash: that it is what its maker made could not be verified.")
    return text


def checked_text(checked: Checked) -> str:
    """What reading its files showed, and what to do about it."""
    bad, count = checked.verification.bad, len(checked.verification.files)
    if not bad:
        return (
            tr("{count} files are what they should be.", count=count)
            if count != 1
            else tr("Its file is what it should be.")
        )
    names = ", ".join(check.fact.path for check in bad)
    advice = "" if checked.repair else tr(" Remove the model and add or fetch it again.")
    return tr("Not what they should be: {names}.{advice}", names=names, advice=advice)


def others_text(others: tuple[FoundModel, ...]) -> str:
    """How many of which programs, how large together, and the first of their names."""
    programs = ", ".join(
        tr("{count} of {program}", count=count, program=program)
        for program, count in Counter(one.program for one in others).items()
    )
    names = ", ".join(one.name for one in others[:_MOST_NAMED]) + (", …" if len(others) > _MOST_NAMED else "")
    size = readable_bytes(sum(one.size for one in others))
    return tr(
        "{programs}; {size}: {names}. Used where they are, nothing is copied or changed.",
        programs=programs,
        size=size,
        names=names,
    )
