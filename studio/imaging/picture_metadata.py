"""What a picture file says about itself.

Our PNG files carry two texts: `parameters`, the infotext that the field's programs exchange, and `latent-studio`, our
own JSON with everything; and XMP that says what kind of picture it is. What files of other programs tell is understood
by the dialects in `metadata`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from studio.core.job import JobId
from studio.core.result import GeneratedImage, PictureId, PictureParameters
from studio.imaging.decode import check_file, check_size, open_picture, picture_faults
from studio.imaging.infotext import to_infotext
from studio.imaging.metadata.exif_texts import exif_texts
from studio.imaging.metadata.png_texts import TEXT_CHUNKS, PngTexts
from studio.imaging.metadata.source_type import XMP_KEYWORD, source_type_xmp
from studio.imaging.metadata.texts import PARAMETERS, Texts
from studio.imaging.parameters_codec import (
    as_object,
    parameters_from_document,
    parameters_to_document,
    read_json_object,
)
from studio.imaging.png_chunks import PNG_SIGNATURE, png_size, read_chunk, walk_chunks

if TYPE_CHECKING:
    from PIL.PngImagePlugin import PngInfo

    from studio.imaging.metadata.foreign_settings import ForeignSettings

OWN_KEY = "latent-studio"
_COMPRESS_LEVEL = 1
"""Five times as fast as Pillow's default for a fifth more bytes."""


@dataclass(frozen=True, slots=True)
class PictureInfo:
    """What is known of a file; None where it does not say."""

    width: int
    height: int
    picture_id: PictureId | None = None
    job_id: JobId | None = None
    created_at: datetime | None = None
    parameters: PictureParameters | None = None
    foreign: ForeignSettings | None = None
    """What another program's picture tells; None for ours, which has `parameters`."""
    texts: Texts = field(default_factory=dict[str, str])
    """As the file has them, without our own JSON."""

    @property
    def infotext(self) -> str | None:
        """The text that the field's programs exchange."""
        return self.texts.get(PARAMETERS)


def encode_png(image: GeneratedImage, job_id: JobId | None) -> bytes:
    """The picture as a PNG file with both texts, and XMP that says that a model made it.

    Plain iTXt: Pillow writes compressed texts it then refuses to read.
    """
    from PIL import Image

    texts = png_texts(
        {
            PARAMETERS: to_infotext(image.parameters),
            OWN_KEY: _own_json(image, job_id),
            XMP_KEYWORD: source_type_xmp(image.parameters.task),
        }
    )
    buffer = BytesIO()
    Image.fromarray(image.pixels).save(buffer, "PNG", pnginfo=texts, compress_level=_COMPRESS_LEVEL)
    return buffer.getvalue()


def png_texts(texts: Texts) -> PngInfo:
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


def read_whole_info(path: Path) -> PictureInfo:
    """As `read_picture_info`; where the texts tell nothing, those that the pixels hide count. That takes as long as
    showing the picture.

    Raises:
        PictureUnreadable: as there, and where the pixels cannot be read.
    """
    info = read_picture_info(path)
    if info.parameters is not None or info.foreign is not None:
        return info
    with open_picture(path) as image:
        if image.mode not in {"RGB", "RGBA"} or image.format == "JPEG":  # in which no lowest bit survives
            return info
        import numpy as np

        from studio.imaging.metadata.stealth import hidden_texts  # few files have any

        pixels = np.asarray(image)
        hidden = hidden_texts(pixels[:, :, :3], pixels[:, :, 3] if image.mode == "RGBA" else None)
    told = _with_foreign_settings(replace(info, texts={**info.texts, **hidden})) if hidden else info
    return info if told.foreign is None else told


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
    found = PngTexts()
    for chunk in walk_chunks(file):
        if chunk.kind == b"IHDR":
            width, height = png_size(read_chunk(file, chunk))
            check_size(width, height)
        elif chunk.kind in TEXT_CHUNKS:
            found.take(file, chunk)
    if not width:
        raise ValueError("the IHDR chunk is missing")
    own = found.texts.pop(OWN_KEY, None)
    return _with_foreign_settings(_with_own_facts(PictureInfo(width, height, texts=found.texts), own))


def _with_foreign_settings(info: PictureInfo) -> PictureInfo:
    if info.parameters is not None or not info.texts:
        return info
    from studio.imaging.metadata.dialects import read_foreign  # most files are ours

    return replace(info, foreign=read_foreign(info.texts))


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
    return replace(info, picture_id=picture_id, job_id=job_id, created_at=created_at, parameters=parameters)


def _hexadecimal(value: object) -> str:
    text = str(value)
    if len(text) != 32 or not set(text) <= set("0123456789abcdef"):
        raise ValueError("not an identifier")
    return text


# --- JPEG, WebP and others ---


def _other_info(path: Path) -> PictureInfo:
    with open_picture(path) as image:
        return _with_foreign_settings(PictureInfo(*image.size, texts=exif_texts(image.getexif())))
