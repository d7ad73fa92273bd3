"""A program of its own that adds models to a library: python importing_child.py HOME HOW MODEL...

HOW is `copy`, `move` or `in_place`. Prints the path of each model once it is in the library.
"""

from __future__ import annotations

import sys
from pathlib import Path

from studio.checkpoints import model_copy
from studio.checkpoints.library import ModelLibrary
from studio.checkpoints.library_places import LibraryPlaces
from studio.checkpoints.model_arrival import HowToAdd
from studio.checkpoints.model_kind import ModelKind


def library_in(home: Path) -> ModelLibrary:
    folders = {ModelKind.CHECKPOINT: home / "checkpoints", ModelKind.LORA: home / "loras"}
    return ModelLibrary(LibraryPlaces(folders, home / "state", home / "cache.json"))


if __name__ == "__main__":
    model_copy.SPARE_BYTES = 1
    library = library_in(Path(sys.argv[1]))
    for model in sys.argv[3:]:
        print(library.add_local(Path(model), HowToAdd(sys.argv[2])).path, flush=True)
