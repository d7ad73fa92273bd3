"""What a camera or an editor wrote into a picture: EXIF and XMP, for copies of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from studio.core.task import Task
from studio.imaging.decode import open_picture
from studio.imaging.metadata.exif_texts import EXIF_IFD, USER_COMMENT
from studio.imaging.metadata.source_type import source_type_description, source_type_xmp

_ORIENTATION, _MAKER_NOTE, _COLOUR_SPACE, _WIDTH, _HEIGHT = 0x0112, 0x927C, 0xA001, 0xA002, 0xA003
_SRGB = 1
_XMP_ORIENTATION = re.compile(r"""(tiff:Orientation\s*(?:=\s*["']|>))\s*[2-8]""")
_RDF_END = "</rdf:RDF>"
_SOURCE_TYPE = "DigitalSourceType"


@dataclass(frozen=True, slots=True)
class PhotoMetadata:
    """Of pixels that are upright and in the colours of sRGB, as the decoder makes them. Empty where there is none."""

    exif: bytes = b""
    """As a TIFF file, behind `Exif\\0\\0`."""
    xmp: str = ""
    """A packet."""


def photo_metadata(path: Path) -> PhotoMetadata:
    """What the file has, corrected for pixels that were turned upright.

    Raises:
        PictureUnreadable
    """
    with open_picture(path) as image:
        image.load()  # PNG files may have it behind their pixels
        packet: object = image.info.get("xmp", b"")
        exif = image.getexif()
        own = exif.get_ifd(EXIF_IFD)
        exif.pop(_ORIENTATION, None)
        own.pop(USER_COMMENT, None)
        for tag in (_WIDTH, _HEIGHT):
            own.pop(tag, None)
        if _COLOUR_SPACE in own:
            own[_COLOUR_SPACE] = _SRGB
        content = exif.tobytes() if len(exif) else b""
    xmp = packet.decode("utf-8", "replace") if isinstance(packet, bytes) else str(packet)
    return PhotoMetadata(content, _XMP_ORIENTATION.sub(r"\g<1>1", xmp.rstrip("\0")))


def with_source_type(xmp: str, task: Task | None) -> str:
    """The packet, which also says that a model made the picture, unless it says what made it."""
    if _SOURCE_TYPE in xmp:
        return xmp
    before, end, after = xmp.rpartition(_RDF_END)
    return before + source_type_description(task) + end + after if end else source_type_xmp(task)
