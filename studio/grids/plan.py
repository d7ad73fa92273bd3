"""From axes to requests, and how long those will take."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import product
from math import prod

from studio.core.errors import GridAxesUnusable, GridTooLarge
from studio.core.grid import Grid, GridAxis, GridId
from studio.core.job import Job, JobId
from studio.core.language import tr
from studio.core.request import GenerationRequest
from studio.core.result import PictureParameters
from studio.grids.axes import Axis, AxisKind


def cell_requests(base: GenerationRequest, axes: Sequence[Axis]) -> tuple[GenerationRequest, ...]:
    """A request of one picture for each cell, the first axis changing fastest. Models and words are put in before
    what is typed about them, so that the order of the axes does not matter.

    Raises:
        GridAxesUnusable: none, more than three, or two that vary the same.
        GridTooLarge: more than 1,000 cells.
        InvalidRequest: two of the values do not go together.
    """
    _check(axes)
    order = sorted(range(len(axes)), key=lambda number: _ORDER.index(axes[number].kind))
    made: dict[tuple[int, ...], GenerationRequest] = {(): base.single(0)}
    for number in order:
        made = {
            (*places, place): value.change(request)
            for places, request in made.items()
            for place, value in enumerate(axes[number].values)
        }
    return tuple(made[tuple(places[number] for number in order)] for places in _places(axes))


def new_grid(axes: Sequence[Axis], cells: Sequence[GenerationRequest]) -> Grid:
    """A grid of these cells, as `cell_requests` made them, with a job for each."""
    return Grid(
        id=GridId(uuid.uuid4().hex),
        axes=tuple(GridAxis(axis.kind.label, tuple(value.label for value in axis.values)) for axis in axes),
        cells=tuple(Job(JobId(uuid.uuid4().hex), request) for request in cells),
        created_at=datetime.now(UTC),
    )


def in_order_of_models(jobs: Iterable[Job]) -> list[Job]:
    """So that each model is loaded once: those of the first model, then those of the next one."""
    jobs = list(jobs)
    first = {job.request.checkpoint.path: place for place, job in reversed(list(enumerate(jobs)))}
    return sorted(jobs, key=lambda job: first[job.request.checkpoint.path])


def estimated_seconds(requests: Iterable[GenerationRequest], like: PictureParameters) -> float:
    """How long these will take, if they go on as the picture `like` went. Models are taken to be equally fast."""
    whole = sum(map(_work, requests))
    return like.seconds * whole / _work(like)


def _check(axes: Sequence[Axis]) -> None:
    if not 1 <= len(axes) <= Grid.MOST_AXES:
        raise GridAxesUnusable(tr("nothing is varied") if not axes else tr("{n} settings are varied", n=len(axes)))
    kinds = [axis.kind for axis in axes if axis.kind is not AxisKind.PROMPT]  # several words may be replaced
    for kind in kinds:
        if kinds.count(kind) > 1:
            raise GridAxesUnusable(tr("{label} is varied twice", label=kind.label))
    count = prod(len(axis.values) for axis in axes)
    if count > Grid.MOST_CELLS:
        raise GridTooLarge(count, Grid.MOST_CELLS)


def _places(axes: Sequence[Axis]) -> Iterable[tuple[int, ...]]:
    """For each cell the places of its values, in the order of the axes."""
    return (places[::-1] for places in product(*(range(len(axis.values)) for axis in reversed(axes))))


def _work(made: GenerationRequest | PictureParameters) -> int:
    """Pixels that the network sees; with guidance it runs twice in each step."""
    begin, runs = 0, 0
    for stretch in made.stretches:
        runs += (2 if stretch.guidance_scale > 1 else 1) * (stretch.until_step - begin)
        begin = stretch.until_step
    return runs * made.size.width * made.size.height


_ORDER = (
    AxisKind.MODEL,
    AxisKind.PROMPT,
    *(kind for kind in AxisKind if kind not in {AxisKind.MODEL, AxisKind.PROMPT}),
)
