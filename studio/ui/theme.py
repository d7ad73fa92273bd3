"""The look: colour tokens, metrics, palette and style sheet. QSS and painters read the same tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from functools import lru_cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontInfo, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from studio.core.resources import resource_path
from studio.settings.model import Theme
from studio.ui.accent import has_hue, in_hue_of
from studio.ui.desktop_look import PLAIN_LOOK, DesktopLook

_DESIGN_TEXT_PX = 13


@dataclass(frozen=True, slots=True)
class Tokens:
    """Colours as #rrggbb. `control` is the border of things that can be operated: at least 3:1 on their ground."""

    window: str
    surface: str
    raised: str
    hover: str
    line: str
    control: str
    text: str
    muted: str
    accent: str
    accent_hover: str
    accent_text: str
    """Text on the accent below 15 px semi-bold."""
    accent_title: str
    """Text on the accent from 15 px semi-bold, where 3:1 is enough."""
    accent_soft: str
    danger: str
    canvas: str
    syntax_weight: str
    """In a prompt: weights, and words that divide it."""
    syntax_name: str
    """In a prompt: names of add-ons and wildcards."""
    syntax_choice: str
    """In a prompt: what changes from picture to picture or from step to step."""


DARK = Tokens(
    window="#14161a",
    surface="#1b1e24",
    raised="#252932",
    hover="#2e333e",
    line="#31363f",
    control="#6d7584",
    text="#e8eaee",
    muted="#9aa3b2",
    accent="#8f7bff",
    accent_hover="#a08fff",
    accent_text="#14161a",
    accent_title="#ffffff",
    accent_soft="#2a2648",
    danger="#ff7a7a",
    canvas="#0f1114",
    syntax_weight="#b3a5ff",
    syntax_name="#5fd0b8",
    syntax_choice="#e9b566",
)
LIGHT = Tokens(
    window="#f3f4f7",
    surface="#ffffff",
    raised="#eef0f4",
    hover="#e4e7ee",
    line="#d9dde5",
    control="#848c9b",
    text="#1a1d23",
    muted="#5b6472",
    accent="#5f48e6",
    accent_hover="#4f39d2",
    accent_text="#ffffff",
    accent_title="#ffffff",
    accent_soft="#e9e5ff",
    danger="#c22f2f",
    canvas="#e6e8ed",
    syntax_weight="#4f39d2",
    syntax_name="#0b6352",
    syntax_choice="#874a00",
)


def px(design_pixels: float) -> int:
    """A length of the design (made for 13 px text) at the user's text size, in device-independent pixels."""
    return round(design_pixels * text_pixels() / _DESIGN_TEXT_PX)


def text_pixels() -> int:
    """Height of running text: the system's font, but never below 13 px."""
    return max(_DESIGN_TEXT_PX, QFontInfo(QGuiApplication.font()).pixelSize())


def current_tokens() -> Tokens:
    """The tokens of the theme in force (painters call this at every paint, so a change shows at once)."""
    palette = QGuiApplication.palette()
    return _with_accent(DARK if _is_dark(palette) else LIGHT, palette.color(QPalette.ColorRole.Accent).name())


def apply_theme(application: QApplication, theme: Theme, look: DesktopLook = PLAIN_LOOK) -> None:
    """Set style, palette and style sheet. `Theme.SYSTEM` follows the desktop, with its accent, too."""
    sheet = _style_sheet(apply_palette(application, theme, look), look)
    if sheet != application.styleSheet():  # Qt and the portal may both tell of one change
        application.setStyleSheet(sheet)


def apply_palette(application: QApplication, theme: Theme, look: DesktopLook = PLAIN_LOOK) -> Tokens:
    """The first half of `apply_theme`, for widgets to be built with: under a style sheet each would be styled anew
    whenever it gets a parent, which doubles the time until the window is painted."""
    scheme = {Theme.DARK: Qt.ColorScheme.Dark, Theme.LIGHT: Qt.ColorScheme.Light}.get(theme, Qt.ColorScheme.Unknown)
    hints = application.styleHints()
    hints.setColorScheme(scheme)
    tokens = DARK if _wants_dark(theme, hints.colorScheme(), look) else LIGHT
    if theme is Theme.SYSTEM and look.accent is not None and has_hue(look.accent):
        tokens = _with_accent(tokens, in_hue_of(tokens.accent, look.accent))
    if application.style().objectName() != "fusion":
        application.setStyle("Fusion")
    application.setPalette(_palette(tokens))
    return tokens


def _wants_dark(theme: Theme, system: Qt.ColorScheme, look: DesktopLook) -> bool:
    """Qt knows what most desktops want."""
    if theme is not Theme.SYSTEM:
        return theme is Theme.DARK
    if system is not Qt.ColorScheme.Unknown:
        return system is Qt.ColorScheme.Dark
    return look.dark is True


@lru_cache(maxsize=8)
def _with_accent(tokens: Tokens, accent: str) -> Tokens:
    """`accent` is as light as that of `tokens`."""
    if accent == tokens.accent:
        return tokens
    hover, soft = in_hue_of(tokens.accent_hover, accent), in_hue_of(tokens.accent_soft, accent)
    return replace(tokens, accent=accent, accent_hover=hover, accent_soft=soft)


def _is_dark(palette: QPalette) -> bool:
    return palette.color(QPalette.ColorRole.Window).lightness() < 128


def _palette(tokens: Tokens) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    colours = {
        role.Window: tokens.window,
        role.WindowText: tokens.text,
        role.Base: tokens.raised,
        role.AlternateBase: tokens.surface,
        role.Text: tokens.text,
        role.Button: tokens.raised,
        role.ButtonText: tokens.text,
        role.ToolTipBase: tokens.raised,
        role.ToolTipText: tokens.text,
        role.PlaceholderText: tokens.muted,
        role.Highlight: tokens.accent,
        role.HighlightedText: tokens.accent_text,
        role.Accent: tokens.accent,
        role.Link: tokens.accent,
        role.BrightText: tokens.danger,
    }
    for which, colour in colours.items():
        palette.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(tokens.muted))
    return palette


def _style_sheet(tokens: Tokens, look: DesktopLook) -> str:
    """`@name` is a token, `$pN` a length of the design at the user's text size."""
    motion = "* { widget-animation-duration: 0; }" if look.less_motion else ""  # Qt's own movements, too
    colours = {field.name: str(getattr(tokens, field.name)) for field in fields(tokens)}
    colours["check"] = resource_path("icons", "check_on_accent.svg").as_posix()
    colours["chevron"] = resource_path("icons", "chevron_muted.svg").as_posix()
    with_colours = re.sub(r"@(\w+)", lambda match: colours[match[1]], _QSS + motion)
    return re.sub(r"\$p(\d+)", lambda match: f"{px(int(match[1]))}px", with_colours)


_QSS = """
* { font-size: $p13; color: @text; outline: 0; }
QMainWindow, QDialog, QWidget#page { background: @window; }
QToolTip { background: @raised; border: 1px solid @line; border-radius: 0; padding: $p6 $p8; }

QFrame#topBar { background: @surface; border-bottom: 1px solid @line; }
QFrame#leftSide { background: @surface; border-right: 1px solid @line; }
QFrame#rightSide { background: @surface; border-left: 1px solid @line; }
QFrame#foot { background: @surface; border-top: 1px solid @line; }
QFrame#steps { background: @surface; border-top: 1px solid @line; }
QFrame#toolBar { background: @surface; border-bottom: 1px solid @line; }
QFrame#separator { background: @line; max-height: 1px; min-height: 1px; border: 0; }
QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: 0; }

QLabel { background: transparent; }
QLabel#brand { font-size: $p15; font-weight: 650; }
QLabel#section { font-size: $p12; font-weight: 600; color: @muted; }
QLabel#muted, QLabel#facts { font-size: $p12; color: @muted; }
QLabel#title { font-size: $p15; }
QLabel#hero { font-size: $p24; font-weight: 600; }
QLabel#marked { color: @accent; font-weight: 600; }
QLabel#fault { font-size: $p12; color: @danger; }

QPlainTextEdit, QLineEdit, QAbstractSpinBox, QComboBox {
    background: @raised; border: 1px solid @line; border-radius: $p6; padding: $p6 $p8;
    selection-background-color: @accent; selection-color: @accent_text; }
QLineEdit, QComboBox { min-height: $p18; }
QPlainTextEdit:hover, QLineEdit:hover, QAbstractSpinBox:hover, QComboBox:hover { border-color: @control; }
QPlainTextEdit:focus, QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus {
    border: 2px solid @accent;
    padding: $p5 $p7; }
QPlainTextEdit:disabled, QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled {
    background: transparent; color: @muted; }
QPlainTextEdit#prompt { font-size: $p15; }
QPlainTextEdit#report { font-family: monospace; }
QComboBox:!editable { padding-left: $p10; }
QComboBox:!editable:focus { padding-left: $p9; }
QComboBox QLineEdit { border: 0; background: transparent; padding: 0; min-height: 0; }
QAbstractSpinBox { padding: 0; min-height: $p30; }
QAbstractSpinBox QLineEdit { border: 0; background: transparent; padding: 0 $p7; min-height: 0; }
QComboBox QLineEdit:focus { border: 0; padding: 0; }
QAbstractSpinBox:focus { padding: 0; }
QAbstractSpinBox QLineEdit:focus { border: 0; padding: 0 $p6; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 0; border: 0; }
QComboBox::drop-down { border: 0; width: $p24; }
QComboBox::down-arrow { image: url(@chevron); width: $p16; height: $p16; }
QComboBox { combobox-popup: 0; }
QComboBox QAbstractItemView { background: @raised; border: 1px solid @line; border-radius: 0; padding: $p4;
    selection-background-color: @accent_soft; selection-color: @text; }
QComboBox QAbstractItemView::item { min-height: $p28; padding: 0 $p8; }

QToolButton, QPushButton { background: @raised; border: 1px solid @line; border-radius: $p6; padding: $p6 $p12; }
QToolButton:hover, QPushButton:hover { background: @hover; border-color: @control; }
QToolButton:focus, QPushButton:focus { border: 2px solid @accent; padding: $p5 $p10; }
QToolButton:disabled, QPushButton:disabled { color: @muted; background: transparent; }
QToolButton:checked { background: @accent_soft; border-color: @accent; }
QToolButton#icon { background: transparent; border: 2px solid transparent; padding: 0; }
QToolButton#icon:hover { background: @hover; }
QToolButton#icon:focus { border: 2px solid @accent; }
QToolButton#icon:checked { background: @accent_soft; border-color: @accent; }
QToolButton#icon[side="true"]:checked { background: @raised; border-color: transparent; }
QToolButton#icon::menu-indicator { image: none; width: 0; }
QToolButton#mode { padding: $p6 $p8; }
QToolButton#mode:focus { padding: $p5 $p7; }
QToolButton#square { padding: 0; }
QToolButton#link {
    background: transparent; border: 2px solid transparent; padding: $p4 $p6;
    color: @muted; font-size: $p12; }
QToolButton#link:hover { color: @text; background: @hover; }
QToolButton#link:focus { border: 2px solid @accent; color: @text; }

QPushButton#column {
    background: transparent; border: 2px solid transparent; padding: 0 $p4; text-align: left;
    color: @muted; font-size: $p12; }
QPushButton#column:hover { background: @hover; color: @text; }
QPushButton#column:focus { border: 2px solid @accent; padding: 0 $p4; }
QPushButton#column:checked { background: transparent; color: @text; font-weight: 600; }

QPushButton#fold {
    background: transparent; border: 2px solid transparent; padding: $p2 0; text-align: left;
    color: @muted; font-size: $p12; }
QPushButton#fold:hover { color: @text; }
QPushButton#fold:focus { border: 2px solid @accent; color: @text; }
QPushButton#make {
    background: @accent; color: @accent_title; border: 0; border-radius: $p8;
    font-size: $p15; font-weight: 600; padding: 0 $p12; }
QPushButton#make:hover { background: @accent_hover; }
QPushButton#make:focus { border: 2px solid @text; padding: 0 $p10; }
QPushButton#chip {
    background: transparent; border: 1px solid @line; border-radius: $p13;
    padding: 0 $p12; color: @muted; font-size: $p12; }
QPushButton#chip:hover { background: @hover; color: @text; border-color: @control; }
QPushButton#chip:checked { background: @accent_soft; color: @text; border-color: @accent; }
QPushButton#chip:focus { border: 2px solid @accent; color: @text; }
QPushButton#card { background: @surface; border: 1px solid @line; border-radius: $p8; padding: $p8; }
QPushButton#card:hover { background: @raised; border-color: @control; }
QPushButton#card:focus { border: 2px solid @accent; }
QSpinBox#count { border-radius: $p8; font-size: $p15; }

QProgressBar { background: @raised; border: 0; border-radius: 0; }
QProgressBar::chunk { background: @accent; border-radius: 0; }
QSlider { min-height: $p24; background: transparent; }
QSlider::groove:horizontal { height: $p4; background: @control; border-radius: $p2; }
QSlider::sub-page:horizontal { background: @accent; border-radius: $p2; }
QSlider::handle:horizontal { background: @text; width: $p14; height: $p14; margin: -$p5 0; border-radius: $p7; }
QSlider::handle:horizontal:focus { background: @accent; border: 2px solid @text; width: $p10; height: $p10; }

QSlider::groove:horizontal:disabled, QSlider::sub-page:horizontal:disabled { background: @line; }
QSlider::handle:horizontal:disabled { background: @control; }

QRadioButton, QCheckBox { spacing: $p8; }
QRadioButton::indicator, QCheckBox::indicator {
    width: $p14; height: $p14; border: 1px solid @control; background: @raised; }
QRadioButton::indicator { border-radius: $p8; }
QCheckBox::indicator { border-radius: $p3; }
QRadioButton::indicator:hover, QCheckBox::indicator:hover { border-color: @accent; }
QRadioButton::indicator:checked {
    width: $p6; height: $p6; border: $p5 solid @accent; background: @accent_text; }
QCheckBox::indicator:checked { background: @accent; border-color: @accent; image: url(@check); }
QRadioButton::indicator:focus, QCheckBox::indicator:focus { width: $p12; height: $p12; border: 2px solid @accent; }
QRadioButton::indicator:checked:focus { width: $p6; height: $p6; border: $p5 solid @accent; background: @text; }
QCheckBox::indicator:checked:focus { border-color: @text; }

QListView, QListWidget { background: transparent; border: 0; }
QListWidget#rows::item { min-height: $p32; padding: 0 $p8; border-radius: $p6; color: @text; }
QListWidget#rows::item:disabled { color: @muted; }
QListWidget#rows::item:hover { background: @hover; }
QListWidget#rows::indicator { width: $p14; height: $p14; border: 1px solid @control; border-radius: $p3; }
QListWidget#rows::indicator:checked { background: @accent; border-color: @accent; image: url(@check); }
QListWidget#rows::item:selected { background: @accent_soft; color: @text; }

QTreeWidget#family { background: transparent; border: 0; }
QTreeWidget#family::item { border-radius: $p6; padding: 0 $p4; }
QTreeWidget#family::branch { image: none; border-image: none; background: transparent; }
QTreeWidget#family::item:hover { background: @hover; }
QTreeWidget#family::item:selected { background: @accent_soft; color: @text; }

QFrame#popup { background: @surface; border: 1px solid @control; border-radius: $p8; }
QFrame#dropZone { background: @surface; border: 2px dashed @control; border-radius: $p8; }
QFrame#dropZone[lit="true"] { background: @accent_soft; border: 2px solid @accent; }
QFrame#dropZone:disabled { background: transparent; border-color: @line; }
QFrame#candidates { background: @surface; border-top: 1px solid @line; }
QToolButton#candidate { padding: 0 $p8; background: @raised; border: 2px solid transparent; }
QToolButton#candidate[picture="true"] { padding: 0; }
QToolButton#candidate:hover { border-color: @control; }
QToolButton#candidate:checked, QToolButton#candidate:focus { border: 2px solid @accent; }
QPushButton#loss { color: @danger; }
QPushButton#accept { background: @accent; color: @accent_title; border: 0; padding: 0 $p16; min-height: $p32;
    font-size: $p15; font-weight: 600; }
QPushButton#accept:hover { background: @accent_hover; }
QPushButton#accept:focus { border: 2px solid @text; padding: 0 $p14; }
QPushButton#accept:disabled { background: @raised; color: @muted; }
QFrame#notice { background: @raised; border: 1px solid @control; border-radius: $p8; }
QFrame#notice[grave="true"] { border-color: @danger; }

QCalendarWidget QWidget#qt_calendar_navigationbar { background: @surface; }
QCalendarWidget QToolButton { background: transparent; border: 2px solid transparent; padding: $p4 $p8; }
QCalendarWidget QToolButton:hover { background: @hover; }
QCalendarWidget QToolButton:focus { border: 2px solid @accent; padding: $p4 $p8; }
QCalendarWidget QToolButton::menu-indicator { image: none; width: 0; }
QCalendarWidget QAbstractItemView { background: @surface; alternate-background-color: @surface; }
QCalendarWidget QAbstractItemView:disabled { background: @surface; color: @muted; }

QMenuBar { background: transparent; padding: 0; }
QMenuBar::item { background: transparent; color: @muted; padding: $p6 $p10; border-radius: $p6; margin: 0; }
QMenuBar::item:selected { background: @hover; color: @text; }
QMenu { background: @surface; border: 1px solid @line; padding: $p4; }
QMenu::item { padding: $p6 $p24 $p6 $p8; border-radius: $p4; }
QMenu::item:selected { background: @accent_soft; color: @text; }
QMenu::item:disabled { color: @muted; }
QMenu::icon { padding-left: $p8; }
QMenu::separator { height: 1px; background: @line; margin: $p4 $p8; }

QScrollBar:vertical { background: transparent; width: $p10; margin: 0; }
QScrollBar::handle:vertical { background: @control; border-radius: $p4; min-height: $p28; margin: 0 $p2; }
QScrollBar:horizontal { background: transparent; height: $p10; margin: 0; }
QScrollBar::handle:horizontal { background: @control; border-radius: $p4; min-width: $p28; margin: $p2 0; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
"""
