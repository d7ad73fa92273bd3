"""Copies of pictures for other programs and people: PNG, JPEG, WebP, with their settings inside."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from studio.core.durable_file import write_durably
from studio.core.errors import PictureUnreadable, WriteFailed
from studio.core.result import GeneratedImage
from studio.imaging.decode import read_pixels
from studio.imaging.infotext import to_infotext
from studio.imaging.metadata.exif_texts import EXIF_IFD, USER_COMMENT
from studio.imaging.metadata.texts import PARAMETERS, Texts
from studio.imaging.picture_metadata import encode_png, png_texts, read_picture_info
from studio.imaging.png_chunks import PNG_SIGNATURE

if TYPE_CHECKING:
    from PIL.Image import Image

    from studio.core.pixels import Pixels

_JPEG = {".jpg", ".jpeg"}
_LONGEST_JPEG_TEXT = 65_000
_KNOWN = {".png", ".webp", *_JPEG}


def export_picture(source: Path, target: Path) -> None:
    """Copy the picture file `source` to `target` in the format of its ending; an existing file is replaced.

    PNG is copied byte for byte. JPEG (quality 95, full colour) and WebP (quality 95) carry the infotext as EXIF
    UserComment, where the field's programs look for it.

    Raises:
        PictureUnreadable: `source`.
        StorageError: `target` cannot be written, its format has no room for so many pixels, or its ending is none of
            .png, .jpg, .jpeg, .webp.
    """
    check_ending(target)
    if target.suffix.lower() == ".png":
        content = as_png(source)
    else:
        content = _encode(read_pixels(source), read_picture_info(source).texts, target)
    write_durably(target, content, overwrite=True)


def as_png(source: Path) -> bytes:
    """The picture file `source` as a PNG file: byte for byte if it is one, else made anew, its texts kept.

    Raises:
        PictureUnreadable
    """
    texts = read_picture_info(source).texts
    try:
        content = source.read_bytes()
    except OSError as error:
        raise PictureUnreadable(source, error.strerror or type(error).__name__) from error
    if content.startswith(PNG_SIGNATURE):
        return content
    return _encode(read_pixels(source), texts, source.with_suffix(".png"))


def export_image(image: GeneratedImage, target: Path) -> None:
    """Write a picture that is only in memory, in the format of `target`'s ending; an existing file is replaced.

    Raises:
        StorageError: `target` cannot be written, or its ending is none of .png, .jpg, .jpeg, .webp.
    """
    check_ending(target)
    if target.suffix.lower() == ".png":
        content = encode_png(image, None)
    else:
        content = _encode(image.pixels, {PARAMETERS: to_infotext(image.parameters)}, target)
    write_durably(target, content, overwrite=True)


def check_ending(target: Path) -> None:
    """Raises WriteFailed when no picture can be saved under this name: to be asked before the picture is made."""
    if target.suffix.lower() not in _KNOWN:
        raise WriteFailed(target, f"pictures are saved as {', '.join(sorted(_KNOWN))}, not as “{target.suffix}”")


def _encode(pixels: Pixels, texts: Texts, target: Path) -> bytes:
    from PIL import Image as Images

    try:
        return _saved(Images.fromarray(pixels), texts, target)
    except (OSError, ValueError) as error:  # WebP ends at 16,383 pixels a side
        raise WriteFailed(target, str(error)) from error


def _saved(image: Image, texts: Texts, target: Path) -> bytes:
    """Formats other than PNG carry the infotext alone."""
    buffer = BytesIO()
    infotext = texts.get(PARAMETERS, "")
    if target.suffix.lower() == ".png":
        image.save(buffer, "PNG", pnginfo=png_texts(texts))
    elif target.suffix.lower() in _JPEG:
        image.save(buffer, "JPEG", quality=95, subsampling="4:4:4", exif=_exif(_shortened(infotext)))
    else:
        image.save(buffer, "WEBP", quality=95, exif=_exif(infotext))
    return buffer.getvalue()


def _exif(infotext: str) -> bytes:
    from PIL import Image

    exif = Image.Exif()
    if infotext:
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
