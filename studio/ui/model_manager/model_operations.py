"""What the page of the models needs done away from the window, and what comes of it. `studio.app` provides it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from studio.checkpoints.catalogue_entry import CatalogueEntry, Licence
from studio.checkpoints.installed_model import AnyModel, BrokenModel, InstalledModel, Removal
from studio.checkpoints.model_arrival import HowToAdd
from studio.checkpoints.scan import FoundModel
from studio.checkpoints.verification import Verification
from studio.checkpoints.work_progress import OnProgress
from studio.core.checkpoint import Checkpoint, Prediction
from studio.core.download import DownloadPlan, DownloadResult
from studio.core.session import CancelToken


@dataclass(frozen=True, slots=True)
class ModelsFound:
    """What was found on the disk and in the catalogue.

    `verdicts` say by the id of an entry whether it fits into the memory, `thumbnails` by the root of a model which
    picture stands for it; `problems` are sentences about what cannot be used.
    """

    bundled: Checkpoint
    installed: tuple[InstalledModel, ...]
    entries: tuple[CatalogueEntry, ...]
    verdicts: Mapping[str, str]
    thumbnails: Mapping[Path, Path] = field(default_factory=dict[Path, Path])
    problems: tuple[str, ...] = ()
    broken: tuple[BrokenModel, ...] = ()
    untold: frozenset[Path] = frozenset()
    """Models of which nothing tells what they predict."""
    free_bytes: int | None = None
    """Of the disk on which downloads are kept; None if it does not tell."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A model whose files were read.

    `repair` fetches the bad ones again; None where none is bad, or they are not the program's to fetch.
    """

    verification: Verification
    repair: DownloadPlan | None


@dataclass(frozen=True, slots=True)
class ModelOperations:
    """What the page does to the disk. Each is called in the background and raises StudioError.

    Those that take long are told how far they are to tell, and when to stop; they have a thread of their own.
    """

    add: Callable[[Path, HowToAdd, OnProgress, CancelToken], InstalledModel]
    check: Callable[[AnyModel, OnProgress, CancelToken], Checked]
    move: Callable[[InstalledModel, Path, OnProgress, CancelToken], InstalledModel]
    """Into this folder, for example on another disk."""

    look: Callable[[], ModelsFound]
    adopt: Callable[[DownloadResult], InstalledModel]
    choose_prediction: Callable[[InstalledModel, Prediction], InstalledModel]
    """Use it as one that predicts this."""
    removal: Callable[[AnyModel], Removal]
    remove: Callable[[AnyModel], Removal]
    find_others: Callable[[], tuple[FoundModel, ...]]
    """What other programs have and the library has not."""
    use_others: Callable[[tuple[FoundModel, ...]], int]
    """Use them where they are; how many that were."""
    is_accepted: Callable[[Licence], bool]
    accept: Callable[[Licence], None]
    plan: Callable[[CatalogueEntry], DownloadPlan | None]
    """None where the site has to be asked which files there are."""
    prepare: Callable[[DownloadPlan, CatalogueEntry | None], DownloadPlan]
    """What was looked up, for this entry if it is one of the catalogue; raises where there is no room for it."""
