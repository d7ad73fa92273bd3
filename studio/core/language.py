"""The language that the window speaks. Sentences are English in the source; gettext's catalogues in
`resources/languages` hold the others (see `packaging/languages.py`).

Texts are looked up where they stand, many of them while modules are imported: `speak` comes before the window's
modules are. The command line, the log and everything that is kept in files stay English.
"""

from __future__ import annotations

from collections.abc import Iterable
from gettext import GNUTranslations, NullTranslations

from studio.core.resources import resource_path

LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "ja": "日本語",
    "zh_CN": "简体中文",
}
"""What the window can speak: code of the language (and country, as POSIX writes it) to its own name."""
ENGLISH = "en"
AS_SYSTEM = ""
"""The choice of nobody: what the desktop speaks."""


class _Spoken:
    def __init__(self) -> None:
        self.language = ENGLISH
        self.texts = NullTranslations()


_spoken = _Spoken()


def speak(language: str) -> None:
    """From now on, texts are looked up in `language`, a key of `LANGUAGES`.

    Raises:
        OSError: its catalogue is missing or cannot be read.
    """
    _spoken.texts = NullTranslations() if language == ENGLISH else _catalogue(language)
    _spoken.language = language


def best_language(wanted: Iterable[str]) -> str:
    """The first of the `wanted` (BCP 47 tags such as "de-AT", "zh-Hans-CN") that there is; English if there is none."""
    for tag in wanted:
        parts = tag.replace("_", "-").split("-")
        if parts[0] == "zh" and not {"Hans", "CN", "SG"} & set(parts):
            continue  # traditional characters, which the simplified ones do not stand for
        found = "zh_CN" if parts[0] == "zh" else parts[0]
        if found in LANGUAGES:
            return found
    return ENGLISH


def spoken_language() -> str:
    """A key of `LANGUAGES`."""
    return _spoken.language


def tr(text: str, **values: object) -> str:
    """`text` in the spoken language, with `values` in its braces (`str.format`); as it is where there is none.
    Without values braces are left alone."""
    translated = _spoken.texts.gettext(text) if text else text  # gettext keeps its notes under the empty text
    return translated.format(**values) if values else translated


def trn(one: str, many: str, n: int, **values: object) -> str:
    """As `tr`, in the form that the language uses for `n` things; `{n}` is among the values."""
    return _spoken.texts.ngettext(one, many, n).format(n=n, **values)


def _catalogue(language: str) -> GNUTranslations:
    with resource_path("languages", f"{language}.mo").open("rb") as file:
        return GNUTranslations(file)
