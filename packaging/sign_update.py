"""Signs what the program is told about a new version, or makes the key to sign it with.

    python packaging/sign_update.py --new-key ~/keys/latent-studio.pem
    python packaging/sign_update.py --key ~/keys/latent-studio.pem 1.3.0 notes.txt https://example.org/1.3 > update.json

The key is yours alone: it is never part of the sources. A new one prints its public half, which goes into
`studio/app/update_announcement.py`. Then put `update.json` where `studio/app/update_check.py` looks for it.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

sys.path.insert(0, str(Path(__file__).parents[1]))

from studio.app.update_announcement import PAYLOAD_TYPE, read_announcement, signed_bytes

_DAYS = 90
"""After that long a program that sees nothing newer takes it that somebody holds it back: sign it anew before."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--new-key", type=Path, metavar="FILE", help="make a key, and print its public half")
    options.add_argument("--key", type=Path, metavar="FILE", help="the key to sign with")
    options.add_argument("--days", type=int, default=_DAYS, help="how long it counts (%(default)s)")
    options.add_argument("announcement", nargs="*", metavar="VERSION NOTES ADDRESS")
    asked = options.parse_args()
    if asked.new_key is not None:
        sys.stdout.write(f"{new_key(asked.new_key)}\n")
    elif asked.key is None or len(asked.announcement) != 3:
        options.error("give --new-key FILE, or --key FILE with version, file of notes and address")
    else:
        version, notes, address = asked.announcement
        text = Path(notes).read_text(encoding="utf-8").strip()
        expires = datetime.now(UTC) + timedelta(days=asked.days)
        sys.stdout.write(signed(read_key(asked.key), version, text, address, expires))


def new_key(file: Path) -> str:
    """Written for its owner alone, never over another. Its public half in base64."""
    key = Ed25519PrivateKey.generate()
    pem = serialization.PrivateFormat.PKCS8
    content = key.private_bytes(serialization.Encoding.PEM, pem, serialization.NoEncryption())
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(content)
    return public_half(key)


def read_key(file: Path) -> Ed25519PrivateKey:
    key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        sys.exit(f"{file} is no Ed25519 key")
    return key


def public_half(key: Ed25519PrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def signed(key: Ed25519PrivateKey, version: str, notes: str, address: str, expires: datetime) -> str:
    """The document, as programs older than `version` will believe it: they would refuse what is not understood."""
    facts = {"version": version, "notes": notes, "address": address, "expires": expires.isoformat(timespec="seconds")}
    payload = json.dumps(facts, ensure_ascii=False).encode()
    signature = base64.b64encode(key.sign(signed_bytes(payload))).decode()
    encoded = base64.b64encode(payload).decode()
    envelope = {"payloadType": PAYLOAD_TYPE, "payload": encoded, "signatures": [{"sig": signature}]}
    document = json.dumps(envelope, indent=2) + "\n"
    read_announcement(document.encode(), running="0", now=datetime.now(UTC), keys=[public_half(key)])
    return document


if __name__ == "__main__":
    main()
