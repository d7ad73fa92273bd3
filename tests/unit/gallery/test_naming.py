"""Names by a pattern."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.picture_id import PictureId
from studio.gallery.naming import LONGEST_NAME, NameFault, faults_in, name_of, new_names
from studio.gallery.record import PictureRecord
from tests.helpers.fake_session import a_picture, a_request

FOLDER = Path("/pictures/2026-11-25")


def a_record(text: str = "A red apple, on a table", name: str = "old", seed: int = 42) -> PictureRecord:
    picture = a_picture(a_request(text, seed=seed))
    moment = datetime(2026, 11, 25, 12, 30, 15, tzinfo=UTC)
    return PictureRecord(PictureId(name), FOLDER / f"{name}.png", moment, 64, 48, picture.parameters, None)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("{seed}-{prompt}", "42-a-red-apple-on-a-table"),
        ("{prompt:5}", "a-red"),
        ("{prompt:6}_{steps}", "a-red_4"),
        ("{size} {model}", "64x48 Fake model"),
        ("{name}-x", "old-x"),
        ("holiday", "holiday"),
        ("a/b:c", "a-b-c"),
        ("../..", "old"),
        ("", "old"),
        ("{prompt:1}{prompt:1}n", "aan"),
        ("con", "con-"),
        ("...end.", "end"),
    ],
)
def test_a_pattern_is_filled_and_fit_for_every_file_system(pattern: str, name: str) -> None:
    assert faults_in(pattern) == ()
    assert name_of(a_record(), pattern) == name


def test_the_date_is_that_of_this_place() -> None:
    record = a_record()
    here = record.created_at.astimezone()
    assert name_of(record, "{date} {time}") == f"{here:%Y-%m-%d %H%M%S}"


def test_what_a_picture_does_not_tell_is_left_out() -> None:
    assert name_of(replace(a_record(), parameters=None), "{seed}-{size}") == "64x48"


@pytest.mark.parametrize(
    ("pattern", "faults"),
    [("{seeds}", ((0, 7),)), ("{seed:x}", ((0, 8),)), ("a{prompt:0}{}", ((1, 11), (11, 13))), ("{seed:5}{date}", ())],
)
def test_what_is_no_field_is_a_fault_at_its_place(pattern: str, faults: tuple[tuple[int, int], ...]) -> None:
    assert faults_in(pattern) == tuple(NameFault(*fault) for fault in faults)


def test_names_that_would_be_alike_are_numbered() -> None:
    records = [a_record(name=name) for name in ("a", "b", "c")]
    assert new_names(records, "x", ()) == ("x.png", "x-2.png", "x-3.png")
    assert new_names(records, "x", [FOLDER / "X.png"]) == ("x-2.png", "x-3.png", "x-4.png")
    assert new_names(records, "x", [Path("/pictures/other/x.png")]) == ("x.png", "x-2.png", "x-3.png")


def test_a_name_that_another_of_them_still_has_is_not_taken_from_it() -> None:
    records = [a_record("b", name="a"), a_record("c", name="b")]
    assert new_names(records, "{prompt}", [record.path for record in records]) == ("b-2.png", "c.png")


def test_a_picture_keeps_the_name_that_it_has() -> None:
    records = [a_record(name="x"), a_record(name="y")]
    assert new_names(records, "{name}", [record.path for record in records]) == ("x.png", "y.png")


@given(st.text(max_size=300), st.lists(st.text(max_size=8), min_size=1, max_size=5))
def test_any_pattern_and_prompt_give_names_of_their_own_that_fit(pattern: str, prompts: list[str]) -> None:
    if faults_in(pattern):
        return
    records = [a_record(text.replace("\0", ""), name=str(place)) for place, text in enumerate(prompts) if _fit(text)]
    names = new_names(records, pattern, ())
    assert len({name.casefold() for name in names}) == len(records)
    for name in names:
        assert len(name.encode("utf-8", "surrogatepass")) <= LONGEST_NAME + 16
        assert not set(name) & set('/\\:*?"<>|\0')
        assert name not in {".png", "..png"}


def _fit(text: str) -> bool:
    return text.isprintable()
