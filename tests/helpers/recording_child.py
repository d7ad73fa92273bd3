"""Puts trajectories into the folder FOLDER until it is killed, and prints the name of each that is kept.

python -m tests.helpers.recording_child FOLDER BUDGET
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

from studio.core.picture_id import PictureId
from studio.gallery.trajectory_store import TrajectoryStore
from tests.helpers.trajectories import a_trajectory

if __name__ == "__main__":
    store = TrajectoryStore(Path(sys.argv[1]), int(sys.argv[2]))
    store.open()
    for number in itertools.count():
        name = PictureId(f"{number:032x}")
        store.put(name, a_trajectory(seed=number, side=16))
        print(name, flush=True)
