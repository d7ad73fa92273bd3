"""Colours can be read, and lengths follow the text size."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QRadioButton,
    QStyle,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from studio.settings.model import Theme
from studio.ui.desktop_look import DesktopLook
from studio.ui.theme import DARK, LIGHT, Tokens, apply_palette, apply_theme, current_tokens, px

ACCENTS = ("#3584e4", "#2190a4", "#3a944a", "#c88800", "#ed5b00", "#e62d42", "#d56199", "#9141ac", "#6f8396", "#ffff00")
"""GNOME's nine, and the lightest of all."""


@pytest.fixture
def looking_anew(qapp: QApplication) -> Iterator[QApplication]:
    yield qapp
    apply_theme(qapp, Theme.DARK)


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""

    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

    red, green, blue, _ = QColor(colour).getRgbF()
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=["dark", "light"])
def test_text_has_a_contrast_of_4_5(tokens: Tokens) -> None:
    grounds = (tokens.window, tokens.surface, tokens.raised, tokens.canvas)
    for ground in grounds:
        assert contrast(tokens.text, ground) >= 4.5
        assert contrast(tokens.muted, ground) >= 4.5, ground
    assert contrast(tokens.text, tokens.hover) >= 4.5
    assert contrast(tokens.text, tokens.accent_soft) >= 4.5
    assert contrast(tokens.accent_text, tokens.accent) >= 4.5
    assert contrast(tokens.danger, tokens.surface) >= 4.5


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=["dark", "light"])
def test_the_colours_of_a_prompts_syntax_can_be_read_where_prompts_are_written(tokens: Tokens) -> None:
    colours = (tokens.syntax_weight, tokens.syntax_name, tokens.syntax_choice, tokens.danger, tokens.muted)
    for colour in colours:
        assert contrast(colour, tokens.raised) >= 4.5, colour
    assert len({*colours, tokens.text}) == 6


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=["dark", "light"])
def test_large_text_on_the_accent_and_borders_of_controls_have_a_contrast_of_3(tokens: Tokens) -> None:
    assert contrast(tokens.accent_title, tokens.accent) >= 3
    assert contrast(tokens.accent, tokens.surface) >= 3
    assert contrast(tokens.accent, tokens.raised) >= 3
    assert contrast(tokens.control, tokens.surface) >= 3


@pytest.mark.parametrize("theme", [Theme.LIGHT, Theme.DARK])
@pytest.mark.parametrize("kind", [QRadioButton, QCheckBox])
def test_what_can_be_ticked_is_seen_before_it_is_ticked(
    qtbot: QtBot, looking_anew: QApplication, kind: type[QAbstractButton], theme: Theme
) -> None:
    apply_theme(looking_anew, theme)
    page, button = QDialog(), kind("")
    qtbot.addWidget(page)
    QVBoxLayout(page).addWidget(button)
    page.show()
    picture = page.grab(button.geometry()).toImage()
    seen = {picture.pixelColor(x, y).name() for x in range(20) for y in range(picture.height())}
    assert max(contrast(colour, current_tokens().window) for colour in seen) >= 3


def test_a_theme_sets_palette_and_style_sheet(qtbot: QtBot, qapp: object) -> None:
    from PySide6.QtWidgets import QApplication

    assert isinstance(qapp, QApplication)
    apply_theme(qapp, Theme.LIGHT)
    assert current_tokens() is LIGHT
    apply_theme(qapp, Theme.DARK)
    assert current_tokens() is DARK
    assert DARK.accent in qapp.styleSheet()
    assert not re.search(r"[@$]\w", qapp.styleSheet()), "a token was not replaced"


@pytest.mark.parametrize("accent", ACCENTS)
@pytest.mark.parametrize("design", [DARK, LIGHT], ids=["dark", "light"])
def test_the_desktops_accent_can_be_read_as_well_as_the_designs_own(
    looking_anew: QApplication, monkeypatch: pytest.MonkeyPatch, design: Tokens, accent: str
) -> None:
    scheme = Qt.ColorScheme.Dark if design is DARK else Qt.ColorScheme.Light
    monkeypatch.setattr(type(looking_anew.styleHints()), "colorScheme", lambda _: scheme)
    tokens = apply_palette(looking_anew, Theme.SYSTEM, DesktopLook(accent))
    assert QColor(tokens.accent).hslHue() == pytest.approx(QColor(accent).hslHue(), abs=4)
    for name in ("accent", "accent_hover", "accent_soft"):
        theirs, ours = getattr(tokens, name), getattr(design, name)
        assert luminance(theirs) == pytest.approx(luminance(ours), abs=0.01), name
    test_text_has_a_contrast_of_4_5(tokens)
    test_large_text_on_the_accent_and_borders_of_controls_have_a_contrast_of_3(tokens)


def test_the_accent_is_followed_with_the_desktops_theme_only_and_painters_see_it(looking_anew: QApplication) -> None:
    orange = DesktopLook("#ed5b00")
    apply_theme(looking_anew, Theme.SYSTEM, orange)
    followed = current_tokens()
    assert followed not in {DARK, LIGHT}
    for colour in (followed.accent, followed.accent_hover, followed.accent_soft):
        assert colour in looking_anew.styleSheet()
    apply_theme(looking_anew, Theme.DARK, orange)
    assert current_tokens() is DARK
    for grey in (None, "#ffffff", "#808080"):
        apply_theme(looking_anew, Theme.SYSTEM, DesktopLook(grey))
        assert current_tokens() in {DARK, LIGHT}


@pytest.mark.parametrize(
    ("qt_says", "desktop_says", "tokens"),
    [
        (Qt.ColorScheme.Unknown, True, DARK),
        (Qt.ColorScheme.Unknown, False, LIGHT),
        (Qt.ColorScheme.Unknown, None, LIGHT),
        (Qt.ColorScheme.Light, True, LIGHT),
        (Qt.ColorScheme.Dark, False, DARK),
    ],
)
def test_where_qt_does_not_know_what_the_desktop_wants_its_portal_does(
    looking_anew: QApplication,
    monkeypatch: pytest.MonkeyPatch,
    qt_says: Qt.ColorScheme,
    desktop_says: bool | None,
    tokens: Tokens,
) -> None:
    monkeypatch.setattr(type(looking_anew.styleHints()), "colorScheme", lambda _: qt_says)
    look = DesktopLook(dark=desktop_says)
    assert apply_palette(looking_anew, Theme.SYSTEM, look) is tokens
    assert apply_palette(looking_anew, Theme.DARK, look) is DARK
    assert apply_palette(looking_anew, Theme.LIGHT, look) is LIGHT


def test_less_motion_is_told_to_every_widget_and_to_qt(qtbot: QtBot, looking_anew: QApplication) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)

    def duration() -> int:
        return widget.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration, None, widget)

    apply_theme(looking_anew, Theme.DARK, DesktopLook(less_motion=True))
    assert duration() == 0
    apply_theme(looking_anew, Theme.DARK)
    assert duration() > 0


def test_lengths_grow_with_the_text(qtbot: QtBot, qapp: object) -> None:
    from PySide6.QtWidgets import QApplication

    assert isinstance(qapp, QApplication)
    before = qapp.font()
    try:
        large = QFont(before)
        large.setPixelSize(26)
        qapp.setFont(large)
        assert px(32) == 64
    finally:
        qapp.setFont(before)


def test_a_list_of_choices_shows_all_of_a_few(qtbot: QtBot, looking_anew: QApplication) -> None:
    """As a menu over the field, which Qt would make of it, it cuts off the last one and scrolls."""
    apply_theme(looking_anew, Theme.DARK)
    choice = QComboBox()
    choice.addItems(["Cut off what sticks out", "Add at the sides", "Stretch"])
    qtbot.addWidget(choice)
    choice.show()
    choice.showPopup()
    rows = choice.view()
    qtbot.waitUntil(lambda: rows.viewport().isVisible())
    last = rows.visualRect(choice.model().index(2, 0))
    assert last.height() == px(28), "as high as a line of a menu"
    assert rows.viewport().rect().contains(last)
    choice.hidePopup()
