"""The texts of EXIF data, by the keywords that the same programs use in PNG files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.imaging.metadata.texts import LONGEST_TEXT, PARAMETERS

if TYPE_CHECKING:
    from PIL.Image import Exif

EXIF_IFD = 0x8769
USER_COMMENT = 0x9286
_IMAGE_DESCRIPTION, _MAKE, _MODEL, _SOFTWARE = 0x010E, 0x010F, 0x0110, 0x0131
_PREFIXED_KEYS = ("prompt", "workflow")
"""ComfyUI takes whatever tags are free for them: `prompt:{...}`."""


def exif_texts(exif: Exif) -> dict[str, str]:
    """UserComment is the infotext; Fooocus writes it into the first directory, where it does not belong."""
    own_directory: dict[int, object] = exif.get_ifd(EXIF_IFD)
    comment = _user_comment(own_directory.get(USER_COMMENT)) or _user_comment(exif.get(USER_COMMENT))
    description, software = _text(exif.get(_IMAGE_DESCRIPTION)), _text(exif.get(_SOFTWARE))
    texts = {PARAMETERS: comment, "Description": description, "Software": software}
    for tag in (_IMAGE_DESCRIPTION, _MAKE, _MODEL):
        key, _, text = _text(exif.get(tag)).partition(":")
        if key.casefold() in _PREFIXED_KEYS:
            texts[key.casefold()] = text.strip()
    return {key: text for key, text in texts.items() if text}


def _text(value: object) -> str:
    """ASCII by the standard, UTF-8 in practice; Pillow reads Latin-1."""
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        return ""
    try:
        return value.encode("latin-1").decode().strip("\0 ")
    except UnicodeError:
        return value.strip("\0 ")


def _user_comment(comment: object) -> str:
    """EXIF 2.3, 4.6.5: eight bytes name the encoding. UTF-16 comes in both byte orders; ours is big-endian."""
    if not isinstance(comment, bytes):
        return _text(comment)
    if len(comment) > LONGEST_TEXT:
        return ""
    encoding, text = comment[:8], comment[8:]
    if encoding == b"UNICODE\0":
        little = text[1::2].count(0) > text[::2].count(0)  # the line of settings is ASCII: its high bytes are zero
        return text.decode("utf-16-le" if little else "utf-16-be", "replace")
    return text.decode("utf-8", "replace").strip("\0 ") if encoding in (b"ASCII\0\0\0", bytes(8)) else ""
