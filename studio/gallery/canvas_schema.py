"""The tables of `canvas.db`."""

from __future__ import annotations

from studio.gallery.database import Schema

_PATCH_COLUMNS = """
    layer TEXT NOT NULL,
    x INTEGER NOT NULL,
    y INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    content BLOB NOT NULL"""

KEPT = "kept"
"""Of the `view_state`: true while what lies there is in a file, or in a picture of the gallery."""

CANVAS_SCHEMA = Schema(
    application_id=0x4C534376,  # "LSCv"
    migrations=(
        (
            """CREATE TABLE canvas (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                width INTEGER NOT NULL,
                height INTEGER NOT NULL,
                base_step INTEGER NOT NULL,
                position INTEGER NOT NULL,
                candidates TEXT NOT NULL,
                view_state TEXT NOT NULL
            ) STRICT""",
            f"CREATE TABLE tile ({_PATCH_COLUMNS}, PRIMARY KEY (layer, x, y)) STRICT",
            """CREATE TABLE edit (
                step INTEGER PRIMARY KEY,
                label TEXT NOT NULL,
                growth TEXT,
                stored_bytes INTEGER NOT NULL,
                pixel_bytes INTEGER NOT NULL
            ) STRICT""",
            f"""CREATE TABLE patch (
                step INTEGER NOT NULL REFERENCES edit ON DELETE CASCADE,
                number INTEGER NOT NULL,
                {_PATCH_COLUMNS},
                PRIMARY KEY (step, number)
            ) STRICT""",
        ),
        (
            # How many of the edit's patches, from the first on, come before its growth; NULL: it is an `extension`.
            "ALTER TABLE edit ADD COLUMN cleared_patches INTEGER",
        ),
        (
            # The ids of the canvas' parent picture before and after, as JSON; NULL: it stayed.
            "ALTER TABLE edit ADD COLUMN parents TEXT",
        ),
    ),
)
