"""What `studio models` prints: tables for people, JSON for programs, and a bar while something takes long."""

from __future__ import annotations

import json
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from studio.checkpoints.catalogue_entry import Bundled, CatalogueEntry
from studio.checkpoints.installed_model import InstalledModel
from studio.checkpoints.work_progress import OnProgress, nobody
from studio.core.checkpoint import Checkpoint
from studio.ui.messages import message_for, readable_bytes

if TYPE_CHECKING:
    from studio.checkpoints.scan import FoundModel, ScanResult
    from studio.checkpoints.verification import Verification


@contextmanager
def progress(title: str) -> Generator[OnProgress]:
    """A bar on a terminal, nothing in a pipe."""
    if not sys.stderr.isatty():
        yield nobody
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Bar(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda now: bar.update(
            task, completed=now.bytes_done, total=now.bytes_total or None, description=f"{title} {now.path}"
        )


def print_table(rows: Iterable[tuple[str | None, ...]]) -> None:
    """Columns for people; in a pipe they are divided by tabs, which programs can cut."""
    texts = [tuple(cell or "-" for cell in row) for row in rows]
    if not sys.stdout.isatty():
        for row in texts:
            click.echo("\t".join(row))
        return
    widths = [max(len(row[column]) for row in texts) for column in range(len(texts[0]))] if texts else []
    for row in texts:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def print_scan(result: ScanResult, *, added: bool) -> None:
    rows = [
        (found.name, found.kind, found.model.family, readable_bytes(found.size), _state(found, added), found.program)
        for found in result.models
    ]
    print_table((*row, str(found.model.path)) for row, found in zip(rows, result.models, strict=True))
    if not rows:
        click.echo("studio: There is no model. Name a folder with some: studio models import FOLDER.", err=True)
    for thing in result.unusable:
        click.echo(f"studio: {message_for(thing.problem)}", err=True)
    if not result.complete:
        click.echo("studio: There was too much to look through. Name the folder that you mean.", err=True)


def _state(found: FoundModel, added: bool) -> str:
    return "known" if found.installed else "added" if added else "new"


def print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def model_json(model: InstalledModel) -> dict[str, object]:
    return {
        "name": model.name,
        "kind": model.kind,
        "family": model.family,
        "path": str(model.path),
        "size": model.size,
        "place": model.place,
        "id": model.entry_id,
        "predicts": model.model.prediction if isinstance(model.model, Checkpoint) else None,
    }


def verification_json(result: Verification) -> dict[str, object]:
    files = [{"path": file.fact.path, "state": file.state, "sha256": file.found} for file in result.files]
    return {"name": result.name, "published": result.vouched_for, "files": files}


def scan_json(result: ScanResult) -> dict[str, object]:
    models = [
        {
            "name": found.name,
            "kind": found.kind,
            "family": found.model.family,
            "path": str(found.model.path),
            "size": found.size,
            "program": found.program,
            "installed": found.installed,
        }
        for found in result.models
    ]
    unusable = [{"path": str(thing.path), "problem": thing.problem.code} for thing in result.unusable]
    return {"models": models, "unusable": unusable, "complete": result.complete}


def size_text(entry: CatalogueEntry) -> str:
    if isinstance(entry.origin, Bundled):
        return "bundled"
    return readable_bytes(entry.origin.size) if entry.origin.size else "unknown size"
