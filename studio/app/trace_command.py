"""`studio trace`: a picture with all the steps it was made in, as files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from studio.app.argument_values import placement, whole_number
from studio.app.generate_command import TypedRequest, engine, memory_option, read_requests, request_options
from studio.app.opened_gallery import paths_of_gallery
from studio.app.progress_bar import progress_bar
from studio.app.terminal import HOME, cancelled_by_interrupt, errors_as_sentences
from studio.core.errors import InvalidSteps
from studio.core.sources import MemorySources

if TYPE_CHECKING:
    from studio.core.pixels import Pixels
    from studio.core.request import GenerationRequest
    from studio.core.result import GeneratedImage
    from studio.core.step_inside import StepInside
    from studio.core.trajectory import Trajectory


@click.command()
@click.argument("prompt")
@request_options
@memory_option
@click.option("--guidance", metavar="STEP", help="Write the predictions that CFG makes this step of (from 1), too.")
@click.option("--attention", metavar="STEP", help="Write which words each part attends to in this step, too.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The folder for the files.")
@HOME
@click.pass_obj
def trace(
    group_home: Path | None,
    prompt: str,
    memory: str | None,
    guidance: str | None,
    attention: str | None,
    output: Path,
    home: Path | None,
    **typed: Unpack[TypedRequest],
) -> None:
    """Make a picture of PROMPT and write how it came about: trajectory.npz has the noisy latents (x_t) of each step,
    what the model expected behind them (x0) and the noise levels; there is a picture of each, and the result."""
    from studio.core.durable_file import make_folder_durably
    from studio.imaging.step_inside_files import guidance_files

    with errors_as_sentences():
        sources = MemorySources()
        [request] = read_requests(prompt, typed, paths_of_gallery(home or group_home), sources, 1)
        guided, attended = (_step(text, request) for text in (guidance, attention))
        make_folder_durably(output)
        with (
            progress_bar() as on_progress,
            cancelled_by_interrupt() as cancel,
            engine(sources, placement(memory)) as session,
        ):
            [image] = session.generate(request, on_progress=on_progress, cancel=cancel, record=True)
            looked_into: dict[int, StepInside] = {}

            def keep(inside: StepInside) -> None:
                looked_into[inside.step] = inside

            if wanted := {step for step in (guided, attended) if step is not None}:
                session.look_inside(request, wanted, on_seen=keep, on_progress=on_progress, cancel=cancel)
        for file in _write(image, output):
            click.echo(str(file))
        if guided is not None:
            _write_all(guidance_files(looked_into[guided]), output)
        if attended is not None:
            _write_attention(looked_into[attended], output)


def _step(text: str | None, request: GenerationRequest) -> int | None:
    """Raises InvalidSteps."""
    step = whole_number(text, InvalidSteps, 1, request.steps_run)
    if step is not None and not 1 <= step <= request.steps_run:
        raise InvalidSteps(step, 1, request.steps_run)
    return step


def _write_attention(inside: StepInside, folder: Path) -> None:
    from studio.imaging.step_inside_files import attention_files

    if inside.attention is None:
        click.echo("There is no attention to words alone: this model reads words and picture as one.", err=True)
    else:
        _write_all(attention_files(inside.step, inside.attention), folder)


def _write_all(files: Iterable[tuple[str, bytes]], folder: Path) -> None:
    """Writes the files and prints their names. Raises StorageError."""
    from studio.core.durable_file import write_durably

    for name, content in files:
        write_durably(folder / name, content, overwrite=True)
        click.echo(str(folder / name))


def _write(image: GeneratedImage, folder: Path) -> Iterator[Path]:
    """Writes the files and names each. Raises StorageError."""
    from studio.core.durable_file import write_durably
    from studio.imaging.export import export_image
    from studio.imaging.plain_png import encode_plain_png
    from studio.imaging.trajectory_file import encode_trajectory

    trajectory = image.trajectory
    assert trajectory is not None  # it was asked for
    arrays, picture = folder / "trajectory.npz", folder / "picture.png"
    write_durably(arrays, encode_trajectory(trajectory), overwrite=True)
    yield arrays
    _remove_steps(folder)
    for name, pixels in _step_pictures(trajectory):
        write_durably(folder / name, encode_plain_png(pixels), overwrite=True)
        yield folder / name
    export_image(image, picture)
    yield picture
    if trajectory.colours is None:
        click.echo("There are no pictures of the steps: nobody fitted colours for this model's latents.", err=True)


def _remove_steps(folder: Path) -> None:
    """Those of an earlier run, which may have had more. Raises StorageError."""
    from studio.core.durable_file import storage_error

    for file in folder.glob("step-[0-9][0-9][0-9]-*.*"):
        try:
            file.unlink()
        except OSError as error:
            raise storage_error(error, file) from error


def _step_pictures(trajectory: Trajectory) -> Iterator[tuple[str, Pixels]]:
    """One pixel for each cell of the latents."""
    from studio.imaging.latent_picture import latent_picture

    if trajectory.colours is None:
        return
    for number, step in enumerate(trajectory.steps, 1):
        yield f"step-{number:03}-xt.png", latent_picture(step.latents, trajectory.colours)
        yield f"step-{number:03}-x0.png", latent_picture(step.predicted, trajectory.colours)
