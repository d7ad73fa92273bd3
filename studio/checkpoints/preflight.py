"""What a person has to know before a download begins: how much, whether it fits on the disk, under which licence."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from studio.checkpoints.catalogue_entry import CatalogueEntry, Licence
from studio.checkpoints.download.missing_bytes import missing_bytes
from studio.checkpoints.download.options import DISK_RULES
from studio.checkpoints.licences import AcceptedLicences
from studio.core.download import DownloadPlan
from studio.core.errors import DiskFull, LicenceNotAccepted


@dataclass(frozen=True, slots=True)
class Preflight:
    """Sizes in bytes: `size` of the whole download (None where a size is unknown), `missing` of what is not there yet.

    `licence` is None where only the source's page tells. `gated`: the source lets in only who accepted its conditions
    on `page`.
    """

    title: str
    size: int | None
    missing: int
    free: int
    folder: Path
    licence: Licence | None
    licence_accepted: bool
    gated: bool
    page: str

    @property
    def needed(self) -> int:
        """What has to be free on the disk: the rest, and some to spare."""
        return self.missing + DISK_RULES.reserve if self.missing else 0

    @property
    def fits(self) -> bool:
        return self.free >= self.needed

    def check(self) -> None:
        """Pass if the download may begin.

        Raises:
            DiskFull, LicenceNotAccepted.
        """
        if not self.fits:
            raise DiskFull(self.folder, self.missing, self.free, DISK_RULES.reserve)
        if self.licence is not None and not self.licence_accepted:
            raise LicenceNotAccepted(self.title, self.licence.name, self.licence.url)


def preflight(plan: DownloadPlan, entry: CatalogueEntry | None, licences: AcceptedLicences) -> Preflight:
    """About `plan`, which is for `entry` if it is one of the catalogue. Raises CheckpointDamaged for the
    licences, UnsafeFileName."""
    licence = entry.licence if entry else None
    return Preflight(
        title=plan.title,
        size=plan.size,
        missing=missing_bytes(plan),
        free=shutil.disk_usage(_existing(plan.folder)).free,
        folder=plan.folder,
        licence=licence,
        licence_accepted=licence is not None and licences.has(licence),
        gated=licence is not None and licence.gated,
        page=plan.source,
    )


def free_bytes(folder: Path) -> int | None:
    """Of the disk on which `folder` is, or will be; None if it does not tell."""
    try:
        return shutil.disk_usage(_existing(folder)).free
    except OSError:
        return None


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())
