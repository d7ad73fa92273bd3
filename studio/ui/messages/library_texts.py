"""What is said about the catalogue and the models on this machine."""

from __future__ import annotations

from studio.checkpoints.catalogue import CatalogueNotice, CatalogueUnreadable
from studio.checkpoints.installed_model import Removal
from studio.checkpoints.verification import FileCheck, FileState, Verification
from studio.ui.messages.sizes import readable_bytes


def catalogue_text(notice: CatalogueNotice) -> str:
    """What was passed over in the user's own catalogue of models."""
    if isinstance(notice, CatalogueUnreadable):
        return f"{notice.path} was passed over: {notice.reason}. Correct the file, and the models in it come back."
    return f"The model “{notice.entry}” in {notice.path} was passed over: {notice.reason}. The others were taken."


def removal_text(removal: Removal) -> str:
    """What removing a model gave back, and what it did not."""
    if removal.kept_at is not None:
        return f"“{removal.name}” is no longer in the list. Its files were left alone: {removal.kept_at}."
    text = f"“{removal.name}” is in the trash. Emptying it frees {readable_bytes(removal.freed)}."
    if removal.shared:
        users = ", ".join(dict.fromkeys(user for file in removal.shared for user in file.users))
        kept = sum(file.size for file in removal.shared)
        text += f" {readable_bytes(kept)} stay, because they are shared with: {users or 'other files on this disk'}."
    return text


def verification_text(verification: Verification) -> str:
    """What reading all files of a model showed, in one line or more."""
    lines = [_file_text(file) for file in verification.bad]
    if not lines:
        first = " It is compared with this from now on." if verification.pinned else ""
        lines = [f"“{verification.name}” is intact: {_trust(verification)}.{first}"]
    return "\n".join(lines)


def _trust(verification: Verification) -> str:
    count = len(verification.files)
    if count == 1:
        vouched = "as its source published it"
        return f"its file is {vouched if verification.vouched_for else 'as it first came (no source vouches for it)'}"
    if verification.vouched_for:
        return f"all {count} files are as their source published them"
    return f"all {count} files are as they first came (no source vouches for every one)"


def _file_text(file: FileCheck) -> str:
    if file.state is FileState.MISSING:
        return f"{file.fact.path} is missing. Repair the model, or copy it again."
    return f"{file.fact.path} is damaged. Repair the model, or copy it again."
