"""Copies of pictures for other programs and people: PNG, JPEG, WebP, AVIF, and JPEG XL where its package is installed,
with their settings inside or without."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
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
from studio.imaging.photo_metadata import photo_metadata, with_source_type
from studio.imaging.picture_metadata import encode_png, png_texts, read_picture_info, read_whole_info
from studio.imaging.png_chunks import PNG_SIGNATURE, walk_chunks, with_png_texts, without_metadata

if TYPE_CHECKING:
    from PIL.Image import Image

    from studio.core.pixels import Pixels

EXPORT_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".avif")
"""Those that are always possible."""
JPEG_XL = ".jxl"
_JPEG = {".jpg", ".jpeg"}
_LONGEST_JPEG_PART = 65_000
_LONGEST_EXIF_BESIDE_TEXT = 32_000
_COLOUR_CHUNKS = frozenset({b"iCCP", b"gAMA", b"cHRM", b"cICP"})


@dataclass(frozen=True, slots=True)
class _Told:
    """What goes into a file beside the pixels: texts by their PNG keywords, an XMP packet, and a photo's EXIF. Empty is
    left out."""

    texts: Texts
    xmp: str = ""
    exif: bytes = b""


_NOTHING = _Told({})


def export_picture(source: Path, target: Path, *, with_settings: bool = True) -> None:
    """Copy the picture file `source` to `target` in the format of its ending; an existing file is replaced.

    PNG is copied byte for byte. JPEG (quality 95, full colour), WebP (quality 95), AVIF (quality 90, full colour) and
    JPEG XL (quality 95) carry the infotext as EXIF UserComment, where the field's programs look for it, and XMP that
    says that a model made the picture; a photo's EXIF and XMP go along, as far as they fit into a JPEG (64 kB each).
    Without settings there are only pixels: no text, EXIF, XMP or profile.

    Raises:
        PictureUnreadable: `source`.
        StorageError: `target` cannot be written, its format has no room for so many pixels, or its ending is none of
            `export_endings()`.
    """
    check_ending(target)
    write_durably(target, exported(source, target, with_settings=with_settings), overwrite=True)


def exported(source: Path, target: Path, *, with_settings: bool = True) -> bytes:
    """What `export_picture` would write. Raises the same, but for the writing."""
    is_png = target.suffix.lower() == ".png"
    if with_settings:
        return as_png(source) if is_png else _encode(read_pixels(source), _told(source), target)
    return _stripped_png(source) if is_png else _encode(read_pixels(source), _NOTHING, target)


def as_png(source: Path) -> bytes:
    """The picture file `source` as a PNG file: byte for byte if it is one, else made anew, its texts kept.

    Raises:
        PictureUnreadable
    """
    read_picture_info(source)
    content = _content(source)
    if content.startswith(PNG_SIGNATURE):
        return content
    return _encode(read_pixels(source), _told(source), source.with_suffix(".png"))


def as_telling_png(source: Path) -> bytes:
    """As `as_png`; what only its pixels tell becomes texts of the file, so that the next reader need not decode it.

    Raises:
        PictureUnreadable
    """
    open_texts, all_texts = read_picture_info(source).texts, read_whole_info(source).texts
    hidden = {key: text for key, text in all_texts.items() if open_texts.get(key) != text}
    content = as_png(source)
    return with_png_texts(content, hidden) if hidden else content


def export_image(image: GeneratedImage, target: Path) -> None:
    """Write a picture that is only in memory, in the format of `target`'s ending; an existing file is replaced.

    Raises:
        StorageError: `target` cannot be written, or its ending is none of `export_endings()`.
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
    endings, ending = export_endings(), target.suffix.lower()
    if ending == JPEG_XL and ending not in endings:
        raise WriteFailed(target, "JPEG XL needs the package pillow-jxl-plugin, which is not installed")
    if ending not in endings:
        raise WriteFailed(target, f"pictures are saved as {', '.join(endings)}, not as “{target.suffix}”")


def export_endings() -> tuple[str, ...]:
    """Of the formats that can be written here."""
    return (*EXPORT_ENDINGS, JPEG_XL) if find_spec("pillow_jxl") else EXPORT_ENDINGS


def _told(source: Path) -> _Told:
    """A photo that does not tell how it was made is not said to be made by a model."""
    info = read_picture_info(source)
    if info.parameters is not None:
        return _Told(info.texts, source_type_xmp(info.parameters.task))
    photo = photo_metadata(source)
    xmp = photo.xmp if info.foreign is None else with_source_type(photo.xmp, None)
    return _Told(info.texts, xmp, photo.exif)


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
        exif = {"exif": told.exif} if told.exif else {}
        image.save(buffer, "PNG", pnginfo=png_texts({**told.texts, XMP_KEYWORD: told.xmp}), **exif)
        return buffer.getvalue()
    if ending in _JPEG:
        told = _as_jpeg_has_room(told)
        infotext = told.texts.get(PARAMETERS, "")
    exif, xmp = _exif(infotext, told.exif), told.xmp.encode()
    extra = {name: content for name, content in (("exif", exif), ("xmp", xmp)) if content}
    if ending in _JPEG:
        image.save(buffer, "JPEG", quality=95, subsampling="4:4:4", **extra)
    elif ending == ".webp":
        image.save(buffer, "WEBP", quality=95, **extra)
    elif ending == JPEG_XL:
        import_module("pillow_jxl")  # makes the format known to Pillow
        image.save(buffer, "JXL", quality=95, **extra)
    else:
        image.save(buffer, "AVIF", quality=90, subsampling="4:4:4", **extra)
    return buffer.getvalue()


def _exif(infotext: str, photo: bytes) -> bytes:
    from PIL import Image

    if not infotext:
        return photo
    exif = Image.Exif()
    exif.load(photo)
    exif.get_ifd(EXIF_IFD)[USER_COMMENT] = b"UNICODE\0" + infotext.encode("utf-16-be")
    return exif.tobytes()


def _as_jpeg_has_room(told: _Told) -> _Told:
    """64 kB for EXIF with the infotext, and as much for XMP: what is too long as a whole is left out."""
    infotext = told.texts.get(PARAMETERS, "")
    exif = told.exif if len(told.exif) <= (_LONGEST_EXIF_BESIDE_TEXT if infotext else _LONGEST_JPEG_PART) else b""
    xmp = told.xmp if len(told.xmp.encode()) <= _LONGEST_JPEG_PART else ""
    return _Told({PARAMETERS: _shortened(infotext, _LONGEST_JPEG_PART - len(exif))}, xmp, exif)


def _shortened(infotext: str, room: int) -> str:
    """In `room` bytes of UTF-16. Of longer texts the end of the prompts is cut, not the line of settings.

    A foreign picture may have a last line that alone is too long: then that one is cut.
    """
    prompts, _, settings = infotext.rpartition("\n")
    settings = _beginning(settings, room - 2)
    room -= 2 + len(settings.encode("utf-16-be"))
    return f"{_beginning(prompts, room)}\n{settings}".lstrip("\n")


def _beginning(text: str, room: int) -> str:
    """As much of the text as fits into `room` bytes of UTF-16."""
    return text.encode("utf-16-be")[:room].decode("utf-16-be", "ignore")
