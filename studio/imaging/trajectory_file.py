"""A trajectory as a file that numpy opens (`numpy.load`): .npz, compressed, without pickled objects.

Its arrays, n steps of latents (channels, height, width):

    version      2
    sampler      the name of the sampler
    timesteps    (n,) float64
    signal       (n,) float64   x_t = signal * x0 + noise * eps
    noise        (n,) float64
    latents      (n, channels, height, width) float16, x_t
    predicted    the same, x0 as the network expected it
    factors      (channels of the VAE, 3) float64, and bias (3,): latents to RGB in -1 to 1; left out where unknown
    soft_limit   float64, left out where latents are not limited before
    strengths    (height, width) float16, 0 to 1: how strongly each cell was repainted; left out without inpainting

Version 1 had no strengths, also of inpainted pictures.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from studio.core.errors import UnknownScheduler
from studio.core.scheduler import SchedulerName
from studio.core.trajectory import LatentColours, NoiseLevel, Trajectory, TrajectoryStep

if TYPE_CHECKING:
    from numpy.typing import NDArray

    _Array: TypeAlias = NDArray[np.generic]

_VERSION = 2


def encode_trajectory(trajectory: Trajectory) -> bytes:
    """The content of the file; the same for the same trajectory."""
    steps = trajectory.steps
    arrays: dict[str, _Array] = {
        "version": np.asarray(_VERSION),
        "sampler": np.asarray(trajectory.sampler.value),
        "timesteps": np.asarray([step.timestep for step in steps], np.float64),
        "signal": np.asarray([step.level.signal for step in steps], np.float64),
        "noise": np.asarray([step.level.noise for step in steps], np.float64),
        "latents": np.stack([step.latents for step in steps]),
        "predicted": np.stack([step.predicted for step in steps]),
        **_colour_arrays(trajectory.colours),
        **({} if trajectory.strengths is None else {"strengths": trajectory.strengths}),
    }
    buffer = BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def decode_trajectory(content: bytes) -> Trajectory:
    """What was encoded.

    Raises:
        ValueError: if it is damaged, of a newer version, or no trajectory.
    """
    if not zipfile.is_zipfile(BytesIO(content)):  # numpy would take it for something else
        raise ValueError("no trajectory, or damaged: it is no zip")
    try:
        with np.load(BytesIO(content), allow_pickle=False) as arrays:
            return _trajectory({name: arrays[name] for name in arrays.files})
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, KeyError, AttributeError, UnknownScheduler) as error:
        raise ValueError(f"no trajectory, or damaged: {error}") from error


def _colour_arrays(colours: LatentColours | None) -> dict[str, _Array]:
    if colours is None:
        return {}
    arrays: dict[str, _Array] = {"factors": np.asarray(colours.factors), "bias": np.asarray(colours.bias)}
    if colours.soft_limit is not None:
        arrays["soft_limit"] = np.asarray(colours.soft_limit)
    return arrays


def _trajectory(arrays: Mapping[str, NDArray[np.float64]]) -> Trajectory:
    version = int(arrays["version"])
    if not 1 <= version <= _VERSION:
        raise ValueError(f"of version {version}; this program reads versions 1 to {_VERSION}")
    levels = [NoiseLevel(float(s), float(n)) for s, n in zip(arrays["signal"], arrays["noise"], strict=True)]
    latents, predicted = _latents(arrays["latents"]), _latents(arrays["predicted"])
    if latents.shape != predicted.shape:
        raise ValueError("x_t and x0 have different shapes")
    steps = [
        TrajectoryStep(float(timestep), level, x_t, x0)
        for timestep, level, x_t, x0 in zip(arrays["timesteps"], levels, latents, predicted, strict=True)
    ]
    return Trajectory(
        SchedulerName.parse(str(arrays["sampler"])), tuple(steps), _colours(arrays), _strengths(arrays, latents)
    )


def _latents(array: NDArray[np.float64]) -> NDArray[np.float16]:
    if array.dtype != np.float16 or array.ndim != 4 or array.size == 0:
        raise ValueError(f"latents of type {array.dtype} and shape {array.shape}")
    return array.astype(np.float16, copy=False)


def _strengths(arrays: Mapping[str, NDArray[np.float64]], latents: NDArray[np.float16]) -> NDArray[np.float16] | None:
    if "strengths" not in arrays:
        return None
    array = arrays["strengths"]
    if array.dtype != np.float16 or array.shape != latents.shape[2:]:
        raise ValueError(f"strengths of type {array.dtype} and shape {array.shape}")
    return array.astype(np.float16, copy=False)


def _colours(arrays: Mapping[str, NDArray[np.float64]]) -> LatentColours | None:
    if "factors" not in arrays:
        return None
    factors = tuple(_triple(row) for row in arrays["factors"])
    limit = float(arrays["soft_limit"]) if "soft_limit" in arrays else None
    return LatentColours(factors, _triple(arrays["bias"]), limit)


def _triple(values: NDArray[np.float64]) -> tuple[float, float, float]:
    red, green, blue = values.tolist()
    return red, green, blue
