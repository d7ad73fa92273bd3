"""A picture to latents and back: their channels, their size to scale, and what of the picture comes back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.language import tr
from studio.ui.controls import label, section, two_lines
from studio.ui.images import to_qimage
from studio.ui.messages import readable_bytes
from studio.ui.process.picture_pane import PicturePane
from studio.ui.theme import current_tokens, px

if TYPE_CHECKING:
    from studio.core.pixels import Pixels
    from studio.core.study import StudiedPicture

_SQUARE = 160
_MOST_CHANNELS = 16
_GOOD_PSNR, _FAIR_PSNR = 32, 24
"""Decibels from which a difference is hard to see, and plain to see."""


class RoundTripView(QWidget):
    """Everything in it is one round trip through the VAE."""

    def __init__(self) -> None:
        super().__init__()
        self.before = PicturePane(tr("The picture"), tr("pixels"))
        self.after = PicturePane(tr("Through the VAE and back"), tr("decoded"))
        self.apart = PictureSquare(tr("Difference"), tr("Black where nothing changed, brighter where more did"))
        self.channels = ChannelGrid()
        self.scale = ByteScale()
        self.told = label("", "title")
        self.told.setWordWrap(True)
        self.meaning = label("", "muted")
        two_lines(self.meaning)
        self._lay_out()
        self.await_picture("")

    def await_picture(self, why: str) -> None:
        """Nothing can be seen yet."""
        for pane in (self.before, self.after):
            pane.show_nothing(why)
        self.apart.show_picture(None)
        self.channels.show_channels([])
        self.scale.show_bytes(0, 0)
        self.told.clear()
        self.meaning.clear()

    def show_picture(self, studied: StudiedPicture) -> None:
        from studio.imaging.difference import difference, peak_signal_to_noise
        from studio.imaging.latent_picture import channel_picture

        trip, pixels = studied.trip, studied.pixels
        found = difference(pixels, trip.decoded)
        self.before.show_exact(pixels)
        self.after.show_exact(trip.decoded)
        self.apart.show_picture(found.pixels)
        self.channels.show_channels([_in_grey(channel_picture(channel)) for channel in trip.latents[:_MOST_CHANNELS]])
        self.scale.show_bytes(pixels.nbytes, trip.latents.nbytes)
        psnr = peak_signal_to_noise(pixels, trip.decoded)
        self.told.setText(size_text(studied))
        self.meaning.setText(psnr_text(psnr, found.largest))

    def _lay_out(self) -> None:
        panes = QHBoxLayout()
        panes.setSpacing(px(16))
        for pane in (self.before, self.after):
            panes.addWidget(pane, 1)
        row = QHBoxLayout()
        row.setSpacing(0)
        for title, square in (
            (tr("Difference"), self.apart),
            (tr("The latent’s channels"), self.channels),
            (tr("Bytes, to scale"), self.scale),
        ):
            part = QVBoxLayout()
            part.setSpacing(px(8))
            part.addWidget(section(title))
            part.addWidget(square)
            row.addLayout(part)
            if square is not self.scale:  # from edge to edge
                row.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(8))
        column.addLayout(panes, 1)
        column.addWidget(self.told)
        column.addWidget(self.meaning)
        column.addLayout(row)


class ChannelGrid(QWidget):
    """The channels as grey pictures, in as many rows as columns."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Channels of the latent"))
        self.setToolTip(tr("One number of each cell as a grey: its least value black, its greatest white"))
        self.setFixedSize(px(_SQUARE), px(_SQUARE))
        self._images: list[QImage] = []

    def show_channels(self, pictures: list[Pixels]) -> None:
        self._images = [to_qimage(pixels) for pixels in pictures]
        self.setAccessibleDescription(tr("{n} channels", n=len(pictures)))
        self.update()

    @property
    def count(self) -> int:
        return len(self._images)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        gap = px(4)
        columns = max(1, math.ceil(math.sqrt(self.count)))
        side = (self.width() - (columns - 1) * gap) // columns
        for place, image in enumerate(self._images):
            row, column = divmod(place, columns)
            size = image.size().scaled(QSize(side, side), Qt.AspectRatioMode.KeepAspectRatio)
            painter.drawImage(QRect(QPoint(column * (side + gap), row * (side + gap)), size), image)
        painter.end()


class PictureSquare(QWidget):
    """A small picture of which the whole is to be seen."""

    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setFixedSize(px(_SQUARE), px(_SQUARE))
        self.image = QImage()

    def show_picture(self, pixels: Pixels | None) -> None:
        self.image = QImage() if pixels is None else to_qimage(pixels)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.image.isNull():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        size = self.image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        painter.drawImage(QRect(QPoint(0, 0), size), self.image)
        painter.end()


class ByteScale(QWidget):
    """Two squares whose areas are as many as the bytes: the picture's, and in its corner the latent's."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Bytes of the picture and of its latent"))
        self.setFixedSize(px(_SQUARE), px(_SQUARE))
        self._pixels = self._latents = 0

    def show_bytes(self, pixels: int, latents: int) -> None:
        self._pixels, self._latents = pixels, latents
        told = (
            tr("Picture {pixels}, latent {latents}", pixels=readable_bytes(pixels), latents=readable_bytes(latents))
            if pixels
            else ""
        )
        self.setAccessibleDescription(told)
        self.setToolTip(told)
        self.update()

    @property
    def sides(self) -> tuple[float, float]:
        """Of the two squares, in pixels of the screen."""
        if not self._pixels:
            return 0.0, 0.0
        side = float(self.height())
        return side, side * math.sqrt(self._latents / self._pixels)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._pixels:
            return
        tokens, (outer, inner) = current_tokens(), self.sides
        painter = QPainter(self)
        painter.fillRect(QRectF(0, 0, outer, outer), QColor(tokens.raised))
        painter.setPen(QColor(tokens.control))
        painter.drawRect(QRectF(0.5, 0.5, outer - 1, outer - 1))
        painter.fillRect(QRectF(0, outer - inner, inner, inner), QColor(tokens.accent))
        painter.setPen(QColor(tokens.text))
        margin = px(8)
        painter.drawText(
            QRectF(margin, margin, outer - 2 * margin, px(20)), tr("pixels {size}", size=readable_bytes(self._pixels))
        )
        painter.drawText(
            QRectF(inner + margin, outer - px(28), outer - inner - 2 * margin, px(20)),
            tr("latent {size}", size=readable_bytes(self._latents)),
        )
        painter.end()


def size_text(studied: StudiedPicture) -> str:
    """ "256 × 256 pixels become 32 × 32 cells of 4 numbers: 1/24 of the bytes"."""
    height, width, _ = studied.pixels.shape
    channels, rows, columns = studied.trip.latents.shape
    times = studied.pixels.nbytes / studied.trip.latents.nbytes
    return tr(
        "{width} × {height} pixels become {columns} × {rows} cells of {channels} numbers: "
        "{times:.0f} times fewer bytes",
        width=width,
        height=height,
        columns=columns,
        rows=rows,
        channels=channels,
        times=times,
    )


def psnr_text(psnr: float, largest: int) -> str:
    """How much of the picture comes back, in decibels and in words."""
    if math.isinf(psnr):
        return tr("Every pixel comes back as it was.")
    seen = (
        tr("hard to see")
        if psnr >= _GOOD_PSNR
        else tr("seen in fine detail")
        if psnr >= _FAIR_PSNR
        else tr("plain to see")
    )
    return tr(
        "PSNR {psnr:.1f} dB, a pixel differs by at most {largest} of 255: what is lost is {seen}. All that the model "
        "makes has to pass through this.",
        psnr=psnr,
        largest=largest,
        seen=seen,
    )


def _in_grey(channel: Pixels) -> Pixels:
    import numpy as np

    return np.repeat(channel[:, :, None], 3, axis=2)
