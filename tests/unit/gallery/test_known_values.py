"""What pictures can be searched for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from studio.core.sources import ImageRef
from studio.core.task import ImageToImage
from studio.gallery.picture_marks import PictureMarks
from studio.gallery.search.query import Field
from tests.helpers.fake_session import a_picture, a_request
from tests.unit.gallery.galleries import a_gallery


def test_values_of_the_pictures_and_of_what_the_user_did_with_them(tmp_path: Path) -> None:
    gallery = a_gallery(tmp_path)
    assert not any(gallery.known_values().of.values())
    records = [gallery.add(a_picture(a_request("a house"))) for _ in range(3)]
    best = gallery.marks.new_album("best")
    gallery.marks.new_album("all stars", "rating:5")
    marked = PictureMarks(tags=("sea", "sun"), albums=(best.id,))
    gallery.put_marks({records[0].id: marked, records[1].id: PictureMarks(tags=("sun",))})

    known = gallery.known_values().of

    assert known[Field.MODEL] == ("Fake model",)
    assert known[Field.SAMPLER] == ("Euler",)
    assert known[Field.SIZE] == ("64x64",)
    assert known[Field.TAG] == ("sun", "sea"), "the most used first"
    assert known[Field.ALBUM] == ("best",), "a kept search holds no pictures of its own"
    assert known[Field.FROM] == ()
    assert known[Field.LIKE] == tuple(record.path.stem for record in reversed(records)), "the newest first"
    gallery.close()


def test_numbers_months_and_notes_of_the_pictures(tmp_path: Path) -> None:
    gallery = a_gallery(tmp_path)
    newest = datetime(2026, 11, 20, 12, tzinfo=UTC)
    records = [
        gallery.add(replace(a_picture(a_request(seed=seed, steps=steps)), created_at=newest - timedelta(days=days)))
        for seed, steps, days in ((2**64 - 1, 20, 0), (7, 8, 1), (2, 20, 50), (7, 20, 800))
    ]
    gallery.put_marks({records[0].id: PictureMarks(note="for Ada"), records[1].id: PictureMarks(note="long " * 20)})

    known = gallery.known_values().of

    assert known[Field.STEPS] == ("20", "8"), "the most used first"
    assert known[Field.CFG] == ("5",)
    assert (known[Field.WIDTH], known[Field.HEIGHT]) == (("64",), ("64",))
    assert known[Field.SEED] == (str(2**64 - 1), "7", "2"), "the newest first"
    assert known[Field.DATE] == ("2026-11", "2026-10", "2024-09")
    assert known[Field.NOTE] == ("for Ada",)
    gallery.close()


def test_pictures_that_others_were_made_from_are_known_by_their_names(tmp_path: Path) -> None:
    gallery = a_gallery(tmp_path)
    parent = gallery.add(a_picture())
    gallery.add(a_picture(a_request("alone")))
    varied = ImageToImage(image=ImageRef("a" * 64, 64, 64), parent=parent.id, strength=0.5)
    gallery.add(a_picture(replace(a_request("varied"), task=varied)))
    assert gallery.known_values().of[Field.FROM] == (parent.path.stem,)
    gallery.close()


def test_words_of_prompts_are_known_by_their_beginning_the_most_frequent_first(tmp_path: Path) -> None:
    gallery = a_gallery(tmp_path)
    for text, negative in (("An old HOUSE", "hourglass"), ("a house, a café", ""), ("houses", "cafeteria")):
        request = a_request(text)
        gallery.add(a_picture(replace(request, prompt=replace(request.prompt, negative=negative))))

    assert gallery.words("hou") == ("house", "hourglass", "houses")
    assert gallery.words("HOUSE") == ("houses",), "the beginning itself is typed already"
    assert gallery.words("hou", Field.PROMPT) == ("house", "houses")
    assert gallery.words("hou", Field.NEGATIVE) == ("hourglass",)
    assert gallery.words("café") == ("cafeteria",)
    assert gallery.words("ho") == (), "too many begin so"
    assert gallery.words('hou"') == gallery.words("%%%") == gallery.words("zzz") == ()
    gallery.close()
