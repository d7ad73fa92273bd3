"""`studio generate`, and the options that every command has that makes pictures."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, TypeVar, Unpack

import click

from studio.app.argument_values import batch as batch_of
from studio.app.argument_values import mask_length, number, placement, seed, size, whole_number
from studio.app.opened_gallery import paths_of_gallery
from studio.app.own_facts import as_json_object
from studio.app.picture_output import picture_output
from studio.app.progress_bar import progress_bar
from studio.app.terminal import HOME, cancelled_by_interrupt, errors_as_sentences
from studio.core.errors import (
    InvalidClipSkip,
    InvalidGuidance,
    InvalidGuidanceRescale,
    InvalidSteps,
    InvalidStrength,
)
from studio.core.memory import Placement
from studio.core.request import GenerationRequest, Sampling
from studio.core.result import GeneratedImage
from studio.core.scheduler import SchedulerName, ScheduleType
from studio.core.sources import MemorySources, PixelSource
from studio.core.task import HIGHEST_STRENGTH, LOWEST_STRENGTH, Inpaint
from studio.settings.paths import UserPaths

if TYPE_CHECKING:
    from studio.core.session import GenerationSession
    from studio.gallery.source_store import SourceStore

Command = TypeVar("Command", bound=Callable[..., None])

_REQUEST_OPTIONS = (
    click.option("--negative", default="", help="What should not be in the picture."),
    click.option("--steps", help=f"{Sampling.FEWEST_STEPS} to {Sampling.MOST_STEPS}."),
    click.option("--cfg", help="CFG scale: how strictly to follow the prompt."),
    click.option("--seed", help="0 to 2^64 - 1; a new one if left out."),
    click.option("--size", help="WIDTHxHEIGHT, multiples of 8."),
    click.option("--sampler", help=", ".join(name.value for name in SchedulerName) + "."),
    click.option("--model", help="Name of an installed model, or path of a diffusers folder."),
    click.option("--image", type=click.Path(path_type=Path), help="A picture to start from."),
    click.option("--strength", help="How much of it changes: 0.01 (hardly anything) to 1 (made anew)."),
    click.option("--fit", help="How it becomes the size: crop (usual), pad or stretch."),
    click.option(
        "--restore-size/--no-restore-size", default=None, help="Put the result back at the picture's own size (usual)."
    ),
    click.option("--mask", type=click.Path(path_type=Path), help="Paint only this anew: white on black, as large."),
    click.option("--outpaint", help="Pixels to add on each side: left=64,top=0,right=64,bottom=0."),
    click.option("--area", help="What the model sees: masked (the mask and its padding, usual) or whole."),
    click.option("--padding", help="Pixels around the mask that the model sees."),
    click.option("--mask-blur", help="Pixels over which the result fades into the picture."),
    click.option("--mask-grow", help="Pixels by which the mask is widened."),
    click.option("--masked-content", help="What the model finds under the mask: original (usual), fill or noise."),
    click.option(
        "--lora", "loras", multiple=True, metavar="NAME[:WEIGHT]", help="A LoRA, by name or file; repeatable."
    ),
    click.option("--vae", help="A VAE in place of the model's own: name, file or folder."),
    click.option("--schedule", help="How steps are spaced: " + ", ".join(kind.value for kind in ScheduleType) + "."),
    click.option("--clip-skip", help="Layers of the text encoder left out at its end (A1111's number less 1)."),
    click.option("--cfg-rescale", help="How far the contrast of a high CFG scale is taken back: 0 to 1."),
)


class TypedRequest(TypedDict):
    """What `request_options` hands over, as it was typed; None: as the model likes it best."""

    negative: str
    steps: str | None
    cfg: str | None
    seed: str | None
    size: str | None
    sampler: str | None
    model: str | None
    image: Path | None
    strength: str | None
    fit: str | None
    restore_size: bool | None
    mask: Path | None
    outpaint: str | None
    area: str | None
    padding: str | None
    mask_blur: str | None
    mask_grow: str | None
    masked_content: str | None
    loras: tuple[str, ...]
    vae: str | None
    schedule: str | None
    clip_skip: str | None
    cfg_rescale: str | None


def request_options(command: Command) -> Command:
    """Gives a command the options of a request."""
    return reduce(lambda decorated, option: option(decorated), reversed(_REQUEST_OPTIONS), command)


memory_option = click.option(
    "--memory", help="Where the model is: resident, swap, offload or sequential; chosen if left out."
)


@click.command()
@click.argument("prompt")
@click.option("--batch", default="1", help="How many pictures; each has the next seed.")
@request_options
@memory_option
@click.option("-o", "--output", type=click.Path(path_type=Path), help="A folder, or a file (.png, .jpg, .webp).")
@click.option("--json", "as_json", is_flag=True, help="Print what was made as JSON.")
@HOME
@click.pass_obj
def generate(
    group_home: Path | None,
    prompt: str,
    batch: str,
    memory: str | None,
    output: Path | None,
    as_json: bool,
    home: Path | None,
    **typed: Unpack[TypedRequest],
) -> None:
    """Make pictures of PROMPT and print where they are. They go into the gallery unless -o says otherwise."""
    with errors_as_sentences():
        paths = paths_of_gallery(home or group_home)
        count = batch_of(batch)
        save, sources = picture_output(output, paths, count)
        requests = read_requests(prompt, typed, paths, sources, count)
        _generate_and_report(requests, sources, save, placement(memory), as_json=as_json)


def read_requests(
    prompt: str, typed: TypedRequest, paths: UserPaths, sources: MemorySources | SourceStore, count: int
) -> tuple[GenerationRequest, ...]:
    """The requests that were typed; what they start from is put into `sources`. Raises StudioError."""
    from studio.app.api import build_requests
    from studio.app.fine_settings import FineSettings
    from studio.app.model_stores import addon_finder, checkpoint_store
    from studio.app.start_picture import StartPicture

    start = StartPicture(
        image=typed["image"],
        mask=typed["mask"],
        outpaint=typed["outpaint"],
        strength=number(typed["strength"], InvalidStrength, LOWEST_STRENGTH, HIGHEST_STRENGTH),
        fit=typed["fit"],
        restore_size=typed["restore_size"],
        area=typed["area"],
        mask_padding=mask_length("padding", typed["padding"], Inpaint.LARGEST_PADDING),
        mask_blur=mask_length("blur", typed["mask_blur"], Inpaint.LARGEST_BLUR),
        mask_grow=mask_length("grow", typed["mask_grow"], Inpaint.LARGEST_GROW),
        masked_content=typed["masked_content"],
    )
    fine = FineSettings(
        typed["loras"],
        typed["vae"],
        typed["schedule"],
        clip_skip=whole_number(typed["clip_skip"], InvalidClipSkip, 0, Sampling.MOST_CLIP_SKIP),
        cfg_rescale=number(typed["cfg_rescale"], InvalidGuidanceRescale, 0.0, 1.0),
    )
    return build_requests(
        prompt,
        negative=typed["negative"],
        steps=whole_number(typed["steps"], InvalidSteps, Sampling.FEWEST_STEPS, Sampling.MOST_STEPS),
        cfg=number(typed["cfg"], InvalidGuidance, Sampling.LOWEST_GUIDANCE, Sampling.HIGHEST_GUIDANCE),
        seed=seed(typed["seed"]),
        size=size(typed["size"]),
        sampler=typed["sampler"],
        model=typed["model"],
        batch_size=count,
        checkpoints=checkpoint_store(paths),
        task=start.task(sources),
        fine=fine,
        addons=addon_finder(paths),
        wildcards=paths.wildcards,
    )


def _generate_and_report(
    requests: Iterable[GenerationRequest],
    sources: PixelSource,
    save: Callable[[GeneratedImage, int], Path],
    memory: Placement | None,
    *,
    as_json: bool,
) -> None:
    made: list[dict[str, object]] = []
    with progress_bar() as on_progress, cancelled_by_interrupt() as cancel, engine(sources, memory) as session:
        for request in requests:
            for image in session.generate(request, on_progress=on_progress, cancel=cancel):
                file = save(image, len(made))
                made.append({"file": str(file), **as_json_object(image.parameters)})
                if not as_json:
                    click.echo(str(file))
    if as_json:
        click.echo(json.dumps(made, ensure_ascii=False, indent=2))


@contextmanager
def engine(sources: PixelSource, memory: Placement | None) -> Generator[GenerationSession]:
    """A session that is closed at the end."""
    from studio.app.engine_factory import create_session

    session = create_session(sources)
    try:
        session.prefer_placement(memory)
        yield session
    finally:
        session.close()
