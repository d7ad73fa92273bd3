"""What a picture file says about itself.

Our PNG files carry two texts: `parameters`, the infotext that the field's programs exchange, and `latent-studio`, our
own JSON with everything. Other files are read for their infotext (PNG `parameters`, EXIF UserComment of JPEG and WebP).
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from studio.core.job import JobId
from studio.core.result import GeneratedImage, PictureId, PictureParameters
from studio.imaging.decode import check_file, check_size, open_picture, picture_faults
from studio.imaging.infotext import to_infotext
from studio.imaging.parameters_codec import (
    as_object,
    parameters_from_document,
    parameters_to_document,
    read_json_object,
)
from studio.imaging.png_chunks import PNG_SIGNATURE, PngChunk, png_size, read_chunk, walk_chunks

if TYPE_CHECKING:
    from PIL.PngImagePlugin import PngInfo

INFOTEXT_KEY = "parameters"
OWN_KEY = "latent-studio"
EXIF_USER_COMMENT = 0x9286
EXIF_IFD = 0x8769
_COMPRESS_LEVEL = 1
"""Five times as fast as Pillow's default for a fifth more bytes."""
_LONGEST_TEXT = 4 * 2**20


@dataclass(frozen=True, slots=True)
class PictureInfo:
    """What is known of a file; None where it does not say."""

    width: int
    height: int
    picture_id: PictureId | None = None
    job_id: JobId | None = None
    created_at: datetime | None = None
    parameters: PictureParameters | None = None
    infotext: str | None = None


def encode_png(image: GeneratedImage, job_id: JobId | None) -> bytes:
    """The picture as a PNG file with both texts. Plain iTXt: Pillow writes compressed texts it then refuses to read."""
    from PIL import Image

    texts = png_texts({INFOTEXT_KEY: to_infotext(image.parameters), OWN_KEY: _own_json(image, job_id)})
    buffer = BytesIO()
    Image.fromarray(image.pixels).save(buffer, "PNG", pnginfo=texts, compress_level=_COMPRESS_LEVEL)
    return buffer.getvalue()


def png_texts(texts: dict[str, str]) -> PngInfo:
    """Texts for a PNG file; empty ones are left out."""
    from PIL.PngImagePlugin import PngInfo

    chunks = PngInfo()
    for key, text in texts.items():
        if text:
            chunks.add_itxt(key, text)
    return chunks


def read_picture_info(path: Path) -> PictureInfo:
    """Read a file's size and texts; of a PNG no pixel is decoded.

    Raises:
        PictureUnreadable: no picture, damaged, cut short, or beyond the limits of `studio.imaging.decode`.
    """
    with picture_faults(path):
        check_file(path)
        with path.open("rb") as file:
            if file.read(len(PNG_SIGNATURE)) == PNG_SIGNATURE:
                return _png_info(file)
    return _other_info(path)


def read_png_info(content: bytes, name: Path) -> PictureInfo:
    """As `read_picture_info`, of the content of a PNG file; `name` is what errors call it."""
    with picture_faults(name):
        return _png_info(BytesIO(content))


def _own_json(image: GeneratedImage, job_id: JobId | None) -> str:
    document = {
        "version": 1,
        "id": image.id,
        "job_id": job_id,
        "created_at": image.created_at.isoformat(),
        "parameters": parameters_to_document(image.parameters),
    }
    return json.dumps(document, ensure_ascii=False)


# --- PNG ---


def _png_info(file: BinaryIO) -> PictureInfo:
    width = height = 0
    texts: dict[str, str] = {}
    for chunk in walk_chunks(file):
        if chunk.kind == b"IHDR":
            width, height = png_size(read_chunk(file, chunk))
            check_size(width, height)
        elif chunk.kind in (b"tEXt", b"iTXt") and chunk.length <= _LONGEST_TEXT:
            _take_text(file, chunk, texts)
    if not width:
        raise ValueError("the IHDR chunk is missing")
    return _with_own_facts(PictureInfo(width, height, infotext=texts.get(INFOTEXT_KEY)), texts.get(OWN_KEY))


def _take_text(file: BinaryIO, chunk: PngChunk, texts: dict[str, str]) -> None:
    """Keep the first text of each kind that we read. A damaged text does not stand in the way of the picture."""
    try:
        keyword, _, rest = read_chunk(file, chunk).partition(b"\0")
        key = keyword.decode("latin-1")
        if key in (INFOTEXT_KEY, OWN_KEY) and key not in texts:
            texts[key] = rest.decode("latin-1") if chunk.kind == b"tEXt" else _international_text(rest)
    except (ValueError, zlib.error):
        return


def _international_text(rest: bytes) -> str:
    """What follows the keyword of an iTXt (PNG specification 11.3.4.5); if compressed, read up to the limit."""
    compressed, rest = rest[:1], rest[2:]
    _language, _, rest = rest.partition(b"\0")
    _translated_key, _, text = rest.partition(b"\0")
    if compressed == b"\1":
        text = zlib.decompressobj().decompress(text, _LONGEST_TEXT)
    return text.decode("utf-8", "replace")


def _with_own_facts(info: PictureInfo, own: str | None) -> PictureInfo:
    """A damaged text of ours does not make the picture unreadable: it is then one that does not tell."""
    if own is None:
        return info
    try:
        document = read_json_object(own)
        created_at = datetime.fromisoformat(str(document.get("created_at"))).astimezone(UTC)
        parameters = parameters_from_document(as_object(document.get("parameters")))
        picture_id = PictureId(_hexadecimal(document.get("id")))
        job_id = JobId(_hexadecimal(document["job_id"])) if document.get("job_id") else None
    except (ValueError, OverflowError):
        return info
    return PictureInfo(info.width, info.height, picture_id, job_id, created_at, parameters, info.infotext)


def _hexadecimal(value: object) -> str:
    text = str(value)
    if len(text) != 32 or not set(text) <= set("0123456789abcdef"):
        raise ValueError("not an identifier")
    return text


# --- JPEG, WebP and others ---


def _other_info(path: Path) -> PictureInfo:
    with open_picture(path) as image:
        comment: object = image.getexif().get_ifd(EXIF_IFD).get(EXIF_USER_COMMENT)
        return PictureInfo(*image.size, infotext=_user_comment(comment))


def _user_comment(comment: object) -> str | None:
    """EXIF 2.3, 4.6.5: eight bytes name the encoding. UTF-16 comes in both byte orders; ours is big-endian."""
    if isinstance(comment, str):
        return comment or None
    if not isinstance(comment, bytes) or len(comment) > _LONGEST_TEXT:
        return None
    encoding, text = comment[:8], comment[8:]
    if encoding == b"UNICODE\0":
        little = text[1::2].count(0) > text[::2].count(0)  # the line of settings is ASCII: its high bytes are zero
        return text.decode("utf-16-le" if little else "utf-16-be", "replace") or None
    return text.decode("utf-8", "replace").strip("\0 ") or None if encoding == b"ASCII\0\0\0" else None
