"""A canvas as one file, `.lstudio`: a zip of PNG pictures and one JSON document. The README describes it for others.

Nothing is ever extracted to disk, and only names that this format has are looked up: there are no paths to escape from.
"""

from __future__ import annotations

import json
import os
import re
import stat
import struct
import zlib
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from studio.core.durable_file import write_durably
from studio.core.errors import CanvasUnreadable, PictureUnreadable, WriteFailed
from studio.core.pixels import frozen_pixels
from studio.core.version import VERSION as PROGRAM_VERSION
from studio.imaging.decode import check_size, flattened, picture_from_bytes
from studio.imaging.parameters_codec import as_object, read_json_object
from studio.imaging.png_chunks import PNG_SIGNATURE, png_size

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels, Pixels

CANVAS_ENDING = ".lstudio"
FORMAT = "latent-studio-canvas"
VERSION = 1
MOST_CANDIDATES = 256

_PICTURE, _MASK, _DOCUMENT = "picture.png", "mask.png", "canvas.json"
_CANDIDATE = re.compile(r"candidates/[0-9]{1,4}\.png")
_OWN_KEYS = frozenset({"format", "version", "program", "width", "height", "settings", "candidates"})
_MOST_BYTES = 2**30
_MOST_ENTRY_BYTES = 256 * 2**20
_MOST_DOCUMENT_BYTES = 4 * 2**20
_MOST_DIRECTORY_BYTES = 2**20
_HIGHEST_RATIO = 200
"""Of a compressed entry: PNG and JSON never come near it, a bomb does."""
_COMPRESS_LEVEL = 1
_END_RECORD = struct.Struct("<4s4H2LH")
_END_SIGNATURE, _ZIP64_LOCATOR = b"PK\x05\x06", b"PK\x06\x07"
_FAULTS = (BadZipFile, EOFError, NotImplementedError, OSError, RuntimeError, ValueError, struct.error, zlib.error)


@dataclass(frozen=True, slots=True, kw_only=True)
class CanvasDocument:
    """What a canvas file holds.

    `mask` has the size of `picture`. `candidates` are whole PNG files, with the settings that made them inside.
    `settings` is the caller's, any JSON object; `unknown` are keys of a newer program, written back as they came.
    """

    picture: Pixels
    mask: MaskPixels
    candidates: tuple[bytes, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict[str, object])
    unknown: Mapping[str, object] = field(default_factory=dict[str, object])


def write_canvas(path: Path, document: CanvasDocument) -> None:
    """Write the file durably; an existing one is replaced at once or stays as it is.

    Raises:
        StorageError: it cannot be written; also WriteFailed for settings that are no JSON, more than 256 candidates, or
            one that is no PNG.
    """
    try:
        entries = _entries(document)
    except ValueError as error:
        raise WriteFailed(path, str(error)) from error
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_STORED) as archive:  # PNG is compressed already
        for name, content in entries.items():
            archive.writestr(name, content)
    write_durably(path, buffer.getvalue(), overwrite=True)


def read_canvas(path: Path) -> CanvasDocument:
    """Read what `write_canvas` wrote, or another program wrote in this format.

    Raises:
        CanvasUnreadable: no such file, damaged, of a newer version, or beyond the limits of what is safe to open.
    """
    with _faults(path):
        _check_file(path)
        with path.open("rb") as file:
            _check_directory(file)
            with ZipFile(file) as archive:
                return _read_document(archive, path)


# --- writing ---


def _entries(document: CanvasDocument) -> dict[str, bytes]:
    names = [f"candidates/{number}.png" for number in range(1, len(document.candidates) + 1)]
    if len(names) > MOST_CANDIDATES or not all(content.startswith(PNG_SIGNATURE) for content in document.candidates):
        raise ValueError(f"candidates are PNG files, at most {MOST_CANDIDATES}")
    text = _document_json(document, names)
    return {
        _DOCUMENT: text,
        _PICTURE: _png(document.picture),
        _MASK: _png(document.mask),
        **dict(zip(names, document.candidates, strict=True)),
    }


def _document_json(document: CanvasDocument, names: list[str]) -> bytes:
    height, width = document.picture.shape[:2]
    known = {
        "format": FORMAT,
        "version": VERSION,
        "program": f"Latent Studio {PROGRAM_VERSION}",
        "width": width,
        "height": height,
        "settings": dict(document.settings),
        "candidates": names,
    }
    return json.dumps({**document.unknown, **known}, ensure_ascii=False, allow_nan=False, indent=2).encode()


def _png(pixels: Pixels | MaskPixels) -> bytes:
    from PIL import Image

    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=_COMPRESS_LEVEL)
    return buffer.getvalue()


# --- reading ---


@contextmanager
def _faults(path: Path) -> Generator[None]:
    try:
        yield
    except PictureUnreadable as error:
        raise CanvasUnreadable(path, f"{error.path.name}: {error.reason}") from error
    except _FAULTS as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise CanvasUnreadable(path, reason or str(error) or type(error).__name__) from error


def _check_file(path: Path) -> None:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("not a regular file")
    if status.st_size > _MOST_BYTES:
        raise ValueError(f"{status.st_size} bytes, {_MOST_BYTES} are possible")


def _check_directory(file: BinaryIO) -> None:
    """Before `zipfile` makes an object of every entry: how many there may be is a matter of a few bytes at the end."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 65_536 - _END_RECORD.size - 20))
    tail = file.read()
    position = tail.rfind(_END_SIGNATURE)
    if position < 0 or len(tail) - position < _END_RECORD.size:
        raise ValueError("it is not a canvas, or cut short")
    directory_bytes = _END_RECORD.unpack_from(tail, position)[5]
    if directory_bytes > _MOST_DIRECTORY_BYTES or tail[max(0, position - 20) :].startswith(_ZIP64_LOCATOR):
        raise ValueError("it has too many entries")


def _read_document(archive: ZipFile, path: Path) -> CanvasDocument:
    text = _entry(archive, _DOCUMENT, _MOST_DOCUMENT_BYTES).decode()
    values = read_json_object(text)
    _check_version(values)
    picture = flattened(picture_from_bytes(_entry(archive, _PICTURE), path.with_name(_PICTURE)), (255, 255, 255))
    mask = flattened(picture_from_bytes(_entry(archive, _MASK), path.with_name(_MASK)), (0, 0, 0))
    if mask.shape != picture.shape:
        raise ValueError("picture.png and mask.png differ in size")
    names = _candidate_names(values)
    room = _MOST_BYTES
    candidates: list[bytes] = []
    for name in names:
        candidates.append(_candidate(archive, name))
        room -= len(candidates[-1])
        if room < 0:
            raise ValueError("its candidates are too large")
    return CanvasDocument(
        picture=picture,
        mask=frozen_pixels(mask[..., 0]),
        candidates=tuple(candidates),
        settings=as_object(values.get("settings", {})),
        unknown={key: value for key, value in values.items() if key not in _OWN_KEYS},
    )


def _check_version(values: dict[str, object]) -> None:
    version = values.get("version")
    if values.get("format") != FORMAT or not isinstance(version, int) or version < 1:
        raise ValueError("it is not a canvas")
    if version > VERSION:
        raise ValueError(f"a newer version of the program wrote it (format {version}, {VERSION} is known)")


def _candidate_names(values: dict[str, object]) -> list[str]:
    names = values.get("candidates", [])
    if not isinstance(names, list) or len(cast("list[object]", names)) > MOST_CANDIDATES:
        raise ValueError("it has too many candidates, or no list of them")
    for name in cast("list[object]", names):
        if not isinstance(name, str) or not _CANDIDATE.fullmatch(name):
            raise ValueError(f"{str(name)[:100]!r} is no candidate")
    return cast("list[str]", names)


def _candidate(archive: ZipFile, name: str) -> bytes:
    content = _entry(archive, name)
    if not content.startswith(PNG_SIGNATURE):
        raise ValueError(f"{name} is no PNG")
    check_size(*png_size(content[16:29]))
    return content


def _entry(archive: ZipFile, name: str, most_bytes: int = _MOST_ENTRY_BYTES) -> bytes:
    """The content of one entry. What the directory says of its size is checked, and not believed."""
    try:
        info = archive.getinfo(name)
    except KeyError:
        raise ValueError(f"{name} is missing in it") from None
    _check_entry(info, most_bytes)
    with archive.open(info) as file:
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise ValueError(f"{name} is too large")
    return content


def _check_entry(info: ZipInfo, most_bytes: int) -> None:
    if info.flag_bits & 1:
        raise ValueError("it is encrypted")
    if info.file_size > most_bytes or info.file_size > _HIGHEST_RATIO * info.compress_size + 1024:
        raise ValueError(f"{info.filename} is too large")
