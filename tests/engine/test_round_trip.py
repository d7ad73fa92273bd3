"""Pictures through the VAE and back, without the denoiser."""

from __future__ import annotations

import numpy as np
import pytest

from studio.core.errors import InvalidSize
from studio.core.geometry import Size
from studio.imaging.difference import peak_signal_to_noise
from tests.engine.test_families import PICTURE
from tests.engine.test_families import session as session_of_kind  # noqa: F401 - a fixture


def test_what_the_starter_model_made_comes_back(session, starter, make_request, pixels_of, unet_calls):
    [made] = pixels_of(session, make_request(steps=8))
    calls = len(unet_calls)
    trip = session.round_trip(starter, made)
    assert trip.latents.shape == (4, 16, 16)
    assert trip.latents.dtype == np.float16
    assert not trip.latents.flags.writeable
    assert trip.decoded.shape == made.shape
    assert peak_signal_to_noise(made, trip.decoded) > 20
    assert trip.colours is not None
    assert len(unet_calls) == calls


def test_the_next_picture_is_what_it_would_have_been(session, starter, make_request, pixels_of):
    request = make_request(steps=2)
    [before] = pixels_of(session, request)
    session.round_trip(starter, before)
    assert np.array_equal(pixels_of(session, request)[0], before)


def test_a_size_that_no_latent_has_is_refused(session, starter):
    with pytest.raises(InvalidSize):
        session.round_trip(starter, np.zeros((64, 100, 3), np.uint8))


@pytest.mark.parametrize(("kind", "cells"), [("sd1", (8, 12)), ("flux2", (4, 6)), ("qwen-image", (8, 12))])
def test_families_that_pack_or_film_give_cells(session_of_kind, tiny_library, kind, cells):  # noqa: F811
    trip = session_of_kind(kind).round_trip(tiny_library.folder(kind), PICTURE)
    assert trip.latents.shape[1:] == cells
    assert trip.decoded.shape == PICTURE.shape


@pytest.mark.parametrize("kind", ["sd1", "flux2", "qwen-image"])
def test_latents_are_decoded_as_a_round_trip_decodes_them(session_of_kind, tiny_library, kind):  # noqa: F811
    session, folder = session_of_kind(kind), tiny_library.folder(kind)
    trip = session.round_trip(folder, PICTURE)
    decoded = session.decode(folder, trip.latents, Size(PICTURE.shape[1], PICTURE.shape[0]))
    assert decoded.shape == PICTURE.shape
    assert peak_signal_to_noise(decoded, trip.decoded) > 45, "but for half a number's rounding"
