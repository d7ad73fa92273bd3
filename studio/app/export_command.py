"""`studio export`: copies of pictures in other formats, with or without what made them."""

from __future__ import annotations

from pathlib import Path

import click

from studio.app.opened_gallery import opened_gallery, paths_of_gallery
from studio.app.terminal import HOME, cancelled_by_interrupt, errors_as_sentences
from studio.core.errors import NothingToExport, StorageError
from studio.settings.paths import UserPaths
from studio.ui.messages import message_for

_ENDINGS = ("png", "jpg", "webp", "avif")


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--search", metavar="QUERY", help="Pictures of the gallery, found as in the window: “rating:>=4 cat”.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, help="A folder, a .zip file, or one picture file."
)
@click.option(
    "--format", "ending", type=click.Choice(_ENDINGS), default="png", show_default=True, help="Of the copies."
)
@click.option("--strip", is_flag=True, help="Nothing but pixels: no text, EXIF or XMP, and numbers for names.")
@click.option("--sheet", is_flag=True, help="One contact sheet of them all; the ending of -o is its format.")
@HOME
@click.pass_obj
def export(
    group_home: Path | None,
    files: tuple[Path, ...],
    search: str | None,
    output: Path,
    ending: str,
    strip: bool,
    sheet: bool,
    home: Path | None,
) -> None:
    """Copy the picture FILES, or what a search finds, for other programs and people."""
    from studio.imaging.export import export_endings, export_picture
    from studio.imaging.export_many import ExportWish, Packing, export_many

    with errors_as_sentences():
        paths = paths_of_gallery(home or group_home)
        sources = [*files, *(_found(paths, search) if search is not None else ())]
        if not sources:
            raise NothingToExport
        suffix = output.suffix.lower()
        if len(sources) == 1 and not sheet and suffix in export_endings():
            export_picture(sources[0], output, with_settings=not strip)
            click.echo(str(output))
            return
        packing = Packing.SHEET if sheet else Packing.ZIP if suffix == ".zip" else Packing.FILES
        wish = ExportWish(packing, output, f".{ending}", with_settings=not strip)
        with cancelled_by_interrupt() as cancel:
            report = export_many(sources, wish, lambda _: None, cancel)
        for path in report.written:
            click.echo(str(path))
        _say_unreadable(report.unreadable)


def _found(paths: UserPaths, search: str) -> list[Path]:
    """Newest first. Raises StorageError."""
    from datetime import datetime

    from studio.gallery.search.reader import read_query
    from studio.ui.messages import search_fault_text

    query = read_query(search, datetime.now().astimezone())
    for fault in query.faults:
        click.echo(search_fault_text(fault, search), err=True)
    with opened_gallery(paths, compared=True) as gallery:
        records = [gallery.record(picture) for picture in gallery.search(query)]
    return [record.path for record in records if record is not None]


def _say_unreadable(errors: tuple[StorageError, ...]) -> None:
    """At the end, and as a failure: not all of what was asked for is there."""
    for error in errors:
        click.echo(f"studio: {message_for(error)}", err=True)
    if errors:
        raise SystemExit(1)
