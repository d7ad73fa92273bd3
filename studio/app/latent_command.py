"""`studio latent`: a picture as a model sees it, and what of it comes back."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import click

from studio.app.generate_command import engine
from studio.app.opened_gallery import paths_of_gallery
from studio.app.terminal import HOME, errors_as_sentences
from studio.core.family import family_traits
from studio.core.sources import MemorySources

if TYPE_CHECKING:
    from studio.core.pixels import Pixels
    from studio.core.round_trip import RoundTrip


@click.command()
@click.argument("picture", type=click.Path(path_type=Path))
@click.option("--model", help="Whose VAE: name of an installed model, or path of a diffusers folder.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The folder for the files.")
@HOME
@click.pass_obj
def latent(group_home: Path | None, picture: Path, model: str | None, output: Path, home: Path | None) -> None:
    """Send PICTURE through a model's VAE and back: latent.npz, its channels as pictures, what is decoded again, and the
    difference. What does not fill a cell at the right or the bottom is left out."""
    from studio.app.model_stores import checkpoint_store
    from studio.core.durable_file import make_folder_durably
    from studio.imaging.decode import read_pixels
    from studio.imaging.latent_picture import whole_cells

    with errors_as_sentences():
        checkpoints = checkpoint_store(paths_of_gallery(home or group_home))
        checkpoint = checkpoints.find(model) if model else checkpoints.default()
        pixels = whole_cells(read_pixels(picture), family_traits(checkpoint.family).size_multiple)
        make_folder_durably(output)
        with engine(MemorySources(), None) as session:
            trip = session.round_trip(checkpoint, pixels)
        click.echo(_facts(pixels, trip))
        for file in _write(pixels, trip, output):
            click.echo(str(file))


def _facts(pixels: Pixels, trip: RoundTrip) -> str:
    from studio.imaging.difference import peak_signal_to_noise

    height, width, _ = pixels.shape
    channels, rows, columns = trip.latents.shape
    share = trip.latents.nbytes / pixels.nbytes
    return (
        f"{width}x{height} pixels, {pixels.nbytes} bytes -> {columns}x{rows} cells of {channels} numbers, "
        f"{trip.latents.nbytes} bytes ({share:.1%}); PSNR {peak_signal_to_noise(pixels, trip.decoded):.2f} dB"
    )


def _write(pixels: Pixels, trip: RoundTrip, folder: Path) -> Iterator[Path]:
    """Writes the files and names each. Raises StorageError."""
    import numpy as np

    from studio.core.durable_file import write_durably
    from studio.imaging.difference import difference
    from studio.imaging.latent_picture import channel_picture, latent_picture
    from studio.imaging.plain_png import encode_plain_png

    arrays = BytesIO()
    np.savez_compressed(arrays, allow_pickle=False, latents=trip.latents)
    contents = {
        "latent.npz": arrays.getvalue(),
        **{
            f"channel-{number:02}.png": encode_plain_png(channel_picture(channel))
            for number, channel in enumerate(trip.latents, 1)
        },
        "decoded.png": encode_plain_png(trip.decoded),
        "difference.png": encode_plain_png(difference(pixels, trip.decoded).pixels),
    }
    if trip.colours is not None:
        contents["latent.png"] = encode_plain_png(latent_picture(trip.latents, trip.colours))
    for name, content in contents.items():
        write_durably(folder / name, content, overwrite=True)
        yield folder / name
