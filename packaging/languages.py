"""What the window says in other languages: from the source to the catalogues that the program reads.

    python packaging/languages.py

Gathers every text that `tr` and `trn` are called with, and the sentences of `models.json`; puts them into
`packaging/languages/*.po` (texts that are gone are dropped, those that changed are marked as fuzzy, and are English
until somebody has looked), and compiles these to `resources/languages/*.mo`.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from studio.core.language import ENGLISH, LANGUAGES
from studio.core.version import VERSION

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "packaging" / "languages"
COMPILED = ROOT / "resources" / "languages"
_BEGUN = datetime(2026, 11, 26, tzinfo=UTC)
_CALLS = {"tr": None, "trn": (1, 2)}


def texts() -> Catalog:
    """All texts of the program, in the order of files and lines."""
    catalog = Catalog(project="Latent Studio", charset="utf-8")
    found = extract_from_dir(ROOT / "studio", [("**.py", "python")], keywords=_CALLS)
    for file, line, message, comments, context in sorted(found, key=lambda each: (each[0], each[1])):
        catalog.add(message, locations=[(f"studio/{file}", line)], auto_comments=comments, context=context)
    for sentence in _sentences(json.loads((ROOT / "models.json").read_text(encoding="utf-8"))):
        catalog.add(sentence, locations=[("models.json", 1)])
    return catalog


def read(file: Path) -> Catalog:
    with file.open("rb") as opened:
        return read_po(opened, locale=file.stem)


def compiled(catalog: Catalog) -> bytes:
    """As gettext reads it; without what is fuzzy."""
    content = io.BytesIO()
    write_mo(content, catalog)
    return content.getvalue()


def update(file: Path, template: Catalog) -> None:
    """The texts of `template` in the language of `file`, which need not be there yet, and their compiled form."""
    catalog = read(file) if file.exists() else _begun(file.stem)
    catalog.update(template, update_creation_date=False, update_header_comment=False)
    catalog.obsolete.clear()
    with file.open("wb") as opened:
        write_po(opened, catalog, width=120, include_lineno=False)
    (COMPILED / f"{file.stem}.mo").write_bytes(compiled(catalog))


def _begun(language: str) -> Catalog:
    return Catalog(
        locale=language,
        header_comment="# What the window of Latent Studio says.",
        project="Latent Studio",
        version=VERSION,
        msgid_bugs_address="io.github.latentstudio",
        last_translator="Latent Studio",
        language_team=language,
        revision_date=_BEGUN,
        creation_date=_BEGUN,
        fuzzy=False,
    )


def _sentences(document: object) -> Iterator[str]:
    """What the catalogue of models says in words."""
    if isinstance(document, list):
        for each in document:
            yield from _sentences(each)
    elif isinstance(document, dict):
        for name, value in document.items():
            if name in {"good_at", "allows"} and isinstance(value, str):
                yield value
            else:
                yield from _sentences(value)


if __name__ == "__main__":
    COMPILED.mkdir(exist_ok=True)
    template = texts()
    for language in sorted({*LANGUAGES} - {ENGLISH}):
        update(SOURCES / f"{language}.po", template)
