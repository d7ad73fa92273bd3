"""Is this file safe to hand to a loader of weights? Only a complete safetensors file is."""

from __future__ import annotations

from pathlib import Path

from studio.checkpoints.safetensors_header import SafetensorsHeader, read_header
from studio.core.errors import CheckpointDamaged, PickleRefused

SAFETENSORS_ENDINGS = frozenset({".safetensors", ".sft"})
"""Two names for one format."""
PICKLE_ENDINGS = frozenset({".ckpt", ".pt", ".pth", ".bin", ".pkl", ".pickle"})

_HEAD_SIZE = 64 * 1024
_ZIP_MAGIC = b"PK\x03\x04"
_LFS_POINTER = b"version https://git-lfs"


def check_weights(path: Path) -> None:
    """Pass if the regular file `path` is a complete safetensors file. Raises what `checked_header` raises."""
    checked_header(path)


def checked_header(path: Path) -> SafetensorsHeader:
    """The header of the regular file `path`, found to be a complete safetensors file.

    Raises:
        PickleRefused: by ending or, whatever the ending says, by content.
        CheckpointDamaged: a pointer in place of the file, or not complete.
    """
    refuse_pickle(path)
    if _read_head(path).startswith(_LFS_POINTER):
        raise CheckpointDamaged(path, "a Git LFS pointer: the file itself was never downloaded")
    return read_header(path)


def refuse_pickle(path: Path) -> None:
    """Raises PickleRefused for a pickle by ending or content, CheckpointDamaged when `path` cannot be read."""
    if path.suffix.lower() in PICKLE_ENDINGS or _holds_pickle(_read_head(path)):
        raise PickleRefused(path)


def _holds_pickle(head: bytes) -> bool:
    """torch writes a zip with `data.pkl` in it, formerly a bare pickle: `0x80`, then the protocol.

    A safetensors file may begin with the same two bytes (a header of 640 bytes, say); its ninth byte is the brace of
    the header.
    """
    if head.startswith(_ZIP_MAGIC):
        return b"data.pkl" in head
    return head[:1] == b"\x80" and head[1:2] in {b"\x02", b"\x03", b"\x04", b"\x05"} and head[8:9] != b"{"


def _read_head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD_SIZE)
    except OSError as error:
        raise CheckpointDamaged(path, error.strerror or type(error).__name__) from error
