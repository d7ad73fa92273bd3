"""`studio branch`: a picture that begins as another one of the program did, and goes on otherwise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from studio.app.argument_values import mask_length, number, placement, seed, whole_number
from studio.app.generate_command import engine, memory_option
from studio.app.opened_gallery import paths_of_gallery
from studio.app.own_facts import as_json_object
from studio.app.picture_output import picture_output
from studio.app.progress_bar import progress_bar
from studio.app.terminal import HOME, cancelled_by_interrupt, errors_as_sentences
from studio.core.errors import InvalidBranchStep, InvalidGuidance, InvalidGuidanceRescale
from studio.core.request import Sampling
from studio.core.scheduler import SchedulerName, ScheduleType
from studio.core.task import Inpaint

if TYPE_CHECKING:
    from studio.app.branching import BranchOptions


@click.command()
@click.argument("picture", type=click.Path(path_type=Path))
@click.option("--step", required=True, help="After how many steps the branch begins; studio info tells the steps.")
@click.option("--prompt", help="What should be in the picture from then on.")
@click.option("--negative", help="What should not.")
@click.option("--cfg", help="CFG scale from then on.")
@click.option("--cfg-rescale", help="How far the contrast of a high CFG scale is taken back from then on: 0 to 1.")
@click.option("--sampler", help=", ".join(name.value for name in SchedulerName) + "; it goes on at the same noise.")
@click.option("--schedule", help="How the rest is spaced: " + ", ".join(kind.value for kind in ScheduleType) + ".")
@click.option("--model", help="The model, if it has another name now, or another place.")
@click.option(
    "--mask",
    type=click.Path(path_type=Path),
    help="Only what is white there goes on otherwise, with new noise; black stays as it is, bit for bit; grey later.",
)
@click.option("--mask-blur", help="Pixels around the mask over which the result fades into the picture.")
@click.option("--noise-seed", help="The seed of the new noise; another one each time if left out.")
@click.option("--old-noise", is_flag=True, help="Keep the noise under the mask: only what is said here changes it.")
@memory_option
@click.option("-o", "--output", type=click.Path(path_type=Path), help="A folder, or a file (.png, .jpg, .webp).")
@click.option("--json", "as_json", is_flag=True, help="Print what was made as JSON.")
@HOME
@click.pass_obj
def branch(
    group_home: Path | None,
    picture: Path,
    step: str,
    cfg: str | None,
    cfg_rescale: str | None,
    mask: Path | None,
    mask_blur: str | None,
    noise_seed: str | None,
    old_noise: bool,
    memory: str | None,
    output: Path | None,
    as_json: bool,
    home: Path | None,
    **others: Unpack[BranchOptions],
) -> None:
    """Make PICTURE again until a step, and go on from there with what is said here; what is left out stays. Without any
    change it is the same picture. It goes into the gallery, as a child of PICTURE, unless -o says otherwise."""
    from studio.app.branching import BranchSources, RegionChoice, branch_request, kept_sources

    with errors_as_sentences():
        paths = paths_of_gallery(home or group_home)
        after = whole_number(step, InvalidBranchStep, 1, Sampling.MOST_STEPS - 1)
        assert after is not None
        scale = number(cfg, InvalidGuidance, Sampling.LOWEST_GUIDANCE, Sampling.HIGHEST_GUIDANCE)
        rescale = number(cfg_rescale, InvalidGuidanceRescale, 0.0, 1.0)
        region = RegionChoice(
            mask=mask,
            mask_blur=mask_length("blur", mask_blur, Inpaint.LARGEST_BLUR),
            noise_seed=seed(noise_seed),
            old_noise=old_noise,
        )
        save, _ = picture_output(output, paths, 1)
        kept = kept_sources(paths)
        sources = kept if output is None else BranchSources(kept)
        request = branch_request(picture, after, paths, region, sources, cfg=scale, cfg_rescale=rescale, **others)
        with (
            progress_bar() as on_progress,
            cancelled_by_interrupt() as cancel,
            engine(sources, placement(memory)) as session,
        ):
            [image] = session.generate(request, on_progress=on_progress, cancel=cancel)
        file = save(image, 0)
        made = {"file": str(file), **as_json_object(image.parameters)}
        click.echo(json.dumps(made, ensure_ascii=False, indent=2) if as_json else str(file))
