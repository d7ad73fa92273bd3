"""The chapters of the guide, as they are written and as they are shipped."""

from __future__ import annotations

import pytest

from studio.core.resources import resource_path
from studio.ui.guide.chapters import Question, Screen, TryIt, parse_chapter, read_chapters

CHAPTER = """# Noise

Some **static**.

---

More of it.

[Try it: see it](try:see-it)

---

? What is it?
- a picture
+ static
! It was said above.

? Again?
+ yes
- no
! It is the same.
"""


def test_a_chapter_has_screens_things_to_try_and_questions() -> None:
    chapter = parse_chapter(CHAPTER)
    assert chapter.title == "Noise"
    assert chapter.screens == (
        Screen("Some **static**.", ()),
        Screen("More of it.", (TryIt("see it", "see-it"),)),
    )
    assert chapter.questions == (
        Question("What is it?", ("a picture", "static"), 1, "It was said above."),
        Question("Again?", ("yes", "no"), 0, "It is the same."),
    )


@pytest.mark.parametrize(
    "text",
    [
        "no heading\n\na\n---\n? q\n+ a\n- b\n! w",
        "# only questions\n? q\n+ a\n- b\n! w",
        CHAPTER.replace("+ static", "- static"),
        CHAPTER.replace("! It was said above.\n", ""),
        CHAPTER.replace("- a picture\n", ""),
    ],
)
def test_what_is_no_chapter_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        parse_chapter(text)


def test_eight_chapters_are_shipped_each_with_two_screens_something_to_try_and_questions() -> None:
    chapters = read_chapters(resource_path("guide", "en"))
    assert len(chapters) == 8
    for chapter in chapters:
        assert len(chapter.screens) == 2
        assert any(screen.tries for screen in chapter.screens)
        assert len(chapter.questions) >= 2
