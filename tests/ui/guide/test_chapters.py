"""The chapters of the guide, as they are written and as they are shipped."""

from __future__ import annotations

import pytest
from PIL import Image

from studio.core.language import ENGLISH, LANGUAGES
from studio.core.resources import resource_path
from studio.ui.guide.chapters import Chapter, Question, Screen, TryIt, parse_chapter, read_chapters

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


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_chapters(language: str) -> None:
    """The same screens, pictures, things to try and right answers, in other words."""

    def shape(chapter: Chapter) -> object:
        screens = [
            ([each.action for each in screen.tries], [each.file for each in screen.figures])
            for screen in chapter.screens
        ]
        return screens, [(len(question.answers), question.right) for question in chapter.questions]

    english = read_chapters(resource_path("guide", "en"))
    others = read_chapters(resource_path("guide", language))

    assert [shape(chapter) for chapter in others] == [shape(chapter) for chapter in english]
    if language != ENGLISH:
        assert not {screen.text for chapter in others for screen in chapter.screens} & {
            screen.text for chapter in english for screen in chapter.screens
        }


def test_every_chapter_has_a_picture_that_the_program_made() -> None:
    for chapter in read_chapters(resource_path("guide", "en")):
        figures = [figure for screen in chapter.screens for figure in screen.figures]
        assert figures, chapter.title
        for figure in figures:
            with Image.open(resource_path("guide", figure.file)) as picture:
                assert picture.width <= 640, "as wide as the text"
                assert picture.mode in {"RGBA", "P"}, "what is between its parts is transparent: light and dark"
            assert "!" not in next(screen.text for screen in chapter.screens if figure in screen.figures)[:1]


def test_a_picture_stands_on_a_line_of_its_own() -> None:
    text = CHAPTER.replace("Some **static**.", "Some **static**.\n\n![Noise, and more](chapter_1.png)")
    [figure] = parse_chapter(text).screens[0].figures
    assert (figure.caption, figure.file) == ("Noise, and more", "chapter_1.png")
    assert parse_chapter(text).screens[0].text == "Some **static**."
