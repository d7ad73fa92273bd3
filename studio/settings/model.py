"""What the program remembers between two starts: one frozen tree. A tree that exists is within its ranges.

Change it with `dataclasses.replace`. Every field has a default, so that a fault in the file costs one field.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from studio.core.geometry import Size
from studio.core.language import AS_SYSTEM, LANGUAGES
from studio.core.memory import Placement
from studio.core.request import GenerationRequest, Prompt, Sampling
from studio.core.scheduler import SchedulerName, ScheduleType
from studio.core.task import HIGHEST_STRENGTH, LOWEST_STRENGTH, Fit, Inpaint, InpaintArea, MaskedContent


class SettingOutOfRange(ValueError):
    """A value that the setting `name` cannot have."""

    def __init__(self, name: str, value: object) -> None:
        super().__init__(name, value)
        self.name = name
        self.value = value


class Theme(StrEnum):
    """`system` follows the desktop."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Appearance:
    """
    Raises:
        SettingOutOfRange: for a language that there is not.
    """

    theme: Theme = Theme.SYSTEM
    language: str = AS_SYSTEM
    """A key of LANGUAGES, or AS_SYSTEM."""

    def __post_init__(self) -> None:
        _require(self.language in {AS_SYSTEM, *LANGUAGES}, "language", self.language)


@dataclass(frozen=True, slots=True)
class WindowLayout:
    """The main window as it was closed.

    Raises:
        SettingOutOfRange: for a panel narrower than 120 or wider than 4000 pixels, or a geometry of over 10,000
            characters.
    """

    geometry: str = ""
    """Qt's saved geometry in base64; empty before the first close."""
    left_width: int = 344
    """Pixels, independent of the screen's scale."""
    right_width: int = 304
    left_visible: bool = True
    right_visible: bool = True

    def __post_init__(self) -> None:
        _require(len(self.geometry) <= 10_000, "geometry", self.geometry)
        _require(120 <= self.left_width <= 4000, "left_width", self.left_width)
        _require(120 <= self.right_width <= 4000, "right_width", self.right_width)


@dataclass(frozen=True, slots=True)
class PanelState:
    """The prompt panel as it was left; the ranges are those of a request. The defaults suit the bundled model.

    Raises:
        SettingOutOfRange: for a value that no request can have.
    """

    prompt: str = ""
    negative: str = ""
    steps: int = 20
    guidance_scale: float = 5.0
    seed: int | None = None
    """None: a new seed for every request."""
    keep_seed: bool = False
    width: int = 256
    height: int = 256
    scheduler: SchedulerName = SchedulerName.DPMPP_2M
    batch_size: int = 1
    checkpoint: str = ""
    """Name of the chosen model; empty: the program's default."""
    schedule: ScheduleType = ScheduleType.AUTOMATIC
    guidance_rescale: float = 0.0
    clip_skip: int = 0
    vae: str = ""
    """Name of the chosen VAE; empty: the model's own."""

    def __post_init__(self) -> None:
        _require(_is_storable(self.prompt), "prompt", self.prompt)
        _require(_is_storable(self.negative), "negative", self.negative)
        _require(Sampling.FEWEST_STEPS <= self.steps <= Sampling.MOST_STEPS, "steps", self.steps)
        guidance_possible = Sampling.LOWEST_GUIDANCE <= self.guidance_scale <= Sampling.HIGHEST_GUIDANCE
        _require(guidance_possible, "guidance_scale", self.guidance_scale)
        _require(self.seed is None or 0 <= self.seed <= Sampling.HIGHEST_SEED, "seed", self.seed)
        _require(_is_side(self.width), "width", self.width)
        _require(_is_side(self.height), "height", self.height)
        batch_possible = GenerationRequest.SMALLEST_BATCH <= self.batch_size <= GenerationRequest.LARGEST_BATCH
        _require(batch_possible, "batch_size", self.batch_size)
        _require(len(self.checkpoint) <= 4096, "checkpoint", self.checkpoint)
        _require(self.schedule in self.scheduler.schedules, "schedule", self.schedule)
        _require(0.0 <= self.guidance_rescale <= 1.0, "guidance_rescale", self.guidance_rescale)
        _require(0 <= self.clip_skip <= Sampling.MOST_CLIP_SKIP, "clip_skip", self.clip_skip)
        _require(len(self.vae) <= 4096, "vae", self.vae)


@dataclass(frozen=True, slots=True)
class StartState:
    """How a start picture is used, as it was left: `vary_strength` without a mask, `repaint_strength` with one.

    Raises:
        SettingOutOfRange: for a value that no request can have.
    """

    vary_strength: float = 0.6
    repaint_strength: float = 1.0
    fit: Fit = Fit.CROP
    restore_size: bool = True
    area: InpaintArea = InpaintArea.MASKED
    masked_content: MaskedContent = MaskedContent.ORIGINAL
    mask_padding: int = 32
    mask_blur: int = 4
    mask_grow: int = 0
    keep_discarded: bool = True
    """Results that were not accepted stay in the gallery; else they go to the trash."""

    def __post_init__(self) -> None:
        for name, strength in (("vary_strength", self.vary_strength), ("repaint_strength", self.repaint_strength)):
            _require(LOWEST_STRENGTH <= strength <= HIGHEST_STRENGTH, name, strength)
        _require(0 <= self.mask_padding <= Inpaint.LARGEST_PADDING, "mask_padding", self.mask_padding)
        _require(0 <= self.mask_blur <= Inpaint.LARGEST_BLUR, "mask_blur", self.mask_blur)
        _require(0 <= self.mask_grow <= Inpaint.LARGEST_GROW, "mask_grow", self.mask_grow)


@dataclass(frozen=True, slots=True)
class GallerySettings:
    """
    Raises:
        SettingOutOfRange: for thumbnails smaller or larger than they can be.
    """

    SMALLEST_THUMBNAIL: ClassVar[int] = 64
    LARGEST_THUMBNAIL: ClassVar[int] = 256

    folder: str | None = None
    """Where pictures are kept; None: `UserPaths.gallery`."""
    thumbnail_size: int = 88
    """Of the pictures in the grid, in pixels independent of the screen's scale."""
    as_list: bool = False
    """Pictures are shown in rows with what they were made of; else in a grid."""

    def __post_init__(self) -> None:
        possible = self.SMALLEST_THUMBNAIL <= self.thumbnail_size <= self.LARGEST_THUMBNAIL
        _require(possible, "thumbnail_size", self.thumbnail_size)


@dataclass(frozen=True, slots=True)
class MemorySettings:
    """How much memory the model may take, and for how long.

    Raises:
        SettingOutOfRange: for less than 0 or more than 1440 minutes.
    """

    placement: Placement | None = None
    """Where the model is while it works; None: the fastest way that fits."""
    idle_minutes: int | None = None
    """How long a model that is not used is kept, 0: for ever. None: for ever on a CPU, 10 minutes on a graphics card,
    which other programs need too."""

    def __post_init__(self) -> None:
        _require(self.idle_minutes is None or 0 <= self.idle_minutes <= 1440, "idle_minutes", self.idle_minutes)


@dataclass(frozen=True, slots=True)
class ProcessSettings:
    """How much is kept of how pictures came about.

    Raises:
        SettingOutOfRange: for less than 0 or more than 1,000,000 megabytes.
    """

    kept_megabytes: int = 500
    """Room on the disk for the steps of the latest pictures; 0: none are recorded."""

    def __post_init__(self) -> None:
        _require(0 <= self.kept_megabytes <= 1_000_000, "kept_megabytes", self.kept_megabytes)


@dataclass(frozen=True, slots=True)
class GuideSettings:
    """How far the guide was read.

    Raises:
        SettingOutOfRange: for a negative number, or one beyond 32 chapters.
    """

    finished: int = 0
    """Bit n is set when chapter n (from 0) is finished."""

    def __post_init__(self) -> None:
        _require(0 <= self.finished < 2**32, "finished", self.finished)


@dataclass(frozen=True, slots=True)
class RecentSettings:
    """
    Raises:
        SettingOutOfRange: for more than 10 files, or a name of over 4096 characters.
    """

    MOST: ClassVar[int] = 10

    files: tuple[str, ...] = ()
    """What was opened lately, the latest first."""

    def __post_init__(self) -> None:
        possible = len(self.files) <= self.MOST and all(len(file) <= 4096 for file in self.files)
        _require(possible, "files", self.files)

    def with_file(self, file: str) -> RecentSettings:
        """That one is the latest now; the oldest may be forgotten for it."""
        return RecentSettings((file, *(one for one in self.files if one != file))[: self.MOST])


@dataclass(frozen=True, slots=True)
class DesktopSettings:
    tray: bool = False
    """An icon in the system's tray shows how far a run is."""


@dataclass(frozen=True, slots=True)
class UpdateSettings:
    check: bool = False
    """Whether the makers' page may be asked for a newer version. Nothing is fetched by itself, also then."""


@dataclass(frozen=True, slots=True)
class Settings:
    appearance: Appearance = field(default_factory=Appearance)
    window: WindowLayout = field(default_factory=WindowLayout)
    panel: PanelState = field(default_factory=PanelState)
    start: StartState = field(default_factory=StartState)
    gallery: GallerySettings = field(default_factory=GallerySettings)
    memory: MemorySettings = field(default_factory=MemorySettings)
    process: ProcessSettings = field(default_factory=ProcessSettings)
    guide: GuideSettings = field(default_factory=GuideSettings)
    recent: RecentSettings = field(default_factory=RecentSettings)
    desktop: DesktopSettings = field(default_factory=DesktopSettings)
    updates: UpdateSettings = field(default_factory=UpdateSettings)


def _require(possible: bool, name: str, value: object) -> None:
    if not possible:
        raise SettingOutOfRange(name, value)


def _is_side(pixels: int) -> bool:
    return Size.LOWEST <= pixels <= Size.HIGHEST and pixels % Size.MULTIPLE == 0


def _is_storable(text: str) -> bool:
    """No lone surrogates: they can be neither encoded for the model nor written to the file."""
    return len(text) <= Prompt.LONGEST and not any("\ud800" <= character <= "\udfff" for character in text)
