"""What a screen reader is told, through AT-SPI on a virtual screen: everything that can be reached has a name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

pytestmark = [pytest.mark.tools, pytest.mark.timeout(240)]

WALKER = Path(__file__).parents[1] / "helpers" / "accessible_tree.py"
PAGES = {
    "the window with a canvas": ("Canvas",),
    "the models": ("ctrl+m", "Search models"),
    "the process": ("ctrl+shift+p", "Process"),
    "the guide": ("shift+F1", "Chapters"),
}
"""Keys, and what is there then. The first page comes with the program."""
LAUNCHER = "/usr/libexec/at-spi-bus-launcher"
RUN = f"""
{LAUNCHER} --launch-immediately &
"$1" -m studio --home "$2" "$3" &
program=$!
xdotool search --sync --onlyvisible --name "Latent Studio" windowfocus --sync
shift 3
/usr/bin/python3 "$@"
told=$?
kill $program
wait $program
exit $told
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """What is told on each page."""
    folder = tmp_path_factory.mktemp("told")
    Image.new("RGB", (64, 64), "red").save(picture := folder / "picture.png")
    steps = [part for page in PAGES.values() for part in page]
    command = ["xvfb-run", "-a", "-s", "-screen 0 1440x900x24", "dbus-run-session", "--", "sh", "-c", RUN, "sh"]
    environment = {
        **os.environ,
        "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
        "QT_QPA_PLATFORM": "xcb",
        "XDG_RUNTIME_DIR": str(folder),
        "PYTHONPATH": str(WALKER.parents[2]),
    }
    arguments = [sys.executable, str(folder / "home"), str(picture), str(WALKER), "Latent Studio", *steps]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return dict(zip(PAGES, json.loads(done.stdout.splitlines()[-1]), strict=True))


@pytest.mark.parametrize("page", PAGES)
def test_all_that_takes_the_keys_has_a_name(told: dict[str, list[dict[str, Any]]], page: str) -> None:
    reachable = [entry for entry in told[page] if entry["focusable"]]
    assert len(reachable) > 10
    assert [(entry["role"], entry["path"]) for entry in reachable if not entry["name"]] == []


def test_a_list_to_choose_from_has_a_label_beside_its_value(told: dict[str, list[dict[str, Any]]]) -> None:
    """Qt tells what is chosen as the name of a combo box where labels can be told apart from names."""
    choices = [entry for page in told.values() for entry in page if entry["role"] == "combo box"]
    assert choices
    assert [(entry["name"], entry["path"]) for entry in choices if not any(entry["label"])] == []
