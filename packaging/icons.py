"""The program's icon in every size and format that a desktop asks for, from `resources/icons/app.svg`."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
ICON = Path(__file__).parents[1] / "resources" / "icons" / "app.svg"
SYMBOLIC = Path(__file__).parent / "linux" / "latent-studio-symbolic.svg"


def write_theme_icons(icons: Path) -> None:
    """Below `icons` (`share/icons/hicolor`), as the Icon Theme Specification wants them."""
    for side in SIZES:
        _write(icons / f"{side}x{side}" / "apps" / "latent-studio.png", _png(side))
    _write(icons / "scalable" / "apps" / "latent-studio.svg", ICON.read_bytes())
    _write(icons / "symbolic" / "apps" / "latent-studio-symbolic.svg", SYMBOLIC.read_bytes())


def write_bundle_icons(folder: Path) -> None:
    """`latent-studio.ico` for Windows and `latent-studio.icns` for macOS."""
    folder.mkdir(parents=True, exist_ok=True)
    largest = Image.open(BytesIO(_png(SIZES[-1])))
    largest.save(folder / "latent-studio.ico", sizes=[(side, side) for side in SIZES if side <= 256])
    largest.save(folder / "latent-studio.icns")


def _png(side: int) -> bytes:
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(ICON)).render(painter)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data().data())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
