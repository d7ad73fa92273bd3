"""What a screen reader is told of a program, as JSON: `python3 accessible_tree.py PROGRAM LANDMARK [KEYS LANDMARK]...`

For the system's Python, which has the bindings of AT-SPI (Debian: gir1.2-atspi-2.0, python3-gi). Waits until something
named LANDMARK is shown, and prints a list of all that is shown then; presses KEYS (as xdotool names them), and so on.
Each entry has `role`, `name`, `label` (of what labels it), `focusable` and `path` (what it is in).
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402

PATIENCE_SECONDS = 60
Entry = dict[str, object]


def told_with(program: str, landmark: str) -> list[Entry]:
    """Everything that is shown, as soon as the landmark is."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        applications = [one for one in children(Atspi.get_desktop(0)) if one.get_name() == program]
        entries = [entry for application in applications for entry in told(application)]
        if any(entry["name"] == landmark for entry in entries):
            return entries
        time.sleep(0.2)
    sys.exit(f"{landmark} of {program} was not told")


def told(node: Atspi.Accessible, path: tuple[str, ...] = ()) -> list[Entry]:
    """The node and what is in it."""
    entry = {
        "role": node.get_role_name(),
        "name": node.get_name(),
        "label": [label_of(relation) for relation in node.get_relation_set() if is_label(relation)],
        "focusable": node.get_state_set().contains(Atspi.StateType.FOCUSABLE),
        "path": path,
    }
    inside = (*path, node.get_name() or node.get_role_name())
    shown = [child for child in children(node) if child.get_state_set().contains(Atspi.StateType.VISIBLE)]
    return [entry, *(one for child in shown for one in told(child, inside))]


def children(node: Atspi.Accessible) -> list[Atspi.Accessible]:
    found = (node.get_child_at_index(i) for i in range(node.get_child_count()))
    return [child for child in found if child is not None]


def is_label(relation: Atspi.Relation) -> bool:
    return relation.get_relation_type() == Atspi.RelationType.LABELLED_BY


def label_of(relation: Atspi.Relation) -> str:
    return relation.get_target(0).get_name()


def main(program: str, first: str, *others: str) -> None:
    seen = [told_with(program, first)]
    for keys, landmark in zip(others[::2], others[1::2], strict=True):
        subprocess.run(["xdotool", "key", keys], check=True)
        seen.append(told_with(program, landmark))
    print(json.dumps(seen))


main(*sys.argv[1:])
