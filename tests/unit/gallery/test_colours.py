"""Pictures are found by their colours, and by those of another picture."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from studio.core.picture_id import PictureId
from studio.gallery.gallery import Gallery
from studio.gallery.record import PictureRecord
from studio.gallery.search.colours import COLOUR_NAMES, read_colour
from studio.gallery.search.query import ColourFilter
from studio.gallery.search.reader import read_query
from studio.imaging.colour_signature import colour_signature
from tests.helpers.fake_session import a_picture, a_request
from tests.unit.gallery.galleries import a_gallery, reconcile

NOW = datetime(2026, 11, 26, tzinfo=UTC)
STORED = Path(__file__).parent / "stored"
STORED_RED, STORED_DAMAGED = PictureId("a" * 32), PictureId("b" * 32)
RED, ORANGE, SKY, LEAF = (210, 30, 35), (250, 130, 30), (140, 200, 240), (50, 150, 70)


def add(gallery: Gallery, name: str, *colours: tuple[int, int, int]) -> PictureRecord:
    """A picture of stripes that are alike in height."""
    stripes = np.repeat(np.array(colours, np.uint8), 64 // len(colours), axis=0)
    pixels = np.ascontiguousarray(np.broadcast_to(stripes[:, None, :], (len(stripes), 64, 3)))
    pixels.setflags(write=False)
    return gallery.add(replace(a_picture(a_request(name)), pixels=pixels))


def found(gallery: Gallery, text: str) -> list[str]:
    """The prompts of what is found, by name."""
    records = [gallery.record(picture) for picture in gallery.search(read_query(text, NOW))]
    return sorted(record.parameters.prompt.text for record in records if record is not None and record.parameters)


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    gallery = a_gallery(tmp_path)
    yield gallery
    gallery.close()


@pytest.fixture
def pictures(gallery: Gallery) -> dict[str, PictureRecord]:
    return {
        "apple": add(gallery, "apple", RED),
        "sunset": add(gallery, "sunset", RED, ORANGE),
        "beach": add(gallery, "beach", SKY, ORANGE),
        "meadow": add(gallery, "meadow", SKY, LEAF),
        "hill": add(gallery, "hill", (150, 205, 240), (60, 160, 70)),
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("colour:red", ["apple", "sunset"]),
        ("color:red", ["apple", "sunset"]),
        ("colour:#d21e23", ["apple", "sunset"]),
        ("colour:orange", ["beach", "sunset"]),
        ("colour:green", ["hill", "meadow"]),
        ("colour:sky -colour:green", ["beach"]),
        ("colour:red colour:orange", ["sunset"]),
        ("colour:red OR colour:green", ["apple", "hill", "meadow", "sunset"]),
        ("colour:purple", []),
        ("beach colour:sky", ["beach"]),
        ("like:meadow", ["hill", "meadow"]),
        ("like:nothing", []),
        ("-like:meadow", ["apple", "beach", "sunset"]),
    ],
)
def test_pictures_are_found_by_colour(
    gallery: Gallery, pictures: dict[str, PictureRecord], text: str, expected: list[str]
) -> None:
    assert found(gallery, text) == expected
    query = read_query(text, NOW)
    assert list(gallery.browse(query).pictures) == gallery.search(query)


def test_what_comes_changes_or_goes_after_the_first_search_counts(
    gallery: Gallery, pictures: dict[str, PictureRecord]
) -> None:
    assert found(gallery, "colour:red") == ["apple", "sunset"]
    add(gallery, "rose", RED)
    gallery.trash(pictures["apple"].id)
    assert found(gallery, "colour:red") == ["rose", "sunset"]
    changed = gallery._thumbnails.get(pictures["meadow"].id)
    assert changed is not None
    gallery._thumbnails.put(pictures["sunset"].id, changed)
    assert found(gallery, "colour:red") == ["rose"]
    assert found(gallery, "colour:green") == ["hill", "meadow", "sunset"]


MANY = 2100


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("colour:red", MANY),
        ("-colour:red", MANY),
        ("colour:red OR colour:green", 2 * MANY),
        ("colour:red -colour:green OR date:2020", MANY),
    ],
)
def test_all_of_very_many_are_found(gallery: Gallery, text: str, expected: int) -> None:
    """As many are red and green: their rows and colours are written as a gallery has them, without their files."""
    red, green = (gallery._thumbnails.get(add(gallery, "model", colour).id) for colour in (RED, LEAF))
    assert red is not None
    assert green is not None
    signatures = (colour_signature(red), colour_signature(green))
    pictures = [f"{number:032x}" for number in range(2 * MANY - 2)]
    with gallery._index_database.transaction() as index, gallery._thumbnails_database.transaction() as thumbnails:
        index.executemany(
            "INSERT INTO pictures (id, path, created_at, width, height, file_size, modified_ns)"
            " VALUES (?1, ?1, 0, 64, 64, 1, 1)",
            [(picture,) for picture in pictures],
        )
        thumbnails.executemany(
            "INSERT INTO colours (id, signature) VALUES (?, ?)",
            [(picture, signatures[number % 2]) for number, picture in enumerate(pictures)],
        )
    assert len(gallery.search(read_query(text, NOW))) == expected


def test_what_was_read_of_a_damaged_index_is_forgotten(
    gallery: Gallery, pictures: dict[str, PictureRecord], tmp_path: Path
) -> None:
    gallery.get_ready_to_search()
    with gallery._index_database.transaction() as connection:
        connection.execute("UPDATE pictures SET path = CAST(x'ff' AS TEXT) WHERE id = ?", (pictures["hill"].id,))
    [notice] = gallery.mend_index()
    assert "was damaged" in notice
    reconcile(gallery)
    assert found(gallery, "colour:green") == ["hill", "meadow"]
    assert found(gallery, "colour:red") == ["apple", "sunset"]


def test_every_name_is_a_colour_of_its_own() -> None:
    colours = [read_colour(name) for name in COLOUR_NAMES]
    assert None not in colours
    assert len(set(colours)) == len(COLOUR_NAMES)
    assert read_colour("Gray") == read_colour("grey")


@pytest.mark.parametrize(
    ("text", "expected"), [("#ff8800", (255, 136, 0)), ("F80", (255, 136, 0)), ("#0a0B0c", (10, 11, 12))]
)
def test_colours_are_written_as_on_the_web(text: str, expected: tuple[int, int, int]) -> None:
    colour = read_colour(text)
    assert isinstance(colour, ColourFilter)
    assert (colour.red, colour.green, colour.blue) == expected


def test_thumbnails_of_an_earlier_version_get_their_colours(tmp_path: Path) -> None:
    """`thumbnails-schema-1.db` has the thumbnail of a red picture, and one that is no JPEG."""
    shutil.copy(STORED / "thumbnails-schema-1.db", tmp_path / "thumbnails.db")
    gallery = a_gallery(tmp_path)
    red = replace(a_picture(a_request("apple")), id=STORED_RED)
    damaged = replace(a_picture(a_request("damaged")), id=STORED_DAMAGED)
    for image in (red, damaged):
        gallery._store.write(image, None)
    reconcile(gallery)
    assert found(gallery, "colour:red") == ["apple"]
    assert gallery.thumbnail(STORED_DAMAGED) is not None
    gallery.close()
