"""`studio noise`: the forward process on a picture, with the noise that a model was trained to remove."""

from __future__ import annotations

from pathlib import Path

import click

from studio.app.argument_values import seed as seed_of
from studio.app.argument_values import whole_number
from studio.app.generate_command import engine
from studio.app.opened_gallery import paths_of_gallery
from studio.app.terminal import HOME, errors_as_sentences
from studio.core.errors import InvalidSeed, InvalidTimestep, WriteFailed
from studio.core.request import Sampling
from studio.core.sources import MemorySources
from studio.core.trajectory import NoiseLevel


@click.command()
@click.argument("picture", type=click.Path(path_type=Path))
@click.option("--t", "timestep", required=True, help="The timestep: 0 (hardly any noise) to 999 (hardly any picture).")
@click.option("--seed", default="0", help="Of the noise: 0 to 2^64 - 1.")
@click.option("--model", help="Whose noise levels: name of an installed model, or path of a diffusers folder.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The noisy picture (.png).")
@HOME
@click.pass_obj
def noise(
    group_home: Path | None,
    picture: Path,
    timestep: str,
    seed: str,
    model: str | None,
    output: Path,
    home: Path | None,
) -> None:
    """Add noise to PICTURE as models see it in training, and print the formula with its numbers."""
    from studio.app.model_stores import checkpoint_store
    from studio.core.durable_file import write_durably
    from studio.imaging.decode import read_pixels
    from studio.imaging.forward_noise import noised_picture
    from studio.imaging.plain_png import encode_plain_png

    with errors_as_sentences():
        if output.suffix.lower() != ".png":  # other formats would smooth the noise
            raise WriteFailed(output, f"noise is saved as .png, not as “{output.suffix}”")
        pixels, chosen_seed = read_pixels(picture), _checked_seed(seed)
        checkpoints = checkpoint_store(paths_of_gallery(home or group_home))
        checkpoint = checkpoints.find(model) if model else checkpoints.default()
        with engine(MemorySources(), None) as session:
            levels = session.noise_levels(checkpoint)
        level = _level(timestep, levels)
        write_durably(output, encode_plain_png(noised_picture(pixels, level, chosen_seed)), overwrite=True)
        click.echo(_formula(timestep, level))
        click.echo(str(output))


def _checked_seed(text: str) -> int:
    value = seed_of(text)
    if value is None or not 0 <= value <= Sampling.HIGHEST_SEED:
        raise InvalidSeed(text, Sampling.HIGHEST_SEED)
    return value


def _level(text: str, levels: tuple[NoiseLevel, ...]) -> NoiseLevel:
    highest = len(levels) - 1
    value = whole_number(text, InvalidTimestep, 0, highest)
    if value is None or not 0 <= value <= highest:
        raise InvalidTimestep(text, 0, highest)
    return levels[value]


def _formula(timestep: str, level: NoiseLevel) -> str:
    numbers = f"x_t = {level.signal:.4f} x_0 + {level.noise:.4f} eps"
    return f"t = {int(timestep)}: {numbers}   (alpha-bar {level.alpha_bar:.4f}, sigma {level.sigma:.4f})"
