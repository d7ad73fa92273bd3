"""What a download will still take on the disk."""

from __future__ import annotations

from pathlib import Path

from studio.checkpoints.download.file_names import PART_ENDING, target_path
from studio.core.download import DownloadPlan


def missing_bytes(plan: DownloadPlan) -> int:
    """Judged by sizes alone; a file of unknown size counts as nothing. Raises UnsafeFileName."""
    return sum(_missing(target_path(plan.folder, file.path), file.size or 0) for file in plan.files)


def _missing(target: Path, size: int) -> int:
    for path in (target, target.with_name(target.name + PART_ENDING)):
        if path.exists():
            return max(0, size - path.stat().st_size)
    return size
