"""The sentences about errors: what happened, and what to do next. The only place that has them; no Qt.

Fields of the error stand in braces; `{x:bytes}` writes a size, `{x:list}` a list of names, `{x:similar}` a sentence
about them if there are any, `{x:addon}` what people call a kind of add-on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from string import Formatter
from typing import cast

from studio.checkpoints.catalogue import CatalogueNotice, CatalogueUnreadable
from studio.checkpoints.installed_model import Removal
from studio.checkpoints.verification import FileCheck, FileState, Verification
from studio.core import errors
from studio.core.addon import AddonKind
from studio.core.errors import StudioError
from studio.core.progress import PromptSyntaxIgnored, PromptTruncated, SamplerReplaced
from studio.gallery.search import query as search
from studio.prompts.syntax import FaultReason, ParsedPrompt
from studio.settings.notices import SettingsNotice, SettingsSetAside, SettingsUnreadable


@dataclass(frozen=True, slots=True)
class UserMessage:
    """`title` is a few words, `text` says the fact and the next step."""

    title: str
    text: str

    def __str__(self) -> str:
        return f"{self.title}. {self.text}"


def message_for(error: StudioError) -> UserMessage:
    """The message about `error`. Every leaf of StudioError has one (a test proves it)."""
    title, text = _MESSAGES[type(error)]
    facts = {field.name: getattr(error, field.name) for field in fields(error)}
    return UserMessage(title, _FORMATTER.vformat(text, (), facts))


def truncation_text(truncated: PromptTruncated) -> str:
    """What to say about a prompt that is longer than the model reads."""
    which = "negative prompt" if truncated.negative else "prompt"
    return (
        f"The model reads {truncated.kept} of the {truncated.total} tokens of this {which} and does not see its end: "
        f"“{truncated.cut_text}”. Put what matters first, or shorten it."
    )


def search_fault_text(fault: search.Fault, text: str) -> str:
    """What of the search `text` is not understood, and what would be."""
    sentence = _SEARCH_FAULTS[fault.reason]
    return sentence.format(part=text[fault.start : fault.end], choices=", ".join(fault.choices))


def fault_text(reason: FaultReason) -> str:
    """What is wrong with the syntax of a prompt, and what comes of it."""
    return _FAULTS[reason]


def ignored_syntax_text(ignored: PromptSyntaxIgnored) -> str:
    """What to say about weights and the like in a prompt for a model that reads plain words."""
    which = "negative prompt" if ignored.negative else "prompt"
    return (
        f"This model reads the words of the {which} alone: weights like (word:1.2), [from:to:0.5], BREAK and AND have "
        "no effect. Say in words what matters most."
    )


def sampler_text(replaced: SamplerReplaced) -> str:
    """What to say about a sampler that the model cannot be run with."""
    return (
        f"This model learned another way from noise to picture than {replaced.asked.label} was made for: it runs with "
        f"{replaced.used.label}, and the picture says so. Choose {replaced.used.label} to make this notice go away."
    )


def kept_text(file: Path) -> str:
    """What to say about a picture that could not be saved where it should be, but was not lost."""
    return f"The picture was kept as {file}."


def import_text(added: int, known: int, unreadable: int) -> str:
    """What became of pictures that were brought in."""
    parts = (
        f"{added:,} added",
        f"{known:,} there already" if known else "",
        f"{unreadable:,} unreadable" if unreadable else "",
    )
    return f"Pictures: {', '.join(part for part in parts if part)}."


def unforeseen_text(error: BaseException, log: Path) -> str:
    """What to say on a terminal about an exception that nobody expected."""
    return f"Something went wrong. {type(error).__name__}: {error}. The log has the details: {log}."


def settings_text(notice: SettingsNotice) -> str:
    """What was done about a fault in the settings file."""
    if isinstance(notice, SettingsSetAside):
        return f"The file could not be read ({notice.reason}). It was kept as {notice.path}, and the defaults are used."
    if isinstance(notice, SettingsUnreadable):
        return f"{notice.path} could not be opened: {notice.reason}. The defaults are used until the next start."
    return f"“{notice.name}” cannot be {notice.value!r}: its default is used. Change it to what you want."


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
    if verification.vouched_for:
        return f"all {count} files are as their source published them"
    return f"all {count} files are as they first came (no source vouches for every one)"


def _file_text(file: FileCheck) -> str:
    if file.state is FileState.MISSING:
        return f"{file.fact.path} is missing. Repair the model, or copy it again."
    return f"{file.fact.path} is damaged. Repair the model, or copy it again."


class _FactFormatter(Formatter):
    def format_field(self, value: object, format_spec: str) -> str:
        if format_spec == "bytes":
            return readable_bytes(value) if isinstance(value, int) else "an unknown amount"
        if format_spec == "list":
            return ", ".join(cast("tuple[str, ...]", value))
        if format_spec == "similar":
            names = ", ".join(f"“{name}”" for name in cast("tuple[str, ...]", value))
            return f" There is {names}." if names else ""
        if format_spec == "addon":
            return _ADDON_WORDS.get(str(value), str(value))
        return str(super().format_field(value, format_spec))


_SEARCH_FAULTS: dict[search.FaultReason, str] = {
    search.FaultReason.QUOTE_UNCLOSED: "A quote begins here and does not end: add another one.",
    search.FaultReason.VALUE_MISSING: "Something is missing after “{part}”.",
    search.FaultReason.NOT_A_NUMBER: "“{part}” is no number. Write 20, >20, <=20 or 10..20.",
    search.FaultReason.NOT_A_SIZE: "“{part}” is no size. Write one like 512x768.",
    search.FaultReason.NOT_A_DATE: "“{part}” is no date. Write 2026, 2026-11, 2026-11-25, today or yesterday.",
    search.FaultReason.UNKNOWN_CHOICE: "“{part}” is none of {choices}.",
    search.FaultReason.NOT_COMPARABLE: "“{part}” cannot be compared with < or >: this is no number.",
}


def readable_bytes(count: int) -> str:
    """A size for people: 1536 -> "1.5 kB" (powers of 1024, as file managers show them)."""
    size = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "bytes" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TB"


_FORMATTER = _FactFormatter()

_ADDON_WORDS = {
    AddonKind.LORA.value: "LoRA",
    AddonKind.TEXTUAL_INVERSION.value: "embedding",
    AddonKind.VAE.value: "VAE",
}

_MESSAGES: Mapping[type[StudioError], tuple[str, str]] = {
    errors.InvalidSteps: (
        "This number of steps is not possible",
        "“{value}” is not a number of steps. Choose a whole number from {lowest} to {highest}; 20 is a good start.",
    ),
    errors.InvalidGuidance: (
        "This CFG scale is not possible",
        "“{value}” is not a CFG scale. Choose a number from {lowest:g} to {highest:g}; 5 is a good start.",
    ),
    errors.InvalidGuidanceRescale: (
        "This CFG rescale is not possible",
        "“{value}” is not a CFG rescale. Choose a number from {lowest:g} (off) to {highest:g}; 0.7 is usual.",
    ),
    errors.InvalidClipSkip: (
        "This CLIP skip is not possible",
        "“{value}” layers cannot be left out. Choose a whole number from {lowest} to {highest}.",
    ),
    errors.InvalidSeed: (
        "This seed is not possible",
        "“{value}” is not a seed. Choose a whole number from 0 to {highest}, or leave it out for a new one.",
    ),
    errors.InvalidSize: (
        "This size is not possible",
        "{width} × {height} does not work: both sides must be multiples of {multiple} from {lowest} to {highest} "
        "pixels, for example 128x128.",
    ),
    errors.InvalidBatchSize: (
        "This number of pictures is not possible",
        "“{value}” pictures cannot be made at once. Choose a whole number from {lowest} to {highest}.",
    ),
    errors.UnknownScheduler: (
        "Unknown sampler",
        "There is no sampler called “{name}”. Choose one of: {known:list}.",
    ),
    errors.ScheduleNotPossible: (
        "This schedule does not go with the sampler",
        "{sampler} has no schedule “{schedule}”. Choose one of: {known:list}, or another sampler.",
    ),
    errors.PromptUnusable: (
        "This prompt cannot be used",
        "The prompt is {reason}. Change it and try again.",
    ),
    errors.InvalidStrength: (
        "This strength is not possible",
        "“{value}” is not a strength. Choose a number from {lowest:g} (hardly changed) to {highest:g} (made anew); "
        "0.6 is a good start.",
    ),
    errors.InvalidMaskSetting: (
        "This setting of the mask is not possible",
        "“{value}” is no {name} in pixels. Choose a whole number from {lowest} to {highest}.",
    ),
    errors.MaskUnusable: (
        "This mask cannot be used",
        "The mask says what to paint anew, but {reason}. Paint over the part that should change, and try again.",
    ),
    errors.SourceUnusable: (
        "This picture cannot be started from",
        "The picture does not fit: {reason}. Choose another one, or scale it first.",
    ),
    errors.SourceRequired: (
        "Something is missing for this setting",
        "The {name} has a meaning only with {needed}. Give that too, or leave it out.",
    ),
    errors.UnknownChoice: (
        "This choice does not exist",
        "There is no {name} called “{value}”. Choose one of: {known:list}.",
    ),
    errors.GridValuesInvalid: (
        "These values are not possible",
        "{axis}: “{part}”: {reason}. Write values such as 1, 2, 5 or 1-10 (+3) or 1-10 [4]; texts with commas between "
        "them.",
    ),
    errors.GridTooLarge: (
        "The grid is too large",
        "It would have {count} pictures, and {most} are possible. Take some values out.",
    ),
    errors.GridAxesUnusable: (
        "The grid cannot be made",
        "No grid comes of this: {reason}. Choose one to three different settings to vary.",
    ),
    errors.GridNotFound: (
        "Nothing to go on with",
        "Every grid is finished. Make a new one.",
    ),
    errors.InvalidAddonWeight: (
        "This weight is not possible",
        "“{value}” is not a weight for “{name}”. Choose a number from {lowest:g} to {highest:g}; 0.8 is a good start.",
    ),
    errors.AddonMismatch: (
        "This add-on does not fit the model",
        "“{name}” was made for {made_for}, and the chosen model is of the family {family}. Choose a model of the same "
        "family, or take the add-on out.",
    ),
    errors.AddonNotFound: (
        "This add-on is not installed",
        "There is no {kind:addon} called “{name}”.{similar:similar} Check the spelling, or add it in the model "
        "manager.",
    ),
    errors.AddonUnusable: (
        "This add-on cannot be used",
        "“{name}” cannot be used: {reason}. Take it out, or get another file of it.",
    ),
    errors.SourceMissing: (
        "The start picture is gone",
        "What this picture was made from is not kept any more ({sha256}). Open the start picture again, and try again.",
    ),
    errors.CheckpointNotFound: (
        "Model not found",
        "There is no model called “{name}” and nothing is at that path. Choose another model, or check the spelling.",
    ),
    errors.NotACheckpoint: (
        "This is not a model",
        "{path} cannot be used as a model: {reason}. Choose a folder in the diffusers format, a .safetensors or a "
        ".gguf file.",
    ),
    errors.PickleRefused: (
        "This model was refused",
        "{path} is a pickle file, which could run hidden code on your computer. Look for the same model as "
        ".safetensors.",
    ),
    errors.CheckpointIncomplete: (
        "The model is incomplete",
        "{missing} is missing in {path}. Copy or download the model again.",
    ),
    errors.CheckpointDamaged: (
        "The model is damaged",
        "{path} cannot be read: {reason}. Copy or download the model again.",
    ),
    errors.ModelNameTaken: (
        "There is a model of this name",
        "“{name}” would go to {path}, where another model is. Choose another name, or remove that one first.",
    ),
    errors.ModelUnmovable: (
        "This model stays where it is",
        "{path} is neither moved nor removed: {reason}. Nothing was changed; a copy of it can be made.",
    ),
    errors.LibraryBusy: (
        "Another program is changing the models",
        "It holds {path}. Wait until it has finished, then try again.",
    ),
    errors.RepairImpossible: (
        "This file cannot be fetched again",
        "{file} of “{name}” is bad, and {reason}. Copy or download the model again.",
    ),
    errors.LicenceNotAccepted: (
        "The licence has to be accepted first",
        "“{name}” comes under the {licence}. Read it at {url}, and accept it to go on.",
    ),
    errors.ModelWorkCancelled: (
        "Cancelled",
        "Nothing was changed. Start it again when you like.",
    ),
    errors.AddressNotUnderstood: (
        "This address is not understood",
        "“{text}” is no model to download. Give a repository such as owner/name, the address of its page on Hugging "
        "Face or Civitai, or an address that begins with https://.",
    ),
    errors.UnsafeAddress: (
        "This address is not used",
        "{url}: {reason}. Only https addresses on the open internet are used. Look for another address of the file.",
    ),
    errors.UnsafeFileName: (
        "This file name is not used",
        "The source calls a file “{name}”: {reason}. Download it in a browser, rename it, and import it.",
    ),
    errors.NothingToDownload: (
        "There is nothing to download here",
        "{source}: {reason}. Look for a copy of the model as safetensors.",
    ),
    errors.RemoteNotFound: (
        "There is nothing at this address",
        "{url} does not exist, or is private. Check the address; for a private one, enter your token in the settings.",
    ),
    errors.LoginNeeded: (
        "The server asks for a login",
        "{url} wants a token, or did not accept yours. Make one on the site, give it under “Access tokens” (or with "
        "“studio models token SERVER”, SERVER such as huggingface.co), and try again.",
    ),
    errors.AccessGated: (
        "The owner asks for your consent first",
        "Open {page}, accept the conditions there with your account, give a token of yours under “Access tokens” (or "
        "with “studio models token huggingface.co”), and try again.",
    ),
    errors.DownloadRefused: (
        "The server refused the download",
        "{url} answered with HTTP status {status}. Open the address in a browser to see why, or try again later.",
    ),
    errors.RateLimited: (
        "The server asks to wait",
        "{url} allows the next try in {seconds} seconds. Resume the download then: it goes on where it stopped.",
    ),
    errors.DownloadInterrupted: (
        "The download was interrupted",
        "{url}: {reason}. Check the connection and resume: it goes on where it stopped.",
    ),
    errors.ServerUnusable: (
        "The server did not send the file",
        "{url}: {reason}. Open the address in a browser to see what is there, or try again later.",
    ),
    errors.RemoteChanged: (
        "The file on the server has changed",
        "{url}: {reason}. Start the download again to get the new one.",
    ),
    errors.DownloadDamaged: (
        "The download is damaged",
        "{path} came twice with wrong content ({found} instead of {expected}). It was not kept. Try again later, or "
        "take the model from another source.",
    ),
    errors.DownloadBusy: (
        "This is being downloaded already",
        "Another program writes to {folder}. Wait until it has finished, then try again.",
    ),
    errors.ProxyUnusable: (
        "The proxy cannot be used",
        "The system sends downloads through “{proxy}”, which is no http, https or socks5 address. Correct the setting "
        "(or HTTPS_PROXY), such as http://proxy.example:3128, then try again.",
    ),
    errors.KeyringUnusable: (
        "The keyring cannot be used",
        "Nothing can be kept in the system's keyring or read from it: {reason}. Unlock it, or install one such as "
        "GNOME Keyring or KWallet, and try again.",
    ),
    errors.GenerationCancelled: (
        "Cancelled",
        "The picture was cancelled. Press the button to start again.",
    ),
    errors.OutOfMemory: (
        "Not enough memory",
        "{device} has no room for this picture (needed {needed:bytes}, free {free:bytes}). Choose a smaller size, or "
        "close other programs, and try again.",
    ),
    errors.DeviceLost: (
        "The graphics device stopped",
        "{device} does not answer any more ({reason}). Save your work and restart the program.",
    ),
    errors.BrokenPicture: (
        "The model gave no picture",
        "The result was {reason}. Try another seed, a lower CFG scale or another sampler.",
    ),
    errors.EngineFailed: (
        "Something went wrong while making the picture",
        "{reason}. Try again; if it happens again, the log (Help > Open log folder) has the details.",
    ),
    errors.DiskFull: (
        "The disk is full",
        "{path} needs {needed:bytes}, free are {free:bytes}. Make room and try again, or save it somewhere else.",
    ),
    errors.FolderUnwritable: (
        "This folder cannot be written to",
        "{path}: {reason}. Choose another folder, or allow writing to it, and try again.",
    ),
    errors.WriteFailed: (
        "The file could not be written",
        "{path}: {reason}. Try again, or save it somewhere else.",
    ),
    errors.PictureUnreadable: (
        "This picture cannot be opened",
        "{path}: {reason}. Open it in the program that made it and save it as PNG, JPEG or WebP.",
    ),
    errors.CanvasUnreadable: (
        "This canvas cannot be opened",
        "{path}: {reason}. Its pictures are PNG files in a zip: another program may still get them out.",
    ),
    errors.NoParameters: (
        "This picture carries no settings",
        "{path} does not tell how it was made. Choose a picture made by this program, or by another one that stores "
        "settings.",
    ),
    errors.NothingToExport: (
        "There is no picture to export",
        "Name picture files, or search for fewer words.",
    ),
    errors.TrashFailed: (
        "It was not deleted",
        "The trash did not take {path}: {reason}. Delete it in your file manager if you want it gone.",
    ),
    errors.RestoreFailed: (
        "The picture could not be put back",
        "{path}: {reason}. It is still in your system's trash: restore it there.",
    ),
    errors.DatabaseTooNew: (
        "A newer version of the program was here",
        "{path} has format {found}, this version knows {known}. Nothing was changed. Update the program.",
    ),
    errors.SettingsTooNew: (
        "A newer version of the program was here",
        "{path} has format {found}, this version knows {known}. Nothing was changed. Update the program.",
    ),
    errors.AlreadyRunning: (
        "Latent Studio is already open",
        "Another window uses {path}. Use that one, or close it first.",
    ),
    errors.NoScreen: (
        "There is no screen for the window",
        "Start the program on a desktop, or make pictures without a window: studio generate “a red apple”.",
    ),
}

_FAULTS: Mapping[FaultReason, str] = {
    FaultReason.UNCLOSED: "This bracket is never closed, so it is read as text. Close it, or write \\ before it.",
    FaultReason.UNOPENED: "This bracket closes nothing, so it is read as text. Open it, or write \\ before it.",
    FaultReason.TOO_DEEP: f"Brackets inside of more than {ParsedPrompt.DEEPEST} others are read as text.",
    FaultReason.AND_INSIDE: "Inside of brackets AND divides nothing: it is read as a word. Put it outside.",
    FaultReason.LORA_UNREADABLE: "This names no LoRA, so it is read as text. Write it as <lora:name:0.8>.",
    FaultReason.WILDCARD_UNKNOWN: "There is no file with this name in the folder “wildcards”: it is read as text.",
}
