"""Which licences the user has accepted: each is asked about once, not once for each model."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from studio.checkpoints.catalogue_entry import Licence, as_object
from studio.checkpoints.json_file import JsonObject, read_json_object
from studio.core.durable_file import write_durably
from studio.core.errors import CheckpointDamaged

VERSION = 1


class AcceptedLicences:
    """The file with them, in the user's data."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def has(self, licence: Licence) -> bool:
        """Whether the user accepted a licence of this id and text. Raises CheckpointDamaged."""
        accepted = self._read().get(licence.id)
        return accepted is not None and accepted.get("url") == licence.url

    def accept(self, licence: Licence) -> None:
        """Raises CheckpointDamaged, StorageError."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        accepted: dict[str, JsonObject] = {**self._read(), licence.id: {"url": licence.url, "accepted_at": now}}
        document = {"version": VERSION, "licences": accepted}
        self._file.parent.mkdir(parents=True, exist_ok=True)
        write_durably(self._file, json.dumps(document, ensure_ascii=False, indent=1).encode(), overwrite=True)

    def _read(self) -> dict[str, JsonObject]:
        if not self._file.exists():
            return {}
        document = read_json_object(self._file)
        try:
            if document.get("version") != VERSION:
                raise ValueError(f"version {str(document.get('version'))[:20]}, expected {VERSION}")
            return {name: as_object(fact) for name, fact in as_object(document.get("licences")).items()}
        except (TypeError, ValueError) as error:
            raise CheckpointDamaged(self._file, str(error)) from error
