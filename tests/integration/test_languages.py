"""The whole window in each language: everything is translated and has room."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from calendar import month_name
from pathlib import Path
from typing import Any

import pytest

from studio.core.language import LANGUAGES

ROOT = Path(__file__).parents[2]
LOOKED_UP = re.compile(r"⟦[^⟦⟧]*(?:⟧|$)")
KEYS = re.compile(r"\b(?:(?:Ctrl|Alt|Shift)\+\S*|F\d+|Del|Esc|Return|Space|Left|Right|Up|Down)")
NAMES = (
    *("a red apple", "blue", "a smiling face", "a car", "a heart on a pink background"),  # prompts
    "a heart on a\npink background",
    *("Starter model", "SDXL base 1.0", "stabilityai/stable-diffusion-xl-base-1.0", "CreativeML Open RAIL++-M"),
    *("Stable Diffusion 1.x", "Euler a", "Euler", "DDIM", "DPM++ 2M Karras", "DPM++ 2M", "UniPC", "LCM", "CFG", "VAE"),
    *filter(None, month_name),  # the calendar is Qt's
    *(
        "Hugging Face",
        "Civitai",
        "CPU, float32",
        "cpu, float32",
        "#dc4437",
        "0.5 s",
        *("100 MB", "500 MB", "2 GB", "10 GB"),
        *LANGUAGES.values(),
    ),
)
"""Nothing to translate: names, and what a person has typed."""


def said(language: str, home: Path) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.helpers.spoken_window", language, str(home)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def pseudo(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Texts that were looked up stand in brackets; the window is laid out for a script from right to left."""
    return said("pseudo", tmp_path_factory.mktemp("home"))


def english_in(text: str, home: str) -> str:
    """What is left of a text without what was looked up, and without names."""
    text = re.sub(re.escape(home) + r"/\w+", "", text)
    while (shorter := LOOKED_UP.sub("", text)) != text:
        text = shorter
    text = text.replace("\n", " ")  # a name may take two lines
    for name in NAMES:
        text = text.replace(name, "")
    return KEYS.sub("", text)


def test_every_text_of_the_window_is_looked_up(pseudo: list[dict[str, Any]]) -> None:
    [home] = {each["text"].removesuffix("/gallery") for each in pseudo if each["text"].endswith("/gallery")}
    pages = {each["page"] for each in pseudo}
    left = {
        (each["page"], each["where"], each["text"])
        for each in pseudo
        if not each["page"].startswith("guide") and re.search("[A-Za-z]{2}", english_in(each["text"], home))
    }

    assert len(pages) > 50
    assert left == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_has_too_little_room(language: str, tmp_path: Path) -> None:
    """At 1280 x 720, the smallest size. Lines that end in an ellipsis tell the rest in their tooltips."""
    cut = {(each["page"], each["where"], each["text"]) for each in said(language, tmp_path) if each["cut"]}

    assert cut == set()
