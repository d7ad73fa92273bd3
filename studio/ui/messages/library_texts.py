"""What is said about the catalogue and the models on this machine."""

from __future__ import annotations

from studio.checkpoints.catalogue import CatalogueNotice, CatalogueUnreadable
from studio.checkpoints.installed_model import Removal
from studio.checkpoints.verification import FileCheck, FileState, Verification
from studio.core.language import tr
from studio.ui.messages.sizes import readable_bytes


def catalogue_text(notice: CatalogueNotice) -> str:
    """What was passed over in the user's own catalogue of models."""
    if isinstance(notice, CatalogueUnreadable):
        return tr(
            "{path} was passed over: {reason}. Correct the file, and the models in it come back.",
            path=notice.path,
            reason=notice.reason,
        )
    return tr(
        "The model “{entry}” in {path} was passed over: {reason}. The others were taken.",
        entry=notice.entry,
        path=notice.path,
        reason=notice.reason,
    )


def removal_text(removal: Removal) -> str:
    """What removing a model gave back, and what it did not."""
    if removal.kept_at is not None:
        return tr(
            "“{name}” is no longer in the list. Its files were left alone: {kept_at}.",
            name=removal.name,
            kept_at=removal.kept_at,
        )
    text = tr(
        "“{name}” is in the trash. Emptying it frees {size}.", name=removal.name, size=readable_bytes(removal.freed)
    )
    if removal.shared:
        users = ", ".join(dict.fromkeys(user for file in removal.shared for user in file.users))
        kept = sum(file.size for file in removal.shared)
        text += tr(
            " {size} stay, because they are shared with: {users}.",
            size=readable_bytes(kept),
            users=users or tr("other files on this disk"),
        )
    return text


def verification_text(verification: Verification) -> str:
    """What reading all files of a model showed, in one line or more."""
    lines = [_file_text(file) for file in verification.bad]
    if not lines:
        first = tr(" It is compared with this from now on.") if verification.pinned else ""
        lines = [
            tr("“{name}” is intact: {trust}.{first}", name=verification.name, trust=_trust(verification), first=first)
        ]
    return "\n".join(lines)


def _trust(verification: Verification) -> str:
    count = len(verification.files)
    if count == 1:
        if verification.vouched_for:
            return tr("its file is as its source published it")
        return tr("its file is as it first came (no source vouches for it)")
    if verification.vouched_for:
        return tr("all {count} files are as their source published them", count=count)
    return tr("all {count} files are as they first came (no source vouches for every one)", count=count)


def _file_text(file: FileCheck) -> str:
    if file.state is FileState.MISSING:
        return tr("{path} is missing. Repair the model, or copy it again.", path=file.fact.path)
    return tr("{path} is damaged. Repair the model, or copy it again.", path=file.fact.path)
