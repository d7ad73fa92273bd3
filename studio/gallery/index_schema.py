"""The tables of the index."""

from __future__ import annotations

from studio.gallery.database import Schema

# `seed` is the 64-bit seed as a signed number (SQLite has no other). The columns beside `parameters` are for searching.
SCHEMA = Schema(
    application_id=0x4C537478,  # "LStx"
    large=True,
    views=("CREATE VIRTUAL TABLE temp.picture_word USING fts5vocab(main, picture_text, col)",),
    migrations=(
        (
            """CREATE TABLE pictures (
                sequence INTEGER PRIMARY KEY AUTOINCREMENT,
                id TEXT NOT NULL UNIQUE,
                path TEXT NOT NULL UNIQUE,
                created_at INTEGER NOT NULL,
                width INTEGER NOT NULL,
                height INTEGER NOT NULL,
                file_size INTEGER NOT NULL,
                modified_ns INTEGER NOT NULL,
                job_id TEXT,
                prompt TEXT,
                negative TEXT,
                seed INTEGER,
                steps INTEGER,
                guidance REAL,
                scheduler TEXT,
                checkpoint TEXT,
                checkpoint_sha256 TEXT,
                parameters TEXT
            ) STRICT""",
            "CREATE INDEX pictures_by_date ON pictures (created_at DESC, sequence DESC, id)",
            "CREATE INDEX pictures_by_job ON pictures (job_id) WHERE job_id IS NOT NULL",
        ),
        (
            "ALTER TABLE pictures ADD COLUMN task TEXT",
            "ALTER TABLE pictures ADD COLUMN parent TEXT",
            "CREATE INDEX pictures_by_parent ON pictures (parent) WHERE parent IS NOT NULL",
            "UPDATE pictures SET task = 'text_to_image' WHERE parameters IS NOT NULL",  # there was no other
        ),
        (
            """CREATE VIRTUAL TABLE picture_text USING fts5 (
                prompt, negative,
                content = 'pictures', content_rowid = 'sequence',
                tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
            )""",
            "INSERT INTO picture_text (picture_text) VALUES ('rebuild')",
            """CREATE TABLE picture_lora (
                sequence INTEGER NOT NULL REFERENCES pictures ON DELETE CASCADE,
                name TEXT NOT NULL,
                PRIMARY KEY (sequence, name)
            ) STRICT, WITHOUT ROWID""",
            "CREATE INDEX picture_lora_by_name ON picture_lora (name, sequence)",
            """INSERT OR IGNORE INTO picture_lora
                SELECT sequence, json_extract(value, '$.name') FROM pictures, json_each(parameters, '$.addons')
                WHERE json_extract(value, '$.kind') = 'lora'""",
            # All that is looked for besides words: a search walks this index, and nothing else of the wide rows.
            "DROP INDEX pictures_by_date",
            """CREATE INDEX pictures_by_date ON pictures (
                created_at DESC, sequence DESC, id, width, height, task, steps, guidance, seed, scheduler, checkpoint
            )""",
            "CREATE INDEX pictures_by_path ON pictures (path, id, parent)",
        ),
        # Other programs' pictures were found by nothing that they tell: `reconcile` reads them again.
        ("UPDATE pictures SET modified_ns = ~modified_ns WHERE parameters IS NULL",),
        (
            # What is compared with the folders, too: the wide rows are not read for that.
            "DROP INDEX pictures_by_path",
            "CREATE INDEX pictures_by_path ON pictures (path, id, parent, file_size, modified_ns)",
            "CREATE TABLE seen_folder (path TEXT PRIMARY KEY, identity TEXT NOT NULL) STRICT, WITHOUT ROWID",
        ),
    ),
)
