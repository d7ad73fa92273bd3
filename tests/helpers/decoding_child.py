"""Opens the files named on the command line; prints a JSON line for each: outcome, CPU seconds, peak memory so far."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np

from studio.core.errors import PictureUnreadable
from studio.imaging.decode import read_picture
from studio.imaging.picture_metadata import read_picture_info


def main(paths: list[Path]) -> None:
    warm_up(paths[0].parent)
    print(json.dumps({"name": "", "outcome": "", "seconds": 0, "peak_kB": peak()}), flush=True)
    for path in paths:
        started = time.process_time()
        outcome = "shown"
        for read in (read_picture, read_picture_info):
            try:
                read(path)
            except PictureUnreadable as error:
                outcome = error.reason
        seconds = time.process_time() - started
        print(json.dumps({"name": path.name, "outcome": outcome, "seconds": seconds, "peak_kB": peak()}), flush=True)


def warm_up(folder: Path) -> None:
    """Imports and lazily made tables are no cost of a picture."""
    from PIL import Image

    small = folder / "warm-up.tiff"
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(small)
    read_picture(small)
    small.unlink()


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
