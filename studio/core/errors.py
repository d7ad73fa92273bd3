"""Everything that can go wrong, as facts. The sentences for people are in `studio.ui.messages`.

Every leaf is a dataclass whose fields are the facts; it survives `pickle` and carries a stable `code`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import ClassVar


@dataclass(eq=False)
class StudioError(Exception):
    """Base of all expected failures. Construct leaves only."""

    code: ClassVar[str] = "error"

    def __post_init__(self) -> None:
        self.args = tuple(getattr(self, field.name) for field in fields(self))

    def __str__(self) -> str:
        facts = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in fields(self))
        return f"{self.code}({facts})"


# --- the request -------------------------------------------------------------------------------------------------


class RequestField(StrEnum):
    """The field of a request that is at fault, so that a notice can stand beside it."""

    PROMPT = "prompt"
    STEPS = "steps"
    GUIDANCE = "guidance"
    SEED = "seed"
    SIZE = "size"
    SAMPLER = "sampler"
    BATCH = "batch"
    MODEL = "model"
    IMAGE = "image"
    STRENGTH = "strength"
    MASK = "mask"
    GRID = "grid"


@dataclass(eq=False)
class InvalidRequest(StudioError):
    """Base: the request itself is at fault (exit code 2 on the command line)."""

    field: ClassVar[RequestField]


@dataclass(eq=False)
class InvalidSteps(InvalidRequest):
    """`value` steps asked for; `lowest` to `highest` are possible."""

    code: ClassVar[str] = "invalid_steps"
    field: ClassVar[RequestField] = RequestField.STEPS
    value: int | str
    lowest: int
    highest: int


@dataclass(eq=False)
class InvalidGuidance(InvalidRequest):
    """A CFG scale that is no finite number from `lowest` to `highest`."""

    code: ClassVar[str] = "invalid_guidance"
    field: ClassVar[RequestField] = RequestField.GUIDANCE
    value: float | str
    lowest: float
    highest: float


@dataclass(eq=False)
class InvalidSeed(InvalidRequest):
    """A seed outside 0 to `highest` (2**64 - 1, what torch's generator takes)."""

    code: ClassVar[str] = "invalid_seed"
    field: ClassVar[RequestField] = RequestField.SEED
    value: int | str
    highest: int


@dataclass(eq=False)
class InvalidSize(InvalidRequest):
    """A size whose sides are not multiples of `multiple` from `lowest` to `highest` pixels."""

    code: ClassVar[str] = "invalid_size"
    field: ClassVar[RequestField] = RequestField.SIZE
    width: int | str
    height: int | str
    multiple: int
    lowest: int
    highest: int


@dataclass(eq=False)
class InvalidGuidanceRescale(InvalidRequest):
    """A CFG rescale that is no finite number from `lowest` to `highest`."""

    code: ClassVar[str] = "invalid_guidance_rescale"
    field: ClassVar[RequestField] = RequestField.GUIDANCE
    value: float | str
    lowest: float
    highest: float


@dataclass(eq=False)
class InvalidClipSkip(InvalidRequest):
    """A number of layers to leave out of the text encoder outside `lowest` to `highest`."""

    code: ClassVar[str] = "invalid_clip_skip"
    field: ClassVar[RequestField] = RequestField.PROMPT
    value: int | str
    lowest: int
    highest: int


@dataclass(eq=False)
class InvalidBatchSize(InvalidRequest):
    """A number of pictures outside `lowest` to `highest`."""

    code: ClassVar[str] = "invalid_batch_size"
    field: ClassVar[RequestField] = RequestField.BATCH
    value: int | str
    lowest: int
    highest: int


@dataclass(eq=False)
class UnknownScheduler(InvalidRequest):
    """A sampler name that is not among `known`."""

    code: ClassVar[str] = "unknown_scheduler"
    field: ClassVar[RequestField] = RequestField.SAMPLER
    name: str
    known: tuple[str, ...]


@dataclass(eq=False)
class ScheduleNotPossible(InvalidRequest):
    """A `schedule` that `sampler` does not know; it knows `known` (values of ScheduleType)."""

    code: ClassVar[str] = "schedule_not_possible"
    field: ClassVar[RequestField] = RequestField.SAMPLER
    schedule: str
    sampler: str
    known: tuple[str, ...]


@dataclass(eq=False)
class PromptUnusable(InvalidRequest):
    """A prompt that cannot be stored or encoded (`reason` is a fact such as "too long: 12000 characters")."""

    code: ClassVar[str] = "prompt_unusable"
    field: ClassVar[RequestField] = RequestField.PROMPT
    reason: str


@dataclass(eq=False)
class InvalidStrength(InvalidRequest):
    """A strength that is no finite number from `lowest` to `highest`."""

    code: ClassVar[str] = "invalid_strength"
    field: ClassVar[RequestField] = RequestField.STRENGTH
    value: float | str
    lowest: float
    highest: float


@dataclass(eq=False)
class InvalidMaskSetting(InvalidRequest):
    """A padding, blur or growth of the mask (`name`) outside `lowest` to `highest` pixels."""

    code: ClassVar[str] = "invalid_mask_setting"
    field: ClassVar[RequestField] = RequestField.MASK
    name: str
    value: int | str
    lowest: int
    highest: int


@dataclass(eq=False)
class MaskUnusable(InvalidRequest):
    """A mask with which nothing can be painted; `reason` is a fact such as "nothing is painted on it"."""

    code: ClassVar[str] = "mask_unusable"
    field: ClassVar[RequestField] = RequestField.MASK
    reason: str


@dataclass(eq=False)
class SourceUnusable(InvalidRequest):
    """A picture that cannot be started from, or extended; `reason` is a fact such as its size."""

    code: ClassVar[str] = "source_unusable"
    field: ClassVar[RequestField] = RequestField.IMAGE
    reason: str


@dataclass(eq=False)
class SourceRequired(InvalidRequest):
    """A setting (`name`) that means something only together with `needed`, such as "a mask"."""

    code: ClassVar[str] = "source_required"
    field: ClassVar[RequestField] = RequestField.IMAGE
    name: str
    needed: str


@dataclass(eq=False)
class UnknownChoice(InvalidRequest):
    """A `value` for a setting (`name`) that is not among `known`."""

    code: ClassVar[str] = "unknown_choice"
    field: ClassVar[RequestField] = RequestField.IMAGE
    name: str
    value: str
    known: tuple[str, ...]


@dataclass(eq=False)
class GridValuesInvalid(InvalidRequest):
    """`part` of the values typed for `axis` ("CFG scale") is at fault; `reason` is a fact such as "no number"."""

    code: ClassVar[str] = "grid_values_invalid"
    field: ClassVar[RequestField] = RequestField.GRID
    axis: str
    part: str
    reason: str


@dataclass(eq=False)
class GridTooLarge(InvalidRequest):
    """A grid of `count` pictures; `most` are possible."""

    code: ClassVar[str] = "grid_too_large"
    field: ClassVar[RequestField] = RequestField.GRID
    count: int
    most: int


@dataclass(eq=False)
class GridAxesUnusable(InvalidRequest):
    """No axis, more than three, or one thing varied twice; `reason` says which."""

    code: ClassVar[str] = "grid_axes_unusable"
    field: ClassVar[RequestField] = RequestField.GRID
    reason: str


@dataclass(eq=False)
class GridNotFound(InvalidRequest):
    """There is no unfinished grid to go on with."""

    code: ClassVar[str] = "grid_not_found"
    field: ClassVar[RequestField] = RequestField.GRID


@dataclass(eq=False)
class InvalidAddonWeight(InvalidRequest):
    """The weight of a LoRA (`name`) that is no finite number from `lowest` to `highest`."""

    code: ClassVar[str] = "invalid_addon_weight"
    field: ClassVar[RequestField] = RequestField.PROMPT
    name: str
    value: float | str
    lowest: float
    highest: float


@dataclass(eq=False)
class AddonMismatch(InvalidRequest):
    """An add-on (`name`) that was made for models of the family `made_for`, not for `family`."""

    code: ClassVar[str] = "addon_mismatch"
    field: ClassVar[RequestField] = RequestField.MODEL
    name: str
    made_for: str
    family: str


@dataclass(eq=False)
class AddonNotFound(InvalidRequest):
    """No installed add-on of this `kind` (a value of AddonKind) has this name; `similar` ones do exist."""

    code: ClassVar[str] = "addon_not_found"
    field: ClassVar[RequestField] = RequestField.PROMPT
    kind: str
    name: str
    similar: tuple[str, ...]


@dataclass(eq=False)
class AddonUnusable(InvalidRequest):
    """An add-on (`name`) that is there and cannot be used; `reason` is a fact such as "a pickle file"."""

    code: ClassVar[str] = "addon_unusable"
    field: ClassVar[RequestField] = RequestField.PROMPT
    name: str
    reason: str


# --- checkpoints -------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class CheckpointError(StudioError):
    """Base: the model cannot be used."""


@dataclass(eq=False)
class CheckpointNotFound(CheckpointError):
    """No installed model has this name and no file or folder is at this path."""

    code: ClassVar[str] = "checkpoint_not_found"
    name: str


@dataclass(eq=False)
class NotACheckpoint(CheckpointError):
    """The path exists but holds no model that the program knows."""

    code: ClassVar[str] = "not_a_checkpoint"
    path: Path
    reason: str


@dataclass(eq=False)
class PickleRefused(CheckpointError):
    """A pickle file (.ckpt, .pt, .bin, or one by content): loading it could run code."""

    code: ClassVar[str] = "pickle_refused"
    path: Path


@dataclass(eq=False)
class CheckpointIncomplete(CheckpointError):
    """A model folder lacks `missing` (a path relative to the folder)."""

    code: ClassVar[str] = "checkpoint_incomplete"
    path: Path
    missing: str


@dataclass(eq=False)
class CheckpointDamaged(CheckpointError):
    """A file of the model is truncated, altered or does not belong to it."""

    code: ClassVar[str] = "checkpoint_damaged"
    path: Path
    reason: str


# --- downloads ---------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class DownloadError(StudioError):
    """Base: something could not be fetched. What was fetched of a file is kept for the next try unless said."""


@dataclass(eq=False)
class AddressNotUnderstood(DownloadError):
    """`text` is no repository id, no page of the hub or of Civitai, and no https address."""

    code: ClassVar[str] = "address_not_understood"
    text: str


@dataclass(eq=False)
class UnsafeAddress(DownloadError):
    """The program does not connect to `url`; `reason` is a fact such as "not https"."""

    code: ClassVar[str] = "unsafe_address"
    url: str
    reason: str


@dataclass(eq=False)
class UnsafeFileName(DownloadError):
    """The source names a file `name` that must not be made here; `reason` is a fact such as "leaves the folder"."""

    code: ClassVar[str] = "unsafe_file_name"
    name: str
    reason: str


@dataclass(eq=False)
class NothingToDownload(DownloadError):
    """`source` is there but offers nothing usable; `reason` is a fact such as "only pickle files"."""

    code: ClassVar[str] = "nothing_to_download"
    source: str
    reason: str


@dataclass(eq=False)
class RemoteNotFound(DownloadError):
    """There is nothing (any more) at `url`, or it is private and hides itself."""

    code: ClassVar[str] = "remote_not_found"
    url: str


@dataclass(eq=False)
class LoginNeeded(DownloadError):
    """The server wants to know who asks: there is no token for it, or a wrong one."""

    code: ClassVar[str] = "login_needed"
    url: str


@dataclass(eq=False)
class AccessGated(DownloadError):
    """The owner of the repository lets in only who accepted its conditions on `page`."""

    code: ClassVar[str] = "access_gated"
    page: str


@dataclass(eq=False)
class DownloadRefused(DownloadError):
    """The server answered with the HTTP `status`, which trying again will not change."""

    code: ClassVar[str] = "download_refused"
    url: str
    status: int


@dataclass(eq=False)
class RateLimited(DownloadError):
    """The server asks to wait `seconds`, longer than the program does by itself."""

    code: ClassVar[str] = "rate_limited"
    url: str
    seconds: int


@dataclass(eq=False)
class DownloadInterrupted(DownloadError):
    """The connection failed again and again without a byte of progress."""

    code: ClassVar[str] = "download_interrupted"
    url: str
    reason: str


@dataclass(eq=False)
class ServerUnusable(DownloadError):
    """The server's answer is not what was asked for; `reason` is a fact such as "a web page instead of the file"."""

    code: ClassVar[str] = "server_unusable"
    url: str
    reason: str


@dataclass(eq=False)
class RemoteChanged(DownloadError):
    """The file on the server is no longer the one that was planned for. What was fetched of it is gone."""

    code: ClassVar[str] = "remote_changed"
    url: str
    reason: str


@dataclass(eq=False)
class DownloadDamaged(DownloadError):
    """The bytes were wrong twice: not the hash that the source published. What was fetched is gone."""

    code: ClassVar[str] = "download_damaged"
    path: Path
    expected: str
    found: str


@dataclass(eq=False)
class DownloadBusy(DownloadError):
    """Another program is downloading into `folder`."""

    code: ClassVar[str] = "download_busy"
    folder: Path


@dataclass(eq=False)
class ProxyUnusable(DownloadError):
    """The system's setting for downloads, `proxy` (without its password), is no proxy that can be used."""

    code: ClassVar[str] = "proxy_unusable"
    proxy: str


@dataclass(eq=False)
class KeyringUnusable(DownloadError):
    """The system's keyring cannot be read or written."""

    code: ClassVar[str] = "keyring_unusable"
    reason: str


# --- the library of models ---------------------------------------------------------------------------------------


@dataclass(eq=False)
class LibraryError(StudioError):
    """Base: models could not be added, moved, verified or removed. What was there is still there."""


@dataclass(eq=False)
class ModelNameTaken(LibraryError):
    """There is another model at `path`, where one called `name` would go."""

    code: ClassVar[str] = "model_name_taken"
    name: str
    path: Path


@dataclass(eq=False)
class ModelUnmovable(LibraryError):
    """The model at `path` cannot be moved, copied or removed; `reason` is a fact such as "it came with the program"."""

    code: ClassVar[str] = "model_unmovable"
    path: Path
    reason: str


@dataclass(eq=False)
class LibraryBusy(LibraryError):
    """Another program holds the lock `path` of the library."""

    code: ClassVar[str] = "library_busy"
    path: Path


@dataclass(eq=False)
class RepairImpossible(LibraryError):
    """The file `file` of the model `name` is bad and not fetched again; `reason` is a fact such as "not known"."""

    code: ClassVar[str] = "repair_impossible"
    name: str
    file: str
    reason: str


@dataclass(eq=False)
class LicenceNotAccepted(LibraryError):
    """The model `name` comes under the licence `licence` (its text: `url`), which the user has not accepted."""

    code: ClassVar[str] = "licence_not_accepted"
    name: str
    licence: str
    url: str


@dataclass(eq=False)
class ModelWorkCancelled(LibraryError):
    """The user's cancel of a scan, a copy or a verification took effect."""

    code: ClassVar[str] = "model_work_cancelled"


# --- generating --------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class GenerationCancelled(StudioError):
    """The user's cancel took effect. Not a failure: it ends a job as `cancelled`."""

    code: ClassVar[str] = "cancelled"


@dataclass(eq=False)
class OutOfMemory(StudioError):
    """The device has no room: `needed` and `free` in bytes where the allocator said so."""

    code: ClassVar[str] = "out_of_memory"
    device: str
    needed: int | None
    free: int | None


@dataclass(eq=False)
class DeviceLost(StudioError):
    """The accelerator stopped answering; only a restart of the program helps."""

    code: ClassVar[str] = "device_lost"
    device: str
    reason: str


@dataclass(eq=False)
class BrokenPicture(StudioError):
    """The model gave no picture: `reason` is "not finite" (NaN or infinity) or "all black"."""

    code: ClassVar[str] = "broken_picture"
    reason: str


@dataclass(eq=False)
class EngineFailed(StudioError):
    """Something unforeseen in the engine; the traceback is in the log."""

    code: ClassVar[str] = "engine_failed"
    reason: str


# --- files -------------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class StorageError(StudioError):
    """Base: something could not be written or read."""


@dataclass(eq=False)
class DiskFull(StorageError):
    """No space (or quota) left for `needed` bytes at `path`."""

    code: ClassVar[str] = "disk_full"
    path: Path
    needed: int
    free: int | None


@dataclass(eq=False)
class FolderUnwritable(StorageError):
    """The folder is missing, read-only or forbidden."""

    code: ClassVar[str] = "folder_unwritable"
    path: Path
    reason: str


@dataclass(eq=False)
class WriteFailed(StorageError):
    """A write or its fsync failed for another reason; nothing was left half done."""

    code: ClassVar[str] = "write_failed"
    path: Path
    reason: str


@dataclass(eq=False)
class PictureUnreadable(StorageError):
    """The file is no picture, is damaged, or is too large to open safely."""

    code: ClassVar[str] = "picture_unreadable"
    path: Path
    reason: str


@dataclass(eq=False)
class CanvasUnreadable(StorageError):
    """The file is no canvas, is damaged, of a newer version, or too large to open safely."""

    code: ClassVar[str] = "canvas_unreadable"
    path: Path
    reason: str


@dataclass(eq=False)
class SourceMissing(StorageError):
    """The picture or mask with this content, which a request starts from, is not there (any more)."""

    code: ClassVar[str] = "source_missing"
    sha256: str


@dataclass(eq=False)
class NoParameters(StorageError):
    """The picture carries no settings."""

    code: ClassVar[str] = "no_parameters"
    path: Path


@dataclass(eq=False)
class NothingToExport(StorageError):
    """No picture was named, or the search found none."""

    code: ClassVar[str] = "nothing_to_export"


@dataclass(eq=False)
class TrashFailed(StorageError):
    """The system's trash did not take the file; it is still where it was."""

    code: ClassVar[str] = "trash_failed"
    path: Path
    reason: str


@dataclass(eq=False)
class RestoreFailed(StorageError):
    """A deleted picture could not be put back; it is still in the system's trash."""

    code: ClassVar[str] = "restore_failed"
    path: Path
    reason: str


@dataclass(eq=False)
class DatabaseTooNew(StorageError):
    """A database written by a newer version of the program: it is left untouched."""

    code: ClassVar[str] = "database_too_new"
    path: Path
    found: int
    known: int


@dataclass(eq=False)
class SettingsTooNew(StorageError):
    """A settings file written by a newer version of the program: it is left untouched."""

    code: ClassVar[str] = "settings_too_new"
    path: Path
    found: int
    known: int


@dataclass(eq=False)
class AlreadyRunning(StorageError):
    """Another instance of the program uses this home."""

    code: ClassVar[str] = "already_running"
    path: Path


@dataclass(eq=False)
class NoScreen(StudioError):
    """There is no desktop for a window: neither X nor Wayland is reachable."""

    code: ClassVar[str] = "no_screen"
