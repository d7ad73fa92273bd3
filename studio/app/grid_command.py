"""`studio grid`: the same grids as in the window, which finds them, and can go on with them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from studio.app.argument_values import placement
from studio.app.generate_command import TypedRequest, engine, memory_option, read_requests, request_options
from studio.app.opened_gallery import opened_gallery, paths_of_gallery
from studio.app.progress_bar import progress_bar
from studio.app.terminal import HOME, cancelled_by_interrupt, errors_as_sentences
from studio.core.errors import GridNotFound, UnknownChoice
from studio.core.memory import Placement
from studio.settings.paths import UserPaths

if TYPE_CHECKING:
    from studio.core.grid import Grid
    from studio.core.request import GenerationRequest
    from studio.core.result import PictureParameters
    from studio.gallery.gallery import Gallery
    from studio.gallery.grid_store import GridStore
    from studio.grids.axes import AxisKind

_PICTURES_LOOKED_AT = 50


@click.command()
@click.argument("prompt", default="")
@click.option("--x", metavar="WHAT: VALUES", help="The columns, such as “cfg: 1-9 [5]” or “seed: 1-4”.")
@click.option("--y", metavar="WHAT: VALUES", help="The rows, such as “sampler: euler, ddim” or “steps: 5-25 (+5)”.")
@click.option("--z", metavar="WHAT: VALUES", help="The pages, such as “prompt: apple, pear”.")
@click.option("--resume", is_flag=True, help="Go on with the newest grid that is not complete.")
@request_options
@memory_option
@click.option("-o", "--output", type=click.Path(path_type=Path), help="A copy of the labelled picture (.png, .jpg).")
@HOME
@click.pass_obj
def grid(
    group_home: Path | None,
    prompt: str,
    x: str | None,
    y: str | None,
    z: str | None,
    resume: bool,
    memory: str | None,
    output: Path | None,
    home: Path | None,
    **typed: Unpack[TypedRequest],
) -> None:
    """Vary one to three settings: seed, steps, cfg, sampler, strength, model, lora or prompt (the first word is
    replaced by each). All pictures go into the gallery, and one more with all of them, labelled."""
    from studio.gallery.grid_store import GridStore
    from studio.imaging.export import check_ending, export_picture

    with errors_as_sentences():
        paths = paths_of_gallery(home or group_home)
        where = placement(memory)
        if output is not None:
            check_ending(output)
        # Cells that the index does not know would be made twice.
        with opened_gallery(paths, compared=resume) as gallery, closing(GridStore(paths.user_database)) as store:
            axes = [axis for axis in (x, y, z) if axis is not None]
            made = _begun(store) if resume else _new(prompt, axes, typed, paths, gallery, store)
            sheet = _make(made, gallery, store, paths, where)
            if output is not None:
                export_picture(sheet, output)
            click.echo(str(output or sheet))


def _begun(store: GridStore) -> Grid:
    """Raises GridNotFound."""
    for kept in store.grids():
        if kept.sheet is None:
            return kept.grid
    raise GridNotFound


def _new(
    prompt: str, typed_axes: Sequence[str], typed: TypedRequest, paths: UserPaths, gallery: Gallery, store: GridStore
) -> Grid:
    from studio.app.model_stores import addon_finder, checkpoint_store
    from studio.gallery.source_store import SourceStore
    from studio.grids.axes import read_axis
    from studio.grids.plan import cell_requests, new_grid
    from studio.ui.grid.grid_summary import summary_text

    [base] = read_requests(prompt, typed, paths, SourceStore(paths.gallery), 1)
    find_model, addons = checkpoint_store(paths).find, addon_finder(paths)
    files = {use.lora.name: use.lora.path for use in base.addons.loras}
    axes = [read_axis(*_kind_and_values(text), base, find_model) for text in typed_axes]
    cells = [addons.with_addons(cell, files) for cell in cell_requests(base, axes)]
    click.echo(summary_text(axes, cells, _newest_picture_like(gallery, base)), err=True)
    made = new_grid(axes, cells)
    store.put(made)
    return made


def _kind_and_values(text: str) -> tuple[AxisKind, str]:
    """ "cfg: 1-9 [5]". Raises UnknownChoice."""
    from studio.grids.axes import AxisKind

    kind, _, values = text.partition(":")
    known = tuple(kind.value for kind in AxisKind)
    if kind.strip().casefold() not in known:
        raise UnknownChoice("setting to vary", kind.strip(), known)
    return AxisKind(kind.strip().casefold()), values


def _newest_picture_like(gallery: Gallery, base: GenerationRequest) -> PictureParameters | None:
    """One of the same model: how long it took tells how long others take."""
    records = [gallery.record(picture) for picture in gallery.ids()[:_PICTURES_LOOKED_AT]]
    told = [record.parameters for record in records if record is not None and record.parameters is not None]
    return next((parameters for parameters in told if parameters.checkpoint_name == base.checkpoint.name), None)


def _make(made: Grid, gallery: Gallery, store: GridStore, paths: UserPaths, where: Placement | None) -> Path:
    """Make what is missing; returns the labelled picture."""
    from studio.gallery.grid_sheets import keep_sheet
    from studio.gallery.source_store import SourceStore
    from studio.grids.plan import in_order_of_models

    missing = in_order_of_models(gallery.without_pictures(made.cells))
    left = len(missing)
    try:
        with (
            progress_bar() as on_progress,
            cancelled_by_interrupt() as cancel,
            engine(SourceStore(paths.gallery), where) as session,
        ):
            for job in missing:
                for image in session.generate(job.request, on_progress=on_progress, cancel=cancel):
                    click.echo(str(gallery.add(image, job.id).path))
                    left -= 1
    finally:
        if left:
            done = len(made.cells) - left
            click.echo(f"{done} of {len(made.cells)} pictures are there; `studio grid --resume` goes on.", err=True)
    sheet = keep_sheet(gallery, store, made)
    assert sheet is not None
    return sheet.path
