"""The command line: `studio`, `studio generate`, `studio info`, and `studio models` (which is in `models_cli`)."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from studio import __version__
from studio.app import crash
from studio.app.models_cli import models
from studio.app.preload import collector_paused
from studio.app.terminal import cancelled_by_interrupt, errors_as_sentences, fail, on_terminal, start_paths
from studio.core.errors import (
    FolderUnwritable,
    InvalidClipSkip,
    InvalidGuidance,
    InvalidGuidanceRescale,
    InvalidMaskSetting,
    InvalidRequest,
    InvalidSeed,
    InvalidSize,
    InvalidSteps,
    InvalidStrength,
    NoParameters,
    PictureUnreadable,
    StorageError,
    UnknownChoice,
)
from studio.core.geometry import Size
from studio.core.memory import Placement, Verdict
from studio.core.progress import (
    PlanChosen,
    PlanLowered,
    Progress,
    PromptSyntaxIgnored,
    PromptTruncated,
    SamplerReplaced,
    StepProgress,
)
from studio.core.request import GenerationRequest, Sampling
from studio.core.result import GeneratedImage, PictureParameters
from studio.core.scheduler import SchedulerName, ScheduleType
from studio.core.sources import MemorySources, PixelSource
from studio.core.task import HIGHEST_STRENGTH, LOWEST_STRENGTH, Inpaint, TextToImage
from studio.settings.paths import UserPaths
from studio.ui.memory_text import lowered_text, plan_text
from studio.ui.messages import ignored_syntax_text, kept_text, sampler_text, truncation_text

if TYPE_CHECKING:
    from studio.core.session import GenerationSession
    from studio.gallery.source_store import SourceStore

_HOME = click.option("--home", type=click.Path(path_type=Path), help="Keep everything below this folder.")


class _OpensFiles(click.Group):
    """`studio FILE` is short for `studio open FILE`: what a file manager calls."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        names_a_file = args[0] not in self.commands and (Path(args[0]).suffix or Path(args[0]).exists())
        return super().resolve_command(ctx, ["open", *args] if names_a_file else args)


@click.group(cls=_OpensFiles, invoke_without_command=True)
@click.version_option(__version__, prog_name="Latent Studio")
@_HOME
@click.option("--smoke", is_flag=True, help="Open the window, make one picture, print timings as JSON, and leave.")
@click.pass_context
def studio(context: click.Context, home: Path | None, smoke: bool) -> None:
    """Make pictures on your own machine. Without a command the window opens."""
    context.obj = home
    if context.invoked_subcommand is None:
        _open_window(home, smoke=smoke)


@studio.command("open")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def open_file(home: Path | None, file: Path) -> None:
    """Open the window with the picture or the canvas FILE. `studio FILE` does the same."""
    if not file.is_file():
        fail(PictureUnreadable(file, "there is no such file"))
    _open_window(home, file=file.absolute())


@studio.command()
@click.argument("prompt")
@click.option("--negative", default="", help="What should not be in the picture.")
@click.option("--steps", help=f"{Sampling.FEWEST_STEPS} to {Sampling.MOST_STEPS}.")
@click.option("--cfg", help="CFG scale: how strictly to follow the prompt.")
@click.option("--seed", help="0 to 2^64 - 1; a new one if left out.")
@click.option("--size", help="WIDTHxHEIGHT, multiples of 8.")
@click.option("--sampler", help=", ".join(name.value for name in SchedulerName) + ".")
@click.option("--batch", default="1", help="How many pictures; each has the next seed.")
@click.option("--model", help="Name of an installed model, or path of a diffusers folder.")
@click.option("--image", type=click.Path(path_type=Path), help="A picture to start from.")
@click.option("--strength", help="How much of it changes: 0.01 (hardly anything) to 1 (made anew).")
@click.option("--fit", help="How it becomes the size: crop (usual), pad or stretch.")
@click.option(
    "--restore-size/--no-restore-size", default=None, help="Put the result back at the picture's own size (usual)."
)
@click.option("--mask", type=click.Path(path_type=Path), help="Paint only this anew: white on black, as large.")
@click.option("--outpaint", help="Pixels to add on each side: left=64,top=0,right=64,bottom=0.")
@click.option("--area", help="What the model sees: masked (the mask and its padding, usual) or whole.")
@click.option("--padding", help="Pixels around the mask that the model sees.")
@click.option("--mask-blur", help="Pixels over which the result fades into the picture.")
@click.option("--mask-grow", help="Pixels by which the mask is widened.")
@click.option("--masked-content", help="What the model finds under the mask: original (usual), fill or noise.")
@click.option("--memory", help="Where the model is: resident, swap, offload or sequential; chosen if left out.")
@click.option("--lora", "loras", multiple=True, metavar="NAME[:WEIGHT]", help="A LoRA, by name or file; repeatable.")
@click.option("--vae", help="A VAE in place of the model's own: name, file or folder.")
@click.option("--schedule", help="How steps are spaced: " + ", ".join(kind.value for kind in ScheduleType) + ".")
@click.option("--clip-skip", help="Layers of the text encoder left out at its end (A1111's number less 1).")
@click.option("--cfg-rescale", help="How far the contrast of a high CFG scale is taken back: 0 to 1.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="A folder, or a file (.png, .jpg, .webp).")
@click.option("--json", "as_json", is_flag=True, help="Print what was made as JSON.")
@_HOME
@click.pass_obj
def generate(
    group_home: Path | None,
    prompt: str,
    negative: str,
    steps: str | None,
    cfg: str | None,
    seed: str | None,
    size: str | None,
    sampler: str | None,
    batch: str,
    model: str | None,
    image: Path | None,
    strength: str | None,
    fit: str | None,
    restore_size: bool | None,
    mask: Path | None,
    outpaint: str | None,
    area: str | None,
    padding: str | None,
    mask_blur: str | None,
    mask_grow: str | None,
    masked_content: str | None,
    memory: str | None,
    loras: tuple[str, ...],
    vae: str | None,
    schedule: str | None,
    clip_skip: str | None,
    cfg_rescale: str | None,
    output: Path | None,
    as_json: bool,
    home: Path | None,
) -> None:
    """Make pictures of PROMPT and print where they are. They go into the gallery unless -o says otherwise."""
    from studio.app.api import build_requests
    from studio.app.fine_settings import FineSettings
    from studio.app.model_stores import addon_finder, checkpoint_store
    from studio.app.start_picture import StartPicture

    with errors_as_sentences():
        paths = start_paths(home or group_home)
        start = StartPicture(
            image=image,
            mask=mask,
            outpaint=outpaint,
            strength=_number(strength, InvalidStrength, LOWEST_STRENGTH, HIGHEST_STRENGTH),
            fit=fit,
            restore_size=restore_size,
            area=area,
            mask_padding=_mask_length("padding", padding, Inpaint.LARGEST_PADDING),
            mask_blur=_mask_length("blur", mask_blur, Inpaint.LARGEST_BLUR),
            mask_grow=_mask_length("grow", mask_grow, Inpaint.LARGEST_GROW),
            masked_content=masked_content,
        )
        placement = _placement(memory)
        fine = FineSettings(
            loras,
            vae,
            schedule,
            clip_skip=_whole_number(clip_skip, InvalidClipSkip, 0, Sampling.MOST_CLIP_SKIP),
            cfg_rescale=_number(cfg_rescale, InvalidGuidanceRescale, 0.0, 1.0),
        )
        save, sources = _output(output, paths, _batch(batch))
        requests = build_requests(
            prompt,
            negative=negative,
            steps=_whole_number(steps, InvalidSteps, Sampling.FEWEST_STEPS, Sampling.MOST_STEPS),
            cfg=_number(cfg, InvalidGuidance, Sampling.LOWEST_GUIDANCE, Sampling.HIGHEST_GUIDANCE),
            seed=_seed(seed),
            size=_size(size),
            sampler=sampler,
            model=model,
            batch_size=_batch(batch),
            checkpoints=checkpoint_store(paths),
            task=start.task(sources),
            fine=fine,
            addons=addon_finder(paths),
            wildcards=paths.wildcards,
        )
        _generate_and_report(requests, sources, save, placement, as_json=as_json)


@studio.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the parameters as JSON.")
def info(file: Path, as_json: bool) -> None:
    """Print how the picture FILE was made."""
    from studio.app.foreign_facts import as_lines, foreign_facts
    from studio.imaging.picture_metadata import read_picture_info

    with errors_as_sentences():
        found = read_picture_info(file)
        if found.parameters is not None and as_json:
            click.echo(json.dumps(_as_json(found.parameters), ensure_ascii=False, indent=2))
        elif found.infotext is not None and not as_json:
            click.echo("\n".join([found.infotext, *_start_lines(found.parameters)]))
        elif found.foreign is not None:
            told = foreign_facts(found.foreign)
            click.echo(json.dumps(told, ensure_ascii=False, indent=2) if as_json else as_lines(told))
        else:
            raise NoParameters(file)


studio.add_command(models)


def main() -> None:
    studio(prog_name="studio")


def _open_window(home: Path | None, *, smoke: bool = False, file: Path | None = None) -> NoReturn:
    with errors_as_sentences():
        paths = start_paths(home)
        last_crash = crash.install(paths.crash_file, on_terminal(paths.log_file))
        with collector_paused():  # Qt is imported here, behind the crash hooks
            from studio.app.main import run_window
        sys.exit(run_window(paths, last_crash, smoke=smoke, file=file))


# --- generating ---


def _generate_and_report(
    requests: Iterable[GenerationRequest],
    sources: PixelSource,
    save: Callable[[GeneratedImage, int], Path],
    placement: Placement | None,
    *,
    as_json: bool,
) -> None:
    from studio.app.engine_factory import create_session

    made: list[dict[str, object]] = []
    with (
        _progress_bar() as on_progress,
        cancelled_by_interrupt() as cancel,
        _closing(create_session(sources)) as session,
    ):
        session.prefer_placement(placement)
        for request in requests:
            for image in session.generate(request, on_progress=on_progress, cancel=cancel):
                file = save(image, len(made))
                made.append({"file": str(file), **_as_json(image.parameters)})
                if not as_json:
                    click.echo(str(file))
    if as_json:
        click.echo(json.dumps(made, ensure_ascii=False, indent=2))


@contextmanager
def _closing(session: GenerationSession) -> Generator[GenerationSession]:
    try:
        yield session
    finally:
        session.close()


def _output(
    output: Path | None, paths: UserPaths, count: int
) -> tuple[Callable[[GeneratedImage, int], Path], MemorySources | SourceStore]:
    """How to save a picture: into the gallery's folder (the window finds it there), a folder, or one named file.

    What it starts from is kept beside the gallery's pictures, so that the window can make them again.

    What cannot work is refused now, before a picture is made. When saving fails later the picture is kept elsewhere.
    """
    from studio.gallery.picture_store import PictureStore
    from studio.gallery.source_store import SourceStore
    from studio.imaging.export import check_ending, export_image

    if output is not None and output.suffix and not _is_folder(output):
        check_ending(output)
        _check_folder(output.absolute().parent)

        def save_as(image: GeneratedImage, index: int) -> Path:
            target = output if count == 1 else output.with_stem(f"{output.stem}-{index + 1}")
            export_image(image, target)
            return target

        return _or_keep_elsewhere(save_as, (paths.gallery, _temporary_folder())), MemorySources()
    store = PictureStore(output or paths.gallery)
    store.open()
    others = (paths.gallery, _temporary_folder()) if output else (_temporary_folder(),)
    sources = MemorySources() if output is not None else SourceStore(paths.gallery)
    return _or_keep_elsewhere(lambda image, _index: store.write(image, None), others), sources


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name that the system cannot even look up: writing to it will say why
        return False


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise FolderUnwritable(folder, "there is no such folder")
    if not os.access(folder, os.W_OK):
        raise FolderUnwritable(folder, "writing is not allowed")


def _temporary_folder() -> Path:
    return Path(tempfile.gettempdir(), "latent-studio")


def _or_keep_elsewhere(
    save: Callable[[GeneratedImage, int], Path], folders: Iterable[Path]
) -> Callable[[GeneratedImage, int], Path]:
    """`save`, but a picture that it fails to save goes into the first of `folders` that takes it; then it fails."""
    from studio.gallery.picture_store import PictureStore

    def keep(image: GeneratedImage) -> None:
        for folder in folders:
            store = PictureStore(folder)
            with suppress(StorageError):  # the first failure is the one to tell; the next folder may take it
                store.open()
                click.echo(kept_text(store.write(image, None)), err=True)
                return

    def save_or_keep(image: GeneratedImage, index: int) -> Path:
        try:
            return save(image, index)
        except StorageError:
            keep(image)
            raise

    return save_or_keep


@contextmanager
def _progress_bar() -> Generator[Callable[[Progress], None]]:
    """A bar on a terminal; nothing in a pipe. What the user would not expect is always said."""
    if not sys.stderr.isatty():
        yield _say_what_is_unusual
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Loading", total=1.0)

        def show(progress: Progress) -> None:
            if isinstance(progress, StepProgress):
                text = f"Step {progress.step} / {progress.steps}"
                bar.update(task, completed=progress.fraction, description=text)
            else:
                _say_what_is_unusual(progress)

        yield show


def _say_what_is_unusual(progress: Progress) -> None:
    """What the model makes no use of, and a memory that is short."""
    match progress:
        case PromptTruncated():
            click.echo(truncation_text(progress), err=True)
        case PromptSyntaxIgnored():
            click.echo(ignored_syntax_text(progress), err=True)
        case SamplerReplaced():
            click.echo(sampler_text(progress), err=True)
        case PlanChosen(plan) if plan.verdict is not Verdict.FITS or plan.vae_tiled:
            click.echo(plan_text(plan), err=True)
        case PlanLowered():
            click.echo(lowered_text(progress), err=True)
        case _:
            pass


# --- arguments ---


def _whole_number(
    text: str | None, error: Callable[[int | str, int, int], InvalidRequest], lowest: int, highest: int
) -> int | None:
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        raise error(text, lowest, highest) from None


def _number(
    text: str | None, error: Callable[[float | str, float, float], InvalidRequest], lowest: float, highest: float
) -> float | None:
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        raise error(text, lowest, highest) from None


def _placement(text: str | None) -> Placement | None:
    if text is None:
        return None
    known = tuple(placement.value for placement in Placement)
    if text.strip().casefold() not in known:
        raise UnknownChoice("placement", text, known)
    return Placement(text.strip().casefold())


def _mask_length(name: str, text: str | None, highest: int) -> int | None:
    return _whole_number(text, partial(InvalidMaskSetting, name), 0, highest)


def _seed(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit():
        raise InvalidSeed(text, Sampling.HIGHEST_SEED)
    return int(text)


def _batch(text: str) -> int:
    from studio.core.errors import InvalidBatchSize

    lowest, highest = GenerationRequest.SMALLEST_BATCH, GenerationRequest.LARGEST_BATCH
    number = _whole_number(text, InvalidBatchSize, lowest, highest)
    assert number is not None
    return number


def _size(text: str | None) -> Size | None:
    if text is None:
        return None
    width, separator, height = text.lower().partition("x")
    if not separator or not width.isdecimal() or not height.isdecimal():
        raise InvalidSize(width, height or "?", Size.MULTIPLE, Size.LOWEST, Size.HIGHEST)
    return Size(int(width), int(height))


def _start_lines(parameters: PictureParameters | None) -> list[str]:
    """What the infotext has no words for: the task, its start, and the proof that the rest is as it was."""
    if parameters is None or isinstance(parameters.task, TextToImage):
        return []
    task, unchanged = parameters.task, parameters.unchanged_pixels
    lines = [f"Task: {task.kind.replace('_', ' ')}, strength {task.strength:g}"]
    if task.parent is not None:
        lines.append(f"Made from: {task.parent}")
    if unchanged is not None:
        lines.append(f"Unchanged outside the mask: yes ({unchanged} pixels checked)")
    return lines


def _as_json(parameters: PictureParameters) -> dict[str, object]:
    values = asdict(parameters)
    values["provenance"]["versions"] = dict(parameters.provenance.versions)
    return values
