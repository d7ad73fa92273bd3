"""Rows and pictures find each other, whatever came first and whatever went."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from studio.core.picture_id import PictureId
from studio.gallery.picture_rows import PictureRows


def test_of_none_there_is_no_row() -> None:
    rows = PictureRows()
    assert len(rows) == 0
    assert rows.row_of(PictureId("a")) is None


@given(st.integers(0, 6), st.lists(st.integers(0, 8), max_size=30))
def test_each_picture_is_found_at_its_row_after_any_changes(count: int, changes: list[int]) -> None:
    """A change is the row to remove; where there is none, a picture comes first."""
    expected = [PictureId(f"old {number}") for number in range(count)]
    rows = PictureRows(expected)
    for number, row in enumerate(changes):
        if row < len(expected):
            gone = expected.pop(row)
            rows.remove(row)
            assert rows.row_of(gone) is None
            assert gone not in rows
        else:
            expected.insert(0, PictureId(f"new {number}"))
            rows.put_first(expected[0])
        assert list(rows) == expected
        assert [rows.row_of(picture) for picture in expected] == list(range(len(expected)))
        assert rows[1:3] == expected[1:3]


def test_a_picture_that_went_can_come_back() -> None:
    rows = PictureRows([PictureId("a"), PictureId("b")])
    rows.remove(1)
    rows.put_first(PictureId("b"))
    assert [rows.row_of(picture) for picture in rows] == [0, 1]
    assert rows[0] == "b"
