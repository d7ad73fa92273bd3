"""Databases that were damaged at random bytes: no picture, rating or album is lost, and each start says what it did.

STUDIO_DAMAGES sets how often (30 by default).
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from studio.gallery import database as database_module
from studio.gallery.database import Database
from studio.gallery.gallery import Gallery
from studio.gallery.picture_marks import PictureMarks
from studio.gallery.user_schema import USER_SCHEMA
from tests.helpers.fake_session import a_picture
from tests.helpers.promises import State, start_again
from tests.unit.gallery.galleries import a_gallery

DAMAGES = int(os.environ.get("STUDIO_DAMAGES", "30"))
FILES = ("index.db", "user.db", "user.db.journal", "thumbnails.db")


@pytest.fixture
def kept(home: Path) -> State:
    """What is in the gallery of `home`."""
    gallery = a_gallery(home)
    albums = (gallery.marks.new_album("Best").id,)
    for rating in range(1, 6):
        marks = PictureMarks(rating, favourite=True, note="by the sea", tags=("sea",), albums=albums)
        gallery.put_marks({gallery.add(a_picture()).id: marks})
    gallery.close()
    state, notices = start_again(home)
    assert notices == ()
    assert len(state.marks) == 5
    return state


@pytest.mark.timeout(60 + 2 * DAMAGES)
def test_random_bytes(home: Path, kept: State, tmp_path_factory: pytest.TempPathFactory) -> None:
    chance, said = random.Random(11), 0
    for number in range(DAMAGES):
        again = tmp_path_factory.mktemp("damaged") / "home"
        shutil.copytree(home, again)
        damaged = again / FILES[number % len(FILES)]
        content = bytearray(damaged.read_bytes())
        for _ in range(chance.choice((1, 3, 100))):
            content[chance.randrange(len(content))] = chance.randrange(256)
        damaged.write_bytes(bytes(content))
        found, notices = start_again(again)
        assert found == kept, f"damage {number} to {damaged.name}; it said {notices}"
        assert start_again(again) == (kept, ()), "once is enough"
        said += bool(notices)
    assert said > DAMAGES // 5


def test_a_row_under_another_id_is_found_out_and_said(home: Path, kept: State) -> None:
    """SQLite's quick check does not compare rows with indices."""
    index = home / "index.db"
    picture = min(kept.pictures)
    with sqlite3.connect(index) as connection:
        assert connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]
    connection.close()
    content = index.read_bytes()
    place = content.rindex(picture.encode())
    index.write_bytes(content[:place] + b"0" * 32 + content[place + 32 :])
    found, [notice] = start_again(home)
    assert found == kept
    assert "being made again from the files" in notice


def test_a_kill_while_a_database_is_made_for_the_first_time_is_no_damage(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    home.mkdir(exist_ok=True)
    with monkeypatch.context() as patch:
        patch.setattr(Database, "_migrate", killed)
        with pytest.raises(KeyboardInterrupt):
            Database(home / "user.db", USER_SCHEMA)
    assert not (home / "user.db").exists()
    database = Database(home / "user.db", USER_SCHEMA)
    assert database.set_aside is None
    database.close()


@pytest.mark.parametrize("text", [b"a red apple", b'"text_to_image"'])
def test_a_text_of_the_index_that_is_none_is_found_out_and_said(home: Path, kept: State, text: bytes) -> None:
    """SQLite takes any bytes for a text; Python does not."""
    index = home / "index.db"
    content = index.read_bytes()
    index.write_bytes(content.replace(text, b"\xff" * len(text)))
    found, [notice] = start_again(home)
    assert found == kept
    assert "being made again from the files" in notice
    assert start_again(home) == (kept, ())


def test_a_note_that_is_no_text_comes_back_from_the_journal(home: Path, kept: State) -> None:
    database = home / "user.db"
    database.write_bytes(database.read_bytes().replace(b"by the sea", b"\xffy the sea"))
    found, notices = start_again(home)
    assert found == kept
    assert notices
    assert start_again(home) == (kept, ())


def test_a_thumbnail_under_another_id_is_made_again(home: Path, kept: State) -> None:
    """Out of order among the others, which no search then finds."""
    file = home / "thumbnails.db"
    content = file.read_bytes()
    file.write_bytes(content.replace(min(kept.pictures).encode(), b"f" * 32))
    assert start_again(home) == (kept, ())


def test_after_a_crash_the_thumbnails_are_checked_behind_the_window(home: Path, kept: State) -> None:
    """Those of 100,000 pictures are more than a gigabyte, which was read before the window was there."""
    file = home / "thumbnails.db"
    content = bytearray(file.read_bytes())
    content[36:40] = (7).to_bytes(4, "big")  # free pages that there are not: every row can be read
    file.write_bytes(content)
    (home / "thumbnails.db-wal").touch()
    gallery = a_gallery(home)
    assert list(home.glob("thumbnails.db.damaged-*")) == []
    assert gallery.mend_index() == ()
    assert len(list(home.glob("thumbnails.db.damaged-*"))) >= 1
    gallery.close()
    assert start_again(home) == (kept, ())


def test_an_index_whose_first_rows_cannot_be_read_is_set_aside_when_it_is_opened(home: Path, kept: State) -> None:
    """The window reads them at once. The rest is checked behind it: half a gigabyte for 100,000 pictures."""
    index = home / "index.db"
    with sqlite3.connect(index) as connection:
        [(root,)] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'pictures_by_date'").fetchall()
        [(size,)] = connection.execute("PRAGMA page_size").fetchall()
    connection.close()
    content = bytearray(index.read_bytes())
    content[(root - 1) * size : root * size] = b"\xff" * size
    index.write_bytes(content)
    gallery = Gallery(home / "pictures", index, home / "thumbnails.db", home / "user.db")
    [notice] = gallery.open()
    assert "being made again from the files" in notice
    assert gallery.browse().is_whole
    gallery.close()
    assert start_again(home) == (kept, ())


def test_pages_of_the_index_are_read_at_the_start_only_after_a_crash(
    home: Path, kept: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    check = database_module._check

    def noted(connection: sqlite3.Connection, kind: str) -> None:
        checked.append(Path(connection.execute("PRAGMA database_list").fetchone()[2]).name)
        check(connection, kind)

    monkeypatch.setattr(database_module, "_check", noted)
    a_gallery(home).close()
    assert checked == ["user.db"], "it is small, and nothing can make it again"
    (home / "index.db-wal").touch()
    a_gallery(home).close()
    assert checked == ["user.db", "user.db", "index.db"]
    assert start_again(home) == (kept, ())
