"""The design's accent in the hue of another: how light it looks, and with it every contrast, stays."""

from __future__ import annotations

from PySide6.QtGui import QColor

_LEAST_SATURATION = 0.1
"""Below it a colour is a grey, in which nothing would look chosen."""
_HALVINGS = 16


def has_hue(colour: str) -> bool:
    return QColor(colour).hslSaturationF() >= _LEAST_SATURATION


def in_hue_of(colour: str, other: str) -> str:
    """`colour` as #rrggbb, with the hue of `other` and no more saturation, at its own luminance."""
    hue = max(0.0, QColor(other).hslHueF())  # -1 for a grey, which has no saturation either
    saturation = min(QColor(colour).hslSaturationF(), QColor(other).hslSaturationF())
    wanted = luminance(QColor(colour))
    darkest, lightest = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (darkest + lightest) / 2
        if luminance(QColor.fromHslF(hue, saturation, middle)) < wanted:
            darkest = middle
        else:
            lightest = middle
    return QColor.fromHslF(hue, saturation, lightest).name()


def luminance(colour: QColor) -> float:
    """How light it looks, 0 to 1 (WCAG 2.2)."""
    red, green, blue = map(_linear, (colour.redF(), colour.greenF(), colour.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
