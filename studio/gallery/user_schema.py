"""The tables of `user.db`: what only the user knows. No rebuild touches them; pictures are named by their ids."""

from __future__ import annotations

from studio.gallery.database import Schema

USER_SCHEMA = Schema(
    application_id=0x4C535573,  # "LSUs"
    thorough=True,
    migrations=(
        (
            """CREATE TABLE queue (
                position INTEGER PRIMARY KEY,
                id TEXT NOT NULL UNIQUE,
                state TEXT NOT NULL,
                attempts INTEGER NOT NULL,
                request TEXT NOT NULL
            ) STRICT""",
        ),
        (
            """CREATE TABLE mark (
                picture TEXT NOT NULL PRIMARY KEY,
                rating INTEGER NOT NULL,
                favourite INTEGER NOT NULL,
                note TEXT NOT NULL
            ) STRICT, WITHOUT ROWID""",
            """CREATE TABLE tag (
                picture TEXT NOT NULL,
                name TEXT NOT NULL COLLATE NOCASE,
                PRIMARY KEY (picture, name)
            ) STRICT, WITHOUT ROWID""",
            "CREATE INDEX tag_by_name ON tag (name, picture)",
            """CREATE TABLE album (
                id TEXT NOT NULL PRIMARY KEY,
                name TEXT NOT NULL,
                query TEXT
            ) STRICT, WITHOUT ROWID""",
            """CREATE TABLE album_picture (
                album TEXT NOT NULL REFERENCES album ON DELETE CASCADE,
                picture TEXT NOT NULL,
                PRIMARY KEY (album, picture)
            ) STRICT, WITHOUT ROWID""",
            "CREATE INDEX album_picture_by_picture ON album_picture (picture, album)",
        ),
        (
            """CREATE TABLE grid (
                id TEXT NOT NULL PRIMARY KEY,
                created_at INTEGER NOT NULL,
                axes TEXT NOT NULL,
                sheet TEXT
            ) STRICT, WITHOUT ROWID""",
            """CREATE TABLE grid_cell (
                grid TEXT NOT NULL REFERENCES grid ON DELETE CASCADE,
                position INTEGER NOT NULL,
                job TEXT NOT NULL UNIQUE,
                request TEXT NOT NULL,
                PRIMARY KEY (grid, position)
            ) STRICT, WITHOUT ROWID""",
        ),
        ("CREATE TABLE watched_folder (path TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID",),
        ("ALTER TABLE queue ADD COLUMN sample_of TEXT",),
        (
            """CREATE TABLE step_measure (
                grid TEXT NOT NULL REFERENCES grid ON DELETE CASCADE,
                position INTEGER NOT NULL,
                line TEXT NOT NULL,
                steps INTEGER NOT NULL,
                seconds REAL NOT NULL,
                distance REAL NOT NULL,
                PRIMARY KEY (grid, position)
            ) STRICT, WITHOUT ROWID""",
        ),
    ),
)
