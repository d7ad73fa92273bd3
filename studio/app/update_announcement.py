"""What the makers say about the newest version: a small JSON document, believed only with their signature.

It comes in the envelope DSSE (https://github.com/secure-systems-lab/dsse): the payload as base64, and its Ed25519
signatures. `packaging/sign_update.py` makes one.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast
from urllib.parse import urlsplit

PAYLOAD_TYPE = "application/vnd.latent-studio.update+json"
LARGEST_BYTES = 64 * 1024
PUBLIC_KEYS = ("2sfbjcu3yMn90EfAthyjcoOu+hob1ZdU/Ax08a7XyoU=",)
"""Base64 of 32 bytes each; one is enough. Whoever publishes the program puts the public half of their own key here."""

_MOST_NOTES = 4000
_MOST_SIGNATURES = 8


class AnnouncementRefused(Exception):
    """The argument is the reason, a fact such as "its signature is not the makers'"."""


@dataclass(frozen=True, slots=True)
class Update:
    """`version` is newer than this program. `notes` say what is new, `address` is the page to fetch it from."""

    version: str
    notes: str
    address: str


def signed_bytes(payload: bytes) -> bytes:
    """What is signed: DSSE's encoding of type and payload, so that a signature counts for this purpose only."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def read_announcement(
    content: bytes, *, running: str, now: datetime, keys: Iterable[str] = PUBLIC_KEYS
) -> Update | None:
    """The update that `content` announces to the version `running`; None where that is the newest.

    Raises:
        AnnouncementRefused: wrong or missing signature, run out, older than `running`, too large, or not understood.
    """
    if len(content) > LARGEST_BYTES:
        raise AnnouncementRefused("it is larger than 64 kB")
    facts = _object(_signed_payload(_object(content), keys))
    if _time(facts, "expires") <= now:
        raise AnnouncementRefused("it has run out: somebody may be holding back a newer one")
    update = Update(_text(facts, "version", 40), _text(facts, "notes", _MOST_NOTES), _text(facts, "address", 2000))
    if urlsplit(update.address).scheme != "https":
        raise AnnouncementRefused("the page that it names is not https")
    offered, have = version_numbers(update.version), version_numbers(running)
    if offered < have:
        raise AnnouncementRefused(f"it announces {update.version}, which is older than this program")
    return update if offered > have else None


def version_numbers(version: str) -> tuple[int, ...]:
    """`1.10` is (1, 10), and newer than `1.9`; zeros at the end do not count.

    Raises:
        AnnouncementRefused: it is not made of numbers and dots.
    """
    parts = version.split(".")
    if not all(part.isascii() and part.isdecimal() and len(part) <= 9 for part in parts):
        raise AnnouncementRefused(f"“{version}” is no version")
    numbers = [int(part) for part in parts]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def _signed_payload(envelope: Mapping[str, object], keys: Iterable[str]) -> bytes:
    """The payload, after one of `keys` has vouched for it."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if envelope.get("payloadType") != PAYLOAD_TYPE:
        raise AnnouncementRefused("it is no announcement of an update")
    payload = _bytes(envelope.get("payload"))
    public_keys = [Ed25519PublicKey.from_public_bytes(base64.b64decode(key)) for key in keys]
    for signature in _signatures(envelope):
        for key in public_keys:
            try:
                key.verify(signature, signed_bytes(payload))
            except InvalidSignature:
                continue
            return payload
    raise AnnouncementRefused("its signature is not the makers'")


def _signatures(envelope: Mapping[str, object]) -> list[bytes]:
    listed = envelope.get("signatures")
    if not isinstance(listed, list):
        return []
    entries = cast("list[object]", listed)[:_MOST_SIGNATURES]
    return [_bytes(cast("dict[str, object]", entry).get("sig")) for entry in entries if isinstance(entry, dict)]


def _object(content: bytes) -> dict[str, object]:
    try:
        parsed: object = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise AnnouncementRefused("it is no JSON") from error
    if not isinstance(parsed, dict):
        raise AnnouncementRefused("it is no JSON object")
    return cast("dict[str, object]", parsed)


def _bytes(value: object) -> bytes:
    try:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else b""
    except (binascii.Error, ValueError):
        return b""


def _text(facts: Mapping[str, object], name: str, longest: int) -> str:
    value = facts.get(name)
    if not isinstance(value, str) or len(value) > longest or not all(one.isprintable() or one == "\n" for one in value):
        raise AnnouncementRefused(f"its “{name}” is not understood")
    return value


def _time(facts: Mapping[str, object], name: str) -> datetime:
    try:
        time = datetime.fromisoformat(_text(facts, name, 40))
    except ValueError as error:
        raise AnnouncementRefused(f"its “{name}” is no time") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)
