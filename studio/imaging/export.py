"""Copies of pictures for other programs and people: PNG, JPEG, WebP, AVIF, with their settings inside or without."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from studio.core.durable_file import write_durably
from studio.core.errors import PictureUnreadable, WriteFailed
from studio.core.result import GeneratedImage
from studio.imaging.decode import read_pixels
from studio.imaging.infotext import to_infotext
from studio.imaging.metadata.exif_texts import EXIF_IFD, USER_COMMENT
from studio.imaging.metadata.source_type import XMP_KEYWORD, source_type_xmp
from studio.imaging.metadata.texts import PARAMETERS, Texts
from studio.imaging.picture_metadata import PictureInfo, encode_png, png_texts, read_picture_info
from studio.imaging.png_chunks import PNG_SIGNATURE, walk_chunks, without_metadata

if TYPE_CHECKING:
    from PIL.Image import Image

    from studio.core.pixels import Pixels

EXPORT_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".avif")
_JPEG = {".jpg", ".jpeg"}
_LONGEST_JPEG_TEXT = 65_000
_COLOUR_CHUNKS = frozenset({b"iCCP", b"gAMA", b"cHRM", b"cICP"})


@dataclass(frozen=True, slots=True)
class _Told:
    """What goes into a file beside the pixels: texts by their PNG keywords, and an XMP packet. Empty is left out."""

    texts: Texts
    xmp: str = ""


_NOTHING = _Told({})


def export_picture(source: Path, target: Path, *, with_settings: bool = True) -> None:
    """Copy the picture file `source` to `target` in the format of its ending; an existing file is replaced.

    PNG is copied byte for byte. JPEG (quality 95, full colour), WebP (quality 95) and AVIF (quality 90, full colour)
    carry the infotext as EXIF UserComment, where the field's programs look for it, and XMP that says that a model made
    the picture. Without settings there are only pixels: no text, EXIF, XMP or profile.

    Raises:
        PictureUnreadable: `source`.
        StorageError: `target` cannot be written, its format has no room for so many pixels, or its ending is none of
            `EXPORT_ENDINGS`.
    """
    check_ending(target)
    write_durably(target, exported(source, target, with_settings=with_settings), overwrite=True)


def exported(source: Path, target: Path, *, with_settings: bool = True) -> bytes:
    """What `export_picture` would write. Raises the same, but for the writing."""
    is_png = target.suffix.lower() == ".png"
    if with_settings:
        return as_png(source) if is_png else _encode(read_pixels(source), _told(read_picture_info(source)), target)
    return _stripped_png(source) if is_png else _encode(read_pixels(source), _NOTHING, target)


def as_png(source: Path) -> bytes:
    """The picture file `source` as a PNG file: byte for byte if it is one, else made anew, its texts kept.

    Raises:
        PictureUnreadable
    """
    info = read_picture_info(source)
    content = _content(source)
    if content.startswith(PNG_SIGNATURE):
        return content
    return _encode(read_pixels(source), _told(info), source.with_suffix(".png"))


def export_image(image: GeneratedImage, target: Path) -> None:
    """Write a picture that is only in memory, in the format of `target`'s ending; an existing file is replaced.

    Raises:
        StorageError: `target` cannot be written, or its ending is none of `EXPORT_ENDINGS`.
    """
    check_ending(target)
    if target.suffix.lower() == ".png":
        content = encode_png(image, None)
    else:
        told = _Told({PARAMETERS: to_infotext(image.parameters)}, source_type_xmp(image.parameters.task))
        content = _encode(image.pixels, told, target)
    write_durably(target, content, overwrite=True)


def encode_bare(pixels: Pixels, target: Path) -> bytes:
    """Pixels as a file in the format of `target`'s ending, without metadata. Raises WriteFailed."""
    check_ending(target)
    return _encode(pixels, _NOTHING, target)


def check_ending(target: Path) -> None:
    """Raises WriteFailed when no picture can be saved under this name: to be asked before the picture is made."""
    if target.suffix.lower() not in EXPORT_ENDINGS:
        raise WriteFailed(target, f"pictures are saved as {', '.join(EXPORT_ENDINGS)}, not as “{target.suffix}”")


def _told(info: PictureInfo) -> _Told:
    """A photo that does not tell how it was made is not said to be made by a model."""
    if info.parameters is None and info.foreign is None:
        return _Told(info.texts)
    return _Told(info.texts, source_type_xmp(info.parameters.task if info.parameters is not None else None))


def _stripped_png(source: Path) -> bytes:
    """The very same compressed pixels where they look the same without what goes."""
    read_picture_info(source)
    content = _content(source)
    if content.startswith(PNG_SIGNATURE) and _COLOUR_CHUNKS.isdisjoint(
        chunk.kind for chunk in walk_chunks(BytesIO(content))
    ):
        return without_metadata(content)
    return _encode(read_pixels(source), _NOTHING, source.with_suffix(".png"))


def _content(source: Path) -> bytes:
    try:
        return source.read_bytes()
    except OSError as error:
        raise PictureUnreadable(source, error.strerror or type(error).__name__) from error


def _encode(pixels: Pixels, told: _Told, target: Path) -> bytes:
    from PIL import Image as Images

    try:
        return _saved(Images.fromarray(pixels), told, target)
    except (OSError, ValueError) as error:  # WebP ends at 16,383 pixels a side
        raise WriteFailed(target, str(error)) from error


def _saved(image: Image, told: _Told, target: Path) -> bytes:
    """Formats other than PNG carry the infotext alone."""
    buffer = BytesIO()
    ending, infotext = target.suffix.lower(), told.texts.get(PARAMETERS, "")
    if ending == ".png":
        image.save(buffer, "PNG", pnginfo=png_texts({**told.texts, XMP_KEYWORD: told.xmp}))
        return buffer.getvalue()
    exif = _exif(_shortened(infotext) if ending in _JPEG else infotext)
    xmp = told.xmp.encode()
    extra = {name: content for name, content in (("exif", exif), ("xmp", xmp)) if content}
    if ending in _JPEG:
        image.save(buffer, "JPEG", quality=95, subsampling="4:4:4", **extra)
    elif ending == ".webp":
        image.save(buffer, "WEBP", quality=95, **extra)
    else:
        image.save(buffer, "AVIF", quality=90, subsampling="4:4:4", **extra)
    return buffer.getvalue()


def _exif(infotext: str) -> bytes:
    from PIL import Image

    if not infotext:
        return b""
    exif = Image.Exif()
    exif.get_ifd(EXIF_IFD)[USER_COMMENT] = b"UNICODE\0" + infotext.encode("utf-16-be")
    return exif.tobytes()


def _shortened(infotext: str) -> str:
    """JPEG has room for 64 kB of EXIF. Of longer texts the end of the prompts is cut, not the line of settings.

    A foreign picture may have a last line that alone is too long: then that one is cut.
    """
    prompts, _, settings = infotext.rpartition("\n")
    settings = _beginning(settings, _LONGEST_JPEG_TEXT - 2)
    room = _LONGEST_JPEG_TEXT - 2 - len(settings.encode("utf-16-be"))
    return f"{_beginning(prompts, room)}\n{settings}".lstrip("\n")


def _beginning(text: str, room: int) -> str:
    """As much of the text as fits into `room` bytes of UTF-16."""
    return text.encode("utf-16-be")[:room].decode("utf-16-be", "ignore")
