"""The open canvas comes back as it was: pixels, history, candidates; and what cannot be kept is said."""

from __future__ import annotations

import random
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from studio.core.errors import DatabaseTooNew, DiskFull, StorageError
from studio.core.picture_id import PictureId
from studio.gallery import canvas_rows, canvas_store
from studio.gallery.canvas_rows import StoredCanvas
from studio.gallery.canvas_schema import KEPT
from studio.gallery.canvas_store import CanvasStore
from studio.imaging.canvas import Canvas
from studio.imaging.history import Edit, Growth, TilePatch
from tests.helpers.painting import a_photo, do_something, fingerprint, fingerprint_of, paint_stroke

PHOTO = a_photo(420, 300)
STORED = Path(__file__).parent / "stored"


def must_not_fail(error: StorageError) -> None:
    raise AssertionError(error)


@contextmanager
def opened(path: Path, failed: Callable[[StorageError], None] = must_not_fail) -> Iterator[CanvasStore]:
    store = CanvasStore(path, failed)
    assert store.open() == ()
    yield store
    store.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "canvas.db"


def begun(store: CanvasStore) -> Canvas:
    canvas = Canvas(PHOTO, listener=store)
    store.begin(canvas.picture_now(), canvas.mask_now())
    return canvas


def loaded(store: CanvasStore) -> StoredCanvas:
    stored, notices = store.load()
    assert notices == ()
    assert stored is not None
    return stored


def restored(store: CanvasStore) -> Canvas:
    stored = loaded(store)
    canvas = Canvas(stored.picture, stored.mask, listener=store)
    canvas.history.load(stored.edits, stored.position)
    return canvas


def walk_through(canvas: Canvas) -> list[str]:
    """Every state that undo and redo lead to, first to last; the canvas ends where it was."""
    position = canvas.history.position
    while canvas.undo() is not None:
        pass
    states = [fingerprint_of(canvas)]
    while canvas.redo() is not None:
        states.append(fingerprint_of(canvas))
    while canvas.history.position > position:
        canvas.undo()
    return states


def test_nothing_is_there_at_first(file: Path) -> None:
    with opened(file) as store:
        assert store.load() == (None, ())


def test_a_new_canvas_is_shown_before_it_is_packed(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    began, written = time.monotonic(), threading.Event()
    times: list[float] = []

    def write(*_: object) -> None:
        times.append(time.monotonic())
        written.set()

    monkeypatch.setattr(canvas_rows, "begin", write)
    with opened(file) as store:
        begun(store)
        assert written.wait(10)

    assert times[0] - began >= canvas_store._SECONDS_TO_SHOW


@pytest.mark.parametrize("end", [CanvasStore.flush, CanvasStore.close])
def test_who_waits_for_the_store_waits_no_longer_than_it_writes(
    end: Callable[[CanvasStore], object], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canvas_store, "_SECONDS_TO_SHOW", 1000.0)
    with opened(file) as store:
        canvas = begun(store)
        end(store)

    with opened(file) as store:
        assert loaded(store).picture.tobytes() == canvas.picture_now().tobytes()


@pytest.mark.parametrize("most_bytes_to_redo", [0, 100_000, 2**40], ids=["base follows", "now and then", "base stays"])
@pytest.mark.parametrize("seed", range(4))
def test_whatever_was_done_comes_back_with_its_whole_history(
    file: Path, seed: int, most_bytes_to_redo: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canvas_rows, "_MOST_BYTES_TO_REDO", most_bytes_to_redo)
    chance = random.Random(seed)
    with opened(file) as store:
        canvas = begun(store)
        for _ in range(40):
            do_something(canvas, chance)
            if chance.random() < 0.3:
                assert store.flush()
        expected = walk_through(canvas)
        state, labels = fingerprint_of(canvas), (canvas.undo_label, canvas.redo_label)
    with opened(file) as store:
        again = restored(store)
        assert fingerprint_of(again) == state
        assert (again.undo_label, again.redo_label) == labels
        assert walk_through(again) == expected


def mask_all(canvas: Canvas, value: int) -> None:
    canvas.set_mask(np.full_like(canvas.mask, value), "Mask")


@pytest.mark.parametrize("change", [lambda canvas: mask_all(canvas, 9), Canvas.undo], ids=["edit", "undo"])
def test_a_change_takes_back_that_it_is_kept_elsewhere(file: Path, change: Callable[[Canvas], object]) -> None:
    with opened(file) as store:
        canvas = begun(store)
        mask_all(canvas, 255)
        store.set_view({KEPT: True, "shown": True})
        assert store.flush()
    with opened(file) as store:
        assert loaded(store).view == {KEPT: True, "shown": True}
        change(restored(store))
    with opened(file) as store:
        assert loaded(store).view == {"shown": True}


def test_work_goes_on_after_a_restart(file: Path) -> None:
    """Also where the first edits were forgotten: the steps are counted anew then."""
    chance = random.Random(3)
    for _ in range(4):
        with opened(file) as store:
            stored, _ = store.load()
            canvas = begun(store) if stored is None else restored(store)
            for _ in range(8):
                do_something(canvas, chance)
            state, position = fingerprint_of(canvas), canvas.history.position
        with opened(file) as store:
            again = restored(store)
            assert fingerprint_of(again) == state
            assert again.history.position == position


def test_a_new_edit_cuts_off_what_was_undone(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where the base had already gone beyond it."""
    monkeypatch.setattr(canvas_rows, "_MOST_BYTES_TO_REDO", 0)
    chance = random.Random(1)
    with opened(file) as store:
        canvas = begun(store)
        for _ in range(6):
            paint_stroke(canvas, chance, 30)
        assert store.flush()
        for _ in range(4):
            canvas.undo()
        paint_stroke(canvas, chance, 50)
        state = fingerprint_of(canvas)
    with opened(file) as store:
        again = restored(store)
        assert len(again.history.edits) == 3
        assert again.redo() is None
        assert fingerprint_of(again) == state


def test_candidates_and_the_view_come_back(file: Path) -> None:
    view = {"zoom": 1.5, "tool": "brush", "prompt": "ein Apfel 🍎", "none": None}
    with opened(file) as store:
        begun(store)
        store.set_candidates((PictureId("a" * 32), PictureId("b" * 32)))
        store.set_view(view)
        with pytest.raises(ValueError, match="JSON"):
            store.set_view({"not": float("inf")})
    with opened(file) as store:
        stored = loaded(store)
        assert stored.candidates == (PictureId("a" * 32), PictureId("b" * 32))
        assert stored.view == view


def test_a_closed_canvas_leaves_nothing_and_takes_no_room(file: Path) -> None:
    with opened(file) as store:
        canvas = begun(store)
        for seed in range(12):
            canvas.replace_picture(a_photo(420, 300, seed), "accept")
        assert store.flush()
        store.close_canvas()
        assert store.flush()
    assert file.stat().st_size < 200_000
    with opened(file) as store:
        assert store.load() == (None, ())


def test_a_new_canvas_takes_the_place_of_the_old_one(file: Path) -> None:
    with opened(file) as store:
        canvas = begun(store)
        do_something(canvas, random.Random(1))
        other = a_photo(100, 900, 5)
        store.begin(other, np.zeros((900, 100), np.uint8))
    with opened(file) as store:
        stored = loaded(store)
        assert np.array_equal(stored.picture, other)
        assert not stored.picture.flags.writeable
        assert stored.edits == ()


@pytest.mark.parametrize("by_another", [True, False], ids=["by another", "by none"])
def test_a_canvas_that_was_replaced_is_packed_no_further(
    file: Path, by_another: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = a_photo(100, 900, 5)
    first_tile, is_replaced, packed = threading.Event(), threading.Event(), list[TilePatch]()

    def pack(patch: TilePatch) -> TilePatch:
        if not packed:
            first_tile.set()
            assert is_replaced.wait(10)
        packed.append(patch)
        return pack_really(patch)

    pack_really = TilePatch.packed
    monkeypatch.setattr(TilePatch, "packed", pack)
    monkeypatch.setattr(canvas_store, "_SECONDS_TO_SHOW", 0.0)
    with opened(file) as store:
        canvas = begun(store)
        do_something(canvas, random.Random(1))
        assert first_tile.wait(10)
        if by_another:
            store.begin(other, np.zeros((900, 100), np.uint8))
        else:
            store.close_canvas()
        is_replaced.set()
        assert store.flush()

    assert len(packed) == (1 + 2 * 4 if by_another else 1)
    with opened(file) as store:
        stored, _ = store.load()
        assert (stored is not None and np.array_equal(stored.picture, other)) == by_another


def test_the_oldest_edits_give_way_when_there_are_too_many(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canvas_rows, "_MOST_BYTES_TO_REDO", 0)
    monkeypatch.setattr(canvas_rows, "_MOST_HISTORY_BYTES", 100_000)
    has_forgotten = threading.Event()

    def forget(connection: sqlite3.Connection) -> bool:
        if forgets := forget_really(connection):
            has_forgotten.set()
        return forgets

    forget_really = canvas_rows.forget_oldest
    monkeypatch.setattr(canvas_rows, "forget_oldest", forget)
    chance = random.Random(2)
    with opened(file) as store:
        canvas = begun(store)
        for _ in range(40):
            paint_stroke(canvas, chance, 60)
            assert store.flush()
        expected = walk_through(canvas)
        assert store.flush()
        assert has_forgotten.wait(30)  # it is done while nothing else is to be done
    with opened(file) as store:
        again = restored(store)
        kept = len(again.history.edits)
        assert 2 < kept < 40
        assert walk_through(again) == expected[-kept - 1 :]
        paint_stroke(again, chance, 60)
        state = fingerprint_of(again)
    with opened(file) as store:
        assert fingerprint_of(restored(store)) == state


def test_edits_that_the_base_needs_are_never_forgotten(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canvas_rows, "_MOST_HISTORY_BYTES", 0)
    states = painted(file)
    with opened(file) as store:
        again = restored(store)
        assert fingerprint_of(again) == states[-1]
        assert walk_through(again) == states


def test_a_canvas_that_grew_and_shrank_keeps_no_tiles_of_its_larger_self(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canvas_rows, "_MOST_BYTES_TO_REDO", 0)
    with opened(file) as store:
        canvas = begun(store)
        canvas.extend(300, 0, 0, 300, "extend")
        assert store.flush()
        canvas.undo()
        assert store.flush()
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*), max(x), max(y) FROM tile").fetchone() == (8, 256, 256)


@pytest.mark.parametrize("most_bytes_to_redo", [0, 2**40], ids=["base follows", "base stays"])
def test_results_of_other_sizes_come_back_as_the_single_steps_that_they_were(
    file: Path, most_bytes_to_redo: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canvas_rows, "_MOST_BYTES_TO_REDO", most_bytes_to_redo)
    with opened(file) as store:
        canvas = begun(store)
        paint_stroke(canvas, random.Random(1), 60)
        for width, height in ((800, 40), (64, 64), (512, 768)):
            canvas.accept(a_photo(width, height, 2), "accept", PictureId(f"picture {width}"))
            assert store.flush()
            paint_stroke(canvas, random.Random(2), 60)
        canvas.undo()
        canvas.undo()
        expected, state = walk_through(canvas), fingerprint_of(canvas)
    with opened(file) as store:
        again = restored(store)
        assert fingerprint_of(again) == state
        assert walk_through(again) == expected
        assert again.history.edits == tuple(edit.packed() for edit in canvas.history.edits)


def test_a_canvas_of_schema_1_comes_back(tmp_path: Path, file: Path) -> None:
    """Made with a stroke, an extension by 8 on the left and 16 below, and a stroke that was undone."""
    shutil.copy(STORED / "canvas-schema-1.db", file)
    with opened(file) as store:
        canvas = restored(store)
        assert [edit.extension for edit in canvas.history.edits] == [None, Growth(8, 0, 0, 16), None]
        assert (canvas.width, canvas.height, canvas.history.position) == (48, 46, 2)
        canvas.undo()
        canvas.undo()
        assert fingerprint_of(canvas) == fingerprint(a_photo(40, 30), np.zeros((30, 40), np.uint8))


# --- damage ---


def painted(file: Path) -> list[str]:
    """A canvas with ten strokes; returns all its states."""
    content, states = painted_within(canvas_rows._MOST_BYTES_TO_REDO, canvas_rows._MOST_HISTORY_BYTES)
    file.write_bytes(content)
    return states


@cache
def painted_within(_most_bytes_to_redo: int, _most_history_bytes: int) -> tuple[bytes, list[str]]:
    """What its file contains with these limits, which hold while it is called; painted once for each."""
    chance = random.Random(6)
    with TemporaryDirectory() as folder:
        file = Path(folder, "canvas.db")
        with opened(file) as store:
            canvas = begun(store)
            states = [fingerprint_of(canvas)]
            for _ in range(10):
                paint_stroke(canvas, chance, 40)
                states.append(fingerprint_of(canvas))
        assert not Path(folder, "canvas.db-wal").exists(), "all of it is in the file"
        return file.read_bytes(), states


def change(file: Path, sql: str) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE patch SET content = x'00' WHERE step = 4",
        "UPDATE patch SET x = 100000 WHERE step = 9",
        "UPDATE patch SET x = x + 300 WHERE step = 2",
        "UPDATE patch SET layer = 'sky' WHERE step = 4",
        "DELETE FROM edit WHERE step = 5",
        "UPDATE edit SET growth = 'wide' WHERE step = 3",
        "UPDATE edit SET growth = '[-900, 0, 0, 0]' WHERE step = 3",
        "UPDATE edit SET growth = '[0, 0, 0, -300]', cleared_patches = 9 WHERE step = 9",
        "UPDATE canvas SET position = 99",
        "UPDATE canvas SET base_step = 99",
    ],
)
@pytest.mark.parametrize("most_bytes_to_redo", [0, 2**40], ids=["base follows", "base stays"])
def test_a_damaged_history_costs_the_history_and_not_the_picture(
    file: Path, sql: str, most_bytes_to_redo: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canvas_rows, "_MOST_BYTES_TO_REDO", most_bytes_to_redo)
    states = painted(file)
    change(file, sql)
    with opened(file) as store:
        stored, notices = store.load()
        assert stored is not None
        assert fingerprint(stored.picture, stored.mask) in states
        assert (stored.edits, stored.position) == ((), 0)
        assert "damaged" in notices[0]
    assert list(file.parent.glob("canvas.db.damaged-*"))
    with opened(file) as store:
        assert np.array_equal(loaded(store).picture, stored.picture)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE tile SET content = x'0011' WHERE layer = 'picture' AND x = 0 AND y = 0",
        "DELETE FROM tile WHERE layer = 'mask'",
        "UPDATE tile SET width = width - 1, checksum = checksum",
        "UPDATE canvas SET width = 5000",
        "UPDATE canvas SET candidates = 'x'",
    ],
)
def test_damaged_pixels_are_set_aside_and_said(file: Path, sql: str) -> None:
    painted(file)
    change(file, sql)
    with opened(file) as store:
        stored, notices = store.load()
        assert stored is None
        assert "damaged-" in notices[0]
        canvas = begun(store)
        state = fingerprint_of(canvas)
    with opened(file) as store:
        assert fingerprint_of(restored(store)) == state


def test_a_file_that_is_no_database_is_set_aside_and_said(file: Path) -> None:
    file.write_bytes(b"no database" * 1000)
    store = CanvasStore(file, must_not_fail)
    (notice,) = store.open()
    assert "damaged-" in notice
    assert store.load() == (None, ())
    store.close()


def test_the_canvas_of_a_newer_program_is_left_alone(file: Path) -> None:
    painted(file)
    change(file, "PRAGMA user_version = 99")
    store = CanvasStore(file, must_not_fail)
    with pytest.raises(DatabaseTooNew):
        store.open()
    store.close()


def test_what_cannot_be_written_is_said_once_and_written_later(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canvas_store, "_SECONDS_UNTIL_RETRY", 0.001)
    reported: list[StorageError] = []
    append, attempts = canvas_rows.append, 0

    def failing_append(connection: sqlite3.Connection, edit: Edit, step: int) -> None:
        nonlocal attempts
        attempts += 1
        if attempts < 20:
            raise DiskFull(file, 1, 0)
        append(connection, edit, step)

    monkeypatch.setattr(canvas_rows, "append", failing_append)
    with opened(file, reported.append) as store:
        canvas = begun(store)
        paint_stroke(canvas, random.Random(1), 40)
        while not store.flush():
            pass
        assert [type(error) for error in reported] == [DiskFull]
    with opened(file) as store:
        assert fingerprint_of(restored(store)) == fingerprint_of(canvas)


def test_a_store_that_cannot_write_can_be_closed(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> None:
        raise DiskFull(file, 1, 0)

    monkeypatch.setattr(canvas_rows, "begin", failing)
    reported: list[StorageError] = []
    with opened(file, reported.append) as store:
        begun(store)
        assert not store.flush()
    assert len(reported) == 1


def test_what_is_done_before_the_file_is_open_is_written_then(file: Path) -> None:
    store = CanvasStore(file, must_not_fail)
    store.start()
    canvas = begun(store)
    assert not store.flush(), "there is no file yet"
    store.open()
    assert store.flush()
    store.close()
    with opened(file) as again:
        assert fingerprint_of(restored(again)) == fingerprint_of(canvas)


def test_a_store_that_could_not_be_opened_waits_for_nothing(file: Path) -> None:
    file.parent.joinpath("no folder").touch()
    store = CanvasStore(file.parent / "no folder" / "canvas.db", must_not_fail)
    store.start()
    with pytest.raises(StorageError):
        store.open()
    begun(store)
    assert not store.flush()
    store.close()
    assert "canvas store" not in {thread.name for thread in threading.enumerate()}
