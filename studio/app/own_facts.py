"""What one of the program's own pictures tells, for `studio info` and `--json`."""

from __future__ import annotations

from dataclasses import asdict

from studio.core.result import PictureParameters
from studio.core.task import TextToImage


def start_lines(parameters: PictureParameters | None) -> list[str]:
    """What the infotext has no words for: the task, its start, and the proof that the rest is as it was."""
    if parameters is None:
        return []
    task, unchanged = parameters.task, parameters.unchanged_pixels
    lines: list[str] = []
    if not isinstance(task, TextToImage):
        lines.append(f"Task: {task.kind.replace('_', ' ')}, strength {task.strength:g}")
    if parameters.earlier:
        lines.append(f"Branched after step {parameters.earlier[-1].until_step}")
    lines += [f"Region repainted after step {region.after_step}" for region in parameters.regions]
    if parameters.parent is not None:
        lines.append(f"Made from: {parameters.parent}")
    if unchanged is not None:
        lines.append(f"Unchanged outside the mask: yes ({unchanged} pixels checked)")
    return lines


def as_json_object(parameters: PictureParameters) -> dict[str, object]:
    """All parameters, for JSON."""
    values = asdict(parameters)
    values["provenance"]["versions"] = dict(parameters.provenance.versions)
    return values
