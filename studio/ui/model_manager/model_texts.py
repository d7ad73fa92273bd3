"""What the page of the models says about adding, checking, downloading and removing. No Qt."""

from __future__ import annotations

from collections import Counter

from studio.checkpoints.installed_model import Removal
from studio.checkpoints.scan import FoundModel
from studio.core.download import DownloadPlan
from studio.ui.messages import readable_bytes
from studio.ui.model_manager.model_operations import Checked

ABOUT_ADDING = (
    "Used where it is, nothing is copied, and it must stay there. A copy, or the file itself if it is moved, goes into "
    "the program's own folder."
)
_MOST_NAMED = 3


def removal_text(removal: Removal) -> str:
    """What would happen, before it does."""
    if removal.kept_at is not None:
        return f"{removal.name} is used in place: it goes from this list, and its files stay at {removal.kept_at}."
    shared = f" {len(removal.shared)} of its files stay, because other models use them." if removal.shared else ""
    return f"{removal.name} goes to the system's trash. {readable_bytes(removal.freed)} are freed.{shared}"


def removal_done_text(removal: Removal) -> str:
    if removal.kept_at is not None:
        return f"Its files are still at {removal.kept_at}."
    return f"It is in the system's trash, with {readable_bytes(removal.freed)}."


def plan_text(plan: DownloadPlan) -> str:
    """What would be fetched: how many files, how much, from where, under which licence."""
    files = "1 file" if len(plan.files) == 1 else f"{len(plan.files)} files"
    size = "of unknown size" if plan.size is None else readable_bytes(plan.size)
    licence = f"Its licence: {plan.licence}." if plan.licence else "No licence is named: look at its page first."
    return f"{files}, {size}, from {plan.source}. {licence} Nothing was fetched yet."


def checked_text(checked: Checked) -> str:
    """What reading its files showed, and what to do about it."""
    bad, count = checked.verification.bad, len(checked.verification.files)
    if not bad:
        return f"{count} files are what they should be." if count != 1 else "Its file is what it should be."
    names = ", ".join(check.fact.path for check in bad)
    advice = "" if checked.repair else " Remove the model and add or fetch it again."
    return f"Not what they should be: {names}.{advice}"


def others_text(others: tuple[FoundModel, ...]) -> str:
    """How many of which programs, how large together, and the first of their names."""
    programs = ", ".join(f"{count} of {program}" for program, count in Counter(one.program for one in others).items())
    names = ", ".join(one.name for one in others[:_MOST_NAMED]) + (", …" if len(others) > _MOST_NAMED else "")
    size = readable_bytes(sum(one.size for one in others))
    return f"{programs}; {size}: {names}. Used where they are, nothing is copied or changed."
