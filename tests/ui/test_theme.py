"""Colours can be read, and lengths follow the text size."""

from __future__ import annotations

import re

import pytest
from PySide6.QtGui import QColor, QFont
from pytestqt.qtbot import QtBot

from studio.settings.model import Theme
from studio.ui.theme import DARK, LIGHT, Tokens, apply_theme, current_tokens, px


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


def test_a_theme_sets_palette_and_style_sheet(qtbot: QtBot, qapp: object) -> None:
    from PySide6.QtWidgets import QApplication

    assert isinstance(qapp, QApplication)
    apply_theme(qapp, Theme.LIGHT)
    assert current_tokens() is LIGHT
    apply_theme(qapp, Theme.DARK)
    assert current_tokens() is DARK
    assert DARK.accent in qapp.styleSheet()
    assert not re.search(r"[@$]\w", qapp.styleSheet()), "a token was not replaced"


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
